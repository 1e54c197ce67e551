//! The data partition: its header is put in place, it is opened, gets a file system, and is mounted.
//!
//! ```text
//!   nothing ─► header ─► open ─► file system ─► /data
//!      Data: each step is taken only if it has not been taken yet, and so each of them again after a power cut
//! ```
//!
//! Invariants: a partition that holds something else than the header of this set-up is never written to, unless a person has said that
//! it may go; a header's metadata, of which it has two copies, come last, so that whatever is found as a header has its keyslots; nothing
//! is mounted whose file system has not been checked.

pub mod elsewhere;
mod file_system;
mod probe;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use thiserror::Error;
use uuid::Uuid;

use crate::header::NO_PERMISSION;
use crate::node::{Node, VOLUME};
use crate::recovery_key::RecoveryKey;
use crate::tool::{Program, ToolError, run};

pub use elsewhere::partition;
pub use file_system::mount;
pub use probe::{Holds, holds};

/// The two copies of a header's metadata, as cryptsetup makes them if it is asked for nothing else: each of them alone makes it a header.
const COPIES: u64 = 32 << 10;

/// The longest header: where data begin.
const LONGEST: u64 = 16 << 20;

/// How much of a disk's end is cleared.
const END: u64 = 1 << 20;

/// How much of a header is in memory at a time, in bytes.
const PIECE: usize = 1 << 20;

/// Something was not done with the data partition.
#[derive(Debug, Error)]
pub enum VolumeError {
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// A file, a device, a mount.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no partition for data.
    #[error("this disk has no partition for data: it is too small, or something else is on it")]
    NoPartition,
    /// The disk with the data, by its link, is not there.
    #[error("the disk with the data is not there ({0}): plug it in, and switch the computer off and on again")]
    Away(PathBuf),
    /// There is something else on it.
    #[error("{path} holds {holds}, which nobody has said may go")]
    Holds {
        /// The partition.
        path: PathBuf,
        /// What is on it.
        holds: String,
    },
    /// It is locked, and the key that would open it is no longer in memory.
    #[error("the data are locked: switch the computer off and on again, and unlock them")]
    Locked,
    /// This opens nothing.
    #[error("this opens nothing")]
    Wrong,
    /// No stick with the key is plugged in.
    #[error("no stick with the key is plugged in")]
    NoStick,
    /// The unlocked volume is not the one of this set-up.
    #[error("data of another set-up ({0}) are open, and nobody has said that they may go")]
    Another(Uuid),
    /// A file, of the kernel or on the state partition, names none.
    #[error("{path} says '{says}', which is no LUKS2 volume")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What is in it.
        says: String,
    },
}

pub(crate) fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> VolumeError {
    move |source| VolumeError::File { doing, path: path.to_owned(), source }
}

/// Whether it is unlocked.
pub fn is_open(node: &Node) -> bool {
    node.volume().exists()
}

/// The header of the volume that is unlocked, if there is one: the device mapper's name of it has its UUID
/// (`CRYPT-LUKS2-UUID without hyphens-NAME`, [cryptsetup's](https://gitlab.com/cryptsetup/cryptsetup)).
pub fn opened(node: &Node) -> Result<Option<Uuid>, VolumeError> {
    if !is_open(node) {
        return Ok(None);
    }
    let volume = node.volume();
    let device = volume.canonicalize().map_err(at("looking for", &volume))?;
    let path = node.path("/sys/class/block").join(device.file_name().unwrap_or_default()).join("dm/uuid");
    let says = fs::read_to_string(&path).map_err(at("reading", &path))?;
    let uuid = says.strip_prefix("CRYPT-LUKS2-").and_then(|rest| Uuid::try_parse(rest.split('-').next()?).ok());
    uuid.map(Some).ok_or(VolumeError::Unknown { path, says: says.trim().to_owned() })
}

/// Writes a header in place, if it is not there yet. `erase` says that whatever is there may go.
pub fn place(header: Uuid, file: &Path, device: &Path, erase: bool) -> Result<(), VolumeError> {
    match holds(device)? {
        Holds::Volume(there) if there == header && is_whole(file, device)? => return Ok(()),
        Holds::Volume(there) if there == header => {}
        Holds::Nothing => {}
        _ if erase => {}
        other => return Err(VolumeError::Holds { path: device.to_owned(), holds: other.to_string() }),
    }
    let (source, length) = header_file(file)?;
    let target = OpenOptions::new().write(true).open(device).map_err(at("opening", device))?;
    clear_end(&target).map_err(at("clearing the end of", device))?;
    let read = |piece: &mut [u8], from| source.read_exact_at(piece, from).and_then(|()| forget(&source));
    let put = |piece: &[u8], to| {
        target.write_all_at(piece, to).and_then(|()| target.sync_all()).and_then(|()| forget(&target))
    };
    write(length, read, put).map_err(at("writing the header of", device))
}

/// Clears where partition tables have their copy, and some file systems and RAIDs what they are known by: with it blkid would find
/// several things, and so none.
fn clear_end(device: &File) -> io::Result<()> {
    let mut end = device;
    let end = end.seek(SeekFrom::End(0))?;
    let start = end.saturating_sub(END).max(LONGEST.min(end));
    device.write_all_at(&vec![0; usize::try_from(end - start).unwrap_or(0)], start)?;
    device.sync_all()
}

