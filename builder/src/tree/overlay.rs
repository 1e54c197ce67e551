//! Overlay mounts, which let scripts change a tree that is shared.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use nix::mount::{MntFlags, MsFlags, mount, umount2};

/// A mounted overlay; unmounted when it is dropped.
#[derive(Debug)]
pub(crate) struct Overlay {
    target: PathBuf,
}

impl Overlay {
    /// Mounts at `target` the folders of `lowers`, the topmost first, with all changes going to `upper`. The folder
    /// `work` is the kernel's own, on the same file system as `upper`. Nothing is synced: a build that is cut starts
    /// its tree anew.
    pub(crate) fn mount(lowers: &[&Path], upper: &Path, work: &Path, target: &Path) -> Result<Self> {
        let mut lowerdir = Vec::new();
        for path in lowers.iter().copied().chain([upper, work]) {
            let text = path.display().to_string();
            if text.contains([':', ',', '\\']) {
                bail!(
                    "{text}: an overlay can't be made of a path with ':', ',' or '\\'; set XDG_CACHE_HOME to another folder"
                );
            }
            lowerdir.push(text);
        }
        lowerdir.truncate(lowers.len());
        let options = format!(
            "lowerdir={},upperdir={},workdir={},userxattr,volatile",
            lowerdir.join(":"),
            upper.display(),
            work.display()
        );
        mount(Some("overlay"), target, Some("overlay"), MsFlags::empty(), Some(options.as_str()))
            .with_context(|| format!("mounting an overlay at {}", target.display()))?;
        Ok(Self { target: target.to_owned() })
    }

    /// Where it is mounted.
    pub(crate) fn path(&self) -> &Path {
        &self.target
    }
}

impl Drop for Overlay {
    fn drop(&mut self) {
        // Nothing to do about an error: the mount goes with the builder's mount namespace.
        let _ = umount2(&self.target, MntFlags::MNT_DETACH);
    }
}
