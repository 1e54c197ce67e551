//! Where the builder keeps what it need not make again.
//!
//! ```text
//! $XDG_CACHE_HOME/ilanga/
//!   packages/SHA256.deb     as fetched
//!   unpacked/SHA256/        a package's files and control members
//!   indexes/                what the archives sign
//!   tools/ID/               the tools tree
//!   trees/ID/               an image's configured packages: `lower`, `upper`
//!   programs/ID/            the node's programs
//!   crates/ID/              the sources of the crates that they are compiled from
//!   stages/ID/              results of later stages
//!   keys/                   development keys
//! ```
//!
//! An `ID` is the digest of everything that an entry is made from. Entries are made under another name and renamed, so
//! one that is there is whole, and checkouts and builds that run at once share them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;

/// The cache's folders.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache of the user who runs the builder: `$XDG_CACHE_HOME/ilanga`, or `~/.cache/ilanga`.
    pub(crate) fn open() -> Result<Self> {
        let base = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
        let Some(base) = base else { bail!("neither XDG_CACHE_HOME nor HOME is set: set one of them") };
        Self::at(&base.join("ilanga"))
    }

    /// The cache in this folder.
    pub(crate) fn at(root: &Path) -> Result<Self> {
        let cache = Self { root: root.to_owned() };
        for folder in ["packages", "unpacked", "indexes", "tools", "trees", "programs", "crates", "stages"] {
            let path = root.join(folder);
            fs::create_dir_all(&path).with_context(|| format!("making the cache's folder {}", path.display()))?;
        }
        Ok(cache)
    }

    /// The whole cache.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes the entry `id` of a folder with `make`, unless it is there; returns where it is. Waits for another build
    /// that is making the same one.
    pub(crate) fn entry(
        &self,
        folder: &str,
        id: Digest,
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<(PathBuf, Found)> {
        let path = self.root.join(folder).join(id.to_string());
        if path.exists() {
            return Ok((path, Found::There));
        }
        let _lock = Lock::take(&path.with_extension("lock"))?;
        if path.exists() {
            return Ok((path, Found::There));
        }
        let partial = path.with_extension("partial");
        remove_tree(&partial)?;
        fs::create_dir_all(&partial).with_context(|| format!("making {}", partial.display()))?;
        make(&partial)?;
        sync(&partial)?;
        fs::rename(&partial, &path).with_context(|| format!("naming {}", path.display()))?;
        Ok((path, Found::Made))
    }
}

/// Whether an entry of the cache had to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It was there.
    There,
    /// It was made now.
    Made,
}

/// An exclusive lock on a file, held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock on `path`, which is made if it is not there.
    pub(crate) fn take(path: &Path) -> Result<Self> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .with_context(|| format!("opening the lock {}", path.display()))?;
        file.lock().with_context(|| format!("waiting for the lock {}", path.display()))?;
        Ok(Self { _file: file })
    }
}

/// Removes a file or folder with all that is in it; does nothing where there is none.
pub(crate) fn remove_tree(path: &Path) -> Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    result.with_context(|| format!("removing {}", path.display()))
}

/// Brings the whole file system of `path` to the disk, once, before a name says that it is complete.
fn sync(path: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    nix::unistd::syncfs(&file).with_context(|| format!("writing {} to the disk", path.display()))
}
