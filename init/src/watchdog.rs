//! Arms the hardware watchdog, so that a start that hangs ends in a restart. It stays armed for systemd.
//!
//! Interface: [watchdog-api](https://docs.kernel.org/watchdog/watchdog-api.html).

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd as _;

use nix::libc::c_int;

use crate::error::{Context as _, IoError};
use crate::log::{self, Level};

const DEVICE: &str = "/dev/watchdog0";

/// What the kernel shows on the console; the first number is the level.
const LEVELS: &str = "/proc/sys/kernel/printk";

/// Seconds until a restart: enough for a large check of the state partition and for systemd to take over.
const SECONDS: c_int = 180;

/// What the watchdog says if it has reset the machine (`WDIOF_CARDRESET`, linux/watchdog.h).
const CARD_RESET: c_int = 0x20;

nix::ioctl_read!(boot_status, b'W', 2, c_int);
nix::ioctl_read!(keep_alive, b'W', 5, c_int);
nix::ioctl_readwrite!(set_timeout, b'W', 6, c_int);

/// The watchdog, once it is armed.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    device: Option<File>,
}

impl Watchdog {
    /// Arms the watchdog if there is one, or lets its time begin again.
    pub(crate) fn arm(&mut self) -> Result<(), IoError> {
        let mut seconds = SECONDS;
        if let Some(device) = &self.device {
            // SAFETY: the descriptor is open, and the kernel writes one int.
            return unsafe { keep_alive(device.as_raw_fd(), &mut seconds) }.context("keeping alive", DEVICE).map(drop);
        }
        let device = match File::options().write(true).open(DEVICE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            device => device.context("opening", DEVICE)?,
        };
        // SAFETY: the descriptor is open, and the kernel reads and writes one int.
        let set = unsafe { set_timeout(device.as_raw_fd(), &mut seconds) };
        self.device = Some(device);
        // Some have one fixed time; they are armed with that.
        set.context("setting the time of", DEVICE)?;
        log::say(Level::Info, &format!("the watchdog restarts a start that hangs for {seconds} seconds"));
        Ok(())
    }

    /// Whether the watchdog ended the last start. Not all can tell.
    pub(crate) fn has_reset(&self) -> bool {
        let mut status = 0;
        // SAFETY: the descriptor is open, and the kernel writes one int.
        let told = |device: &File| unsafe { boot_status(device.as_raw_fd(), &mut status) }.is_ok();
        self.device.as_ref().is_some_and(told) && status & CARD_RESET != 0
    }

    /// Leaves the watchdog armed for systemd. The kernel would alarm people about that on the screen.
    pub(crate) fn leave(self) {
        let Some(device) = self.device else { return };
        let quiet = fs::read_to_string(LEVELS).ok().filter(|_| fs::write(LEVELS, "1\n").is_ok());
        // Closed without the letter that would stop it.
        drop(device);
        if let Some(level) = quiet.as_deref().and_then(|levels| levels.split_whitespace().next()) {
            let _ = fs::write(LEVELS, format!("{level}\n"));
        }
    }
}
