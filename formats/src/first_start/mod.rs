//! What the first start does to the disk that holds the slot.
//!
//! ```text
//! flashed:  │ GPT │ ESP │ root-a │ GPT │ free …                                        │
//! after:    │ GPT │ ESP │ root-a, a slot long │ root-b │ state │ data …         │ GPT │
//! ```
//!
//! Data takes what is free behind the others, up to the next foreign partition or the table at the end. It is nothing but
//! a place: set-up decides what becomes of it. Without room for it a node does without.
//!
//! An image is the same bits for everybody, so the disk and its partitions get ids of their own when the state partition is
//! made: from then on a stick with the same image is another disk (`crate::own_disk`).
//!
//! Invariants:
//! - Nothing that exists is moved, shrunk or taken away; a slot that already has another place or length keeps it.
//! - The decision depends on the two tables alone, and is no change once both are as they should be. So it holds after
//!   a power cut too: the backup is written and flushed before the primary table, and whichever is whole leads on.
//! - A disk that is too small, or on which something else is in the way, is left exactly as it is.
//! - Nothing is written where data is to be: what a set-up before this flashing stored there is there again.

use thiserror::Error;
use uuid::Uuid;

use crate::layout::{ALIGNMENT, Role, Sizes};
use crate::size::Bytes;
use crate::slot::Slot;

#[cfg(test)]
mod tests;

/// The unit in which the GPT counts.
const SECTOR: u64 = 512;

/// What the backup table takes at the disk's end: 32 sectors of entries and the header.
const BACKUP: Bytes = Bytes(33 * SECTOR);

/// How many partitions a table has room for.
const ENTRIES: usize = 128;

/// A partition for data is made if it has at least this.
pub const LEAST_DATA: Bytes = Bytes::mib(1024);

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Its type.
    pub type_guid: Uuid,
    /// Its own GUID.
    pub guid: Uuid,
    /// Where it begins.
    pub start: Bytes,
    /// How long it is.
    pub length: Bytes,
    /// Its attributes.
    pub flags: u64,
}

impl Partition {
    fn end(&self) -> Bytes {
        end_of(self.start, self.length)
    }

    fn overlaps(&self, start: Bytes, length: Bytes) -> bool {
        self.start < end_of(start, length) && start < self.end()
    }
}

fn end_of(start: Bytes, length: Bytes) -> Bytes {
    Bytes(start.0.saturating_add(length.0))
}

/// A partition table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The disk's GUID.
    pub disk: Uuid,
    /// How long the disk is according to the table.
    pub length: Bytes,
    /// The partitions, by number.
    pub partitions: Vec<Partition>,
}

/// What is known of the disk.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// How long it is.
    pub disk: Bytes,
    /// The table at its beginning, if it is whole.
    pub primary: Option<&'a Table>,
    /// The table at its very end, if it is whole.
    pub backup: Option<&'a Table>,
    /// How large a node's partitions are.
    pub sizes: Sizes,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The primary table is broken: write it as the backup says.
    RestorePrimary,
    /// There is no backup at the disk's end, or another than the primary table, or the primary looks for it elsewhere.
    PlaceBackup,
    /// The disk, and those of its partitions that are Ilanga's, get ids of their own.
    Identify,
    /// A slot gets its full length.
    Grow {
        /// Which.
        role: Role,
        /// How long it becomes.
        length: Bytes,
    },
    /// A partition is made.
    Make {
        /// Which.
        role: Role,
        /// Where it begins.
        start: Bytes,
        /// How long it is.
        length: Bytes,
    },
}

/// Why a disk is left as it is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Obstacle {
    /// Neither table is whole.
    #[error("it has no whole partition table")]
    NoTable,
    /// The partitions don't fit.
    #[error("it has {disk}, and {needed} are needed")]
    TooSmall {
        /// What it has.
        disk: Bytes,
        /// What is needed.
        needed: Bytes,
    },
    /// Another partition is where one of Ilanga's belongs.
    #[error("its partition '{0}' is in the way")]
    InTheWay(String),
    /// Two partitions have the same of Ilanga's names.
    #[error("it has more than one partition '{0}'")]
    Twice(String),
}

