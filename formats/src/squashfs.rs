//! As much of [squashfs 4.0](https://docs.kernel.org/filesystems/squashfs.html) as tells where the files of its top folder
//! are: what looks into an update bundle needs no more.
//!
//! ```text
//! superblock │ data, fragments │ inodes │ folders │ fragments' table │ export table │ ids │ xattrs
//! 96 bytes                     └──────────────── the tables ─────────────────────────────────────┘
//! ```
//!
//! Numbers are little-endian. Tables are metadata blocks: two bytes of length, bit 15 set if it is not compressed, then up
//! to 8192 bytes. A file's data are blocks one after the other, each with a length of which bit 24 is set if it is not
//! compressed, and zero if the block has only zeros; the rest may be in a fragment. Whoever calls unpacks.

use thiserror::Error;

use crate::size::Bytes;

/// Bytes of the superblock, with which a file system begins.
pub const SUPERBLOCK: usize = 96;

/// Bytes in an unpacked metadata block.
pub const METADATA: usize = 8192;

/// More files than a bundle has.
const MOST_FILES: usize = 64;

/// More bytes than the longest folder of so many files has, and than the longest list of blocks.
const LONGEST_FOLDER: usize = 64 << 10;
const LONGEST_LIST: u64 = 1 << 20;

/// What the superblock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superblock {
    /// The length of a block of data.
    pub block: u32,
    /// How everything is compressed: 1 is gzip, 4 xz, 6 zstd.
    pub compressor: u16,
    /// The length of the file system, without what fills it up.
    pub length: Bytes,
    /// Where the tables begin.
    pub tables: Bytes,
    inodes: u64,
    folders: u64,
    fragments: u64,
    root: u64,
}

/// This is no squashfs, or none that can be read.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadSquashfs {
    /// Another file system, or none.
    #[error("it is no squashfs of version 4.0")]
    Superblock,
    /// Something lies outside of where it must be.
    #[error("its {0} lies outside of the squashfs, or is damaged")]
    Damaged(&'static str),
    /// There is more of something than a bundle has.
    #[error("its {0} is too long")]
    Long(&'static str),
}

/// A file of the top folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, which may be any bytes but a slash.
    pub name: Vec<u8>,
    /// Its length.
    pub size: u64,
    /// Its pieces, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it is in the file system.
    pub start: u64,
    /// Its length there; zero if it has only zeros.
    pub stored: u32,
    /// Whether it is compressed.
    pub packed: bool,
    /// Where the file's bytes begin in it, once it is unpacked.
    pub skip: u32,
    /// How many they are.
    pub length: u32,
}

impl File {
    /// Where its bytes are, if they are in one piece as they are.
    pub fn contiguous(&self) -> Option<(u64, u64)> {
        let start = self.pieces.first()?.start;
        let mut end = start;
        for piece in &self.pieces {
            if piece.packed || piece.skip != 0 || piece.start != end || piece.stored != piece.length {
                return None;
            }
            end += u64::from(piece.stored);
        }
        (end - start == self.size).then_some((start, self.size))
    }
}

