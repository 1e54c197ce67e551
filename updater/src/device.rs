//! Which slot runs, and which partitions are on its disk.
//!
//! `init` has left both (`formats::own_disk`): a stick with another node's image changes nothing.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use formats::boot_state::Running;
use formats::command_line::{BadCommandLine, CommandLine};
use formats::layout::Role;
use formats::own_disk;
use formats::slot::Slot;
use thiserror::Error;

use crate::error::{Context as _, IoError};
use crate::tree::Tree;

/// The disk that the node runs from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What runs.
    pub running: Running,
    /// The node of slot a's partition, if there is one.
    pub a: Option<PathBuf>,
    /// The node of slot b's partition, if there is one.
    pub b: Option<PathBuf>,
    /// The node of the ESP, if there is one.
    pub esp: Option<PathBuf>,
}

/// It can't be told what runs.
#[derive(Debug, Error)]
pub enum Unknown {
    /// A file of the kernel's can't be read.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The system was not started by one of Ilanga's kernel images.
    #[error("this system was not started from a slot")]
    CommandLine {
        /// What is wrong with the command line.
        #[from]
        source: BadCommandLine,
    },
    /// `init` has not said which slot runs.
    #[error("{} names no slot", path.display())]
    NoSlot {
        /// The file.
        path: PathBuf,
    },
}

/// Finds what runs, and the partitions of its disk.
pub fn find(tree: &Tree) -> Result<Disk, Unknown> {
    let path = tree.command_line();
    let line: CommandLine = fs::read_to_string(&path).context("reading", &path)?.parse()?;
    let path = tree.slot();
    let slot = own_disk::slot(&fs::read_to_string(&path).context("reading", &path)?);
    let slot = slot.ok_or(Unknown::NoSlot { path })?;
    let node = |role: Role| {
        let link = tree.partition(role);
        match fs::read_link(&link) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            node => node.map(Some).context("reading the link", &link),
        }
    };
    Ok(Disk {
        running: Running { slot, root: line.root },
        a: node(Role::Root(Slot::A))?,
        b: node(Role::Root(Slot::B))?,
        esp: node(Role::Esp)?,
    })
}
