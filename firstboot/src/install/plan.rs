//! What is to be done to move to a disk. Pure.
//!
//! ```text
//!   foreign ─► Check ─► Blank ─► Table ─► Slot ─► State ─► Esp ─► there
//!                 └ refused: all is as it was  └──── ours, and starts nothing yet: a cut goes on here ──┘
//! ```
//!
//! Invariants:
//! - A disk that holds something is not touched unless a person has typed its name; nor is one that is too small, or lies about its length.
//! - A disk has the table of this set-up (ids that come of the header of its data) only once nothing of what it had can be started or
//!   opened; it starts only once all else is there and was read back.
//! - Once it starts, or data are on it, nothing is done to it ever again: people may have put something there.

use formats::answers::DiskName;
use formats::digest::Digest;
use formats::first_start::{self, Change, LEAST_DATA, Table};
use formats::layout::{ALIGNMENT, FIRST, Role, Sizes};
use formats::size::Bytes;
use formats::slot::Slot;
use thiserror::Error;
use uuid::Uuid;

use crate::capacity;

/// The only length of a disk's sectors for which Ilanga makes partition tables.
const SECTOR: Bytes = Bytes(512);

/// What is blanked of a partition: as much as anything needs to be found there, an old header of encrypted data among them (its second
/// copy begins 4 MiB from its start at the latest).
const BLANK: Bytes = Bytes::mib(16);

/// The number of the disk's own id; those of its partitions follow.
const DISK_ID: u8 = 1;

/// What is known of a disk.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// How long it is.
    pub disk: Bytes,
    /// How long its sectors are.
    pub sector: Bytes,
    /// What is on it, in words, if it is not empty.
    pub holds: Option<&'a str>,
    /// Whether a person has typed its name.
    pub erase: bool,
    /// Its table, if one is whole.
    pub table: Option<&'a Table>,
    /// Whether both of its tables are the same, and whole.
    pub twice: bool,
    /// Whether there is a boot loader where the firmware looks for one.
    pub starts: bool,
    /// Whether the header of this set-up's data is in its place.
    pub data: bool,
}

/// What is to be installed.
#[derive(Clone, Copy, Debug)]
pub struct System<'a> {
    /// The name of the disk that it goes to.
    pub disk: &'a DiskName,
    /// The header of the data to come.
    pub header: Uuid,
    /// How large its partitions are.
    pub sizes: Sizes,
    /// How long the slot image is.
    pub image: Bytes,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Whether the disk has all of its room, from a place on, so many bytes.
    Check(Bytes, Bytes),
    /// Zeros go to these places, so many of them.
    Blank(Vec<(Bytes, Bytes)>),
    /// The partition tables.
    Table(Table),
    /// The slot image goes into slot a.
    Slot,
    /// The state partition.
    State,
    /// The ESP, its first sector last: from then on the disk starts.
    Esp,
}

/// A disk is left as it is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// There is something on it.
    #[error("{name} holds {holds}, which nobody has said may go")]
    Holds {
        /// The disk.
        name: DiskName,
        /// What is on it.
        holds: String,
    },
    /// It is too small.
    #[error("{name} has {there}, and {needed} are needed")]
    Small {
        /// The disk.
        name: DiskName,
        /// What it has.
        there: Bytes,
        /// What is needed.
        needed: Bytes,
    },
    /// It has other sectors.
    #[error("{name} has sectors of {sector}: this release can use disks with sectors of {SECTOR} only")]
    Sectors {
        /// The disk.
        name: DiskName,
        /// How long they are.
        sector: Bytes,
    },
    /// The release does not fit into a slot.
    #[error("the release has {image}, and a slot {slot}")]
    Release {
        /// How long the slot image is.
        image: Bytes,
        /// How long a slot is.
        slot: Bytes,
    },
}

/// What has to be done; nothing if it is there.
pub(super) fn plan(facts: Facts<'_>, system: System<'_>) -> Result<Vec<Step>, Refusal> {
    let Sizes { slot, .. } = system.sizes;
    let name = || system.disk.clone();
    let data = system.sizes.start(Role::Data);
    let needed = data + LEAST_DATA + ALIGNMENT;
    if system.image > slot {
        return Err(Refusal::Release { image: system.image, slot });
    }
    if facts.sector != SECTOR {
        return Err(Refusal::Sectors { name: name(), sector: facts.sector });
    }
    if facts.disk < needed {
        return Err(Refusal::Small { name: name(), there: facts.disk, needed });
    }
    let wanted = table(system, facts.disk);
    let ours = facts.table.filter(|there| is_ours(there, system));
    let rest = [Step::Slot, Step::State, Step::Esp];
    if let Some(there) = ours {
        return Ok(match facts.starts || facts.data {
            true => Vec::new(),
            false if *there == wanted && facts.twice => rest.into(),
            false => [Step::Table(wanted)].into_iter().chain(rest).collect(),
        });
    }
    if let Some(holds) = facts.holds.filter(|_| !facts.erase) {
        return Err(Refusal::Holds { name: name(), holds: holds.to_owned() });
    }
    let blanks = [Role::Esp, Role::Root(Slot::A), Role::Root(Slot::B), Role::State, Role::Data].map(|role| {
        let length = system.sizes.length(role).unwrap_or(facts.disk - ALIGNMENT - data);
        (system.sizes.start(role), length.min(BLANK))
    });
    // Where a check was cut off, its marks are there instead of what was before them.
    let (start, length) = (FIRST, facts.disk - FIRST - ALIGNMENT);
    let marks = capacity::places(start, length).into_iter().map(|place| (Bytes(place), Bytes(capacity::BLOCK as u64)));
    let begin =
        [Step::Check(start, length), Step::Blank(blanks.into_iter().chain(marks).collect()), Step::Table(wanted)];
    Ok(begin.into_iter().chain(rest).collect())
}

