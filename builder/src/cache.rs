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
//!   compiled/ID/            what was compiled of those
//!   host/                   what was compiled of the builder, by `.ci/run`
//!   tests/ID/               what was compiled of a checkout's tests
//!   stages/ID/              results of later stages
//!   keys/                   development keys
//! ```
//!
//! An `ID` is the digest of everything that an entry is made from. Entries are made under another name and renamed, so
//! one that is there is whole, and checkouts and builds that run at once share them. What a killed build left half made
//! is removed by the next start: whatever has a lock that nobody holds. An entry's lock is as old as its last use. Whoever uses the
//! cache holds `.users`, so that nothing goes which somebody still needs.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;
use nix::sys::time::TimeSpec;

/// The folders of entries.
const ENTRIES: [&str; 5] = ["tools", "trees", "programs", "crates", "stages"];

/// What the names of [`Scratch`] folders begin with.
const SCRATCH: [&str; 2] = ["build-", "stories-"];

/// The cache's folders.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
    users: Arc<File>,
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
        fs::create_dir_all(root).with_context(|| format!("making the cache's folder {}", root.display()))?;
        let path = root.join(".users");
        let users = lock_file(&path)?;
        users.lock_shared().with_context(|| format!("waiting for the lock {}", path.display()))?;
        let cache = Self { root: root.to_owned(), users: Arc::new(users) };
        for folder in ["packages", "unpacked", "indexes"].into_iter().chain(ENTRIES) {
            let path = root.join(folder);
            fs::create_dir_all(&path).with_context(|| format!("making the cache's folder {}", path.display()))?;
        }
        cache.sweep();
        Ok(cache)
    }

    /// Removes what no running build is making any more. What can't be removed, as another user's may be, stays.
    fn sweep(&self) {
        for folder in ENTRIES {
            for partial in children(&self.root.join(folder)) {
                if partial.extension().is_some_and(|extension| extension == "partial")
                    && File::open(partial.with_extension("lock")).is_ok_and(|lock| lock.try_lock().is_ok())
                {
                    let _ = remove_tree(&partial);
                }
            }
        }
        for folder in children(&self.root) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if SCRATCH.iter().any(|prefix| name.starts_with(prefix))
                && File::open(&folder).is_ok_and(|lock| lock.try_lock().is_ok())
            {
                let _ = remove_tree(&folder);
            }
        }
    }

    /// An empty folder for what is in between; `prefix` is one of [`SCRATCH`].
    pub(crate) fn scratch(&self, prefix: &str) -> Result<Scratch> {
        let make = || {
            let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(&self.root)?;
            let lock = File::open(folder.path())?;
            lock.lock()?;
            io::Result::Ok(Scratch { folder, _lock: lock })
        };
        make().with_context(|| format!("making a folder for what is in between in {}", self.root.display()))
    }

    /// The whole cache.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Makes sure that nobody else uses the cache, as long as this one is there.
    pub(crate) fn alone(&self) -> Result<()> {
        match self.users.try_lock() {
            Ok(()) => Ok(()),
            Err(fs::TryLockError::WouldBlock) => {
                bail!("another build uses {}: wait until it is done, or end it", self.root.display())
            }
            Err(fs::TryLockError::Error(error)) => Err(error).context("locking the cache"),
        }
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
            used(&path);
            return Ok((path, Found::There));
        }
        let _lock = Lock::take(&path.with_extension("lock"))?;
        used(&path);
        if path.exists() {
            return Ok((path, Found::There));
        }
        let partial = path.with_extension("partial");
        remove_tree(&partial)?;
        fs::create_dir_all(&partial).with_context(|| format!("making {}", partial.display()))?;
        if let Err(error) = make(&partial).and_then(|()| sync(&partial)) {
            // It may have filled the disk; the error is the one to report.
            let _ = remove_tree(&partial);
            return Err(error);
        }
        fs::rename(&partial, &path).with_context(|| format!("naming {}", path.display()))?;
        Ok((path, Found::Made))
    }
}

