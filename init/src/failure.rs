//! What ends a start, and how: each failure is said in a sentence, and has one outcome.
//!
//! A release on trial restarts the machine: systemd-boot has counted the start, so after a few of them the other
//! release is started. One that was good and is damaged restarts into the other one, once (`formats::failed_start`).
//! Where there is no other, or it failed too, the machine is switched off: no restart would do better, and one that
//! repeats for ever would empty a battery and wear a disk out. A person switches it on again.
//!
//! What failed is left in the firmware's variables for the release that starts.

use std::time::Duration;

use formats::command_line::BadCommandLine;
use formats::failed_start::FailedStart;
use nix::sys::reboot::{RebootMode, reboot};
use nix::unistd::sync;
use thiserror::Error;

use crate::error::IoError;
use crate::firmware::{self, Firmware};
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The machine restarts.
    Restart,
    /// The machine restarts, and systemd-boot takes the other release.
    StartOther(String),
    /// The machine is switched off.
    PowerOff,
}

impl Failure {
    /// Whether another release may do better.
    fn is_the_releases(&self) -> bool {
        match self {
            Self::Kernel { .. } | Self::CommandLine { .. } | Self::FromOutside => false,
            Self::NoSlot { .. } | Self::Root { .. } | Self::Prepare { .. } | Self::Start { .. } | Self::Fault(_) => {
                true
            }
        }
    }
}

/// How a start ends that fails.
pub(crate) fn outcome(failure: &Failure, firmware: &Firmware) -> Outcome {
    match &firmware.instead {
        _ if firmware.on_trial => Outcome::Restart,
        Some(entry) if failure.is_the_releases() => Outcome::StartOther(entry.clone()),
        _ => Outcome::PowerOff,
    }
}

impl Outcome {
    /// What people are told.
    fn sentence(&self) -> &'static str {
        match self {
            Self::Restart => "This computer restarts in 30 seconds, and starts the earlier release if this goes on.",
            Self::StartOther(_) => "This computer restarts in 30 seconds, with its other release.",
            Self::PowerOff => {
                "This computer switches itself off in 30 seconds. Switch it on to try again. If that does not help, start \
                 it from a stick with Ilanga: that can repair it, and what people put on it stays."
            }
        }
    }
}

/// Says what failed, waits, and ends the start. Never returns: PID 1 must not end.
pub(crate) fn end(failure: &Failure, firmware: &Firmware) -> ! {
    let mut outcome = outcome(failure, firmware);
    let sentence = log::chain(failure);
    let version = firmware.selected.as_ref().map(|entry| entry.version.clone());
    let failed = version.map(|version| FailedStart { version, sentence: sentence.clone() });
    let instead = if let Outcome::StartOther(entry) = &outcome { Some(entry.as_str()) } else { None };
    if let Err(error) = firmware::leave(failed.as_ref(), instead) {
        log::error(Level::Error, &error);
        if instead.is_some() {
            outcome = Outcome::PowerOff;
        }
    }
    if matches!(failure, Failure::Start { .. })
        && let Err(error) = firmware::record_end(firmware)
    {
        log::error(Level::Error, &error);
    }
    log::say(Level::Alert, &format!("Ilanga cannot start: {sentence}."));
    log::say(Level::Alert, outcome.sentence());
    std::thread::sleep(PAUSE);
    sync();
    let mode = match outcome {
        Outcome::Restart | Outcome::StartOther(_) => RebootMode::RB_AUTOBOOT,
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
        let damaged = Failure::NoSlot { seconds: 60 };
        let firmware = |on_trial, instead: Option<&str>| Firmware {
            on_trial,
            instead: instead.map(str::to_owned),
            ..Firmware::default()
        };
        let other = || Outcome::StartOther("b".to_owned());
        for (failure, on_trial, instead, expected) in [
            (&damaged, true, None, Outcome::Restart),
            (&damaged, true, Some("b"), Outcome::Restart),
            (&damaged, false, Some("b"), other()),
            (&damaged, false, None, Outcome::PowerOff),
            (&Failure::Fault("x".to_owned()), false, Some("b"), other()),
            // The other one would say the same.
            (&Failure::FromOutside, false, Some("b"), Outcome::PowerOff),
        ] {
            assert_eq!(outcome(failure, &firmware(on_trial, instead)), expected, "{failure}");
        }
    }
}
