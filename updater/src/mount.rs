//! The ESP, mounted where only this process sees it, and no longer than it is needed.

use std::fs::DirBuilder;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use crate::error::{Context as _, IoError};

/// How long a device may be busy.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is tried.
const PAUSE: Duration = Duration::from_millis(50);

/// Whether anything is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing is written, not even that it was mounted.
    Read,
    /// Something may be.
    Write,
}

/// A mounted file system. It is unmounted when this goes.
#[derive(Debug)]
pub struct Mounted {
    at: PathBuf,
}

/// Mounts the FAT file system of a device at a folder, which is made. From now on this process has mounts of its own.
pub fn fat(device: &Path, at: &Path, access: Access) -> Result<Mounted, IoError> {
    match DirBuilder::new().mode(0o700).create(at) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error).context("making", at),
        _ => {}
    }
    unshare(CloneFlags::CLONE_NEWNS).context("leaving the mounts of the other processes for those of", at)?;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>)
        .context("keeping to this process the mounts of", at)?;
    let mut flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_NOATIME;
    if access == Access::Read {
        flags |= MsFlags::MS_RDONLY;
    }
    let options = Some("umask=0077,errors=remount-ro");
    // The mounts of a process that was killed go a little later than its lock, and until then no other access works.
    let mut patience = PATIENCE;
    loop {
        match mount(Some(device), at, Some("vfat"), flags, options) {
            Err(Errno::EBUSY) if !patience.is_zero() => {
                sleep(PAUSE);
                patience = patience.saturating_sub(PAUSE);
            }
            mounted => {
                mounted.context("mounting", device)?;
                return Ok(Mounted { at: at.to_owned() });
            }
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Everything is flushed already; the mount goes with the process at the latest.
        let _ = umount2(&self.at, MntFlags::empty());
    }
}