impl Superblock {
    /// Reads the superblock from the first [`SUPERBLOCK`] bytes of a file system of at most this length.
    pub fn parse(head: &[u8; SUPERBLOCK], length: Bytes) -> Result<Self, BadSquashfs> {
        let u16_at = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| head[at + i]));
        let u64_at = |at: usize| u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| head[at + i]));
        let (block, log) = (u32_at(12), u16_at(22));
        let fits = head.starts_with(b"hsqs")
            && (u16_at(28), u16_at(30)) == (4, 0)
            && (12..=20).contains(&log)
            && block == 1 << log;
        if !fits {
            return Err(BadSquashfs::Superblock);
        }
        let superblock = Self {
            block,
            compressor: u16_at(20),
            length: Bytes(u64_at(40)),
            tables: Bytes(u64_at(64)),
            inodes: u64_at(64),
            folders: u64_at(72),
            fragments: u64_at(80),
            root: u64_at(32),
        };
        let places = [SUPERBLOCK as u64, superblock.inodes, superblock.folders, superblock.length.0, length.0];
        if places.is_sorted() { Ok(superblock) } else { Err(BadSquashfs::Damaged("table of files")) }
    }

    /// The files of the top folder. `tables` are the bytes from [`Self::tables`] to [`Self::length`]; `unpack` unpacks a
    /// metadata block.
    pub fn files(
        &self,
        tables: &[u8],
        unpack: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<Vec<File>, BadSquashfs> {
        let mut tables = Tables { bytes: tables, start: self.tables.0, unpack };
        let damaged = || BadSquashfs::Damaged("top folder");
        let (block, offset) = (self.root >> 16, (self.root & 0xFFFF) as usize);
        let mut inode = tables.stream(self.inodes, block, offset, "top folder")?;
        let kind = inode.u16()?;
        inode.take(14)?;
        let (block, size, offset) = match kind {
            1 => {
                let (block, _, size, offset) = (inode.u32()?, inode.u32()?, inode.u16()?, inode.u16()?);
                (block, u32::from(size), offset)
            }
            8 => {
                let (_, size, block, _) = (inode.u32()?, inode.u32()?, inode.u32()?, inode.u32()?);
                let (_, offset) = (inode.u16()?, inode.u16()?);
                (block, size, offset)
            }
            _ => return Err(damaged()),
        };
        // What stands for `.` and `..` is counted, and not there.
        let size = size.checked_sub(3).ok_or_else(damaged)? as usize;
        if size > LONGEST_FOLDER {
            return Err(BadSquashfs::Long("top folder"));
        }
        let folder = tables.stream(self.folders, block.into(), offset.into(), "top folder")?.take(size)?;
        let mut files = Vec::new();
        for (name, block, offset) in entries(&folder).ok_or_else(damaged)? {
            if files.len() == MOST_FILES {
                return Err(BadSquashfs::Long("top folder"));
            }
            let (size, pieces) = self.file(&mut tables, block, offset)?;
            files.push(File { name, size, pieces });
        }
        Ok(files)
    }

    fn file(&self, tables: &mut Tables<'_>, block: u32, offset: u16) -> Result<(u64, Vec<Piece>), BadSquashfs> {
        let mut inode = tables.stream(self.inodes, block.into(), offset.into(), "list of blocks")?;
        let kind = inode.u16()?;
        inode.take(14)?;
        let (mut start, size, fragment, skip) = match kind {
            2 => {
                let (start, fragment, skip, size) = (inode.u32()?, inode.u32()?, inode.u32()?, inode.u32()?);
                (start.into(), size.into(), fragment, skip)
            }
            9 => {
                let (start, size, _) = (inode.u64()?, inode.u64()?, inode.u64()?);
                let (_, fragment, skip, _) = (inode.u32()?, inode.u32()?, inode.u32()?, inode.u32()?);
                (start, size, fragment, skip)
            }
            _ => return Err(BadSquashfs::Damaged("list of blocks")),
        };
        let in_fragment = fragment != u32::MAX;
        let block = u64::from(self.block);
        let blocks = if in_fragment { size / block } else { size.div_ceil(block) };
        if blocks > LONGEST_LIST {
            return Err(BadSquashfs::Long("list of blocks"));
        }
        let mut pieces = Vec::new();
        for number in 0..blocks {
            let word = inode.u32()?;
            let (stored, packed) = (word & 0x00FF_FFFF, word & 0x0100_0000 == 0);
            let length = block.min(size - number * block) as u32;
            // Zeros are stored as nothing.
            pieces.push(Piece { start, stored, packed: packed && stored > 0, skip: 0, length });
            start = start.checked_add(stored.into()).ok_or(BadSquashfs::Damaged("data"))?;
        }
        let rest = (size - blocks.saturating_mul(block).min(size)) as u32;
        if in_fragment && rest > 0 {
            pieces.push(self.fragment(tables, fragment, skip, rest)?);
        }
        let fits = |piece: &Piece| {
            let end = piece.start.checked_add(piece.stored.into());
            end.is_some_and(|end| end <= self.tables.0) && piece.stored <= self.block
        };
        if pieces.iter().all(fits) { Ok((size, pieces)) } else { Err(BadSquashfs::Damaged("data")) }
    }

    fn fragment(&self, tables: &mut Tables<'_>, number: u32, skip: u32, length: u32) -> Result<Piece, BadSquashfs> {
        let damaged = || BadSquashfs::Damaged("table of fragments");
        // 512 entries of 16 bytes are in each metadata block, which a list of addresses names.
        let at = self.fragments.checked_add(u64::from(number / 512) * 8).ok_or_else(damaged)?;
        let address = tables.at(at, 8).and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)?;
        let address = u64::from_le_bytes(address);
        let mut entry = tables.stream(address, 0, (number % 512) as usize * 16, "table of fragments")?;
        let (start, word) = (entry.u64()?, entry.u32()?);
        let (stored, packed) = (word & 0x00FF_FFFF, word & 0x0100_0000 == 0);
        Ok(Piece { start, stored, packed, skip, length })
    }
}

/// Names, and where their files' inodes are.
fn entries(mut folder: &[u8]) -> Option<Vec<(Vec<u8>, u32, u16)>> {
    let mut entries = Vec::new();
    while !folder.is_empty() {
        let (head, rest) = folder.split_at_checked(12)?;
        folder = rest;
        let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| head[at + i]));
        let (count, block) = (u32_at(0).checked_add(1)?, u32_at(4));
        for _ in 0..count {
            let (entry, rest) = folder.split_at_checked(8)?;
            let u16_at = |at: usize| u16::from_le_bytes([entry[at], entry[at + 1]]);
            let (name, rest) = rest.split_at_checked(usize::from(u16_at(6)) + 1)?;
            folder = rest;
            // Folders, links and devices are nothing that a bundle needs.
            if u16_at(4) == 2 {
                entries.push((name.to_owned(), block, u16_at(0)));
            }
        }
    }
    Some(entries)
}

/// The tables' bytes.
struct Tables<'a> {
    bytes: &'a [u8],
    start: u64,
    unpack: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
}

