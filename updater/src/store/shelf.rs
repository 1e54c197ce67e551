//! The files of a store: their names, and reading them. Whoever serves neighbours has this and no more.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use nix::fcntl::OFlag;
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::statvfs::statvfs;
use nix::sys::time::TimeSpec;

use super::LONGEST;
use crate::error::{Context as _, IoError};

/// A store that is only read.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
}

/// A piece that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Its name.
    pub(super) digest: Digest,
    /// Its length.
    pub(super) length: u64,
    /// When it was used last: seconds and nanoseconds.
    pub(super) used: (i64, i64),
}

impl Shelf {
    /// The store in a folder.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join("lock")
    }

    pub(super) fn new_folder(&self) -> PathBuf {
        self.folder.join("new")
    }

    pub(super) fn new_place(&self, digest: Digest) -> PathBuf {
        self.new_folder().join(digest.to_string())
    }

    pub(super) fn folder_of(&self, digest: Digest) -> PathBuf {
        self.folder.join(format!("{:02x}", digest.as_bytes()[0]))
    }

    /// Where a piece is, once it is on the disk for sure.
    pub(super) fn place(&self, digest: Digest) -> PathBuf {
        self.folder_of(digest).join(digest.to_string())
    }

    /// Where a piece can be.
    pub(super) fn places(&self, digest: Digest) -> [PathBuf; 2] {
        [self.place(digest), self.new_place(digest)]
    }

    /// Whether there is a piece of this digest and length.
    pub fn has(&self, digest: Digest, length: u64) -> bool {
        self.places(digest)
            .iter()
            .any(|path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == length))
    }

    /// A piece's content, if it is there and undamaged.
    pub fn read(&self, digest: Digest) -> Result<Option<Vec<u8>>, IoError> {
        for path in self.places(digest) {
            if let Some(found) = content(&path, digest)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// All pieces that are on the disk for sure, by their names.
    pub(super) fn pieces(&self) -> Result<Vec<Kept>, IoError> {
        let mut pieces = Vec::new();
        for first in 0..=u8::MAX {
            let folder = self.folder.join(format!("{first:02x}"));
            for path in files(&folder)? {
                let Some(digest) = path.file_name().and_then(|name| name.to_str()?.parse::<Digest>().ok()) else {
                    continue;
                };
                let metadata = fs::symlink_metadata(&path).context("measuring", &path)?;
                if metadata.is_file() && digest.as_bytes()[0] == first {
                    let used = (metadata.mtime(), metadata.mtime_nsec());
                    pieces.push(Kept { digest, length: metadata.len(), used });
                }
            }
        }
        Ok(pieces)
    }

    /// How many bytes the file system has left for this user.
    pub(super) fn free(&self) -> Result<u64, IoError> {
        let found = statvfs(&self.folder).context("measuring", &self.folder)?;
        Ok(found.blocks_available() * found.fragment_size())
    }
}

/// The files of a folder, sorted; none if it is not there.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>, IoError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.context("listing", folder)?,
    };
    let paths: Result<Vec<PathBuf>, io::Error> = entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.context("listing", folder)?;
    paths.sort();
    Ok(paths)
}

/// A file's content, if it is there and has this digest.
pub(super) fn content(path: &Path, digest: Digest) -> Result<Option<Vec<u8>>, IoError> {
    let file = match File::options().read(true).custom_flags(OFlag::O_NOFOLLOW.bits()).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.context("opening", path)?,
    };
    let mut content = Vec::new();
    match file.take(LONGEST + 1).read_to_end(&mut content) {
        // A medium that can't give it back has lost it: it is fetched again.
        Err(error) if error.raw_os_error() == Some(nix::libc::EIO) => return Ok(None),
        read => read.context("reading", path)?,
    };
    Ok((Digest::of(&content) == digest).then_some(content))
}

/// Notes that a piece was used. That it can't be noted changes only what is dropped first.
pub(super) fn touch(path: &Path) {
    let now = TimeSpec::UTIME_NOW;
    let _ = utimensat(nix::fcntl::AT_FDCWD, path, &now, &now, UtimensatFlags::NoFollowSymlink);
}
