//! What begins a slot or a state partition: EROFS, dm-verity, ext4. Nothing is read but what lies in the partition.
#![no_main]

use formats::size::Bytes;
use formats::slot_image::{NotASlotImage, SlotImage};
use formats::{erofs, ext4, verity, verity_tree};
use ilanga_fuzz::{long, seeds};

fn start() {
    let mut head = vec![0; erofs::HEAD];
    head[1024..1028].copy_from_slice(&0xE0F5_E1E2_u32.to_le_bytes());
    head[1036] = 12;
    head[1060..1064].copy_from_slice(&100_u32.to_le_bytes());
    let mut tree = vec![0; 512];
    tree[..6].copy_from_slice(b"verity");
    (tree[8], tree[12], tree[80]) = (1, 1, 32);
    tree[32..38].copy_from_slice(b"sha256");
    tree[64..68].copy_from_slice(&4096_u32.to_le_bytes());
    tree[68..72].copy_from_slice(&4096_u32.to_le_bytes());
    tree[72..80].copy_from_slice(&100_u64.to_le_bytes());
    let mut state = vec![0; ext4::LENGTH];
    for (at, byte) in [(0x38, 0x53), (0x39, 0xef), (0x3a, 1), (0x5c, 0x3c)] {
        state[1024 + at] = byte;
    }
    let length = (3_u64 << 30).to_le_bytes();
    seeds([[&length[..], &tree, &head].concat(), [&length[..], &state].concat()]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let length = long(&mut rest);
    let _ = ext4::is_whole(rest);
    if let Ok(superblock) = verity::Superblock::parse(rest) {
        let levels = superblock.levels().iter().fold(0_u64, |sum, level| sum.saturating_add(*level));
        if let Some(size) = superblock.tree_size() {
            assert_eq!(size.0, (levels + 1) * verity::BLOCK);
            if superblock.data_blocks > 1 {
                assert_eq!(verity_tree::length(superblock.data_blocks), Some(levels * verity::BLOCK));
            }
        }
    }
    // The tree's superblock comes first here, so that a partition of any length fits in a few bytes.
    let (tree, head) = rest.split_at(rest.len().min(512));
    let read = |at: u64, count: usize| -> Result<Vec<u8>, NotASlotImage> {
        assert!(at.checked_add(count as u64).is_some_and(|end| end <= length), "{count} at {at} of {length}");
        let mut bytes = match (at, count) {
            (0, erofs::HEAD) => head.to_vec(),
            (_, 512) => tree.to_vec(),
            _ => Vec::new(),
        };
        bytes.resize(count, 0);
        Ok(bytes)
    };
    if let Ok((image, hash)) = SlotImage::read(Bytes(length), read) {
        assert!(image.tree() < image.top_block() && image.top_block() < image.payload && image.payload.0 <= length);
        assert_eq!(hash, image.root_hash(&[0; 4096]));
    }
});
