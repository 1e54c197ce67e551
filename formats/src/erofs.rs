//! As much of the [EROFS](https://docs.kernel.org/filesystems/erofs.html) superblock as tells where the file system
//! ends.
//!
//! The superblock stands 1024 bytes into the file system (`include/linux/erofs_fs.h`, little endian):
//! magic at 0, `blkszbits` at 12, `blocks` at 36, UUID at 48.

use thiserror::Error;
use uuid::Uuid;

use crate::size::Bytes;

/// Where the superblock begins.
pub const SUPERBLOCK_OFFSET: usize = 1024;

/// How many bytes from the start of the file system [`Superblock::parse`] needs.
pub const HEAD: usize = SUPERBLOCK_OFFSET + 128;

const MAGIC: u32 = 0xE0F5_E1E2;

/// What the superblock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superblock {
    /// The length of the file system.
    pub size: Bytes,
    /// Its UUID.
    pub uuid: Uuid,
}

/// This is no EROFS file system, or none that Ilanga makes.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotErofs {
    /// Fewer than [`HEAD`] bytes.
    #[error("too short for an EROFS superblock: {0} bytes")]
    Short(usize),
    /// Another file system, or none.
    #[error("no EROFS superblock: its magic number reads {0:#010x}")]
    Magic(u32),
    /// Blocks of another size than 4096 bytes.
    #[error("EROFS blocks of 2^{0} bytes; Ilanga uses 4096")]
    BlockSize(u8),
}

impl Superblock {
    /// Reads the superblock from the first [`HEAD`] bytes of a file system.
    pub fn parse(head: &[u8]) -> Result<Self, NotErofs> {
        let Some(superblock) = head.get(SUPERBLOCK_OFFSET..HEAD) else {
            return Err(NotErofs::Short(head.len()));
        };
        let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| superblock[at + i]));
        if u32_at(0) != MAGIC {
            return Err(NotErofs::Magic(u32_at(0)));
        }
        if superblock[12] != 12 {
            return Err(NotErofs::BlockSize(superblock[12]));
        }
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&superblock[48..64]);
        Ok(Self { size: Bytes(u64::from(u32_at(36)) << 12), uuid: Uuid::from_bytes(uuid) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Vec<u8> {
        let mut head = vec![0; HEAD];
        head[1024..1028].copy_from_slice(&MAGIC.to_le_bytes());
        head[1024 + 12] = 12;
        head[1024 + 36..1024 + 40].copy_from_slice(&100u32.to_le_bytes());
        head
    }

    #[test]
    fn reads_the_length() {
        assert_eq!(Superblock::parse(&head()).map(|s| s.size), Ok(Bytes(409_600)));
    }

    #[test]
    fn refuses_others() {
        assert_eq!(Superblock::parse(&[0; 100]), Err(NotErofs::Short(100)));
        assert_eq!(Superblock::parse(&[0; HEAD]), Err(NotErofs::Magic(0)));
        let mut odd = head();
        odd[1024 + 12] = 9;
        assert_eq!(Superblock::parse(&odd), Err(NotErofs::BlockSize(9)));
    }
}
