//! Hints (`.hints`): which pieces of a bundle can be made from which pieces of the release before it, by small patches.
//!
//! ```text
//! ┌────────┬─────────────┬────────────────────────────────────────────────────────────────────┐
//! │ offset │ length      │ header                                                             │
//! ├────────┼─────────────┼────────────────────────────────────────────────────────────────────┤
//! │ 0      │ 8           │ magic: `ilhints1`                                                  │
//! │ 8      │ u32         │ number of old pieces                                               │
//! │ 12     │ u32         │ number of patches                                                  │
//! │ 16     │ 32          │ SHA-256 of the bundle that the chunk index is of                   │
//! │ 48     │ 32 each     │ old pieces: SHA-256                                                │
//! │        │ 47 each     │ patches: u32 first piece that it makes, u16 how many; u32 first old│
//! │        │             │ piece that it looks at, u16 how many; length as 3 bytes, SHA-256   │
//! └────────┴─────────────┴────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Numbers are little-endian. Pieces that are made are counted in the chunk index's stream. The patches themselves are in
//! `.patches`, one behind the other: each is a zstd frame that has the old pieces, joined, as its prefix. A node fetches and
//! keeps a patch as it does any piece, by its digest, so neighbours have it too; and whatever a patch makes is compared with the
//! digests of the pieces that it is for.
//!
//! Who parses hints has checked their digest. Invariants all the same: no bytes make the parser panic or take more than a few
//! times the memory that they have; patches make pieces in ascending order and none twice, of pieces that there are, from old
//! pieces that there are; hints have exactly one encoding.

mod lacking;
#[cfg(test)]
mod tests;

use std::ops::Range;

use thiserror::Error;

use crate::digest::Digest;
use crate::pieces::{self, Index, Piece};

pub use lacking::Lacking;

/// The most pieces that one patch makes, and the most that it looks at.
pub const MOST_PIECES: usize = 256;

/// The most bytes of hints.
pub const LONGEST: u64 = (HEADER + MOST * (OLD + PATCH)) as u64;

const MAGIC: &[u8; 8] = b"ilhints1";
const HEADER: usize = 48;
const OLD: usize = 32;
const PATCH: usize = 47;

/// The most old pieces, and the most patches.
const MOST: usize = 200_000;

/// A patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The pieces of the index's stream that it makes.
    pub makes: Range<usize>,
    /// The old pieces that it looks at.
    pub looks: Range<usize>,
    /// The patch itself, as a piece of `.patches`.
    pub piece: Piece,
}

impl Patch {
    /// The pieces that it makes, in the index that its hints belong to.
    pub fn made<'i>(&self, index: &'i Index) -> &'i [Piece] {
        index.stream().get(self.makes.clone()).unwrap_or_default()
    }
}

/// The hints to one bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hints {
    bundle: Digest,
    old: Vec<Digest>,
    patches: Vec<Patch>,
}

/// These are no hints. Each sentence speaks of the hints as 'they'.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadHints {
    /// Something else, another version, or cut off in the header.
    #[error("they are no hints of version 1")]
    Magic,
    /// They are longer or shorter than their numbers say.
    #[error("they have {found} bytes, and would have {expected}")]
    Length {
        /// What they have.
        found: u64,
        /// What follows from their header.
        expected: u64,
    },
    /// More than hints may have.
    #[error("they have {0} old pieces or patches, which are too many")]
    Many(u64),
    /// They belong to another bundle.
    #[error("they are for another bundle, {0}")]
    Other(Digest),
    /// A patch is impossible.
    #[error("their patch {0} is impossible")]
    Patch(usize),
}

/// A patch, before it is known where in `.patches` it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The pieces of the index's stream that it makes.
    pub makes: Range<usize>,
    /// The old pieces that it looks at.
    pub looks: Range<usize>,
    /// The digest of the patch.
    pub digest: Digest,
    /// The length of the patch.
    pub length: u64,
}

