//! Pieces: what an update is fetched in, and the chunk index (`.chunks`) that lists those of one bundle.
//!
//! ```text
//! ┌────────┬─────────────┬────────────────────────────────────────────────────────────────────┐
//! │ offset │ length      │ header                                                             │
//! ├────────┼─────────────┼────────────────────────────────────────────────────────────────────┤
//! │ 0      │ 8           │ magic: `ilchunks`                                                  │
//! │ 8      │ u32         │ version: 1                                                         │
//! │ 12     │ u32         │ number of pieces                                                   │
//! │ 16     │ u32         │ how many of them, at the end, are the layout; 0 without one        │
//! │ 20     │ u32         │ the zstd that the layout's frames are made with; 0 without a layout│
//! │ 24     │ u32 u32 u32 │ how the stream is cut: shortest, average and longest piece         │
//! │ 36     │ u64         │ length of the bundle                                               │
//! │ 44     │ 32          │ SHA-256 of the bundle                                              │
//! │ 76     │ 38 each     │ pieces: SHA-256, then length and packed length as 3 bytes each     │
//! └────────┴─────────────┴────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Numbers are little-endian. Without a layout the pieces, one after the other, are the bundle. With one they are first the
//! *stream*, the bundle with its compressed parts unpacked, then the layout (`formats::frames`), which tells how it is packed.
//!
//! The pack (`.pack`) has each piece once, in the order in which they appear first: so where a piece is in it follows from
//! the lengths before. A piece is a zstd frame there, or as it is if both lengths are equal.
//!
//! Whoever parses an index has checked its digest. Invariants all the same: no bytes make the parser panic or take more than
//! a few times the memory that they have; lengths are within limits, and their sums do not overflow; a digest has the same
//! lengths wherever it appears; an index has exactly one encoding.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use thiserror::Error;

use crate::digest::Digest;

/// The most bytes of a piece, unpacked.
pub const LONGEST: u64 = 1 << 20;

/// The most pieces of an index: one of 19 MB.
pub const MOST: usize = 500_000;

/// The most bytes of an index.
pub const LONGEST_INDEX: u64 = (HEADER + MOST * ENTRY) as u64;

const MAGIC: &[u8; 8] = b"ilchunks";
const VERSION: u32 = 1;
const HEADER: usize = 76;
const ENTRY: usize = 38;

/// A byte range of a remote object, and what it unpacks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Of the content as it is used.
    pub digest: Digest,
    /// Length of the content, 1 to [`LONGEST`].
    pub length: u64,
    /// Where the range begins.
    pub at: u64,
    /// Length of the range: of a zstd frame, or as long as the content, which it then is.
    pub packed: u64,
}

impl Piece {
    /// Whether the range is a zstd frame.
    pub fn is_packed(&self) -> bool {
        self.packed != self.length
    }
}

/// How a stream is cut into pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutting {
    /// No piece but the last is shorter.
    pub shortest: u32,
    /// About as long they are.
    pub average: u32,
    /// No piece is longer.
    pub longest: u32,
}

impl Cutting {
    /// Whether streams can be cut so.
    fn is_possible(self) -> bool {
        self.shortest >= 256
            && self.shortest <= self.average
            && self.average <= self.longest
            && self.longest >= 1024
            && u64::from(self.longest) <= LONGEST
    }
}

/// The pieces of one bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Length of the bundle.
    pub length: u64,
    /// SHA-256 of the bundle.
    pub digest: Digest,
    /// How its stream was cut.
    pub cutting: Cutting,
    /// The zstd that the layout's frames are made with, as `ZSTD_versionNumber` says; 0 without a layout.
    pub zstd: u32,
    layout: usize,
    pieces: Vec<Piece>,
}

/// This is no chunk index. Each sentence speaks of the index as 'it'.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadIndex {
    /// Something else, or cut off in its header.
    #[error("it is no chunk index")]
    Magic,
    /// Made by a later release.
    #[error("it is a chunk index of version {0}, and this program knows version 1")]
    Version(u32),
    /// Its length is not the one that its number of pieces gives it.
    #[error("it has {found} bytes, and with {pieces} pieces it would have {expected}")]
    Length {
        /// What it has.
        found: u64,
        /// What its header says.
        pieces: u64,
        /// What follows from that.
        expected: u64,
    },
    /// More pieces than an index may have.
    #[error("it has {0} pieces, which are too many")]
    Many(u64),
    /// A length is not possible.
    #[error("its piece {0} has a length that no piece has")]
    Piece(usize),
    /// A digest appears twice, with different lengths.
    #[error("its piece {0} has another length where it appears first")]
    Contradiction(usize),
    /// The pieces are not as long as the bundle.
    #[error("its pieces have {pieces} bytes, and the bundle {bundle}")]
    Sum {
        /// All pieces together.
        pieces: u64,
        /// The bundle.
        bundle: u64,
    },
    /// The layout has no pieces, more than there are, or no zstd.
    #[error("it contradicts itself about its layout")]
    Layout,
    /// No stream can be cut so.
    #[error("it says that pieces have {} to {} bytes, about {}", .0.shortest, .0.longest, .0.average)]
    Cutting(Cutting),
}

