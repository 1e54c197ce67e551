//! What the superblock of an ext4 file system says about its health
//! ([layout](https://docs.kernel.org/filesystems/ext4/super.html)): 1024 bytes, 1024 bytes into the partition,
//! little-endian.
//!
//! ```text
//! 0x38 u16  magic, 0xef53          0x5c u32  compatible features: 4 = has a journal
//! 0x3a u16  state: 1 whole, 2 errors were found     0x194 u32  errors since the last check
//! ```
//!
//! Invariant: [`is_whole`] is true only where `e2fsck -p` would do no more than replay the journal, which the kernel does
//! as well when it mounts. A file system of `mke2fs` asks for no checks by time or number of mounts.

/// How many bytes of the partition [`is_whole`] needs.
pub const LENGTH: usize = 2048;

const SUPERBLOCK: usize = 1024;
const MAGIC: u16 = 0xef53;
const WHOLE: u16 = 1;
const HAS_JOURNAL: u32 = 4;

/// Whether the file system whose first bytes these are may be mounted without a check.
pub fn is_whole(start: &[u8]) -> bool {
    let half = |at: usize| Some(u16::from_le_bytes(*start.get(SUPERBLOCK + at..)?.first_chunk()?));
    let word = |at: usize| Some(u32::from_le_bytes(*start.get(SUPERBLOCK + at..)?.first_chunk()?));
    half(0x38) == Some(MAGIC)
        && half(0x3a) == Some(WHOLE)
        && word(0x5c).is_some_and(|features| features & HAS_JOURNAL != 0)
        && word(0x194) == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(changes: &[(usize, u8)]) -> Vec<u8> {
        let mut start = vec![0; LENGTH];
        for &(at, byte) in [(0x38, 0x53), (0x39, 0xef), (0x3a, 1), (0x5c, 0x3c)].iter().chain(changes) {
            start[SUPERBLOCK + at] = byte;
        }
        start
    }

    #[test]
    fn health() {
        for (changes, expected) in [
            (&[][..], true),
            // A journal to replay.
            (&[(0x60, 0xc6)], true),
            (&[(0x3a, 0)], false),
            (&[(0x3a, 2)], false),
            (&[(0x3a, 3)], false),
            (&[(0x194, 1)], false),
            (&[(0x197, 1)], false),
            (&[(0x5c, 0x38)], false),
            (&[(0x39, 0)], false),
        ] {
            assert_eq!(is_whole(&start(changes)), expected, "{changes:x?}");
        }
        assert!(!is_whole(&vec![0; LENGTH]));
        assert!(!is_whole(&start(&[])[..SUPERBLOCK + 0x190]));
        assert!(!is_whole(b""));
    }
}
