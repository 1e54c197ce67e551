//! The superblock and the geometry of a [dm-verity](https://docs.kernel.org/admin-guide/device-mapper/verity.html)
//! tree.
//!
//! ```text
//! tree:  superblock (one block) │ top level (one block) │ … │ lowest level
//! ```
//!
//! Hash type 1, SHA-256, blocks of 4096 bytes: what `veritysetup format` makes by default. A hash block holds 128
//! digests, each `sha256(salt ‖ block)`; the root hash is that of the top block. The superblock is described in
//! [cryptsetup's wiki](https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMVerity).

use thiserror::Error;
use uuid::Uuid;

use crate::digest::Digest;
use crate::size::Bytes;

/// Bytes in a data block and in a hash block.
pub const BLOCK: u64 = 4096;

/// Digests in a hash block.
const FANOUT: u64 = BLOCK / 32;

/// What the superblock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Superblock {
    /// The UUID of the tree.
    pub uuid: Uuid,
    /// How many blocks of data the tree covers.
    pub data_blocks: u64,
    /// What each digest starts from; at most 256 bytes.
    pub salt: Vec<u8>,
}

/// This is no dm-verity superblock, or none that Ilanga makes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotVerity {
    /// Fewer than 512 bytes.
    #[error("too short for a dm-verity superblock: {0} bytes")]
    Short(usize),
    /// Another signature.
    #[error("no dm-verity superblock: its signature is not 'verity'")]
    Signature,
    /// A version, hash type, algorithm or block size that Ilanga does not use.
    #[error("dm-verity {field} {value}; Ilanga uses {expected}")]
    Unsupported {
        /// Which field.
        field: &'static str,
        /// What it holds.
        value: String,
        /// What is expected.
        expected: &'static str,
    },
}

impl Superblock {
    /// Reads the superblock from the first 512 bytes of a tree.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotVerity> {
        if bytes.len() < 512 {
            return Err(NotVerity::Short(bytes.len()));
        }
        if &bytes[..8] != b"verity\0\0" {
            return Err(NotVerity::Signature);
        }
        let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
        let expect = |field, value: String, expected: &'static str| {
            if value == expected { Ok(()) } else { Err(NotVerity::Unsupported { field, value, expected }) }
        };
        expect("version", u32_at(8).to_string(), "1")?;
        expect("hash type", u32_at(12).to_string(), "1")?;
        let name = bytes[32..64].split(|&c| c == 0).next().unwrap_or_default();
        expect("algorithm", String::from_utf8_lossy(name).into_owned(), "sha256")?;
        expect("data block size", u32_at(64).to_string(), "4096")?;
        expect("hash block size", u32_at(68).to_string(), "4096")?;
        let data_blocks = u64::from_le_bytes([0, 1, 2, 3, 4, 5, 6, 7].map(|i| bytes[72 + i]));
        let salt_size = usize::from(u16::from_le_bytes([bytes[80], bytes[81]]));
        let Some(salt) = bytes[88..344].get(..salt_size) else {
            return Err(NotVerity::Unsupported {
                field: "salt size",
                value: salt_size.to_string(),
                expected: "at most 256",
            });
        };
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&bytes[16..32]);
        Ok(Self { uuid: Uuid::from_bytes(uuid), data_blocks, salt: salt.to_vec() })
    }

    /// How long the tree is, its superblock included; `None` if no disk could hold the data it claims.
    pub fn tree_size(&self) -> Option<Bytes> {
        if self.data_blocks == 0 || self.data_blocks > 1 << 48 {
            return None;
        }
        let (mut level, mut blocks) = (self.data_blocks, 1);
        loop {
            level = level.div_ceil(FANOUT);
            blocks += level;
            if level == 1 {
                return Some(Bytes(blocks * BLOCK));
            }
        }
    }

    /// The digest of one block, which for the top block of the tree is the root hash.
    pub fn digest(&self, block: &[u8]) -> Digest {
        Digest::of_parts([self.salt.as_slice(), block])
    }

    /// The numbers of digests' blocks of each level, the lowest first: what a program that checks the whole tree walks.
    pub fn levels(&self) -> Vec<u64> {
        let mut levels = Vec::new();
        let mut level = self.data_blocks;
        while level > 1 || levels.is_empty() {
            level = level.div_ceil(FANOUT);
            levels.push(level);
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn superblock(data_blocks: u64) -> Vec<u8> {
        let mut bytes = vec![0; 512];
        bytes[..6].copy_from_slice(b"verity");
        bytes[8] = 1;
        bytes[12] = 1;
        bytes[32..38].copy_from_slice(b"sha256");
        bytes[64..68].copy_from_slice(&4096u32.to_le_bytes());
        bytes[68..72].copy_from_slice(&4096u32.to_le_bytes());
        bytes[72..80].copy_from_slice(&data_blocks.to_le_bytes());
        bytes[80] = 32;
        bytes[88..120].fill(7);
        bytes
    }

    #[test]
    fn geometry() {
        for (blocks, tree) in [(1, 2), (128, 2), (129, 4), (16384, 130), (16385, 133)] {
            let parsed = Superblock::parse(&superblock(blocks)).unwrap();
            assert_eq!(parsed.tree_size(), Some(Bytes(tree * 4096)), "{blocks} blocks");
            assert_eq!(parsed.levels().iter().sum::<u64>() + 1, tree);
            assert_eq!(parsed.salt, [7; 32]);
        }
        assert_eq!(Superblock::parse(&superblock(u64::MAX)).unwrap().tree_size(), None);
    }

    #[test]
    fn refuses_others() {
        assert_eq!(Superblock::parse(&[0; 10]), Err(NotVerity::Short(10)));
        assert_eq!(Superblock::parse(&[0; 512]), Err(NotVerity::Signature));
        let mut odd = superblock(1);
        odd[64] = 1;
        assert!(matches!(Superblock::parse(&odd), Err(NotVerity::Unsupported { field: "data block size", .. })));
        let mut long = superblock(1);
        long[81] = 2;
        assert!(matches!(Superblock::parse(&long), Err(NotVerity::Unsupported { field: "salt size", .. })));
    }
}
