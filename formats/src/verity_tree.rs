//! Makes a dm-verity tree over data that comes in pieces, without the superblock of [`crate::verity`].
//!
//! ```text
//! top level (one block) │ … │ lowest level, a digest for each block of data
//! ```
//!
//! What `veritysetup format --no-superblock` makes with SHA-256 and blocks of 4096 bytes, and RAUC behind a bundle's
//! squashfs. Invariant: only the lowest level is kept while data comes, 32 bytes for each 4096.

use thiserror::Error;

use crate::digest::Digest;
use crate::verity::BLOCK;

/// Bytes in a block.
const BLOCK_BYTES: usize = BLOCK as usize;

/// Digests in a block.
const PER_BLOCK: u64 = BLOCK / 32;

/// The data has no tree.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NoTree {
    /// Its end is no block's end.
    #[error("{0} bytes of data are no whole number of blocks of 4096 bytes")]
    Unaligned(u64),
    /// A single block is its own tree, which is nobody's format; nothing has none.
    #[error("{0} blocks of data are too few for a dm-verity tree: there must be two")]
    Short(u64),
}

/// A tree that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The digest of its top block.
    pub root_hash: Digest,
    /// Its levels, the top one first, each as long as whole blocks.
    pub bytes: Vec<u8>,
}

/// The length of the tree over so many blocks of data; nothing if there is none.
pub fn length(blocks: u64) -> Option<u64> {
    let (mut level, mut all) = (blocks, 0_u64);
    while level > 1 {
        level = level.div_ceil(PER_BLOCK);
        all += level;
    }
    (blocks > 1).then(|| all.checked_mul(BLOCK)).flatten()
}

/// A tree that is being made.
#[derive(Clone, Debug)]
pub struct Builder {
    salt: Vec<u8>,
    partial: Vec<u8>,
    lowest: Vec<u8>,
    length: u64,
}

impl Builder {
    /// A tree whose digests start from `salt`.
    pub fn new(salt: impl Into<Vec<u8>>) -> Self {
        Self { salt: salt.into(), partial: Vec::new(), lowest: Vec::new(), length: 0 }
    }

    /// Adds the next bytes of the data.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if !self.partial.is_empty() {
            let missing = bytes.len().min(BLOCK_BYTES - self.partial.len());
            self.partial.extend(&bytes[..missing]);
            bytes = &bytes[missing..];
            if self.partial.len() < BLOCK_BYTES {
                return;
            }
            let block = std::mem::take(&mut self.partial);
            self.lowest.extend(digest(&self.salt, &block).as_bytes());
        }
        let blocks = bytes.chunks_exact(BLOCK_BYTES);
        self.partial = blocks.remainder().to_vec();
        for block in blocks {
            self.lowest.extend(digest(&self.salt, block).as_bytes());
        }
    }

    /// The tree, once all data is there.
    pub fn finish(self) -> Result<Tree, NoTree> {
        if !self.partial.is_empty() {
            return Err(NoTree::Unaligned(self.length));
        }
        if self.length < 2 * BLOCK {
            return Err(NoTree::Short(self.length / BLOCK));
        }
        let mut levels = vec![pad(self.lowest)];
        loop {
            let below = levels.last().map(Vec::as_slice).unwrap_or_default();
            if below.len() == BLOCK_BYTES {
                let root_hash = digest(&self.salt, below);
                return Ok(Tree { root_hash, bytes: levels.into_iter().rev().flatten().collect() });
            }
            let level =
                below.chunks_exact(BLOCK_BYTES).flat_map(|block| *digest(&self.salt, block).as_bytes()).collect();
            levels.push(pad(level));
        }
    }
}

fn digest(salt: &[u8], block: &[u8]) -> Digest {
    Digest::of_parts([salt, block])
}

fn pad(mut level: Vec<u8>) -> Vec<u8> {
    level.resize(level.len().next_multiple_of(BLOCK_BYTES), 0);
    level
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(blocks: usize) -> Vec<u8> {
        (0..blocks).flat_map(|number| [number as u8 ^ 0x5A; BLOCK_BYTES]).collect()
    }

    fn tree(data: &[u8], piece: usize) -> Result<Tree, NoTree> {
        let mut builder = Builder::new([7; 32]);
        data.chunks(piece).for_each(|piece| builder.update(piece));
        builder.finish()
    }

    #[test]
    fn levels_are_padded_and_the_top_comes_first() {
        for (blocks, in_tree) in [(2, 1), (128, 1), (129, 3), (300, 4)] {
            let data = data(blocks);
            let made = tree(&data, 1 << 20).unwrap();
            assert_eq!(made.bytes.len(), in_tree * BLOCK_BYTES, "{blocks}");
            assert_eq!(length(blocks as u64), Some(made.bytes.len() as u64), "{blocks}");
            assert_eq!(made.root_hash, digest(&[7; 32], &made.bytes[..BLOCK_BYTES]));
            let lowest = made.bytes.len() - blocks.div_ceil(128) * BLOCK_BYTES;
            for (number, block) in data.chunks(BLOCK_BYTES).enumerate() {
                let at = lowest + number * 32;
                assert_eq!(made.bytes[at..at + 32], *digest(&[7; 32], block).as_bytes());
            }
        }
    }

    #[test]
    fn the_pieces_do_not_matter() {
        let data = data(130);
        let whole = tree(&data, data.len()).unwrap();
        for piece in [1000, 4096, 4097, 8191, 100_000] {
            assert_eq!(tree(&data, piece), Ok(whole.clone()), "{piece}");
        }
    }

    #[test]
    fn refuses_what_has_no_tree() {
        assert_eq!(tree(&data(2)[1..], 4096), Err(NoTree::Unaligned(8191)));
        assert_eq!(tree(&data(1), 4096), Err(NoTree::Short(1)));
        assert_eq!(tree(&[], 4096), Err(NoTree::Short(0)));
        assert_eq!([0, 1, u64::MAX].map(length), [None; 3]);
    }
}