/// Decides what has to be done, in the order of the partitions; nothing if all is as it should be.
pub fn decide(facts: Facts<'_>) -> Result<Vec<Change>, Obstacle> {
    let Facts { disk, primary, backup, sizes } = facts;
    let table = primary.or(backup).ok_or(Obstacle::NoTable)?;
    let mut changes = Vec::new();
    if primary.is_none() {
        changes.push(Change::RestorePrimary);
    } else if primary != backup || table.length != disk {
        changes.push(Change::PlaceBackup);
    }
    if !table.partitions.iter().any(|partition| partition.name == Role::State.name()) {
        changes.push(Change::Identify);
    }
    let (mut end, mut planned) = (Bytes(0), Vec::new());
    for role in [Role::Root(Slot::A), Role::Root(Slot::B), Role::State] {
        let (mut start, length) = (sizes.start(role), sizes.length(role).unwrap_or_default());
        let mut same = table.partitions.iter().filter(|partition| partition.name == role.name());
        let existing = same.next();
        if same.next().is_some() {
            return Err(Obstacle::Twice(role.name().to_owned()));
        }
        match existing {
            Some(existing) if role == Role::State || existing.length >= length => {
                end = end.max(existing.end());
                continue;
            }
            Some(existing) => {
                start = existing.start;
                changes.push(Change::Grow { role, length });
            }
            None => changes.push(Change::Make { role, start, length }),
        }
        let others = table.partitions.iter().filter(|partition| partition.name != role.name());
        if let Some(other) = others.into_iter().find(|other| other.overlaps(start, length)) {
            return Err(Obstacle::InTheWay(other.name.clone()));
        }
        // A slot that is elsewhere than in an image may grow to where the next one belongs.
        let grown = end_of(start, length);
        let mut earlier = planned.iter().filter(|(_, from, to): &&(Role, Bytes, Bytes)| *from < grown && start < *to);
        if let Some((other, ..)) = earlier.next() {
            return Err(Obstacle::InTheWay(other.name().to_owned()));
        }
        planned.push((role, start, grown));
        end = end.max(grown);
    }
    let needed = Bytes(end.0.saturating_add(BACKUP.0));
    if needed > disk {
        return Err(Obstacle::TooSmall { disk, needed });
    }
    let makes = changes.iter().filter(|change| matches!(change, Change::Make { .. })).count();
    if table.partitions.len() + makes < ENTRIES {
        changes.extend(data(&table.partitions, end.max(sizes.start(Role::Data)), disk));
    }
    Ok(changes)
}

/// The partition for data, if there is none yet and there is room for it. `end` is where those of a node end.
fn data(partitions: &[Partition], end: Bytes, disk: Bytes) -> Option<Change> {
    let role = Role::Data;
    if partitions.iter().any(|partition| partition.name == role.name()) {
        return None;
    }
    let ours = partitions.iter().filter(|partition| Role::of(&partition.name).is_some());
    let end = ours.map(Partition::end).fold(end, Bytes::max);
    let start = Bytes(end.0.checked_next_multiple_of(ALIGNMENT.0)?);
    let others = partitions.iter().filter(|other| other.end() > start).map(|other| other.start);
    let limit = others.fold(Bytes(disk.0.checked_sub(BACKUP.0)?), Bytes::min);
    let length = Bytes((limit.0 - limit.0 % ALIGNMENT.0).checked_sub(start.0)?);
    (length >= LEAST_DATA).then_some(Change::Make { role, start, length })
}

/// The table after the changes, on a disk of this length. `guid` makes GUIDs: each is used once.
pub fn apply(table: &Table, changes: &[Change], disk: Bytes, mut guid: impl FnMut() -> Uuid) -> Table {
    let mut table = Table { length: disk, ..table.clone() };
    for change in changes {
        match *change {
            Change::RestorePrimary | Change::PlaceBackup => {}
            Change::Identify => {
                table.disk = guid();
                for partition in table.partitions.iter_mut().filter(|partition| Role::of(&partition.name).is_some()) {
                    partition.guid = guid();
                }
            }
            Change::Grow { role, length } => {
                for partition in table.partitions.iter_mut().filter(|partition| partition.name == role.name()) {
                    partition.length = length;
                }
            }
            Change::Make { role, start, length } => table.partitions.push(Partition {
                name: role.name().to_owned(),
                type_guid: role.type_guid(),
                guid: guid(),
                start,
                length,
                flags: 0,
            }),
        }
    }
    table
}

/// The places where a state partition's ext4 has its superblock and the copies that e2fsck looks for: blanked before
/// the partition is made, so that what an earlier flashing left there is never taken for this node's state.
pub fn blanks(changes: &[Change]) -> Vec<(Bytes, Bytes)> {
    let mut blanks = Vec::new();
    for change in changes {
        if let Change::Make { role: Role::State, start, length } = *change {
            // Group 0, then group 1 for blocks of 1, 2 and 4 KiB, and group 3 for 4 KiB.
            for at in [0, 8, 32, 128, 384] {
                if Bytes::mib(at) < length {
                    blanks.push((start + Bytes::mib(at), Bytes(64 << 10)));
                }
            }
        }
    }
    blanks
}
