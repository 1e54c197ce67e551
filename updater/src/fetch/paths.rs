//! The files of the fetcher, each named once.
//!
//! ```text
//! /usr/share/ilanga/update/
//!   source.json                             what runs, and what it follows    in the verified root
//!   root.json                               who may list releases             in the verified root
//! /data/updates/
//!   settings.toml                           the owner's settings
//!   metadata/                               what was accepted last        (updater::repository)
//!   repository/                             files of the repository that were checked, for neighbours
//!   chunks/                                 pieces                        (updater::store)
//!   partial/                                files that are under way
//!   bundles/                                whole, verified bundles
//!   asked/                                  bundles that a person named by an address
//!   budget.json                             the month's megabytes
//! /run/ilanga-fetch/status.json             what is being done
//! ```

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use formats::repository::{FOLLOWED, OWN_ROOT};

use crate::error::{Context as _, IoError};

/// Where they are: below `/`, or below a test's folder.
#[derive(Clone, Debug)]
pub struct Paths {
    root: PathBuf,
}

impl Paths {
    /// Those of a node whose `/` is here.
    pub fn below(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// What runs, and what it follows.
    pub fn followed(&self) -> PathBuf {
        self.root.join(FOLLOWED.trim_start_matches('/'))
    }

    /// The root of trust of the repository's metadata.
    pub fn trust(&self) -> PathBuf {
        self.root.join(OWN_ROOT.trim_start_matches('/'))
    }

    /// The slots, as `init` names them.
    pub fn slots(&self) -> [PathBuf; 2] {
        formats::slot::Slot::ALL.map(|slot| {
            let link = formats::own_disk::link(formats::layout::Role::Root(slot));
            self.root.join(link.trim_start_matches('/'))
        })
    }

    /// The node's id.
    pub fn machine_id(&self) -> PathBuf {
        self.root.join("etc/machine-id")
    }

    /// The folder of all that is kept.
    pub fn data(&self) -> PathBuf {
        self.root.join("data/updates")
    }

    /// The owner's settings.
    pub fn owner_settings(&self) -> PathBuf {
        self.data().join("settings.toml")
    }

    /// What was accepted last.
    pub fn metadata(&self) -> PathBuf {
        self.data().join("metadata")
    }

    /// Files of the repository that were checked.
    pub fn repository(&self) -> PathBuf {
        self.data().join("repository")
    }

    /// The store of pieces.
    pub fn chunks(&self) -> PathBuf {
        self.data().join("chunks")
    }

    /// Files that are under way.
    pub fn partial(&self) -> PathBuf {
        self.data().join("partial")
    }

    /// Bundles that are whole.
    pub fn bundles(&self) -> PathBuf {
        self.data().join("bundles")
    }

    /// What a person named by an address.
    pub fn asked(&self) -> PathBuf {
        self.data().join("asked")
    }

    /// The month's megabytes.
    pub fn budget(&self) -> PathBuf {
        self.data().join("budget.json")
    }

    /// What the kernel says of the memory.
    pub fn memory(&self) -> PathBuf {
        self.root.join("proc/meminfo")
    }

    /// What is being done.
    pub fn status(&self) -> PathBuf {
        self.root.join("run/ilanga-fetch/status.json")
    }

    /// Makes the folders below [`Self::data`], which is there.
    pub fn make(&self) -> Result<(), IoError> {
        for folder in [self.metadata(), self.repository(), self.chunks(), self.partial(), self.bundles(), self.asked()]
        {
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(error).context("making", &folder);
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Replaces a file as a whole: it is on the disk when this returns.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), IoError> {
    let new = path.with_added_extension("new");
    let mut file = File::create(&new).context("writing", &new)?;
    file.write_all(content).context("writing", &new)?;
    file.sync_all().context("flushing", &new)?;
    fs::rename(&new, path).context("naming", path)?;
    let folder = path.parent().unwrap_or(path);
    File::open(folder).and_then(|folder| folder.sync_all()).context("flushing", folder)
}
