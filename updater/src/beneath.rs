//! Opens files below a folder that somebody else may have filled: nothing in a path or a link leads out of it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};

/// Opens a plain file below a folder: no links, no devices, no pipes, no other mount.
pub fn open(folder: &Path, path: &str) -> io::Result<File> {
    let file = File::from(within(folder, path, OFlag::O_NONBLOCK)?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::from(io::ErrorKind::InvalidInput)) }
}

/// Opens a folder below a folder, in the same way.
pub fn folder(folder: &Path, path: &str) -> io::Result<OwnedFd> {
    within(folder, path, OFlag::O_DIRECTORY)
}

fn within(folder: &Path, path: &str, flags: OFlag) -> io::Result<OwnedFd> {
    let folder = File::open(folder)?;
    let how = OpenHow::new().flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | flags).resolve(
        ResolveFlag::RESOLVE_BENEATH
            | ResolveFlag::RESOLVE_NO_SYMLINKS
            | ResolveFlag::RESOLVE_NO_MAGICLINKS
            | ResolveFlag::RESOLVE_NO_XDEV,
    );
    Ok(openat2(&folder, path, how)?)
}
