//! The paths of a node, each named once.

use std::path::{Path, PathBuf};

/// Where a node's files are: below `/`, or below a test's folder.
#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
    esp: Option<PathBuf>,
}

impl Tree {
    /// The node that this program runs on.
    pub fn node() -> Self {
        Self { root: PathBuf::from("/"), esp: None }
    }

    /// A node in a folder, with its ESP in another: nothing is mounted.
    pub fn in_folder(root: &Path, esp: &Path) -> Self {
        Self { root: root.to_owned(), esp: Some(esp.to_owned()) }
    }

    /// The kernel's command line.
    pub fn command_line(&self) -> PathBuf {
        self.root.join("proc/cmdline")
    }

    /// The disks, and what the device mapper makes of them.
    pub fn disks(&self) -> PathBuf {
        self.root.join("sys/block")
    }

    /// Disks and partitions.
    pub fn block_class(&self) -> PathBuf {
        self.root.join("sys/class/block")
    }

    /// The node of a disk or partition with this name. The kernel writes `!` for a `/` in a name.
    pub fn device(&self, name: &str) -> PathBuf {
        self.root.join("dev").join(name.replace('!', "/"))
    }

    /// The folder for what lasts as long as a start.
    pub fn run(&self) -> PathBuf {
        self.root.join("run/ilanga")
    }

    /// What is locked while the boot state is looked at or changed.
    pub fn lock(&self) -> PathBuf {
        self.run().join("boot-state.lock")
    }

    /// Where the ESP is mounted, where no other process sees it.
    pub fn mount_point(&self) -> PathBuf {
        self.run().join("esp")
    }

    /// The ESP, if it is a folder that needs no mounting.
    pub fn esp(&self) -> Option<&Path> {
        self.esp.as_deref()
    }
}
