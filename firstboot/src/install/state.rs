//! The state partition of a disk that is installed to: an ext4 with the set-up in it, made as a file, so that it comes to the disk in
//! one copy that is read back.
//!
//! ```text
//!   /state/setup/moves-UUID        it, complete under this name
//!     setup/record.json            the answers, with this change made
//!     setup/header-UUID            the header of the data to come
//! ```

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use formats::size::Bytes;
use thiserror::Error;
use uuid::Uuid;

use crate::machine::{Header, Record};
use crate::store::{Store, StoreError};
use crate::tool::{Program, ToolError, run};

/// It was not made.
#[derive(Debug, Error)]
pub enum NoState {
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The record.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> NoState {
    move |source| NoState::File { doing, path: path.to_owned(), source }
}

/// Where it is made.
#[derive(Clone, Debug)]
pub(super) struct Place {
    folder: PathBuf,
    header: Header,
}

impl Place {
    /// In the folder of a set-up, for this one of its headers.
    pub(super) fn new(folder: &Path, header: Header) -> Self {
        Self { folder: folder.to_owned(), header }
    }

    fn image(&self) -> PathBuf {
        self.folder.join(format!("moves-{}", self.header.0))
    }

    /// The file system, which is made if it is not there.
    pub(super) fn make(&self, record: &Record, length: Bytes, uuid: Uuid) -> Result<File, NoState> {
        let image = self.image();
        if !image.exists() {
            self.fill(&image, record, length, uuid)?;
        }
        File::open(&image).map_err(at("opening", &image))
    }

    fn fill(&self, image: &Path, record: &Record, length: Bytes, uuid: Uuid) -> Result<(), NoState> {
        let (tree, new) = (self.folder.join(".moves.tree"), self.folder.join(".moves.new"));
        remove(&tree)?;
        remove(&new)?;
        let setup = tree.join("setup");
        Store::open(&setup)?.keep(record)?;
        let name = format!("header-{}", self.header.0);
        let header = setup.join(&name);
        // On the same file system: no second copy is made of it.
        fs::hard_link(self.folder.join(&name), &header).map_err(at("linking", &header))?;
        for folder in [&tree, &setup] {
            fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(at("opening", folder))?;
        }
        let uuid = uuid.to_string();
        let (seed, blocks) = (format!("hash_seed={uuid}"), format!("{}k", length.0 / 1024));
        let options = ["-q", "-F", "-t", "ext4", "-L", "ilanga-state", "-U", &uuid, "-E", &seed, "-d"].map(OsStr::new);
        let places = [tree.as_os_str(), new.as_os_str(), OsStr::new(&blocks)];
        run(Program::MakeExt4, &[options.as_slice(), &places].concat(), b"")?;
        File::open(&new).and_then(|file| file.sync_all()).map_err(at("flushing", &new))?;
        fs::rename(&new, image).map_err(at("renaming", &new))?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(at("flushing", &self.folder))?;
        remove(&tree)
    }

    /// Removes what was made.
    pub(super) fn forget(&self) -> Result<(), NoState> {
        remove(&self.image())
    }
}

fn remove(path: &Path) -> Result<(), NoState> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(at("removing", path)(source)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn said(program: &str, arguments: &[&str], image: &Path) -> Option<Vec<u8>> {
        let done = Command::new(program).args(arguments).arg(image).output().ok()?;
        assert!(done.status.success(), "{done:?}");
        Some(done.stdout)
    }

    #[test]
    fn has_the_set_up_in_it() {
        if ["/usr/sbin/mke2fs", "/usr/sbin/debugfs", "/usr/sbin/e2fsck"].iter().any(|path| !Path::new(path).exists()) {
            return println!("skipped: no mke2fs, debugfs, e2fsck");
        }
        let folder = tempfile::tempdir().unwrap();
        let header = Header(Uuid::from_u128(7));
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at / 251) as u8).collect();
        fs::write(folder.path().join(format!("header-{}", header.0)), &bytes).unwrap();
        let mut record = Record::default();
        record.time_zone = Some("UTC".parse().unwrap());
        let place = Place::new(folder.path(), header);
        // The power went while one was made.
        fs::create_dir_all(folder.path().join(".moves.tree/setup")).unwrap();
        fs::write(folder.path().join(".moves.new"), "half").unwrap();
        place.make(&record, Bytes::mib(64), Uuid::from_u128(9)).unwrap();
        let made = fs::read(place.image()).unwrap();
        assert_eq!(made.len(), 64 << 20);
        place.make(&Record::default(), Bytes::mib(64), Uuid::from_u128(9)).unwrap();
        assert!(fs::read(place.image()).unwrap() == made, "it is made once");

        said("/usr/sbin/e2fsck", &["-fn"], &place.image()).unwrap();
        let cat = |path: &str| said("/usr/sbin/debugfs", &["-R", &format!("cat {path}")], &place.image()).unwrap();
        assert_eq!(Record::parse(&cat("/setup/record.json")).unwrap(), record);
        assert!(cat(&format!("/setup/header-{}", header.0)) == bytes);
        let listed = said("/usr/sbin/debugfs", &["-R", "ls -l /"], &place.image()).unwrap();
        assert!(String::from_utf8_lossy(&listed).contains("40755"), "{}", String::from_utf8_lossy(&listed));
        let blkid = said("/usr/sbin/blkid", &["--probe", "--output", "export"], &place.image()).unwrap();
        let blkid = String::from_utf8_lossy(&blkid).into_owned();
        assert!(blkid.contains("LABEL=ilanga-state") && blkid.contains(&Uuid::from_u128(9).to_string()), "{blkid}");
        place.forget().unwrap();
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
