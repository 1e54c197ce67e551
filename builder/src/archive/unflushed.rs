//! Whether what was unpacked has reached the disk.
//!
//! Packages are unpacked and renamed without flushing, which would take a second for each. While there may be some that
//! are only in the kernel's memory, a marker with the number of this start of the machine lies beside them. If a later
//! start of the machine finds it, there was a power cut, and nothing there can be relied on.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::{Lock, remove_tree, write_file};

/// The marker of a folder.
#[derive(Clone, Debug)]
pub(super) struct Unflushed {
    marker: PathBuf,
    boot: String,
    written: Arc<Mutex<bool>>,
}

impl Unflushed {
    /// Looks at the folder, and empties it if a power cut may have damaged what is in it.
    pub(super) fn check(folder: &Path) -> io::Result<Self> {
        Self::check_at(folder, fs::read_to_string("/proc/sys/kernel/random/boot_id")?)
    }

    fn check_at(folder: &Path, boot: String) -> io::Result<Self> {
        let marker = folder.join(".unflushed");
        if fs::read_to_string(&marker).is_ok_and(|before| before != boot) {
            let _lock = Lock::take(&folder.join(".unflushed.lock")).map_err(io::Error::other)?;
            // Another start of the builder may have done it by now.
            if fs::read_to_string(&marker).is_ok_and(|before| before != boot) {
                for entry in fs::read_dir(folder)? {
                    let entry = entry?;
                    if entry.file_type()?.is_dir() {
                        remove_tree(&entry.path()).map_err(io::Error::other)?;
                    }
                }
                fs::remove_file(&marker)?;
            }
        }
        Ok(Self { marker, boot, written: Arc::default() })
    }

    /// Says that something will be put into the folder; on the disk when this returns.
    pub(super) fn begin(&self) -> io::Result<()> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if !*written || !self.marker.exists() {
            write_file(&self.marker, self.boot.as_bytes()).map_err(io::Error::other)?;
            *written = true;
        }
        Ok(())
    }

    /// Says that the whole file system has been flushed since the last [`Self::begin`].
    pub(super) fn end(&self) -> io::Result<()> {
        match fs::remove_file(&self.marker) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empties_the_folder_after_a_power_cut_only() {
        let folder = tempfile::tempdir().unwrap();
        let package = folder.path().join("package");
        for (flushed, next, kept) in [(true, "1", true), (true, "2", true), (false, "1", true), (false, "2", false)] {
            let before = Unflushed::check_at(folder.path(), "1".to_owned()).unwrap();
            before.begin().unwrap();
            fs::create_dir_all(package.join("usr/bin")).unwrap();
            before.begin().unwrap();
            if flushed {
                before.end().unwrap();
                before.end().unwrap();
            }
            Unflushed::check_at(folder.path(), next.to_owned()).unwrap();
            assert_eq!(package.exists(), kept, "{flushed} {next}");
            before.end().unwrap();
        }
    }
}
