//! Where a set-up is kept: a folder of the state partition.
//!
//! ```text
//!   /state/setup/record.json      the answers, and how far the changes are
//!   /state/setup/header-UUID      the header of the data to come
//! ```
//!
//! Invariants: a record is written under another name, flushed and renamed, and the folder flushed, before anybody is told that it
//! is kept; a record that can't be read is set aside and said, not written over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::machine::{BadRecord, LONGEST, Record};

/// The record's file.
const RECORD: &str = "record.json";

/// Where a record goes that can't be read.
const ASIDE: &str = "record.unreadable";

/// A set-up can't be kept or found.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The record has something that JSON has no word for.
    #[error("writing the record of the set-up")]
    Words(#[from] serde_json::Error),
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::File { doing, path: path.to_owned(), source }
}

/// The folder.
#[derive(Clone, Debug)]
pub struct Store(PathBuf);

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The set-up: a new one if there was none.
    pub record: Record,
    /// Why an older one was set aside.
    pub aside: Option<BadRecord>,
}

impl Store {
    /// The folder, which is made if it is not there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(at("making", folder))?;
        Ok(Self(folder.to_owned()))
    }

    /// The folder, to read what is in it: it may not be there.
    pub fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// Its path.
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// The set-up so far.
    pub fn load(&self) -> Result<Found, StoreError> {
        let path = self.0.join(RECORD);
        let found = match read(&path, LONGEST) {
            Ok(None) => return Ok(Found { record: Record::default(), aside: None }),
            Ok(Some(bytes)) => Record::parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => Err(BadRecord::Long),
            Err(error) => Err(BadRecord::Unreadable(error)),
        };
        match found {
            Ok(record) => Ok(Found { record, aside: None }),
            Err(bad) => {
                fs::rename(&path, self.0.join(ASIDE)).map_err(at("setting aside", &path))?;
                self.flush()?;
                Ok(Found { record: Record::default(), aside: Some(bad) })
            }
        }
    }

    /// Keeps a record; when this returns, no power cut loses it.
    pub fn keep(&self, record: &Record) -> Result<(), StoreError> {
        let path = self.0.join(RECORD);
        replace(&path, &record.to_bytes()?).map_err(at("writing", &path))
    }

    fn flush(&self) -> Result<(), StoreError> {
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(at("flushing", &self.0))
    }
}

/// What a file has, if it is there. One with more than `longest` bytes is an error: nobody who may write it has reason to.
pub(crate) fn read(path: &Path, longest: usize) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    // Whoever planted a link or a pipe there gets no further by it.
    match OpenOptions::new().read(true).custom_flags(nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK).open(path) {
        Ok(file) => file.take(longest as u64 + 1).read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match bytes.len() > longest {
        true => Err(io::ErrorKind::FileTooLarge.into()),
        false => Ok(Some(bytes)),
    }
}

/// Writes a file for root alone under another name, flushes and renames it, and flushes its folder: afterwards no power cut loses it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_for(path, bytes, 0o600)
}

/// The same for whoever has this mode's rights.
pub(crate) fn replace_for(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = folder.join(format!(".{name}.new"));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn kept_and_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("setup")).unwrap();
        assert_eq!(store.load().unwrap().record, Record::default());
        let mut record = Record::default();
        record.time_zone = Some("Africa/Maseru".parse().unwrap());
        store.keep(&record).unwrap();
        // A write that the power ended.
        fs::write(store.folder().join(".record.json.new"), "{").unwrap();
        assert_eq!(store.load().unwrap().record, record);
        store.keep(&Record::default()).unwrap();
        assert_eq!(store.load().unwrap().record, Record::default());
    }

    #[test]
    fn what_is_unreadable_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        for text in ["", "{}", "{\"version\": 99}", "{\"version\": 1, \"stage\": 7}", "\u{0}\u{0}"] {
            fs::write(store.folder().join(RECORD), text).unwrap();
            let found = store.load().unwrap();
            assert!(found.aside.is_some() && found.record == Record::default(), "{text}");
            assert_eq!(fs::read_to_string(store.folder().join(ASIDE)).unwrap(), text);
            assert!(store.load().unwrap().aside.is_none());
        }
        symlink("/etc/hostname", store.folder().join(RECORD)).unwrap();
        assert!(matches!(store.load().unwrap().aside, Some(BadRecord::Unreadable(_))));
        assert!(store.load().unwrap().aside.is_none());
        fs::write(store.folder().join(RECORD), vec![b' '; LONGEST + 1]).unwrap();
        assert!(matches!(store.load().unwrap().aside, Some(BadRecord::Long)));
    }
}
