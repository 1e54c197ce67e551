//! What the first start does to the disk that holds the slot.
//!
//! ```text
//! flashed:  │ GPT │ ESP │ root-a │ GPT │ free …                                        │
//! after:    │ GPT │ ESP │ root-a, a slot long │ root-b │ state │ free …         │ GPT │
//! ```
//!
//! An image is the same bits for everybody, so the disk and its partitions get ids of their own when the state partition is
//! made: from then on a stick with the same image is another disk (`crate::own_disk`).
//!
//! Invariants:
//! - Nothing that exists is moved, shrunk or taken away; a slot that already has another place or length keeps it.
//! - The decision depends on the two tables alone, and is no change once both are as they should be. So it holds after
//!   a power cut too: the backup is written and flushed before the primary table, and whichever is whole leads on.
//! - A disk that is too small, or on which something else is in the way, is left exactly as it is.

use thiserror::Error;
use uuid::Uuid;

use crate::layout::{Role, Sizes};
use crate::size::Bytes;
use crate::slot::Slot;

/// The unit in which the GPT counts.
const SECTOR: u64 = 512;

/// What the backup table takes at the disk's end: 32 sectors of entries and the header.
const BACKUP: Bytes = Bytes(33 * SECTOR);

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
        Bytes(self.start.0.saturating_add(self.length.0))
    }

    fn overlaps(&self, start: Bytes, length: Bytes) -> bool {
        self.start.0 < start.0.saturating_add(length.0) && start < self.end()
    }
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
    let mut end = Bytes(0);
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
        end = end.max(Bytes(start.0.saturating_add(length.0)));
    }
    let needed = Bytes(end.0.saturating_add(BACKUP.0));
    if needed > disk {
        return Err(Obstacle::TooSmall { disk, needed });
    }
    Ok(changes)
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

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { esp: Bytes::mib(64), slot: Bytes::mib(256), state: Bytes::mib(32) };
    const ENOUGH: Bytes = Bytes::mib(1000);

    fn partition(name: &str, start: u64, length: u64) -> Partition {
        Partition {
            name: name.to_owned(),
            type_guid: Role::of(name).map_or(Uuid::from_u128(9), Role::type_guid),
            guid: Uuid::from_u128(start.into()),
            start: Bytes::mib(start),
            length: Bytes::mib(length),
            flags: 0,
        }
    }

    fn table(partitions: &[(&str, u64, u64)]) -> Table {
        let partitions = partitions.iter().map(|&(name, start, length)| partition(name, start, length)).collect();
        Table { disk: Uuid::from_u128(1), length: Bytes::mib(200), partitions }
    }

    fn flashed() -> Table {
        table(&[("ilanga-esp", 1, 64), ("ilanga-root-a", 65, 100)])
    }

    fn decide_on(disk: Bytes, primary: &Table, backup: Option<&Table>) -> Result<Vec<Change>, Obstacle> {
        decide(Facts { disk, primary: Some(primary), backup, sizes: SIZES })
    }

    fn all() -> Vec<Change> {
        vec![
            Change::PlaceBackup,
            Change::Identify,
            Change::Grow { role: Role::Root(Slot::A), length: Bytes::mib(256) },
            Change::Make { role: Role::Root(Slot::B), start: Bytes::mib(65 + 256), length: Bytes::mib(256) },
            Change::Make { role: Role::State, start: Bytes::mib(65 + 512), length: Bytes::mib(32) },
        ]
    }

    #[test]
    fn a_flashed_disk_becomes_a_node_and_stays_one() {
        let flashed = flashed();
        let changes = decide_on(ENOUGH, &flashed, None).unwrap();
        assert_eq!(changes, all());
        let mut next = 100;
        let node = apply(&flashed, &changes, ENOUGH, || {
            next += 1;
            Uuid::from_u128(next)
        });
        assert_eq!(node.partitions.len(), 4);
        let guids = |table: &Table| table.partitions.iter().map(|partition| partition.guid).collect::<Vec<_>>();
        let expected: Vec<Uuid> = (102..=105).map(Uuid::from_u128).collect();
        assert_eq!((node.disk, guids(&node)), (Uuid::from_u128(101), expected));
        assert_eq!(Partition { guid: flashed.partitions[0].guid, ..node.partitions[0].clone() }, flashed.partitions[0]);
        assert_eq!(decide_on(ENOUGH, &node, Some(&node)), Ok(vec![]));
    }

    /// Each state that a power cut can leave leads to the same disk.
    #[test]
    fn every_power_cut_leads_on() {
        let flashed = flashed();
        let node = apply(&flashed, &all(), ENOUGH, || Uuid::from_u128(7));
        let lengths = |table: &Table| table.partitions.iter().map(|p| (p.start, p.length)).collect::<Vec<_>>();
        for (primary, backup) in [
            (Some(&flashed), None),
            (Some(&flashed), Some(&node)),
            (None, Some(&node)),
            (Some(&node), Some(&node)),
            (Some(&node), None),
        ] {
            let changes = decide(Facts { disk: ENOUGH, primary, backup, sizes: SIZES }).unwrap();
            let after = apply(primary.or(backup).unwrap(), &changes, ENOUGH, || Uuid::from_u128(8));
            assert_eq!(lengths(&after), lengths(&node), "{primary:?} {backup:?}");
        }
        let moved = Table { length: Bytes::mib(200), ..node.clone() };
        assert_eq!(decide_on(ENOUGH, &moved, Some(&node)), Ok(vec![Change::PlaceBackup]));
        let torn = decide(Facts { disk: ENOUGH, primary: None, backup: Some(&node), sizes: SIZES });
        assert_eq!(torn, Ok(vec![Change::RestorePrimary]));
        assert_eq!(decide_on(ENOUGH, &node, None), Ok(vec![Change::PlaceBackup]));
    }

    #[test]
    fn what_is_there_stays() {
        let node = |partitions| Table { length: ENOUGH, ..table(partitions) };
        let other = node(&[("ilanga-root-b", 700, 50), ("ilanga-state", 500, 1), ("ilanga-root-a", 65, 300)]);
        assert_eq!(
            decide_on(ENOUGH, &other, Some(&other)),
            Ok(vec![Change::Grow { role: Role::Root(Slot::B), length: Bytes::mib(256) }])
        );
        let larger = node(&[("ilanga-root-a", 65, 300), ("ilanga-root-b", 400, 300), ("ilanga-state", 800, 99)]);
        assert_eq!(decide_on(ENOUGH, &larger, Some(&larger)), Ok(vec![]));
    }

    #[test]
    fn obstacles() {
        let flashed = flashed();
        let needed = Bytes::mib(65 + 512 + 32) + BACKUP;
        assert_eq!(decide_on(needed, &flashed, None), Ok(all()));
        let disk = needed - Bytes(SECTOR);
        assert_eq!(decide_on(disk, &flashed, None), Err(Obstacle::TooSmall { disk, needed }));
        let mut foreign = flashed.clone();
        foreign.partitions.push(partition("Windows", 600, 10));
        assert_eq!(decide_on(ENOUGH, &foreign, None), Err(Obstacle::InTheWay("Windows".into())));
        foreign.partitions[2] = partition("Windows", 610, 10);
        assert_eq!(decide_on(ENOUGH, &foreign, None), Ok(all()));
        assert_eq!(apply(&foreign, &all(), ENOUGH, Uuid::nil).partitions[2], foreign.partitions[2]);
        foreign.partitions[2] = partition("ilanga-root-a", 700, 10);
        assert_eq!(decide_on(ENOUGH, &foreign, None), Err(Obstacle::Twice("ilanga-root-a".into())));
        foreign.partitions[2] = partition("ilanga-root-b", 700, 10);
        foreign.partitions[2].start = Bytes(u64::MAX - 5);
        assert!(matches!(decide_on(ENOUGH, &foreign, None), Err(Obstacle::TooSmall { .. })));
        let nothing = decide(Facts { disk: ENOUGH, primary: None, backup: None, sizes: SIZES });
        assert_eq!(nothing, Err(Obstacle::NoTable));
        assert_eq!(
            Obstacle::TooSmall { disk: Bytes(1), needed: Bytes(2) }.to_string(),
            "it has 1 bytes, and 2 bytes are needed"
        );
    }

    #[test]
    fn old_state_is_blanked() {
        let start = Bytes::mib(65 + 512);
        let expected = [0, 8].map(|at| (start + Bytes::mib(at), Bytes(65536)));
        assert_eq!(blanks(&all()), expected);
        assert_eq!(blanks(&[Change::PlaceBackup]), []);
    }

    #[test]
    fn arbitrary_tables_do_no_harm() {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..20_000 {
            let mut partitions = flashed().partitions;
            for _ in 0..next() % 4 {
                let name = Role::ALL[next() as usize % 5].name();
                let mut odd = partition(name, 0, 0);
                odd.start = Bytes(next() >> (next() % 64));
                odd.length = Bytes(next() >> (next() % 64));
                partitions.push(odd);
            }
            let table = Table { disk: Uuid::nil(), length: Bytes(0), partitions };
            if let Ok(changes) = decide_on(Bytes(next()), &table, None) {
                let after = apply(&table, &changes, Bytes(0), Uuid::nil);
                for (before, after) in table.partitions.iter().zip(&after.partitions) {
                    assert!(before.start == after.start && before.length <= after.length);
                }
            }
        }
    }
}
