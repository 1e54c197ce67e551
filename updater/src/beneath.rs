//! Opens files below a folder that somebody else may have filled: nothing in a path or a link leads out of it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};

/// Opens a plain file below a folder: no links, no devices, no pipes, no other mount.
pub fn open(folder: &Path, path: &str) -> io::Result<File> {
    let folder = File::open(folder)?;
    let how = OpenHow::new().flags(OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).resolve(
        ResolveFlag::RESOLVE_BENEATH
            | ResolveFlag::RESOLVE_NO_SYMLINKS
            | ResolveFlag::RESOLVE_NO_MAGICLINKS
            | ResolveFlag::RESOLVE_NO_XDEV,
    );
    let opened: OwnedFd = openat2(&folder, path, how)?;
    let file = File::from(opened);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::from(io::ErrorKind::InvalidInput)) }
}
