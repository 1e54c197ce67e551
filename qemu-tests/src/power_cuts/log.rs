//! The record of a disk's writes, in the format of the kernel's
//! [dm-log-writes](https://docs.kernel.org/admin-guide/device-mapper/log-writes.html), which QEMU's `blklogwrites` uses too.
//!
//! ```text
//! │ superblock │ entry │ its data │ entry │ its data │ …     each begins at a multiple of 512 bytes
//!
//! superblock: magic u64 │ version u64 │ number of entries u64 │ sector size u32
//! entry:      sector u64 │ sectors u64 │ flags u64 │ length of a mark's text u64
//! ```
//!
//! Numbers are little-endian. A write's data are as long as its sectors; a flush, a mark and a discard have none. A write's
//! entry is written when the write has ended, and a flush's when the flush has ended.

use std::io;

use thiserror::Error;

/// Bytes in a sector: what a disk writes whole or not at all.
pub const SECTOR: u64 = 512;

const MAGIC: u64 = 0x006a_7366_7773_6872;
const VERSION: u64 = 1;
const FLUSH: u64 = 1;
const FUA: u64 = 2;
const DISCARD: u64 = 4;
const MARK: u64 = 8;
/// The kernel's note that a write was a file system's metadata.
const METADATA: u64 = 16;

/// This is no record of writes, or a damaged one.
#[derive(Debug, Error)]
pub enum BadLog {
    /// It can't be read.
    #[error("reading {what}")]
    Read {
        /// Which part.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// Another signature.
    #[error("it is no record of writes: it begins with {0:#x}. The machine may not have flushed its disk yet")]
    Magic(u64),
    /// Another version.
    #[error("its version is {0}; version {VERSION} can be read")]
    Version(u64),
    /// Another sector size.
    #[error("its sectors have {0} bytes; sectors of {SECTOR} bytes can be read")]
    SectorSize(u32),
    /// An entry has flags that nobody knows.
    #[error("entry {entry} has unknown flags: {flags:#x}")]
    Flags {
        /// Its number.
        entry: u64,
        /// What it has.
        flags: u64,
    },
    /// An entry writes where no disk is.
    #[error("entry {entry} is about {sectors} sectors from sector {sector} on, and the disk has {disk}")]
    Outside {
        /// Its number.
        entry: u64,
        /// Where it begins.
        sector: u64,
        /// How long it is.
        sectors: u64,
        /// How long the disk is, in sectors.
        disk: u64,
    },
}

/// What an entry does to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Writes data, which begin at this byte of the record.
    Write {
        /// Where.
        data: u64,
        /// Whether it is on the disk once it has ended, without a flush.
        through: bool,
    },
    /// The disk may forget what is there; it reads as zeros afterwards.
    Discard,
    /// What ended before it is on the disk.
    Flush,
}

/// An entry. A write with a flush before it is two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub kind: Kind,
    /// Where it begins, in sectors.
    pub sector: u64,
    /// How many sectors it is about.
    pub sectors: u64,
}

/// Reads the entries of the record of a disk that has this many sectors. `read` fills a buffer from a byte of the record on.
pub fn entries(disk: u64, mut read: impl FnMut(u64, &mut [u8]) -> io::Result<()>) -> Result<Vec<Entry>, BadLog> {
    let mut head = [0; 32];
    read(0, &mut head[..28]).map_err(|source| BadLog::Read { what: "its superblock".into(), source })?;
    let magic = u64_at(&head, 0);
    if magic != MAGIC {
        return Err(BadLog::Magic(magic));
    }
    if u64_at(&head, 1) != VERSION {
        return Err(BadLog::Version(u64_at(&head, 1)));
    }
    let count = u64_at(&head, 2);
    let size = u32::from_le_bytes([head[24], head[25], head[26], head[27]]);
    if u64::from(size) != SECTOR {
        return Err(BadLog::SectorSize(size));
    }
    let mut entries = Vec::new();
    let mut at = SECTOR;
    for entry in 0..count {
        read(at, &mut head).map_err(|source| BadLog::Read { what: format!("entry {entry} of {count}"), source })?;
        let [sector, sectors, flags] = [0, 1, 2].map(|field| u64_at(&head, field));
        if flags & !(FLUSH | FUA | DISCARD | MARK | METADATA) != 0 {
            return Err(BadLog::Flags { entry, flags });
        }
        at += SECTOR;
        if flags & FLUSH != 0 {
            entries.push(Entry { kind: Kind::Flush, sector: 0, sectors: 0 });
        }
        if flags & MARK != 0 || sectors == 0 {
            continue;
        }
        if sector.checked_add(sectors).is_none_or(|end| end > disk) {
            return Err(BadLog::Outside { entry, sector, sectors, disk });
        }
        let kind = if flags & DISCARD != 0 {
            Kind::Discard
        } else {
            let data = at;
            at += sectors * SECTOR;
            Kind::Write { data, through: flags & FUA != 0 }
        };
        entries.push(Entry { kind, sector, sectors });
    }
    Ok(entries)
}

