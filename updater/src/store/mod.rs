//! The pieces that this node has fetched and verified, each a file named by the digest of its content.
//!
//! ```text
//! /data/updates/chunks/
//!   lock             held by the one process that writes
//!   new/<sha256>     written, not yet flushed to the disk for sure
//!   <2 hex>/<sha256> flushed, then renamed
//! ```
//!
//! - A piece is named only once its content has been checked against its digest ([`Store::put`] checks by itself), so a
//!   source never decides what is kept under which name.
//! - New pieces are flushed in batches of [`BATCH`] bytes, so a power cut costs at most that much of finished small
//!   ones, or one large one that is being written. What a killed process left in `new/` is taken over, if it is whole.
//! - Nothing is believed at reading: content that is torn or changed is not given out, and dropped.
//! - The store is as large as its limit at most. Room is made by the time of last use, oldest first, and never by what
//!   the running download needs. Those times come from the node's clock, so a wrong clock can make it drop a piece
//!   that it could have kept, and nothing else.

mod disk;
mod room;
mod shelf;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use formats::digest::Digest;
use formats::size::Bytes;
use thiserror::Error;

use crate::error::{Context as _, IoError};
pub use room::Keep;
pub use shelf::Shelf;

use disk::{Disk, RealDisk};

/// How many bytes of finished pieces wait at most to be flushed.
pub const BATCH: u64 = 256 << 10;

/// How long a piece's content is at most.
pub const LONGEST: u64 = 1 << 20;

/// How much of the data partition is left to others.
const LEFT_FREE: u64 = 64 << 20;

/// Something about the store did not work.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Another process writes.
    #[error("another download is running: {} is locked", .0.display())]
    Busy(PathBuf),
    /// The content is not what its name says.
    #[error("what was to be kept as {0} has another digest")]
    NotThePiece(Digest),
    /// A piece is longer than any may be.
    #[error("the piece {0} is longer than 1 MiB")]
    TooLong(Digest),
    /// What is wanted does not fit the limit.
    #[error("{needed} are needed, and the store of updates may have {limit}: allow it more, or install from a stick")]
    TooSmall {
        /// How much the download needs.
        needed: Bytes,
        /// How large the store may be.
        limit: Bytes,
    },
    /// The disk is full.
    #[error("{needed} more are needed, and the data partition has {free} that may be used: delete something there")]
    DiskFull {
        /// How much is needed.
        needed: Bytes,
        /// How much there is.
        free: Bytes,
    },
}

/// The store, and the right to change it.
#[derive(Debug)]
pub struct Store<D = RealDisk> {
    shelf: Shelf,
    limit: Bytes,
    disk: D,
    state: Mutex<State>,
    _lock: File,
}

/// What the writer remembers.
#[derive(Debug, Default)]
struct State {
    /// The length of all pieces, flushed or not.
    bytes: u64,
    /// The pieces that are not flushed, and their lengths.
    waiting: BTreeMap<Digest, u64>,
}

impl State {
    fn waiting_bytes(&self) -> u64 {
        self.waiting.values().sum()
    }
}

impl Store {
    /// Opens the store in a folder, which is made if it is not there, and takes over what a killed process left.
    pub fn open(folder: &Path, limit: Bytes) -> Result<Self, StoreError> {
        Self::open_on(folder, limit, RealDisk)
    }
}

