//! Arms the hardware watchdog, so that a start that hangs ends in a restart. It stays armed for systemd.
//!
//! Interface: [watchdog-api](https://docs.kernel.org/watchdog/watchdog-api.html).

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;

use nix::libc::c_int;

use crate::error::{Context as _, IoError};

const DEVICE: &str = "/dev/watchdog0";

/// Seconds until a restart: enough for a large check of the state partition and for systemd to take over.
const SECONDS: c_int = 180;

nix::ioctl_read!(keep_alive, b'W', 5, c_int);
nix::ioctl_readwrite!(set_timeout, b'W', 6, c_int);

/// Whether it is armed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watchdog {
    /// Its time, once it is armed.
    pub(crate) seconds: Option<c_int>,
}

impl Watchdog {
    /// Arms the watchdog if there is one, or lets it start its time again.
    pub(crate) fn arm(&mut self) -> Result<(), IoError> {
        let device = match File::options().write(true).open(DEVICE) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            device => device.context("opening", DEVICE)?,
        };
        let mut seconds = SECONDS;
        // SAFETY: the descriptor is open, and the kernel reads and writes one int.
        let set = unsafe { set_timeout(device.as_raw_fd(), &mut seconds) };
        self.seconds = Some(seconds);
        // SAFETY: as above.
        unsafe { keep_alive(device.as_raw_fd(), &mut seconds) }.context("starting", DEVICE)?;
        // Some have one fixed time; they are armed with that. It is closed without the letter that would stop it.
        set.context("setting the time of", DEVICE).map(drop)
    }
}