fn u64_at(bytes: &[u8; 32], field: usize) -> u64 {
    u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| bytes[8 * field + i]))
}

/// Makes records for tests.
#[cfg(test)]
pub(super) mod made {
    use super::*;

    /// A record of writes, as its bytes.
    pub(in super::super) struct Made {
        pub(in super::super) bytes: Vec<u8>,
        count: u64,
    }

    impl Made {
        pub(in super::super) fn new() -> Self {
            let mut made = Self { bytes: vec![0; 512], count: 0 };
            made.head();
            made
        }

        fn head(&mut self) {
            for (field, value) in [MAGIC, VERSION, self.count, SECTOR].into_iter().enumerate() {
                self.bytes[8 * field..8 * field + 8].copy_from_slice(&value.to_le_bytes());
            }
        }

        fn entry(&mut self, sector: u64, sectors: u64, flags: u64, data: &[u8]) {
            let mut head = vec![0; 512];
            for (field, value) in [sector, sectors, flags].into_iter().enumerate() {
                head[8 * field..8 * field + 8].copy_from_slice(&value.to_le_bytes());
            }
            self.bytes.extend(head);
            self.bytes.extend(data);
            self.count += 1;
            self.head();
        }

        pub(in super::super) fn write(&mut self, sector: u64, data: &[u8]) -> &mut Self {
            assert!(data.len().is_multiple_of(512));
            self.entry(sector, data.len() as u64 / 512, 0, data);
            self
        }

        pub(in super::super) fn through(&mut self, sector: u64, data: &[u8]) -> &mut Self {
            self.entry(sector, data.len() as u64 / 512, FLUSH | FUA, data);
            self
        }

        pub(in super::super) fn flush(&mut self) -> &mut Self {
            self.entry(0, 0, FLUSH, &[]);
            self
        }

        pub(in super::super) fn discard(&mut self, sector: u64, sectors: u64) -> &mut Self {
            self.entry(sector, sectors, DISCARD, &[]);
            self
        }

        pub(in super::super) fn mark(&mut self) -> &mut Self {
            self.entry(0, 0, MARK, &[]);
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::made::Made;
    use super::*;

    fn parse(bytes: &[u8]) -> Result<Vec<Entry>, BadLog> {
        entries(100, |at, buffer| {
            let at = usize::try_from(at).unwrap();
            let found = bytes.get(at..at + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            buffer.copy_from_slice(found);
            Ok(())
        })
    }

    #[test]
    fn reads_entries() {
        let mut made = Made::new();
        made.write(3, &[1; 1024]).flush().mark().discard(8, 4).through(9, &[2; 512]);
        let write = |data, through| Kind::Write { data, through };
        let entry = |kind, sector, sectors| Entry { kind, sector, sectors };
        let expected = [
            entry(write(1024, false), 3, 2),
            entry(Kind::Flush, 0, 0),
            entry(Kind::Discard, 8, 4),
            entry(Kind::Flush, 0, 0),
            entry(write(4096, true), 9, 1),
        ];
        assert_eq!(parse(&made.bytes).unwrap(), expected);
    }

    #[test]
    fn refuses_what_is_none() {
        let said = |bytes: &[u8]| parse(bytes).unwrap_err().to_string();
        let mut made = Made::new();
        made.write(3, &[1; 1024]).flush();
        let changed = |at: usize, value: u8| {
            let mut bytes = made.bytes.clone();
            bytes[at] = value;
            bytes
        };
        assert!(said(&[0; 10]).contains("superblock"));
        assert!(said(&[0; 512]).contains("flushed"));
        assert!(said(&changed(8, 2)).contains("version is 2"));
        assert!(said(&changed(25, 16)).contains("sectors have 4096"));
        assert!(said(&changed(528, 32)).contains("entry 0 has unknown flags: 0x20"));
        assert!(said(&changed(512, 99)).contains("2 sectors from sector 99 on, and the disk has 100"));
        assert!(said(&changed(527, 255)).contains("sectors from sector 3"));
        assert!(said(&made.bytes[..2048]).contains("entry 1 of 2"));
        for at in 0..made.bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                // Whatever it says: an answer, and no more memory than entries need.
                let _ = parse(&changed(at, value));
            }
        }
    }
}