impl Hints {
    /// Puts hints together, for the bundle of an index.
    pub fn new(index: &Index, old: Vec<Digest>, contents: &[Content]) -> Result<Self, BadHints> {
        let most = old.len().max(contents.len());
        if most > MOST {
            return Err(BadHints::Many(most as u64));
        }
        let (mut next, mut end) = (0, 0);
        let mut patches = Vec::with_capacity(contents.len());
        for (number, content) in contents.iter().enumerate() {
            let &Content { ref makes, ref looks, digest, length } = content;
            let fits = |range: &Range<usize>, all: usize| {
                range.start < range.end && range.end <= all && range.len() <= MOST_PIECES
            };
            let possible = makes.start >= next && fits(makes, index.stream().len()) && fits(looks, old.len());
            if !possible || length == 0 || length > pieces::LONGEST {
                return Err(BadHints::Patch(number));
            }
            next = makes.end;
            let piece = Piece { digest, length, at: end, packed: length };
            end += length;
            patches.push(Patch { makes: makes.clone(), looks: looks.clone(), piece });
        }
        Ok(Self { bundle: index.digest, old, patches })
    }

    /// Reads the hints to the bundle of an index.
    pub fn parse(bytes: &[u8], index: &Index) -> Result<Self, BadHints> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER>() else { return Err(BadHints::Magic) };
        if !header.starts_with(MAGIC) {
            return Err(BadHints::Magic);
        }
        let u32_at = |bytes: &[u8], at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
        let [old, count] = [8, 12].map(|at| u64::from(u32_at(header, at)));
        if old.max(count) > MOST as u64 {
            return Err(BadHints::Many(old.max(count)));
        }
        let expected = HEADER as u64 + old * OLD as u64 + count * PATCH as u64;
        if expected != bytes.len() as u64 {
            return Err(BadHints::Length { found: bytes.len() as u64, expected });
        }
        if header[16..48] != index.digest.as_bytes()[..] {
            return Err(BadHints::Other(digest(&header[16..48])));
        }
        let (old, contents) = rest.split_at(old as usize * OLD);
        let content = |bytes: &[u8]| {
            let range = |at: usize| {
                let first = u32_at(bytes, at) as usize;
                first..first + usize::from(u16::from_le_bytes([bytes[at + 4], bytes[at + 5]]))
            };
            let length = u64::from(u32::from_le_bytes([bytes[12], bytes[13], bytes[14], 0]));
            Content { makes: range(0), looks: range(6), digest: digest(&bytes[15..]), length }
        };
        let contents: Vec<Content> = contents.chunks_exact(PATCH).map(content).collect();
        Self::new(index, old.chunks_exact(OLD).map(digest).collect(), &contents)
    }

    /// The hints as a file.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + self.old.len() * OLD + self.patches.len() * PATCH);
        bytes.extend(MAGIC);
        for number in [self.old.len(), self.patches.len()] {
            bytes.extend((number as u32).to_le_bytes());
        }
        bytes.extend(self.bundle.as_bytes());
        self.old.iter().for_each(|digest| bytes.extend(digest.as_bytes()));
        for patch in &self.patches {
            for range in [&patch.makes, &patch.looks] {
                bytes.extend((range.start as u32).to_le_bytes());
                bytes.extend((range.len() as u16).to_le_bytes());
            }
            bytes.extend(&patch.piece.length.to_le_bytes()[..3]);
            bytes.extend(patch.piece.digest.as_bytes());
        }
        bytes
    }

    /// The patches, in the order in which `.patches` has them.
    pub fn patches(&self) -> &[Patch] {
        &self.patches
    }

    /// The old pieces that a patch looks at, in the order in which they are joined.
    pub fn looks(&self, patch: &Patch) -> &[Digest] {
        self.old.get(patch.looks.clone()).unwrap_or_default()
    }
}

fn digest(bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(&bytes[..32]);
    Digest::new(digest)
}
