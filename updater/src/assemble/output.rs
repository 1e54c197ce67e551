//! The bundle that is being written.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use sha2::{Digest as _, Sha256};

use super::AssembleError;
use crate::error::Context as _;

/// A file that gets its name once it is whole.
pub(super) struct Output {
    file: File,
    partial: PathBuf,
    target: PathBuf,
    hasher: Sha256,
    written: u64,
    expected: (u64, Digest),
}

impl Output {
    /// Begins the file at `target`, of which length and digest are known.
    pub(super) fn create(target: &Path, expected: (u64, Digest)) -> Result<Self, AssembleError> {
        let mut partial = target.as_os_str().to_owned();
        partial.push(".partial");
        let partial = PathBuf::from(partial);
        let file = File::create(&partial).context("making", &partial)?;
        Ok(Self { file, partial, target: target.to_owned(), hasher: Sha256::new(), written: 0, expected })
    }

    /// Writes more of it.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), AssembleError> {
        self.written += bytes.len() as u64;
        if self.written > self.expected.0 {
            return Err(self.other());
        }
        self.hasher.update(bytes);
        Ok(self.file.write_all(bytes).context("writing", &self.partial)?)
    }

    /// Gives it its name, if it is what it should be.
    pub(super) fn finish(self) -> Result<(), AssembleError> {
        let found = Digest::new(self.hasher.clone().finalize().into());
        if (self.written, found) != self.expected {
            return Err(self.other());
        }
        self.file.sync_all().context("flushing", &self.partial)?;
        fs::rename(&self.partial, &self.target).context("renaming", &self.partial)?;
        let folder = self.target.parent().unwrap_or(Path::new("."));
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(synced.context("flushing", folder)?)
    }

    fn other(&self) -> AssembleError {
        let (length, expected) = self.expected;
        let found = Digest::new(self.hasher.clone().finalize().into());
        AssembleError::Other { length, expected, found_length: self.written, found }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // After the renaming there is nothing of this name.
        let _ = fs::remove_file(&self.partial);
    }
}
