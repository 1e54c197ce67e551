//! Partition tables between the disk and [`crate::first_start`], by the crate `gpt` in memory.
//!
//! ```text
//! sector  0    1       2 … 33            …    n-33 … n-2   n-1
//!         MBR  header  entries                entries      header
//!         ╰──── head ────────╯                ╰──── tail ───────╯
//! ```
//!
//! Invariants: only tables of 128 entries of 128 bytes in these places are read and written: what `ilanga`, sgdisk and
//! systemd-repart make. A table counts as whole if both its checksums are right and its header stands where it says.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::first_start::{Partition, Table};
use crate::size::Bytes;
use gpt::partition_types::{OperatingSystem, Type};
use gpt::{GptConfig, GptDisk, GptError};
use thiserror::Error;

/// The unit in which the GPT counts.
const SECTOR: usize = 512;

/// Bytes of a table's entries: 128 of 128 bytes.
const ENTRIES: usize = 32 * SECTOR;

/// How long the head is.
pub const HEAD: usize = 2 * SECTOR + ENTRIES;

/// How long the tail is.
pub const TAIL: usize = ENTRIES + SECTOR;

/// The two ends of a disk, in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The first [`HEAD`] bytes.
    pub head: Vec<u8>,
    /// The last [`TAIL`] bytes.
    pub tail: Vec<u8>,
    /// How long the disk is.
    pub length: Bytes,
}

/// The table could not be put into bytes.
#[derive(Debug, Error)]
#[error("putting together a partition table")]
pub struct NotWritable {
    source: GptError,
}

impl Ends {
    /// The ends of a disk of this length; `None` if it is too short to have two, or no whole number of sectors.
    pub fn new(head: Vec<u8>, tail: Vec<u8>, length: Bytes) -> Option<Self> {
        let fits = head.len() == HEAD && tail.len() == TAIL && length.0 >= (HEAD + TAIL) as u64;
        (fits && length.0.is_multiple_of(SECTOR as u64)).then_some(Self { head, tail, length })
    }

    /// The table at the disk's beginning, if it is whole.
    pub fn primary(&self) -> Option<Table> {
        let header = &self.head[SECTOR..2 * SECTOR];
        sane(header, 1, 2).then(|| self.read(Self { tail: vec![0; TAIL], ..self.clone() })).flatten()
    }

    /// The table at the disk's end, if it is whole.
    pub fn backup(&self) -> Option<Table> {
        let last = self.length.sectors() - 1;
        let header = &self.tail[ENTRIES..];
        sane(header, last, last - 32).then(|| self.read(Self { head: vec![0; HEAD], ..self.clone() })).flatten()
    }

    fn read(&self, half: Self) -> Option<Table> {
        let disk = GptConfig::new().open_from_device(Window { ends: half, at: 0 }).ok()?;
        let header = disk.header();
        let partitions = disk.partitions().values().filter(|partition| partition.is_used()).map(partition);
        Some(Table {
            disk: *disk.guid(),
            length: Bytes(header.current_lba.max(header.backup_lba).checked_add(1)?.checked_mul(SECTOR as u64)?),
            partitions: partitions.collect::<Option<_>>()?,
        })
    }

    /// The ends of a disk with nothing on it, but for a protective MBR.
    pub fn blank(length: Bytes) -> Option<Self> {
        let mut head = vec![0; HEAD];
        // One entry, for all of the disk from its second sector on (UEFI, 'Protective MBR').
        head[446..458].copy_from_slice(&[0, 0, 2, 0, 0xEE, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0]);
        head[510..512].copy_from_slice(&[0x55, 0xAA]);
        Self::new(head, vec![0; TAIL], length)
    }