/// Whether a table is one that this set-up has made for this disk.
pub(super) fn is_ours(table: &Table, system: System<'_>) -> bool {
    table.disk == id(system, DISK_ID)
}

/// The partition table that the disk gets. Its ids are the same whenever this set-up makes them, and nobody else's.
pub(super) fn table(system: System<'_>, disk: Bytes) -> Table {
    let data = system.sizes.start(Role::Data);
    let makes = Role::ALL.map(|role| {
        let rest = (disk - ALIGNMENT).align_down(ALIGNMENT) - data;
        Change::Make { role, start: system.sizes.start(role), length: system.sizes.length(role).unwrap_or(rest) }
    });
    let changes: Vec<Change> = [Change::Identify].into_iter().chain(makes).collect();
    let empty = Table { disk: Uuid::nil(), length: disk, partitions: Vec::new() };
    let mut numbers = DISK_ID..;
    first_start::apply(&empty, &changes, disk, || id(system, numbers.next().unwrap_or_default()))
}

/// An id of this set-up on this disk (UUID, version 8): as random as the header's.
pub(super) fn id(system: System<'_>, number: u8) -> Uuid {
    let parts = [b"ilanga-install\0", system.header.as_bytes().as_slice(), &[number], system.disk.as_str().as_bytes()];
    let digest = Digest::of_parts(parts);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SIZES: Sizes = Sizes { esp: Bytes::mib(512), slot: Bytes::mib(3072), state: Bytes::mib(512) };
    const DISK: Bytes = Bytes::mib(64 << 10);

    #[test]
    fn decided() {
        let (nvme, sata): (DiskName, DiskName) = ("nvme-a".parse().unwrap(), "ata-b".parse().unwrap());
        let header = Uuid::from_u128(7);
        let system = System { disk: &nvme, header, sizes: SIZES, image: Bytes::mib(900) };
        let ours = table(system, DISK);
        let foreign = Table { disk: Uuid::from_u128(9), ..ours.clone() };
        let torn = Table { partitions: Vec::new(), ..ours.clone() };
        let facts = Facts {
            disk: DISK,
            sector: SECTOR,
            holds: None,
            erase: false,
            table: None,
            twice: true,
            starts: false,
            data: false,
        };
        let names = |facts: Facts<'_>| {
            plan(facts, system).map(|steps| {
                let name = |step: &Step| format!("{step:?}").split(['(', ' ']).next().unwrap().to_owned();
                steps.iter().map(name).collect::<Vec<_>>().join(" ")
            })
        };
        let (all, rest) = ("Check Blank Table Slot State Esp", "Slot State Esp");
        let windows = Facts { holds: Some("Windows"), table: Some(&foreign), starts: true, ..facts };
        for (facts, expected) in [
            (facts, all),
            (Facts { erase: true, ..windows }, all),
            // Another set-up's on the same disk, even if it starts and has data.
            (Facts { table: Some(&foreign), data: true, ..facts }, all),
            (Facts { table: Some(&ours), holds: Some("another Ilanga"), ..facts }, rest),
            (Facts { table: Some(&ours), twice: false, ..facts }, "Table Slot State Esp"),
            (Facts { table: Some(&torn), ..facts }, "Table Slot State Esp"),
            (Facts { table: Some(&ours), starts: true, erase: true, ..facts }, ""),
            (Facts { table: Some(&ours), data: true, erase: true, ..facts }, ""),
        ] {
            assert_eq!(names(facts).unwrap(), expected, "{facts:?}");
        }
        assert_eq!(names(windows), Err(Refusal::Holds { name: nvme.clone(), holds: "Windows".into() }));
        let small = Bytes::mib(8 << 10);
        assert!(matches!(names(Facts { disk: small, erase: true, ..windows }), Err(Refusal::Small { .. })));
        assert!(matches!(names(Facts { sector: Bytes(4096), ..facts }), Err(Refusal::Sectors { .. })));
        let long = System { image: Bytes::mib(4000), ..system };
        assert!(matches!(plan(facts, long), Err(Refusal::Release { .. })));

        // The same each time; others on another disk, and in another set-up.
        assert_eq!(table(system, DISK), ours);
        let mut ids = BTreeSet::new();
        for other in [system, System { disk: &sata, ..system }, System { header: Uuid::from_u128(8), ..system }] {
            let table = table(other, DISK);
            ids.insert(table.disk);
            ids.extend(table.partitions.iter().map(|partition| partition.guid));
        }
        assert_eq!(ids.len(), 18);
        // What init would make of it: nothing.
        let settled = first_start::Facts { disk: DISK, primary: Some(&ours), backup: Some(&ours), sizes: SIZES };
        assert_eq!(first_start::decide(settled), Ok(Vec::new()));
    }
}
