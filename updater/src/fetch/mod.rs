//! How updates come onto a node: the part that talks to the network, and can't write a slot.
//!
//! ```text
//! plan   which piece next from which source ─┐        source: web servers, neighbours, folders
//! rate   how fast                            ├─► engine ◄──────────┘
//! budget what the month has left             │     └─► store (verified pieces)
//! hours  when                                ┘
//! ```
//!
//! [`course`] puts them together: [`check`] asks for the newest release, [`cost`] says what each way to it costs, [`permit`] whether
//! it may, and an [`assembler`] makes the bundle.
//!
//! Whatever a source sends is checked against digests that somebody signed before it is kept. So the worst that a source
//! can do is to send nothing, or too much of nothing.

#[cfg(feature = "bus")]
pub mod address;
pub mod asked;
pub mod assembler;
pub mod budget;
pub mod check;
pub mod clock;
pub mod cost;
pub mod course;
pub mod engine;
pub mod file;
pub mod hours;
mod listed;
pub mod neighbours;
#[cfg(feature = "bus")]
pub mod network;
pub mod node;
pub mod paths;
pub mod permit;
pub mod plan;
pub mod rate;
pub mod serve;
pub mod settings;
pub mod slots;
pub mod source;
pub mod spent;
pub mod status;
mod ways;
