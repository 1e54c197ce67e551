//! The cache of what the archive has, by content.
//!
//! ```text
//! <cache>/
//!   packages/<sha256>.deb          as fetched, checked
//!   packages/<sha256>.deb.part     being fetched; whoever fetches holds a lock on it
//!   indexes/<sha256>               Packages.xz and the like, as fetched, checked
//!   releases/<name>                the last InRelease that was accepted, to refuse an older one
//!   unpacked/<sha256>/data/        the package's files, with /usr merged
//!   unpacked/<sha256>/control/     its control files
//!   unpacked/<sha256>/list         its /var/lib/dpkg/info/*.list
//!   unpacked/.unflushed            a power cut would damage what is there
//!   unpacked/.new-*/               being unpacked; whoever unpacks holds a lock on it
//! ```
//!
//! What has its final name is whole: it got it by a rename. Any number of processes may use one cache. A package's
//! digest is checked again when it is unpacked; one that has changed on the disk is removed, to be fetched again.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::deb::{Contents, PartError, Unpack, unpack_from};
use super::unflushed::Unflushed;

/// The cache, at its folder.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    root: PathBuf,
    unflushed: Unflushed,
}

/// A package in the cache, unpacked.
#[derive(Clone, Debug)]
pub(crate) struct Unpacked {
    /// Its files: a tree with `/usr` merged.
    pub(crate) data: PathBuf,
    /// Its control files.
    pub(crate) control: PathBuf,
    /// Its files' names, as dpkg lists them.
    pub(crate) list: PathBuf,
}

/// The cache could not be used.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    /// A file or folder of it.
    #[error("{action} {}", .path.display())]
    Io {
        /// What was done.
        action: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A package that could not be unpacked.
    #[error("unpacking {}", .package.display())]
    Unpack {
        /// Which.
        package: PathBuf,
        /// Why.
        source: PartError,
    },
    /// A package that has changed on the disk.
    #[error("{} was damaged (its digest is {actual}) and is removed, to be fetched again", .package.display())]
    Damaged {
        /// Which.
        package: PathBuf,
        /// What its bytes are.
        actual: Digest,
    },
}

fn failed<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> StoreError + 'a {
    move |source| StoreError::Io { action, path: path.to_owned(), source }
}

impl Store {
    /// The cache at `root`, whose folders are made. What a killed build left half unpacked is removed.
    pub(crate) fn open(root: &Path) -> Result<Self, StoreError> {
        for folder in ["packages", "indexes", "releases", "unpacked"] {
            let folder = root.join(folder);
            fs::create_dir_all(&folder).map_err(failed("making the folder", &folder))?;
        }
        let unpacked = root.join("unpacked");
        let unflushed = Unflushed::check(&unpacked).map_err(failed("examining the folder", &unpacked))?;
        let store = Self { root: root.to_owned(), unflushed };
        store.sweep()?;
        Ok(store)
    }

    /// Where the package with this digest is, or would be.
    pub(crate) fn package(&self, digest: Digest) -> PathBuf {
        self.root.join("packages").join(format!("{digest}.deb"))
    }

    /// Where the index with this digest is, or would be.
    pub(crate) fn index(&self, digest: Digest) -> PathBuf {
        self.root.join("indexes").join(digest.to_string())
    }

    /// Where the last accepted release file of a suite is, or would be; `suite` is a mirror and a suite.
    pub(crate) fn release(&self, suite: &str) -> PathBuf {
        let name: String = suite.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
        self.root.join("releases").join(name)
    }

