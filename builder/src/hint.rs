//! What to do about failures that can happen in any operation.

use std::io;
use std::path::{Path, PathBuf};

use formats::size::Bytes;
use thiserror::Error;

/// With less than this left, a disk counts as full.
const LITTLE: Bytes = Bytes(1 << 20);

/// A disk that was full when something failed, which did not say so itself.
#[derive(Debug, Error)]
#[error("the disk of {} is full", .0.display())]
struct Full(PathBuf);

/// Adds that the disk of one of these folders is full, where the error does not say so: many programs don't.
pub(crate) fn with_full_disk(error: anyhow::Error, folders: &[&Path]) -> anyhow::Error {
    if says_full(&error) {
        return error;
    }
    match folders.iter().find(|folder| is_full(folder)) {
        Some(folder) => error.context(Full((*folder).to_owned())),
        None => error,
    }
}

/// What to do about an error whose own words only say what failed.
pub(crate) fn about(error: &anyhow::Error) -> Option<&'static str> {
    (says_full(error) || error.downcast_ref::<Full>().is_some()).then_some(
        "make room on that disk (`ilanga clean` removes what can be made again), or use another one: \
         --output for what is built, XDG_CACHE_HOME for the cache",
    )
}

fn says_full(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|error| matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
}

fn is_full(folder: &Path) -> bool {
    nix::sys::statvfs::statvfs(folder)
        .is_ok_and(|disk| disk.blocks_available().saturating_mul(disk.fragment_size()) < LITTLE.0)
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn helps_with_full_disks() {
        let full = Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull)).context("writing a.img").unwrap_err();
        assert!(about(&full).unwrap().starts_with("make room"));
        assert_eq!(with_full_disk(full, &[Path::new("/proc")]).to_string(), "writing a.img");
        assert!(about(&anyhow!("other")).is_none());
        let here = [Path::new(env!("CARGO_MANIFEST_DIR"))];
        assert_eq!(with_full_disk(anyhow!("other"), &here).to_string(), "other");
        // A file system with no blocks at all.
        let silent = with_full_disk(anyhow!("mkfs failed"), &[Path::new("/proc")]);
        assert_eq!(format!("{silent:#}"), "the disk of /proc is full: mkfs failed");
        assert!(about(&silent).is_some());
    }
}