    /// The ends with this table in both places. The MBR stays, but for the length of the whole disk in its protective
    /// entry.
    pub fn with(&self, table: &Table) -> Result<Self, NotWritable> {
        let write = || {
            let blank = Self { head: vec![0; HEAD], tail: vec![0; TAIL], length: self.length };
            let window = Window { ends: blank, at: 0 };
            let mut disk: GptDisk<Window> =
                GptConfig::new().writable(true).create_from_device(window, Some(table.disk))?;
            let partitions = (1..).zip(table.partitions.iter().map(entry));
            disk.update_partitions(partitions.collect::<BTreeMap<u32, _>>())?;
            disk.write()
        };
        let mut ends = write().map_err(|source| NotWritable { source })?.ends;
        ends.head[..SECTOR].copy_from_slice(&self.head[..SECTOR]);
        protect(&mut ends.head[..SECTOR], self.length);
        Ok(ends)
    }
}

/// Whether a header is one that the crate reads without harm: it takes any count of entries, and only one size.
fn sane(header: &[u8], own: u64, entries: u64) -> bool {
    let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| header[at + i]));
    let u64_at = |at: usize| u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| header[at + i]));
    header.starts_with(b"EFI PART")
        && u32_at(12) == 92
        && u64_at(24) == own
        && u64_at(72) == entries
        && u32_at(80) == 128
        && u32_at(84) == 128
}

fn partition(partition: &gpt::partition::Partition) -> Option<Partition> {
    let sectors = partition.sectors_len().ok()?;
    Some(Partition {
        name: partition.name.clone(),
        type_guid: partition.part_type_guid.guid,
        guid: partition.part_guid,
        start: Bytes(partition.first_lba.checked_mul(SECTOR as u64)?),
        length: Bytes(sectors.checked_mul(SECTOR as u64)?),
        flags: partition.flags,
    })
}

fn entry(partition: &Partition) -> gpt::partition::Partition {
    gpt::partition::Partition {
        part_type_guid: Type { guid: partition.type_guid, os: OperatingSystem::None },
        part_guid: partition.guid,
        first_lba: partition.start.sectors(),
        last_lba: (partition.start.sectors() + partition.length.sectors()).saturating_sub(1),
        flags: partition.flags,
        name: partition.name.clone(),
    }
}

/// Lets the first entry of a protective MBR cover the whole disk.
fn protect(mbr: &mut [u8], disk: Bytes) {
    const ENTRY: usize = 446;
    const KIND: usize = ENTRY + 4;
    const LENGTH: usize = ENTRY + 12;
    if mbr[KIND] == 0xEE && mbr[510..512] == [0x55, 0xAA] {
        let length = u32::try_from(disk.sectors() - 1).unwrap_or(u32::MAX);
        let current = u32::from_le_bytes([0, 1, 2, 3].map(|i| mbr[LENGTH + i]));
        // All ones stand for any length.
        if current < length {
            mbr[LENGTH..LENGTH + 4].copy_from_slice(&length.to_le_bytes());
        }
    }
}

/// A disk of which only the ends are there.
#[derive(Debug)]
struct Window {
    ends: Ends,
    at: u64,
}

impl Window {
    /// The bytes from the current place to the end of the part that it is in.
    fn rest(&mut self) -> io::Result<&mut [u8]> {
        let at = self.at;
        let tail = self.ends.length.0 - TAIL as u64;
        let (part, start) = if at >= tail { (&mut self.ends.tail, tail) } else { (&mut self.ends.head, 0) };
        let start = usize::try_from(at - start).map_err(io::Error::other)?;
        part.get_mut(start..).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn advance(&mut self, length: usize) -> usize {
        self.at += length as u64;
        length
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.rest()?;
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(self.advance(length))
    }
}

impl Write for Window {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rest = self.rest()?;
        let length = rest.len().min(bytes.len());
        rest[..length].copy_from_slice(&bytes[..length]);
        Ok(self.advance(length))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.ends.length.0.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = at.filter(|&at| at <= self.ends.length.0).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Role;
    use crate::slot::Slot;
    use uuid::Uuid;

    const LENGTH: Bytes = Bytes::mib(64);

