//! Where a file of answers is: the FAT partition, on which whoever flashed the disk can put it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use formats::answers::{FILE, LONGEST, Recipient};
use formats::layout::Role;
use formats::own_disk;
use nix::mount::{MntFlags, MsFlags};
use thiserror::Error;

use crate::node::Node;
use crate::recovery_key::RecoveryKey;
use crate::store;
use crate::tool::{Program, ToolError, run};

/// Something was not done on the FAT partition.
#[derive(Debug, Error)]
pub enum PlaceError {
    /// A file, or the partition.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// It is no text.
    #[error("{FILE} is no text: save it as UTF-8")]
    Text,
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    move |source| PlaceError::File { doing, path: path.to_owned(), source }
}

/// The partition, mounted until this is dropped.
#[derive(Debug)]
pub struct Place(PathBuf);

impl Place {
    /// Mounts it.
    pub fn open(node: &Node) -> Result<Self, PlaceError> {
        let device = node.path(&own_disk::link(Role::Esp));
        let folder = node.path("/run/ilanga/setup/esp");
        fs::create_dir_all(&folder).map_err(at("making", &folder))?;
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        nix::mount::mount(Some(&device), &folder, Some("vfat"), flags, Some("umask=0077"))
            .map_err(io::Error::from)
            .map_err(at("mounting", &device))?;
        Ok(Self(folder))
    }

    /// The text of the file, if there is one.
    pub fn answers(&self) -> Result<Option<String>, PlaceError> {
        let path = self.0.join(FILE);
        // One byte more, so that the parser says what is wrong with a long one.
        match store::read(&path, LONGEST + 1) {
            Ok(None) => Ok(None),
            Ok(Some(bytes)) => String::from_utf8(bytes).map(Some).map_err(|_| PlaceError::Text),
            Err(error) => Err(at("reading", &path)(error)),
        }
    }

    /// Leaves a recovery key for these, encrypted to them, in a file named after the node.
    pub fn hand_over(&self, key: &RecoveryKey, to: &[Recipient], name: &str) -> Result<(), PlaceError> {
        let recipients = to.iter().flat_map(|recipient| ["--recipient", recipient.as_str()]);
        let arguments: Vec<&OsStr> = ["--armor"].into_iter().chain(recipients).map(OsStr::new).collect();
        let encrypted = run(Program::Age, &arguments, key.text().as_bytes())?;
        let path = self.0.join(format!("ilanga-recovery-{name}.age"));
        store::replace(&path, &encrypted).map_err(at("writing", &path))
    }

    /// Writes zeros over the file, and removes it. What flash keeps of it elsewhere, nobody reaches through the file system.
    pub fn forget(&self) -> Result<(), PlaceError> {
        let path = self.0.join(FILE);
        let length = match fs::symlink_metadata(&path) {
            Ok(found) => usize::try_from(found.len()).unwrap_or(usize::MAX).min(LONGEST + 1),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(at("looking for", &path)(error)),
        };
        let clear = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).open(&path)?;
            file.write_all(&vec![0; length])?;
            file.sync_all()
        };
        clear().map_err(at("clearing", &path))?;
        fs::remove_file(&path).map_err(at("removing", &path))?;
        File::open(&self.0).and_then(|folder| folder.sync_all()).map_err(at("flushing", &self.0))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = nix::mount::umount2(&self.0, MntFlags::MNT_DETACH) {
            eprintln!("unmounting {}: {error}", self.0.display());
        }
    }
}
