//! A machine in QEMU as a value, and what stories played on it need.
//!
//! A story is one file of `tests/`. It takes a copy of the shipped image, changes something about it or about the
//! machine, starts it, and looks what happens:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use qemu_tests::{Firmware, Inputs, Machine};
//!
//! let inputs = Inputs::of_environment()?;
//! let mut machine = Machine::new("boots", &inputs)?.firmware(Firmware::OwnKeys).tpm();
//! let mut node = machine.look_in()?.start()?;
//! assert_eq!(node.run("findmnt -no FSTYPE /")?, "erofs");
//! node.power_off()?;
//! # Ok(())
//! # }
//! ```
//!
//! Everything happens in the tools tree, with its QEMU, firmware and TPM, and without a network. `ilanga test` starts
//! the stories there and tells them through the environment (see [`Inputs`]) where things are; docs/testing.md
//! describes how to write one.
//!
//! Invariants: only [`tool`] starts programs. What a story starts ends with it, however it ends. No story changes the
//! artefacts: each works on a copy. No image is made for tests: a story looks in through a signed add-on to the
//! shipped kernel image, see [`look_in`].

pub mod accel;
pub mod browser;
pub mod bundles;
pub mod data;
pub mod disk;
pub mod error;
pub mod esp;
mod ext4;
pub mod firmware;
pub mod hawkbit;
pub mod http;
pub mod inputs;
pub mod keyboard;
pub mod look_in;
pub mod machine;
pub mod nmap;
pub mod nodes;
pub mod owner;
pub mod phone;
mod port;
pub mod power_cuts;
pub mod qemu;
pub mod qmp;
pub mod running;
pub mod shell;
pub mod station;
pub mod stick;
pub mod story;
pub mod tool;
pub mod tpm;
pub mod updates;
pub mod web;

pub use disk::Disk;
pub use error::Error;
pub use firmware::Firmware;
pub use inputs::Inputs;
pub use machine::Machine;
pub use running::Running;
pub use story::Story;
