//! The folder of artefacts: made beside its place and put there whole, so that there is never half a release.
//!
//! ```text
//! out/mini-pc/        the last release that was built whole, and `.inputs`, the digest of what it was made from
//! out/.mini-pc.new/   what is being made; removed if that fails or is stopped, and by the next build if this one is killed
//! ```

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use crate::cache::{Lock, remove_tree};
use crate::interrupt::Unfinished;

/// The file that names what a release was made from.
const STAMP: &str = ".inputs";

/// The folder of a release that is being built. Another build of the same release waits.
#[derive(Debug)]
pub(crate) struct Output {
    place: PathBuf,
    // Dropped, and so removed, before the lock.
    new: Unfinished,
    _lock: Lock,
}

impl Output {
    /// Prepares to replace the folder `place`.
    pub(crate) fn prepare(place: &Path) -> Result<Self> {
        let place = std::path::absolute(place).with_context(|| format!("finding {}", place.display()))?;
        let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else {
            bail!("{} can't hold artefacts: name a folder", place.display());
        };
        let hidden = |suffix: &str| {
            let mut hidden = OsString::from(".");
            hidden.push(name);
            hidden.push(suffix);
            folder.join(hidden)
        };
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        if place.exists() && !place.join(STAMP).exists() && fs::read_dir(&place)?.next().is_some() {
            bail!("{} holds files that ilanga did not make: name another folder with --output", place.display());
        }
        let lock = Lock::take(&hidden(".lock"))?;
        let new = hidden(".new");
        remove_tree(&new)?;
        Ok(Self { place, new: Unfinished::new(new), _lock: lock })
    }

    /// Whether what is in place was made from these inputs and is still all there.
    pub(crate) fn is_made_from(&self, inputs: Digest) -> bool {
        let Ok(stamp) = fs::read_to_string(self.place.join(STAMP)) else { return false };
        let mut lines = stamp.lines();
        lines.next() == Some(inputs.to_string().as_str())
            && lines.all(|line| {
                let Some((size, name)) = line.split_once(' ') else { return false };
                fs::metadata(self.place.join(name)).is_ok_and(|metadata| metadata.len().to_string() == size)
            })
    }

    /// Where artefacts are made; an empty folder at first.
    pub(crate) fn folder(&self) -> Result<&Path> {
        fs::create_dir_all(self.new.path()).with_context(|| format!("making {}", self.new.path().display()))?;
        Ok(self.new.path())
    }

    /// Where artefacts will be.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Puts what was made in place.
    pub(crate) fn publish(self, inputs: Digest) -> Result<PathBuf> {
        let mut files: Vec<_> = fs::read_dir(self.new.path())
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .with_context(|| format!("listing {}", self.new.path().display()))?;
        files.sort_by_key(fs::DirEntry::file_name);
        let mut stamp = format!("{inputs}\n");
        for entry in files {
            let path = entry.path();
            let file = fs::File::open(&path).with_context(|| format!("opening {}", path.display()))?;
            file.sync_all().with_context(|| format!("writing {} to the disk", path.display()))?;
            let size = file.metadata().with_context(|| format!("measuring {}", path.display()))?.len();
            stamp.push_str(&format!("{size} {}\n", entry.file_name().to_string_lossy()));
        }
        fs::write(self.new.path().join(STAMP), stamp).context("writing what the release was made from")?;
        fs::File::open(self.new.path())
            .and_then(|folder| folder.sync_all())
            .context("writing the folder of artefacts")?;
        let naming = || format!("putting the artefacts at {}", self.place.display());
        if self.place.exists() {
            renameat2(AT_FDCWD, self.new.path(), AT_FDCWD, &self.place, RenameFlags::RENAME_EXCHANGE)
                .with_context(naming)?;
            remove_tree(self.new.path())?;
        } else {
            fs::rename(self.new.path(), &self.place).with_context(naming)?;
        }
        Ok(self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_release_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("out/mini-pc");
        for content in ["one", "two"] {
            let output = Output::prepare(&place).unwrap();
            assert!(!output.is_made_from(Digest::of(content)));
            fs::write(output.folder().unwrap().join("image"), content).unwrap();
            output.publish(Digest::of(content)).unwrap();
            assert_eq!(fs::read_to_string(place.join("image")).unwrap(), content);
            assert!(!folder.path().join("out/.mini-pc.new").exists());
        }
        assert!(Output::prepare(&place).unwrap().is_made_from(Digest::of("two")));
        fs::write(place.join("image"), "").unwrap();
        assert!(!Output::prepare(&place).unwrap().is_made_from(Digest::of("two")));
    }

    #[test]
    fn leaves_other_peoples_files_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis"), "").unwrap();
        let message = Output::prepare(folder.path()).unwrap_err().to_string();
        assert!(message.contains("files that ilanga did not make"), "{message}");
    }

    #[test]
    fn a_build_that_was_cut_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("mini-pc");
        fs::write(Output::prepare(&place).unwrap().folder().unwrap().join("half"), "").unwrap();
        let next = Output::prepare(&place).unwrap();
        assert_eq!(fs::read_dir(next.folder().unwrap()).unwrap().count(), 0);
        assert!(!place.exists());
    }
}