    fn blank(length: Bytes) -> Ends {
        let mut head = vec![0; HEAD];
        head[446 + 4] = 0xEE;
        head[446 + 12] = 9;
        head[510..512].copy_from_slice(&[0x55, 0xAA]);
        Ends::new(head, vec![0; TAIL], length).unwrap()
    }

    fn table(length: Bytes) -> Table {
        let partition = |role: Role, start, length| Partition {
            name: role.name().to_owned(),
            type_guid: role.type_guid(),
            guid: Uuid::from_u128(start),
            start: Bytes::mib(start as u64),
            length: Bytes::mib(length),
            flags: 1 << 60,
        };
        let partitions = vec![partition(Role::Esp, 1, 4), partition(Role::Root(Slot::A), 5, 50)];
        Table { disk: Uuid::from_u128(5), length, partitions }
    }

    #[test]
    fn tables_and_back() {
        let blank = blank(LENGTH);
        assert_eq!((blank.primary(), blank.backup()), (None, None));
        let ends = blank.with(&table(LENGTH)).unwrap();
        assert_eq!(ends.primary(), Some(table(LENGTH)));
        assert_eq!(ends.backup(), Some(table(LENGTH)));
        assert_eq!(ends.head[..446], blank.head[..446]);
        assert_eq!(ends.head[458..462], 131_071u32.to_le_bytes());
        assert_eq!(ends.with(&table(LENGTH)).unwrap(), ends);
    }

    #[test]
    fn a_larger_disk_shows_where_the_table_ends() {
        let small = blank(LENGTH).with(&table(LENGTH)).unwrap();
        let large = Ends { length: Bytes::mib(100), tail: vec![0; TAIL], ..small };
        assert_eq!(large.primary().map(|table| table.length), Some(LENGTH));
        assert_eq!(large.backup(), None);
    }

    #[test]
    fn any_flipped_byte_breaks_its_table_alone() {
        let ends = blank(LENGTH).with(&table(LENGTH)).unwrap();
        for at in (SECTOR..SECTOR + 92).chain((2 * SECTOR..HEAD).step_by(37)) {
            let mut torn = ends.clone();
            torn.head[at] ^= 0x10;
            assert_eq!((torn.primary(), torn.backup()), (None, Some(table(LENGTH))), "head {at}");
        }
        for at in (0..ENTRIES).step_by(37).chain(ENTRIES..ENTRIES + 92) {
            let mut torn = ends.clone();
            torn.tail[at] ^= 0x10;
            assert_eq!((torn.primary(), torn.backup()), (Some(table(LENGTH)), None), "tail {at}");
        }
    }

    #[test]
    fn arbitrary_bytes_do_no_harm() {
        let whole = blank(LENGTH).with(&table(LENGTH)).unwrap();
        let mut state = 0xD1B5_4A32_D192_ED03_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..500 {
            let mut ends = whole.clone();
            for _ in 0..next() % 8 {
                ends.head[SECTOR + next() as usize % 256] = next() as u8;
                ends.head[2 * SECTOR + next() as usize % 512] = next() as u8;
                ends.tail[ENTRIES + next() as usize % 92] = next() as u8;
            }
            // With right checksums, so that the fields themselves are read.
            let crc = |bytes: &[u8]| {
                let mut crc = u32::MAX;
                for &byte in bytes {
                    crc ^= u32::from(byte);
                    for _ in 0..8 {
                        crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
                    }
                }
                (!crc).to_le_bytes()
            };
            let entries = crc(&ends.head[2 * SECTOR..]);
            ends.head[SECTOR + 88..SECTOR + 92].copy_from_slice(&entries);
            ends.head[SECTOR + 16..SECTOR + 20].fill(0);
            let header = crc(&ends.head[SECTOR..SECTOR + 92]);
            ends.head[SECTOR + 16..SECTOR + 20].copy_from_slice(&header);
            let tables = [ends.primary(), ends.backup()];
            for table in tables.into_iter().flatten() {
                let _ = ends.with(&table);
            }
        }
    }
}
