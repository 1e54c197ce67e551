//! One package of another suite, unpacked: its lock, and its way into the cache.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::{Builder, now};
use crate::archive::fetch::FetchError;
use crate::packages::lock::Lock;
use crate::packages::single::Single;

impl Builder {
    /// The files of a package, as the lock at `path` has it. The lock is made anew where it is for another package, and where
    /// the archive no longer has its version: a suite that is not released moves on.
    pub(crate) fn single(&self, wanted: &Single, path: &Path) -> Result<PathBuf> {
        let title = format!("fetching {}", wanted.name);
        let mut lock = match Lock::read(path)? {
            Some(lock) if lock.request == wanted.request() => lock,
            _ => self.new_single(wanted, path)?,
        };
        match self.fetch(&lock, &title) {
            Err(error) if is_gone(&error) => {
                self.ui.note(&format!("{error:#}; the lock {} is made anew", path.display()));
                lock = self.new_single(wanted, path)?;
                self.fetch(&lock, &title)?;
            }
            fetched => fetched?,
        }
        let [package] = lock.packages.as_slice() else { bail!("{} must have one package", path.display()) };
        Ok(self.with_packages(&lock, || Ok(self.store.unpacked(package.sha256)?))?.data)
    }

    fn new_single(&self, wanted: &Single, path: &Path) -> Result<Lock> {
        let lock = self.ui.stage(&format!("looking for {} in {}", wanted.name, wanted.suite), || {
            wanted.lock(&self.archives, &self.store, now()?, &self.ui)
        })?;
        lock.write(path)?;
        Ok(lock)
    }
}

/// Whether the archive does not have a package any more.
fn is_gone(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(FetchError::Gone { .. })))
}