impl<D: Disk> Store<D> {
    fn open_on(folder: &Path, limit: Bytes, disk: D) -> Result<Self, StoreError> {
        let shelf = Shelf::at(folder);
        make(folder)?;
        make(&shelf.new_folder())?;
        let path = shelf.lock();
        let lock = File::options().write(true).create(true).truncate(false).open(&path).context("opening", &path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy(path)),
            Err(TryLockError::Error(error)) => return Err(StoreError::Io(Err(error).context("locking", &path)?)),
        }
        let store = Self { shelf, limit, disk, state: Mutex::default(), _lock: lock };
        store.take_over()?;
        let bytes = store.shelf.pieces()?.iter().map(|piece| piece.length).sum();
        store.state().bytes = bytes;
        Ok(store)
    }

    /// Looks at what was left in `new/`: whole pieces are kept, all else is removed.
    fn take_over(&self) -> Result<(), StoreError> {
        for path in shelf::files(&self.shelf.new_folder())? {
            let digest: Option<Digest> =
                path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
            match digest {
                Some(digest) if shelf::content(&path, digest)?.is_some() => {
                    let length = fs::metadata(&path).context("measuring", &path)?.len();
                    self.state().waiting.insert(digest, length);
                }
                _ => self.disk.remove(&path).context("removing", &path)?,
            }
        }
        self.flush()
    }

    /// What can be done without the right to change anything.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Whether there is a piece of this digest and length. Its content is looked at where it is read.
    pub fn has(&self, digest: Digest, length: u64) -> bool {
        self.shelf.has(digest, length)
    }

    /// A piece's content. One that is damaged is dropped, and is as if it had never been there.
    pub fn read(&self, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        for path in self.shelf.places(digest) {
            let length = match fs::metadata(&path) {
                Ok(metadata) => metadata.len(),
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(StoreError::Io(Err(error).context("measuring", &path)?)),
            };
            if let Some(content) = shelf::content(&path, digest)? {
                shelf::touch(&path);
                return Ok(Some(content));
            }
            let mut state = self.state();
            state.waiting.remove(&digest);
            state.bytes = state.bytes.saturating_sub(length);
            self.disk.remove(&path).context("removing", &path)?;
        }
        Ok(None)
    }

    /// Keeps a piece, after a check that it is the one. It is on the disk for sure after a [`Self::flush`].
    pub fn put(&self, digest: Digest, content: &[u8]) -> Result<(), StoreError> {
        let length = content.len() as u64;
        if length > LONGEST {
            return Err(StoreError::TooLong(digest));
        }
        if Digest::of(content) != digest {
            return Err(StoreError::NotThePiece(digest));
        }
        let mut state = self.state();
        if self.shelf.has(digest, length) {
            return Ok(());
        }
        if state.waiting_bytes() + length > BATCH {
            self.flush_all(&mut state)?;
        }
        let path = self.shelf.new_place(digest);
        self.disk.write(&path, content).context("writing", &path)?;
        state.bytes += length;
        state.waiting.insert(digest, length);
        if length >= BATCH { self.flush_all(&mut state) } else { Ok(()) }
    }

    /// Has all pieces on the disk, under their names.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.flush_all(&mut self.state())
    }

    fn flush_all(&self, state: &mut State) -> Result<(), StoreError> {
        if state.waiting.is_empty() {
            return Ok(());
        }
        for digest in state.waiting.keys() {
            let path = self.shelf.new_place(*digest);
            self.disk.sync(&path).context("flushing", &path)?;
        }
        let mut folders = Vec::new();
        for digest in state.waiting.keys() {
            let (from, to) = (self.shelf.new_place(*digest), self.shelf.place(*digest));
            let folder = self.shelf.folder_of(*digest);
            if folders.last() != Some(&folder) {
                if !folder.is_dir() {
                    make(&folder)?;
                    self.disk.sync_folder(self.shelf.folder()).context("flushing", self.shelf.folder())?;
                }
                folders.push(folder);
            }
            self.disk.rename(&from, &to).context("naming", &to)?;
        }
        for folder in &folders {
            self.disk.sync_folder(folder).context("flushing", folder)?;
        }
        state.waiting.clear();
        Ok(())
    }

    /// Drops what was used longest ago until `needed` more bytes fit the limit, but nothing of `keep`, and asks whether
    /// the data partition has room for them.
    pub fn make_room(&self, needed: Bytes, keep: &Keep) -> Result<(), StoreError> {
        let mut state = self.state();
        self.flush_all(&mut state)?;
        let pieces = self.shelf.pieces()?;
        let drops = room::decide(&pieces, needed, self.limit, keep)?;
        for piece in drops {
            let path = self.shelf.place(piece.digest);
            self.disk.remove(&path).context("removing", &path)?;
        }
        state.bytes = self.shelf.pieces()?.iter().map(|piece| piece.length).sum();
        let free = self.shelf.free()?.saturating_sub(LEFT_FREE);
        if free < needed.0 {
            return Err(StoreError::DiskFull { needed, free: Bytes(free) });
        }
        Ok(())
    }

    /// How much the store holds.
    pub fn size(&self) -> Bytes {
        Bytes(self.state().bytes)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked left at worst a piece uncounted.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a folder, if it is not there.
fn make(folder: &Path) -> Result<(), IoError> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error).context("making", folder),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
