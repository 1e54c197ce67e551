//! The kernel images on the ESP: read, and changed step by step.
//!
//! Invariants:
//! - A step is on the disk before the next one begins: the file is flushed, then its folder, then the file system.
//! - A renamed file is flushed before its folder. Linux' FAT gives a file its new name first and tells it where its
//!   content is when the file is flushed; the folder alone would be a name without content (`vfat_rename`,
//!   `fs/fat/namei_vfat.c`).
//! - Whether there is room is known before anything is changed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use formats::boot_entry::{BootEntry, FOLDER};
use formats::boot_state::{Entry, Step, TEMPORARY};
use formats::size::Bytes;
use nix::sys::statvfs::fstatvfs;
use nix::unistd::syncfs;
use thiserror::Error;

use crate::decide::room::{Full, OVERHEAD, enough};
use crate::error::{Context as _, IoError, chain};
use crate::slot::{self, NoRelease, Payload};

/// How much is copied at once.
const PIECE: u64 = 1 << 20;

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Ilanga's kernel images, by name.
    pub entries: Vec<Entry>,
    /// There is something that a write left.
    pub temporary: bool,
    /// What is wrong with entries that hold no release.
    pub problems: Vec<String>,
}

/// A change was not made.
#[derive(Debug, Error)]
pub enum NotDone {
    /// A file operation failed.
    #[error(transparent)]
    Io(#[from] IoError),
    /// What was copied is no kernel image.
    #[error("checking {}", path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: NoRelease,
    },
    /// There is nothing to copy.
    #[error("slot {0} holds no kernel image to write to the ESP")]
    NoPayload(formats::slot::Slot),
    /// There is too little room.
    #[error(transparent)]
    Full(#[from] Full),
}

/// A mounted ESP.
#[derive(Clone, Debug)]
pub struct Esp {
    root: PathBuf,
}

impl Esp {
    /// The ESP that is mounted there.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Where it is mounted.
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn folder(&self) -> PathBuf {
        self.root.join(FOLDER)
    }

    fn path(&self, entry: &BootEntry) -> PathBuf {
        self.folder().join(entry.to_string())
    }

    /// Looks at all entries. Files with other names are none of ours.
    pub fn list(&self) -> Result<Listing, IoError> {
        let folder = self.folder();
        let files = match fs::read_dir(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Listing::default()),
            files => files.context("listing", &folder)?,
        };
        let mut listing = Listing::default();
        for file in files {
            let name = file.context("listing", &folder)?.file_name();
            let Some(name) = name.to_str() else { continue };
            listing.temporary |= name == TEMPORARY;
            let Ok(name) = name.parse::<BootEntry>() else { continue };
            let root = match read(&self.path(&name)) {
                Ok(release) if release.version == name.version => Some(release.root),
                Ok(release) => {
                    listing.problems.push(format!("{name} is the kernel image of {}", release.version));
                    None
                }
                Err(error) => {
                    listing.problems.push(format!("{name}: {}", chain(&error)));
                    None
                }
            };
            listing.entries.push(Entry { name, root });
        }
        listing.entries.sort_by_key(|entry| entry.name.to_string());
        Ok(listing)
    }

    /// Carries the steps out, in order; tells `done` of each that is on the disk. `payload` is the kernel image of a
    /// slot.
    pub fn carry_out(
        &self,
        steps: &[Step],
        payload: impl Fn(formats::slot::Slot) -> Option<Payload>,
        mut done: impl FnMut(&Step),
    ) -> Result<(), NotDone> {
        if steps.is_empty() {
            return Ok(());
        }
        let mut sizes = Vec::new();
        for step in steps {
            sizes.push(match step {
                Step::Write { slot, .. } => {
                    let payload = payload(*slot).ok_or(NotDone::NoPayload(*slot))?;
                    i64::try_from(payload.length + OVERHEAD.0).unwrap_or(i64::MAX)
                }
                Step::RemoveTemporary => -self.length(&self.folder().join(TEMPORARY))?,
                Step::Remove { entry } => -self.length(&self.path(entry))?,
                Step::Rename { .. } => 0,
            });
        }
        enough(peak(&sizes), self.free()?)?;
        for step in steps {
            match step {
                Step::RemoveTemporary => self.remove(&self.folder().join(TEMPORARY))?,
                Step::Write { entry, slot } => {
                    let payload = payload(*slot).ok_or(NotDone::NoPayload(*slot))?;
                    self.write(entry, &payload)?;
                }
                Step::Rename { from, to } => self.rename(&self.path(from), &self.path(to))?,
                Step::Remove { entry } => self.remove(&self.path(entry))?,
            }
            done(step);
        }
        Ok(())
    }