/// A piece, before it is known where in the pack it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Of the content.
    pub digest: Digest,
    /// Its length.
    pub length: u64,
    /// Its length in the pack.
    pub packed: u64,
}

impl Index {
    /// Puts an index together and finds each piece's place in the pack. `layout` are the layout's pieces, and `zstd` what its
    /// frames are made with; both empty if there is none.
    pub fn new(
        bundle: (u64, Digest),
        cutting: Cutting,
        zstd: u32,
        stream: &[Content],
        layout: &[Content],
    ) -> Result<Self, BadIndex> {
        let contents: Vec<Content> = stream.iter().chain(layout).copied().collect();
        let index = Self {
            length: bundle.0,
            digest: bundle.1,
            cutting,
            zstd,
            layout: layout.len(),
            pieces: places(&contents)?,
        };
        index.check()?;
        Ok(index)
    }

    /// Reads an index.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadIndex> {
        let Some((header, entries)) = bytes.split_first_chunk::<HEADER>() else { return Err(BadIndex::Magic) };
        if !header.starts_with(MAGIC) {
            return Err(BadIndex::Magic);
        }
        let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| header[at + i]));
        let u64_at = |at: usize| u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32;
        if u32_at(8) != VERSION {
            return Err(BadIndex::Version(u32_at(8)));
        }
        let pieces = u64::from(u32_at(12));
        if pieces > MOST as u64 {
            return Err(BadIndex::Many(pieces));
        }
        let expected = HEADER as u64 + pieces * ENTRY as u64;
        if expected != bytes.len() as u64 {
            return Err(BadIndex::Length { found: bytes.len() as u64, pieces, expected });
        }
        let contents: Vec<Content> = entries.chunks_exact(ENTRY).map(content).collect();
        let mut digest = [0; 32];
        digest.copy_from_slice(&header[44..76]);
        let index = Self {
            length: u64_at(36),
            digest: Digest::new(digest),
            cutting: Cutting { shortest: u32_at(24), average: u32_at(28), longest: u32_at(32) },
            zstd: u32_at(20),
            layout: u32_at(16) as usize,
            pieces: places(&contents)?,
        };
        index.check()?;
        Ok(index)
    }

    fn check(&self) -> Result<(), BadIndex> {
        if !self.cutting.is_possible() {
            return Err(BadIndex::Cutting(self.cutting));
        }
        if self.layout > self.pieces.len() || (self.layout == 0) != (self.zstd == 0) {
            return Err(BadIndex::Layout);
        }
        let sum = self.stream().iter().map(|piece| piece.length).sum();
        if self.layout == 0 && sum != self.length {
            return Err(BadIndex::Sum { pieces: sum, bundle: self.length });
        }
        Ok(())
    }

    /// The index as a file.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.pieces.len() * ENTRY);
        bytes.extend(MAGIC);
        let Cutting { shortest, average, longest } = self.cutting;
        for number in [VERSION, self.pieces.len() as u32, self.layout as u32, self.zstd, shortest, average, longest] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.length.to_le_bytes());
        bytes.extend(self.digest.as_bytes());
        for piece in &self.pieces {
            bytes.extend(piece.digest.as_bytes());
            bytes.extend(&piece.length.to_le_bytes()[..3]);
            bytes.extend(&piece.packed.to_le_bytes()[..3]);
        }
        bytes
    }

    /// All pieces, in order: the stream's, then the layout's. The same piece may appear again.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The layout's pieces: none if the stream is the bundle as it is.
    pub fn layout(&self) -> &[Piece] {
        self.pieces.get(self.pieces.len() - self.layout..).unwrap_or_default()
    }

    /// The stream's pieces.
    pub fn stream(&self) -> &[Piece] {
        self.pieces.get(..self.pieces.len() - self.layout).unwrap_or_default()
    }

    /// The length of the pack.
    pub fn pack(&self) -> u64 {
        self.pieces.iter().map(|piece| piece.at + piece.packed).max().unwrap_or(0)
    }
}

fn content(entry: &[u8]) -> Content {
    let mut digest = [0; 32];
    digest.copy_from_slice(&entry[..32]);
    let u24_at = |at: usize| u64::from(u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], 0]));
    Content { digest: Digest::new(digest), length: u24_at(32), packed: u24_at(35) }
}

/// Finds each piece's place: behind all that appear first before it.
fn places(contents: &[Content]) -> Result<Vec<Piece>, BadIndex> {
    if contents.len() > MOST {
        return Err(BadIndex::Many(contents.len() as u64));
    }
    let mut first: HashMap<Digest, Piece> = HashMap::with_capacity(contents.len());
    let mut end = 0;
    let mut pieces = Vec::with_capacity(contents.len());
    for (number, &Content { digest, length, packed }) in contents.iter().enumerate() {
        if length == 0 || length > LONGEST || packed == 0 || packed > length {
            return Err(BadIndex::Piece(number));
        }
        let piece = *first.entry(digest).or_insert_with(|| {
            let at = end;
            end += packed;
            Piece { digest, length, at, packed }
        });
        if (piece.length, piece.packed) != (length, packed) {
            return Err(BadIndex::Contradiction(number));
        }
        pieces.push(piece);
    }
    Ok(pieces)
}