/// What the kernel keeps of a file in memory goes: it counts as the set-up's, which has to do with little.
fn forget(file: &File) -> io::Result<()> {
    Ok(posix_fadvise(file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?)
}

/// Writes a header of this length in steps, each of which is on the disk when `put` returns: bytes, and where they go. `read` fills a
/// piece with what is at this place of it.
fn write(
    length: u64,
    read: impl Fn(&mut [u8], u64) -> io::Result<()>,
    mut put: impl FnMut(&[u8], u64) -> io::Result<()>,
) -> io::Result<()> {
    let copies = COPIES.min(length);
    // An old one has a second copy too, whose place its owner chose: up to 4 MiB from its start.
    for (place, piece) in pieces(0, length) {
        put(&vec![0; piece], place)?;
    }
    for (place, piece) in pieces(copies, length).chain(pieces(0, copies)) {
        let mut bytes = vec![0; piece];
        read(&mut bytes, place)?;
        put(&bytes, place)?;
    }
    Ok(())
}

/// The pieces between two places: where each is, and its length.
fn pieces(from: u64, to: u64) -> impl Iterator<Item = (u64, usize)> {
    let places = (from..to).step_by(PIECE);
    places.map(move |place| (place, usize::try_from(to - place).map_or(PIECE, |left| left.min(PIECE))))
}

/// A header's file, and its length.
fn header_file(path: &Path) -> Result<(File, u64), VolumeError> {
    let file = File::open(path).map_err(at("opening", path))?;
    let length = file.metadata().map_err(at("reading", path))?.len();
    Ok((file, length.min(LONGEST)))
}

fn is_whole(file: &Path, device: &Path) -> Result<bool, VolumeError> {
    let (source, length) = header_file(file)?;
    let there = File::open(device).map_err(at("opening", device))?;
    for (place, piece) in pieces(0, length) {
        let (mut expected, mut found) = (vec![0; piece], vec![0; piece]);
        source.read_exact_at(&mut expected, place).map_err(at("reading", file))?;
        there.read_exact_at(&mut found, place).map_err(at("reading the header of", device))?;
        forget(&source).and_then(|()| forget(&there)).map_err(at("reading the header of", device))?;
        if found != expected {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Opens it by the recovery key.
pub fn open_by_key(device: &Path, key: &RecoveryKey) -> Result<(), VolumeError> {
    open_by_secret(device, None, key.text().as_bytes())
}

/// Opens it by a passphrase, the text of a recovery key, or what is on a stick. `header` is a file that has the header, as long as it is
/// not in its place.
pub fn open_by_secret(device: &Path, header: Option<&Path>, secret: &[u8]) -> Result<(), VolumeError> {
    let options = ["open", "--batch-mode", "--type=luks2", "--allow-discards", "--key-file=-"];
    let mut arguments: Vec<&OsStr> = options.map(OsStr::new).to_vec();
    arguments.extend(header.into_iter().flat_map(|header| [OsStr::new("--header"), header.as_os_str()]));
    arguments.extend([device.as_os_str(), OsStr::new(VOLUME)]);
    match run(Program::Cryptsetup, &arguments, secret) {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Some(NO_PERMISSION) => Err(VolumeError::Wrong),
        Err(error) => Err(error.into()),
    }
}

/// Opens it by the TPM, without asking anybody. `header` is a file that has the header, as long as it is not in its place.
pub fn open_by_tpm(device: &Path, header: Option<&Path>) -> Result<(), VolumeError> {
    let header = header.map(|path| format!(",header={}", path.display())).unwrap_or_default();
    let options = format!("luks,headless=1,discard,tpm2-device=auto{header}");
    let arguments =
        [OsStr::new("attach"), OsStr::new(VOLUME), device.as_os_str(), OsStr::new("none"), options.as_ref()];
    run(Program::SystemdCryptsetup, &arguments, b"")?;
    Ok(())
}

/// Takes an open volume away: what is mounted of it, and the volume.
pub fn close(node: &Node) -> Result<(), VolumeError> {
    file_system::unmount(node)?;
    run(Program::Cryptsetup, &["close", VOLUME].map(OsStr::new), b"")?;
    Ok(())
}

/// Destroys what opens it, and then what it was: nobody can open it any more, with whatever key. It may be open.
pub fn destroy(device: &Path) -> Result<(), VolumeError> {
    if let Holds::Volume(_) = holds(device)? {
        run(Program::Cryptsetup, &["erase".as_ref(), "--batch-mode".as_ref(), device.as_os_str()], b"")?;
    }
    let header = OpenOptions::new().write(true).open(device).map_err(at("opening", device))?;
    let zeros = vec![0; 1 << 20];
    let wiped = (0..LONGEST >> 20).try_for_each(|megabyte| header.write_all_at(&zeros, megabyte << 20));
    wiped.and_then(|()| header.sync_all()).map_err(at("erasing the header of", device))
}

/// Gives the open volume its file system, if it has none.
pub fn prepare(node: &Node, header: Uuid) -> Result<(), VolumeError> {
    file_system::make(&node.volume(), header)
}
