//! The GUID partition table: both copies, each checked by itself.
//!
//! The first copy's header is in sector 1, the second's where the first says, or in the last sector if the first is
//! damaged. Headers and entries are read by crate `gpt` from bytes whose number is checked before.

use std::collections::BTreeMap;
use std::io::Cursor;

use formats::layout::Role;
use gpt::disk::LogicalBlockSize;
use gpt::header::{Header, HeaderError, read_header_from_arbitrary_device};
use gpt::partition::{Partition, file_read_partitions};
use serde::Serialize;
use uuid::Uuid;

use super::source::Part;

const SECTOR: u64 = 512;
const ENTRY: u32 = 128;

/// Far more entries than any disk has: the usual number is 128.
const MOST_ENTRIES: u32 = 1024;

/// What the partition table says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Table {
    /// The disk's GUID.
    pub(super) guid: Uuid,
    /// What is wrong with the first copy.
    pub(super) primary_problem: Option<String>,
    /// What is wrong with the second copy.
    pub(super) backup_problem: Option<String>,
    /// Whether both copies are there and say different things.
    pub(super) copies_differ: bool,
    /// Whether the second copy is at the disk's end; if not, this disk was not started yet.
    pub(super) backup_at_end: bool,
    /// The partitions, by where they begin.
    pub(super) partitions: Vec<Entry>,
}

/// A partition, as the table has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Entry {
    /// Its number.
    pub(super) number: u32,
    /// Its name.
    pub(super) name: String,
    /// Its type.
    pub(super) type_guid: Uuid,
    /// Its GUID.
    pub(super) guid: Uuid,
    /// Where it begins, in bytes.
    pub(super) start: u64,
    /// How long it is, in bytes; 0 if it ends before it begins.
    pub(super) size: u64,
}

impl Entry {
    /// What it is for, by its name.
    pub(super) fn role(&self) -> Option<Role> {
        Role::of(&self.name)
    }
}

struct Copy {
    header: Header,
    partitions: BTreeMap<u32, Partition>,
}

/// Reads both copies; what is wrong with the first if neither is good.
pub(super) fn read(disk: &Part) -> Result<Table, String> {
    let last = (disk.length() / SECTOR).saturating_sub(1);
    let primary = read_copy(disk, 1);
    let backup_at = primary.as_ref().map_or(last, |copy| copy.header.backup_lba);
    let backup = if backup_at <= 1 { Err("it has no place".to_owned()) } else { read_copy(disk, backup_at) };
    let copies_differ = match (&primary, &backup) {
        (Ok(a), Ok(b)) => a.partitions != b.partitions || a.header.disk_guid != b.header.disk_guid,
        _ => false,
    };
    let (primary_problem, backup_problem) = (primary.as_ref().err().cloned(), backup.as_ref().err().cloned());
    let copy = primary.or_else(|problem| backup.map_err(|_| problem))?;
    let mut partitions: Vec<Entry> = copy.partitions.into_iter().map(entry).collect();
    partitions.sort_by_key(|entry| (entry.start, entry.number));
    Ok(Table {
        guid: copy.header.disk_guid,
        primary_problem,
        backup_problem,
        copies_differ,
        backup_at_end: backup_at == last,
        partitions,
    })
}

fn entry((number, partition): (u32, Partition)) -> Entry {
    let bytes = |sectors: u64| sectors.saturating_mul(SECTOR);
    let sectors = partition.last_lba.saturating_add(1).saturating_sub(partition.first_lba);
    Entry {
        number,
        name: partition.name,
        type_guid: partition.part_type_guid.guid,
        guid: partition.part_guid,
        start: bytes(partition.first_lba),
        size: bytes(sectors),
    }
}

