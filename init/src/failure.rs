//! What ends a start, and how: each failure is said in a sentence, and has one outcome.
//!
//! A release on trial restarts the machine: systemd-boot has counted the start, so after a few of them the other
//! release is started. One that is not on trial switches the machine off: no restart would do better, and one that
//! repeats for ever would empty a battery and wear a disk out. A person switches it on again.

use std::time::Duration;

use formats::command_line::BadCommandLine;
use nix::sys::reboot::{RebootMode, reboot};
use nix::unistd::sync;
use thiserror::Error;

use crate::error::IoError;
use crate::log::{self, Level};

/// How long a person can read what happened.
const PAUSE: Duration = Duration::from_secs(30);

/// A start can't go on.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The kernel's own file systems are not there.
    #[error("the kernel does not offer what a start needs")]
    Kernel {
        /// What is missing.
        source: IoError,
    },
    /// The kernel was started without what `init` needs to know.
    #[error("the kernel was not started with Ilanga's command line")]
    CommandLine {
        /// What is wrong with it.
        source: BadCommandLine,
    },
    /// The firmware changes what the kernel is told.
    #[error("the firmware adds to the command line of the kernel, which nobody has signed")]
    FromOutside,
    /// No partition holds the root file system.
    #[error(
        "no disk holds the system that this kernel belongs to, or it is damaged; {seconds} seconds were waited for one"
    )]
    NoSlot {
        /// How long the search was.
        seconds: u64,
    },
    /// dm-verity or the root file system can't be opened.
    #[error("the system on the disk cannot be opened, or it is damaged")]
    Root {
        /// What does not work.
        source: IoError,
    },
    /// The new root can't be made ready.
    #[error("the system on the disk cannot be made ready")]
    Prepare {
        /// What does not work.
        source: IoError,
    },
    /// systemd can't be started.
    #[error("the system on the disk cannot be started")]
    Start {
        /// What does not work.
        source: IoError,
    },
    /// A fault in `init` itself.
    #[error("the start program has a fault: {0}")]
    Fault(String),
}

/// How a failed start ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The machine restarts.
    Restart,
    /// The machine is switched off.
    PowerOff,
}

/// How a start ends that fails.
pub(crate) fn outcome(on_trial: bool) -> Outcome {
    if on_trial { Outcome::Restart } else { Outcome::PowerOff }
}

impl Outcome {
    /// What people are told.
    fn sentence(self) -> &'static str {
        match self {
            Self::Restart => "This computer restarts in 30 seconds, and starts the earlier release if this goes on.",
            Self::PowerOff => "This computer switches itself off in 30 seconds. Switch it on to try again.",
        }
    }
}

/// Says what failed, waits, and ends the start. Never returns: PID 1 must not end.
pub(crate) fn end(failure: &Failure, outcome: Outcome) -> ! {
    log::say(Level::Alert, &format!("Ilanga cannot start: {}.", log::chain(failure)));
    log::say(Level::Alert, outcome.sentence());
    std::thread::sleep(PAUSE);
    sync();
    let mode = match outcome {
        Outcome::Restart => RebootMode::RB_AUTOBOOT,
        Outcome::PowerOff => RebootMode::RB_POWER_OFF,
    };
    loop {
        let Err(error) = reboot(mode);
        log::say(Level::Alert, &format!("restarting or switching off: {error}"));
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes() {
        assert_eq!(outcome(true), Outcome::Restart);
        assert_eq!(outcome(false), Outcome::PowerOff);
    }
}