    fn write(&self, entry: &BootEntry, payload: &Payload) -> Result<(), NotDone> {
        self.make_folder()?;
        let temporary = self.folder().join(TEMPORARY);
        let source = File::open(&payload.path).context("opening", &payload.path)?;
        let target = OpenOptions::new().write(true).read(true).create_new(true).open(&temporary);
        let target = target.context("making", &temporary)?;
        let mut piece = vec![0; PIECE as usize];
        let mut at = 0;
        while at < payload.length {
            let length = usize::try_from(PIECE.min(payload.length - at)).unwrap_or(piece.len());
            source.read_exact_at(&mut piece[..length], payload.start + at).context("reading", &payload.path)?;
            target.write_all_at(&piece[..length], at).context("writing", &temporary)?;
            at += length as u64;
        }
        target.sync_all().context("flushing", &temporary)?;
        let copy = slot::kernel_image(&target, &temporary, 0, payload.length);
        copy.map_err(|source| NotDone::Copy { path: temporary.clone(), source })?;
        Ok(self.rename(&temporary, &self.path(entry))?)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), IoError> {
        fs::rename(from, to).context("renaming", from)?;
        File::open(to).and_then(|file| file.sync_all()).context("flushing", to)?;
        self.flush()
    }

    fn remove(&self, path: &Path) -> Result<(), IoError> {
        fs::remove_file(path).context("removing", path)?;
        self.flush()
    }

    /// Flushes the folder and the file system.
    fn flush(&self) -> Result<(), IoError> {
        let folder = self.folder();
        let file = File::open(&folder).context("opening", &folder)?;
        file.sync_all().context("flushing", &folder)?;
        syncfs(&file).context("flushing the file system of", &folder)
    }

    /// Makes the folder of the entries, where an ESP was emptied.
    fn make_folder(&self) -> Result<(), IoError> {
        let folder = self.folder();
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(&folder).context("making", &folder)?;
        let flush = |path: &Path| File::open(path).and_then(|file| file.sync_all()).context("flushing", path);
        folder.ancestors().take_while(|path| path.starts_with(&self.root)).try_for_each(flush)
    }

    /// A file's length; 0 if it is not there.
    fn length(&self, path: &Path) -> Result<i64, IoError> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(0),
            metadata => Ok(i64::try_from(metadata.context("measuring", path)?.len()).unwrap_or(i64::MAX)),
        }
    }

    /// What would be free once these steps, which write nothing, were taken.
    pub fn free_after(&self, steps: &[Step]) -> Result<Bytes, IoError> {
        let mut free = self.free()?;
        for step in steps {
            free.0 = free.0.saturating_add(
                match step {
                    Step::RemoveTemporary => self.length(&self.folder().join(TEMPORARY))?,
                    Step::Remove { entry } => self.length(&self.path(entry))?,
                    Step::Rename { .. } | Step::Write { .. } => 0,
                }
                .unsigned_abs(),
            );
        }
        Ok(free)
    }

    fn free(&self) -> Result<Bytes, IoError> {
        let root = File::open(&self.root).context("opening", &self.root)?;
        let known = fstatvfs(&root).map_err(io::Error::from).context("measuring the room on", &self.root)?;
        Ok(Bytes(known.blocks_available().saturating_mul(known.fragment_size())))
    }
}

/// What has to be free for steps that take these amounts, or give them back.
fn peak(sizes: &[i64]) -> Bytes {
    let taken = sizes.iter().scan(0_i64, |sum, size| {
        *sum = sum.saturating_add(*size);
        Some(*sum)
    });
    Bytes(taken.max().and_then(|most| u64::try_from(most).ok()).unwrap_or(0))
}

fn read(path: &Path) -> Result<formats::boot_state::Release, NoRelease> {
    let file = File::open(path).context("opening", path)?;
    let length = file.metadata().context("measuring", path)?.len();
    Ok(slot::kernel_image(&file, path, 0, length)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_at_the_worst_moment() {
        for (sizes, needed) in [
            (&[][..], 0),
            (&[20, -20][..], 20),
            (&[-20, 20][..], 0),
            (&[-5, 20, -20, 20, 3][..], 18),
            (&[i64::MAX, 1][..], i64::MAX as u64),
        ] {
            assert_eq!(peak(sizes), Bytes(needed), "{sizes:?}");
        }
    }
}