    /// The package with this digest, unpacked; if it is not yet, it is unpacked now and its digest checked again.
    pub(crate) fn unpacked(&self, digest: Digest) -> Result<Unpacked, StoreError> {
        let folder = self.root.join("unpacked");
        let place = folder.join(digest.to_string());
        if !place.exists() {
            self.unflushed.begin().map_err(failed("marking the folder", &folder))?;
            let new = tempfile::Builder::new()
                .prefix(".new-")
                .permissions(fs::Permissions::from_mode(0o755))
                .tempdir_in(&folder)
                .map_err(failed("making a folder in", &folder))?;
            let lock = File::open(new.path()).map_err(failed("opening", new.path()))?;
            lock.try_lock().map_err(|error| failed("locking", new.path())(error.into()))?;
            self.unpack(digest, new.path())?;
            match fs::rename(new.path(), &place) {
                Ok(()) => drop(new.keep()),
                // Another build was faster.
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                Err(source) => return Err(failed("naming", &place)(source)),
            }
        }
        Ok(Unpacked { data: place.join("data"), control: place.join("control"), list: place.join("list") })
    }

    fn unpack(&self, digest: Digest, place: &Path) -> Result<(), StoreError> {
        let [data, control] = ["data", "control"].map(|name| place.join(name));
        for folder in [&data, &control] {
            fs::create_dir(folder).map_err(failed("making the folder", folder))?;
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).map_err(failed("setting up", folder))?;
        }
        let contents = self.unpack_into(digest, Unpack { target: &data, exclude: &|_| false, merge_usr: true })?;
        write_control(&contents, place, &control)
    }

    /// Says that the whole file system of the cache has been flushed since the last package was unpacked.
    pub(crate) fn flushed(&self) -> Result<(), StoreError> {
        let folder = self.root.join("unpacked");
        self.unflushed.end().map_err(failed("marking the folder", &folder))
    }

    /// Unpacks the package with this digest, which is checked.
    pub(crate) fn unpack_into(&self, digest: Digest, unpack: Unpack<'_>) -> Result<Contents, StoreError> {
        let package = self.package(digest);
        let file = File::open(&package).map_err(failed("opening the package", &package))?;
        let mut reader = Digesting { inner: file, hasher: Sha256::new() };
        let contents = unpack_from(&mut reader, unpack);
        // A damaged file mostly fails to unpack; that it is damaged is the better message.
        io::copy(&mut reader, &mut io::sink()).map_err(failed("reading", &package))?;
        let actual = Digest::new(reader.hasher.finalize().into());
        if actual != digest {
            fs::remove_file(&package).map_err(failed("removing the damaged package", &package))?;
            return Err(StoreError::Damaged { package, actual });
        }
        contents.map_err(|source| StoreError::Unpack { package, source })
    }

    /// Removes folders that nobody unpacks into any more.
    fn sweep(&self) -> Result<(), StoreError> {
        let folder = self.root.join("unpacked");
        for entry in fs::read_dir(&folder).map_err(failed("listing", &folder))? {
            let entry = entry.map_err(failed("listing", &folder))?;
            if !entry.file_name().as_bytes().starts_with(b".new-") {
                continue;
            }
            let path = entry.path();
            // It may be gone by now, or be somebody's whose files this user may not remove: neither is this build's loss.
            let stale = File::open(&path).is_ok_and(|lock| lock.try_lock().is_ok());
            if stale && fs::remove_dir_all(&path).is_err() {
                continue;
            }
        }
        Ok(())
    }
}

fn write_control(contents: &Contents, place: &Path, control: &Path) -> Result<(), StoreError> {
    let write = |path: PathBuf, mode: u32, data: &[u8]| {
        let mut options = File::options();
        let mut file = options.write(true).create_new(true).mode(0o600).open(&path).map_err(failed("making", &path))?;
        io::Write::write_all(&mut file, data).map_err(failed("writing", &path))?;
        file.set_permissions(fs::Permissions::from_mode(mode)).map_err(failed("setting up", &path))
    };
    for file in &contents.control {
        write(control.join(&file.name), file.mode, &file.data)?;
    }
    let mut list = Vec::new();
    for file in &contents.files {
        list.extend_from_slice(file.as_os_str().as_bytes());
        list.push(b'\n');
    }
    write(place.join("list"), 0o644, &list)
}

/// A reader that digests what goes through it.
struct Digesting<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}
