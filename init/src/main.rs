//! PID 1 of the initramfs: finds the slot, checks it, mounts it, hands over to systemd.
//!
//! It has no shell, no option and no way around verification; it decides nothing that [`formats`] can decide.
//! [`boot`] is the whole course; `tool` alone starts programs; a failure ends in `failure` and nowhere else.

mod block;
mod boot;
mod device_mapper;
mod error;
mod failure;
mod firmware;
mod first_start;
mod loader;
mod log;
mod mounts;
mod own_disk;
mod slot;
mod smbios;
mod state;
mod tool;
mod tpm;
mod uevent;
mod variable;
mod watchdog;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::OnceLock;

use crate::failure::Failure;
use crate::firmware::Firmware;
use crate::log::Level;

fn main() -> ExitCode {
    if std::process::id() != 1 {
        eprintln!("ilanga-init starts machines: it is the first program of an initramfs, and nothing else.");
        return ExitCode::FAILURE;
    }
    std::panic::set_hook(Box::new(|panic| log::say(Level::Error, &panic.to_string())));
    let known = OnceLock::new();
    let failure = match catch_unwind(AssertUnwindSafe(|| boot::boot(&known))) {
        Ok(Ok(never)) => match never {},
        Ok(Err(failure)) => failure,
        Err(panic) => {
            Failure::Fault(panic.downcast_ref::<&str>().map_or_else(|| "a panic".into(), |&text| text.into()))
        }
    };
    failure::end(&failure, known.get().unwrap_or(&Firmware::default()))
}
