//! Files on the state partition, which is anyone's: nothing on it is followed or waited for.
//!
//! A file is replaced by writing another beside it, flushing that, renaming it, and flushing the folder: a power cut leaves
//! the old one or the new one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use formats::state_version::{Found, LONGEST};
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::libc;
use thiserror::Error;

/// A file could not be read or replaced.
#[derive(Debug, Error)]
#[error("{operation} {}", path.display())]
pub(crate) struct DiskError {
    operation: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// Adds operation and path to an error.
pub(crate) fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DiskError {
    move |source| DiskError { operation, path: path.to_owned(), source }
}

/// What is asked before each operation that changes something, by its name: tests let it fail.
pub(crate) type Gate<'a> = &'a dyn Fn(&'static str) -> io::Result<()>;

/// Nothing is in the way.
pub(crate) const OPEN: Gate<'static> = &|_| Ok(());

/// What is under a name below a folder: neither a link nor another file system leads out of it.
pub(crate) fn look(folder: &Path, name: &str) -> Found {
    match read(folder, name) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => Found::Absent,
        Err(error) => match error.raw_os_error() {
            // A link, a socket, or a file where a folder is expected.
            Some(libc::ELOOP | libc::ENXIO | libc::ENOTDIR | libc::EXDEV) => Found::Other,
            _ => {
                eprintln!("reading {}: {error}", folder.join(name).display());
                Found::Unreadable
            }
        },
    }
}

fn read(folder: &Path, name: &str) -> io::Result<Found> {
    let file = File::from(open(folder, name, OFlag::O_RDONLY | OFlag::O_NONBLOCK)?);
    if !file.metadata()?.is_file() {
        return Ok(Found::Other);
    }
    let mut bytes = Vec::new();
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Found::File(bytes))
}

fn open(folder: &Path, name: &str, flags: OFlag) -> io::Result<OwnedFd> {
    let folder = File::open(folder)?;
    let how = OpenHow::new().flags(flags | OFlag::O_CLOEXEC).resolve(
        ResolveFlag::RESOLVE_BENEATH
            | ResolveFlag::RESOLVE_NO_SYMLINKS
            | ResolveFlag::RESOLVE_NO_MAGICLINKS
            | ResolveFlag::RESOLVE_NO_XDEV,
    );
    Ok(openat2(&folder, name, how)?)
}

/// Replaces a file in a folder below the state partition's, which must be one.
pub(crate) fn write_in(
    state: &Path,
    folder: Option<&str>,
    name: &str,
    mode: u32,
    contents: &[u8],
) -> Result<(), DiskError> {
    let Some(folder) = folder else { return write(&state.join(name), mode, contents, OPEN) };
    let opened =
        open(state, folder, OFlag::O_DIRECTORY | OFlag::O_RDONLY).map_err(failed("opening", &state.join(folder)))?;
    // What was opened, whatever has its name.
    let path = PathBuf::from(format!("/proc/self/fd/{}/{name}", opened.as_raw_fd()));
    write(&path, mode, contents, OPEN).map_err(|error| DiskError { path: state.join(folder).join(name), ..error })
}

/// Replaces a file, or makes it.
pub(crate) fn write(path: &Path, mode: u32, contents: &[u8], gate: Gate<'_>) -> Result<(), DiskError> {
    let (folder, name) = (path.parent().unwrap_or(path), path.file_name().unwrap_or_default().to_string_lossy());
    let temporary = folder.join(format!(".{name}.new"));
    let replace = || {
        gate("replacing")?;
        remove(&temporary)?;
        create(&temporary, mode, contents, gate)?;
        gate("renaming")?;
        fs::rename(&temporary, path)?;
        gate("flushing")?;
        flush(folder)
    };
    replace().map_err(|error| {
        if gate("cleaning").is_ok() {
            let _ = fs::remove_file(&temporary);
        }
        failed("writing", path)(error)
    })
}

/// Replaces whatever has this name by a link.
pub(crate) fn link(path: &Path, to: &str) -> Result<(), DiskError> {
    let (folder, name) = (path.parent().unwrap_or(path), path.file_name().unwrap_or_default().to_string_lossy());
    let temporary = folder.join(format!(".{name}.new"));
    let replace = || {
        remove(&temporary)?;
        symlink(to, &temporary)?;
        fs::rename(&temporary, path)
    };
    replace().map_err(failed("linking", path))
}

/// Makes a file, where nothing is yet, and flushes it.
pub(crate) fn create(path: &Path, mode: u32, contents: &[u8], gate: Gate<'_>) -> io::Result<()> {
    gate("creating")?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    let (first, rest) = contents.split_at(contents.len() / 2);
    file.write_all(first)?;
    gate("writing")?;
    file.write_all(rest)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.sync_all()
}

/// Makes a folder, where nothing is yet.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o755).create(path)
}

/// Takes away whatever has this name; of a link nothing but itself.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::IsADirectory => fs::remove_dir_all(path).map_err(|_| error),
        removed => removed,
    }
}

/// What was done in a folder is on the disk when this returns.
pub(crate) fn flush(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
