//! Which slot runs, and which partitions are on its disk.
//!
//! `init` opens dm-verity on one partition only and calls the device [`DEVICE`], so the partition below it is the slot
//! that runs. Everything else is looked for on the same disk: a stick with another node's image changes nothing.

use std::fs;
use std::path::{Path, PathBuf};

use formats::boot_state::Running;
use formats::command_line::{BadCommandLine, CommandLine};
use formats::layout::Role;
use formats::slot::Slot;
use formats::slot_image::DEVICE;
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
    /// There is no verified root, or it is not on a slot.
    #[error("the device '{DEVICE}' with the root file system is on none of the slots")]
    NoSlot,
}

/// A partition that the kernel knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Partition {
    name: String,
    disk: String,
    role: Role,
}

/// Finds what runs, and the partitions of its disk.
pub fn find(tree: &Tree) -> Result<Disk, Unknown> {
    let path = tree.command_line();
    let line: CommandLine = fs::read_to_string(&path).context("reading", &path)?.parse()?;
    let partitions = partitions(&tree.block_class())?;
    let (slot, disk) = running(&partitions, &below_the_root(&tree.disks())?).ok_or(Unknown::NoSlot)?;
    let node = |role: Role| {
        let of_role = partitions.iter().find(|partition| partition.disk == disk && partition.role == role);
        of_role.map(|partition| tree.device(&partition.name))
    };
    Ok(Disk {
        running: Running { slot, root: line.root },
        a: node(Role::Root(Slot::A)),
        b: node(Role::Root(Slot::B)),
        esp: node(Role::Esp),
    })
}

/// The slot that is below the root file system, and its disk's name.
fn running(partitions: &[Partition], below: &[String]) -> Option<(Slot, String)> {
    partitions.iter().find_map(|partition| match partition.role {
        Role::Root(slot) if below.contains(&partition.name) => Some((slot, partition.disk.clone())),
        _ => None,
    })
}

/// The names of the partitions that the verified root's device is made of.
fn below_the_root(disks: &Path) -> Result<Vec<String>, IoError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(disks).context("listing", disks)? {
        let folder = entry.context("listing", disks)?.path();
        // Only the device mapper's devices have this file.
        let Ok(name) = fs::read_to_string(folder.join("dm/name")) else { continue };
        if name.trim_end() == DEVICE {
            let slaves = folder.join("slaves");
            for slave in fs::read_dir(&slaves).context("listing", &slaves)? {
                names.push(slave.context("listing", &slaves)?.file_name().to_string_lossy().into_owned());
            }
        }
    }
    Ok(names)
}

/// The partitions with one of Ilanga's names.
fn partitions(class: &Path) -> Result<Vec<Partition>, IoError> {
    let mut partitions = Vec::new();
    for entry in fs::read_dir(class).context("listing", class)? {
        partitions.extend(partition(&entry.context("listing", class)?.path()));
    }
    partitions.sort();
    Ok(partitions)
}

/// The partition described in this folder; `None` if that is none of Ilanga's, or it has just gone.
fn partition(folder: &Path) -> Option<Partition> {
    let uevent = fs::read_to_string(folder.join("uevent")).ok()?;
    let role = Role::of(uevent.lines().find_map(|line| line.strip_prefix("PARTNAME="))?)?;
    let real = fs::canonicalize(folder).ok()?;
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    Some(Partition { name: name(&real)?, disk: name(real.parent()?)?, role })
}