fn read_copy(disk: &Part, sector: u64) -> Result<Copy, String> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "the file ends before it".to_owned(),
        _ => format!("it cannot be read: {error}"),
    };
    let mut bytes = vec![0; 2 * SECTOR as usize];
    let at = sector.checked_mul(SECTOR).ok_or("its place is absurd")?;
    disk.read_at(&mut bytes[SECTOR as usize..], at).map_err(unreadable)?;
    let header = read_header_from_arbitrary_device(&mut Cursor::new(bytes), LogicalBlockSize::Lb512);
    let header = header.map_err(|error| match error {
        HeaderError::InvalidGptSignature => "there is none".to_owned(),
        HeaderError::InvalidCRC32Checksum => "its header does not match its checksum".to_owned(),
        error => error.to_string(),
    })?;
    if header.current_lba != sector {
        return Err(format!("its header says that it belongs into sector {}", header.current_lba));
    }
    if header.part_size != ENTRY || !(1..=MOST_ENTRIES).contains(&header.num_parts) {
        return Err(format!("it claims {} entries of {} bytes", header.num_parts, header.part_size));
    }
    let mut entries = vec![0; (header.num_parts * ENTRY) as usize];
    let at = header.part_start.checked_mul(SECTOR).ok_or("its entries' place is absurd")?;
    disk.read_at(&mut entries, at).map_err(unreadable)?;
    let moved = Header { part_start: 0, ..header.clone() };
    let partitions = file_read_partitions(&mut Cursor::new(entries), &moved, LogicalBlockSize::Lb512)
        .map_err(|_| "its entries do not match their checksum".to_owned())?;
    Ok(Copy { header, partitions })
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use gpt::GptConfig;
    use gpt::mbr::ProtectiveMBR;

    use super::*;

    /// A disk of 4 MiB with one partition.
    pub(in super::super) fn disk() -> Vec<u8> {
        let mut device = Cursor::new(vec![0; 4 << 20]);
        ProtectiveMBR::with_lb_size(8191).overwrite_lba0(&mut device).unwrap();
        let config = GptConfig::new().writable(true);
        let mut table = config.create_from_device(device, Some(Uuid::from_u128(1))).unwrap();
        let role = Role::State;
        let partition = Partition {
            part_type_guid: role.type_guid().into(),
            part_guid: Uuid::from_u128(2),
            first_lba: 2048,
            last_lba: 4095,
            flags: 0,
            name: role.name().to_owned(),
        };
        table.update_partitions(BTreeMap::from([(1, partition)])).unwrap();
        table.write().unwrap().into_inner()
    }

    fn read(disk: &[u8]) -> Result<Table, String> {
        super::read(&Part::all(Arc::new(disk.to_vec())))
    }

    #[test]
    fn says_which_copy_is_damaged() {
        let disk = disk();
        let table = read(&disk).unwrap();
        assert_eq!((&table.primary_problem, &table.backup_problem), (&None, &None));
        assert!(table.backup_at_end && !table.copies_differ);
        assert_eq!((table.partitions[0].start, table.partitions[0].size), (1 << 20, 1 << 20));
        assert_eq!(table.partitions[0].role(), Some(Role::State));

        let change = |at: usize| {
            let mut disk = disk.clone();
            disk[at] ^= 1;
            read(&disk).unwrap()
        };
        let end = disk.len();
        for (at, primary, problem) in [
            (512, true, "there is none"),
            (512 + 40, true, "its header does not match its checksum"),
            (1024 + 5, true, "its entries do not match their checksum"),
            (end - 512 + 40, false, "its header does not match its checksum"),
            (end - 33 * 512 + 60, false, "its entries do not match their checksum"),
        ] {
            let table = change(at);
            let (damaged, good) = if primary {
                (table.primary_problem, table.backup_problem)
            } else {
                (table.backup_problem, table.primary_problem)
            };
            assert_eq!((damaged.as_deref(), good), (Some(problem), None), "byte {at}");
            assert_eq!(table.partitions.len(), 1);
        }
        let longer = [disk.clone(), vec![0; 1 << 20]].concat();
        assert!(!read(&longer).unwrap().backup_at_end);
        assert_eq!(read(&disk[..3 << 20]).unwrap().backup_problem.as_deref(), Some("the file ends before it"));
        assert!(read(&[]).is_err());
    }
}