impl Cache {
    /// Removes the entry `id` of a folder if, once nobody else is making it, it is damaged.
    pub(crate) fn discard(
        &self,
        folder: &str,
        id: Digest,
        is_damaged: impl FnOnce(&Path) -> Result<bool>,
    ) -> Result<()> {
        let path = self.root.join(folder).join(id.to_string());
        let _lock = Lock::take(&path.with_extension("lock"))?;
        let partial = path.with_extension("partial");
        remove_tree(&partial)?;
        if path.exists() && is_damaged(&path)? {
            fs::rename(&path, &partial).with_context(|| format!("renaming {}", path.display()))?;
        }
        remove_tree(&partial)
    }
}

/// A folder of the cache for what is in between; removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: tempfile::TempDir,
    _lock: File,
}

impl Scratch {
    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// What is in a folder, as far as it can be listed.
fn children(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
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
        let file = lock_file(path)?;
        file.lock().with_context(|| format!("waiting for the lock {}", path.display()))?;
        Ok(Self { _file: file })
    }
}

fn lock_file(path: &Path) -> Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(path);
    file.with_context(|| format!("opening the lock {}", path.display()))
}

/// Remembers that an entry was used now. If that fails, it seems older than it is, and is made again one day.
pub(crate) fn used(entry: &Path) {
    if let Ok(lock) = lock_file(&entry.with_extension("lock")) {
        let _ = nix::sys::stat::futimens(&lock, &TimeSpec::UTIME_NOW, &TimeSpec::UTIME_NOW);
    }
}

/// When an entry was used last, in the file system's time: seconds, and nanoseconds.
pub(crate) fn last_used(entry: &Path) -> (i64, i64) {
    let time = |path: &Path| fs::symlink_metadata(path).map(|found| (found.mtime(), found.mtime_nsec())).ok();
    time(&entry.with_extension("lock")).max(time(entry)).unwrap_or_default()
}

/// Writes a small file as a whole; any number of builds may do so at once.
pub(crate) fn write_file(path: &Path, content: &[u8]) -> Result<()> {
    let write = || {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(content)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        io::Result::Ok(())
    };
    write().with_context(|| format!("writing {}", path.display()))
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
pub(crate) fn sync(path: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    nix::unistd::syncfs(&file).with_context(|| format!("writing {} to the disk", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_whole_entries_only() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path()).unwrap();
        let make = |content: &'static str| {
            move |path: &Path| {
                fs::write(path.join("file"), content)?;
                if content == "half" { bail!("cut") } else { Ok(()) }
            }
        };
        assert_eq!(cache.entry("stages", Digest::of("x"), make("half")).unwrap_err().to_string(), "cut");
        assert_eq!(children(&folder.path().join("stages")).count(), 1, "only the lock may stay");
        let (path, found) = cache.entry("stages", Digest::of("x"), make("whole")).unwrap();
        assert_eq!((fs::read_to_string(path.join("file")).unwrap().as_str(), found), ("whole", Found::Made));
        assert_eq!(cache.entry("stages", Digest::of("x"), make("half")).unwrap().1, Found::There);
        cache.discard("stages", Digest::of("x"), |_| Ok(false)).unwrap();
        assert!(path.exists());
        cache.discard("stages", Digest::of("x"), |_| Ok(true)).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn sweeps_what_nobody_holds() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path()).unwrap();
        let partial = folder.path().join("stages/1.partial");
        let (stories, held) = (folder.path().join("stories-old"), cache.scratch("build-").unwrap());
        for path in [&partial, &stories] {
            fs::create_dir(path).unwrap();
        }
        let lock = Lock::take(&folder.path().join("stages/1.lock")).unwrap();
        Cache::at(folder.path()).unwrap();
        assert!(partial.exists() && held.path().exists() && !stories.exists());
        drop(lock);
        Cache::at(folder.path()).unwrap();
        assert!(!partial.exists() && held.path().exists());
        assert!(folder.path().join("stages").exists());
    }
}
