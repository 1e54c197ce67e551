//! What cargo makes of crates for the node's programs, kept for the next time: most of the time goes there.
//!
//! The crates are those of `Cargo.lock`, whose sources cargo knows by their versions. The workspace's own packages it knows by their
//! files' times, which say nothing where several checkouts share a cache, so whoever takes the folder removes what was made of
//! those. Invariants: one build uses it at a time; while it is used it has another name, so what a build left that was
//! killed, or lost its power, is thrown away.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use crate::cache::{Cache, Lock, remove_tree, sync};

/// The folder, taken until it is dropped.
#[derive(Debug)]
pub(crate) struct KeptTarget {
    kept: PathBuf,
    taken: PathBuf,
    _lock: Lock,
}

impl KeptTarget {
    /// Waits for the folder for the compiler of these tools, and takes it.
    pub(crate) fn take(cache: &Cache, tools: Digest) -> Result<Self> {
        let folder = cache.root().join("compiled");
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let kept = folder.join(tools.to_string());
        let (lock, taken) = (Lock::take(&kept.with_extension("lock"))?, kept.with_extension("taken"));
        remove_tree(&taken)?;
        if kept.exists() {
            fs::rename(&kept, &taken).with_context(|| format!("taking {}", kept.display()))?;
        } else {
            fs::create_dir(&taken).with_context(|| format!("making {}", taken.display()))?;
        }
        Ok(Self { kept, taken, _lock: lock })
    }

    /// Where it is now.
    pub(crate) fn path(&self) -> &Path {
        &self.taken
    }
}

impl Drop for KeptTarget {
    fn drop(&mut self) {
        // Whatever is not given back is made again.
        if sync(&self.taken).is_ok() {
            let _ = fs::rename(&self.taken, &self.kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_given_back_unless_its_user_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path()).unwrap();
        let id = Digest::of("tools");
        let target = KeptTarget::take(&cache, id).unwrap();
        fs::write(target.path().join("crate"), "made").unwrap();
        drop(target);
        let target = KeptTarget::take(&cache, id).unwrap();
        assert!(target.path().join("crate").exists());
        let (kept, taken) = (target.kept.clone(), target.taken.clone());
        assert!(!kept.exists());
        drop(target);
        // As a killed build leaves it.
        fs::rename(&kept, &taken).unwrap();
        let target = KeptTarget::take(&cache, id).unwrap();
        assert_eq!(fs::read_dir(target.path()).unwrap().count(), 0);
    }
}