impl Tables<'_> {
    fn at(&self, place: u64, length: usize) -> Option<&[u8]> {
        let at = usize::try_from(place.checked_sub(self.start)?).ok()?;
        self.bytes.get(at..at.checked_add(length)?)
    }

    /// What stands `offset` bytes into the metadata block that begins `block` bytes behind `table`, and all behind it.
    fn stream(&mut self, table: u64, block: u64, offset: usize, what: &'static str) -> Result<Stream<'_>, BadSquashfs> {
        let next = table.checked_add(block).ok_or(BadSquashfs::Damaged(what))?;
        let mut stream = Stream {
            bytes: self.bytes,
            start: self.start,
            unpack: &mut *self.unpack,
            next,
            current: Vec::new(),
            at: 0,
            what,
        };
        stream.take(offset)?;
        Ok(stream)
    }
}

/// Metadata blocks as one text.
struct Stream<'a> {
    bytes: &'a [u8],
    start: u64,
    unpack: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    next: u64,
    current: Vec<u8>,
    at: usize,
    what: &'static str,
}

impl Stream<'_> {
    fn take(&mut self, length: usize) -> Result<Vec<u8>, BadSquashfs> {
        let mut taken = Vec::new();
        while taken.len() < length {
            if self.at == self.current.len() {
                self.current = self.block().ok_or(BadSquashfs::Damaged(self.what))?;
                self.at = 0;
            }
            let here = (length - taken.len()).min(self.current.len() - self.at);
            taken.extend(&self.current[self.at..self.at + here]);
            self.at += here;
        }
        Ok(taken)
    }

    /// The next metadata block.
    fn block(&mut self) -> Option<Vec<u8>> {
        let at = usize::try_from(self.next.checked_sub(self.start)?).ok()?;
        let head = self.bytes.get(at..)?.first_chunk::<2>()?;
        let word = u16::from_le_bytes(*head);
        let length = usize::from(word & 0x7FFF);
        let stored = self.bytes.get(at + 2..at + 2 + length)?;
        self.next += 2 + length as u64;
        let block = if word & 0x8000 == 0 { (self.unpack)(stored)? } else { stored.to_owned() };
        (1..=METADATA).contains(&block.len()).then_some(block)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BadSquashfs> {
        self.take(N)?.try_into().map_err(|_| BadSquashfs::Damaged(self.what))
    }

    fn u16(&mut self) -> Result<u16, BadSquashfs> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, BadSquashfs> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, BadSquashfs> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = include_bytes!("../fixtures/plain.squashfs");
    const TAILENDS: &[u8] = include_bytes!("../fixtures/tailends.squashfs");

    fn files(bytes: &[u8]) -> Result<Vec<File>, BadSquashfs> {
        let head = bytes.first_chunk().ok_or(BadSquashfs::Superblock)?;
        let superblock = Superblock::parse(head, Bytes(bytes.len() as u64))?;
        let tables = &bytes[superblock.tables.0 as usize..superblock.length.0 as usize];
        superblock.files(tables, &mut |_| None)
    }

    fn content(bytes: &[u8], file: &File) -> Vec<u8> {
        let piece = |piece: &Piece| &bytes[piece.start as usize + piece.skip as usize..][..piece.length as usize];
        file.pieces.iter().flat_map(piece).copied().collect()
    }

    #[test]
    fn finds_files() {
        let image: Vec<u8> = (0..10_000).map(|i| (i * 7 + i / 4096) as u8).collect();
        for bytes in [PLAIN, TAILENDS] {
            let files = files(bytes).unwrap();
            let names: Vec<&[u8]> = files.iter().map(|file| file.name.as_slice()).collect();
            assert_eq!(names, [b"ilanga.img".as_slice(), b"manifest.raucm"]);
            assert!(content(bytes, &files[0]) == image);
            assert_eq!(content(bytes, &files[1]), b"[update]\ncompatible=x\n");
        }
        let plain = files(PLAIN).unwrap();
        assert_eq!(plain[0].contiguous(), Some((96, 10_000)));
        assert_eq!(plain[1].contiguous(), Some((10_096, 22)));
        assert_eq!(files(TAILENDS).unwrap()[0].contiguous(), None);
    }

    /// Whatever is changed: no panic, and no piece lies outside.
    #[test]
    fn changed_bytes_do_no_harm() {
        let mut state = 0x1234_5678_9ABC_DEF1_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for fixture in [PLAIN, TAILENDS] {
            let tables = u64::from_le_bytes(*fixture[64..].first_chunk().unwrap()) as usize;
            for _ in 0..20_000 {
                let mut bytes = fixture.to_vec();
                for _ in 0..1 + next() % 3 {
                    let at =
                        if next() % 2 == 0 { next() % SUPERBLOCK } else { tables + next() % (bytes.len() - tables) };
                    bytes[at] = next() as u8;
                }
                for file in files(&bytes).into_iter().flatten() {
                    for piece in &file.pieces {
                        assert!(piece.start + u64::from(piece.stored) <= bytes.len() as u64);
                        assert!(piece.length <= 1 << 20 && piece.stored <= 1 << 20);
                    }
                }
            }
        }
    }
}
