//! Checks a dm-verity tree: every block against its digest, from the root hash down.
//!
//! A block of digests covers 128 blocks of the level below it. Threads take the parents one by one, the caller's thread
//! reports how far they are. A root hash is the digest of the top block, so the top block is right by definition; it is
//! the kernel image's command line that says whether it is the right one.

use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use formats::bundle::Bundle;
use formats::size::Bytes;
use formats::slot_image::SlotImage;
use formats::verity::{self, BLOCK};
use serde::Serialize;

use super::source::Part;
use crate::disk::Progress;

/// Digests in a block of them.
const FANOUT: u64 = BLOCK / 32;

/// How many wrong blocks are listed; the others are only counted.
const LISTED: usize = 100;

/// What a check of the whole tree found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct TreeCheck {
    /// How many blocks do not match their digest, or cannot be read.
    pub(super) wrong: u64,
    /// The first of them.
    pub(super) blocks: Vec<WrongBlock>,
}

/// Blocks one after the other that do not match their digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct WrongBlock {
    /// Where they are.
    pub(super) level: Level,
    /// Their numbers, from the start of the file system or of the tree.
    pub(super) blocks: Range<u64>,
    /// Where the first one begins, in bytes from the start of the slot or bundle.
    pub(super) offset: u64,
    /// Why they cannot be read, if that is what is wrong.
    pub(super) unreadable: Option<String>,
}

/// Where a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Level {
    /// In the file system.
    Data,
    /// In the tree.
    Tree,
}

/// A level of the tree, and the level that has its digests.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    level: Level,
    /// The children's first block, and how many there are.
    children: Range<u64>,
    /// The parents' first block.
    parents: u64,
}

/// A tree and the data that it covers, which begin the part.
#[derive(Clone, Debug)]
pub(super) struct Covered {
    verity: verity::Superblock,
    /// The first block of the tree: its superblock, or the top block if it has none.
    tree: u64,
    /// The top block.
    top: u64,
}

impl From<&SlotImage> for Covered {
    fn from(image: &SlotImage) -> Self {
        let tree = image.tree().0 / BLOCK;
        Self { verity: image.verity.clone(), tree, top: tree + 1 }
    }
}

impl From<&Bundle> for Covered {
    fn from(bundle: &Bundle) -> Self {
        let tree = bundle.squashfs.0 / BLOCK;
        Self { verity: bundle.tree(), tree, top: tree }
    }
}

/// The steps from the top down to the data, in blocks of the part.
fn steps(covered: &Covered) -> Vec<Step> {
    let mut at = covered.top;
    let mut levels: Vec<Range<u64>> = Vec::new();
    for blocks in covered.verity.levels().into_iter().rev() {
        levels.push(at..at + blocks);
        at += blocks;
    }
    let mut steps: Vec<Step> = levels
        .windows(2)
        .map(|pair| Step { level: Level::Tree, children: pair[1].clone(), parents: pair[0].start })
        .collect();
    if let Some(lowest) = levels.last() {
        steps.push(Step { level: Level::Data, children: 0..covered.verity.data_blocks, parents: lowest.start });
    }
    steps
}

/// Checks the whole tree in `part`.
pub(super) fn check(part: &Part, covered: &Covered, progress: Progress<'_>) -> TreeCheck {
    let steps = steps(covered);
    let total = steps.iter().map(|step| step.children.end - step.children.start).sum::<u64>() * BLOCK;
    let mut done = 0;
    let mut found = TreeCheck::default();
    for step in &steps {
        let parents = (step.children.end - step.children.start).div_ceil(FANOUT);
        let next = AtomicU64::new(0);
        thread::scope(|scope| {
            let (sender, results) = mpsc::sync_channel(64);
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    let mut buffer = vec![0; (FANOUT * BLOCK) as usize];
                    loop {
                        let parent = next.fetch_add(1, Ordering::Relaxed);
                        if parent >= parents {
                            return;
                        }
                        let result = check_parent(part, covered, step, parent, &mut buffer);
                        if sender.send((parent, result)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            for (parent, wrong) in results {
                let blocks = FANOUT.min(step.children.end - step.children.start - parent * FANOUT);
                done += blocks * BLOCK;
                progress(Bytes(done), Bytes(total));
                for wrong in wrong {
                    found.wrong += wrong.blocks.end - wrong.blocks.start;
                    found.blocks.push(wrong);
                }
                found.blocks = merge(std::mem::take(&mut found.blocks));
            }
        });
    }
    found
}

/// Sorts, joins neighbours, and keeps the first few.
fn merge(mut blocks: Vec<WrongBlock>) -> Vec<WrongBlock> {
    if blocks.len() < 2 {
        return blocks;
    }
    blocks.sort_by_key(|wrong| (wrong.level, wrong.blocks.start));
    let mut merged: Vec<WrongBlock> = Vec::new();
    for wrong in blocks {
        match merged.last_mut() {
            Some(last)
                if last.level == wrong.level
                    && last.blocks.end == wrong.blocks.start
                    && last.unreadable == wrong.unreadable =>
            {
                last.blocks.end = wrong.blocks.end;
            }
            _ => merged.push(wrong),
        }
    }
    merged.truncate(LISTED);
    merged
}

/// Checks the children of one parent.
fn check_parent(part: &Part, covered: &Covered, step: &Step, parent: u64, buffer: &mut [u8]) -> Vec<WrongBlock> {
    let first = step.children.start + parent * FANOUT;
    let last = step.children.end.min(first + FANOUT);
    let base = match step.level {
        Level::Data => 0,
        Level::Tree => covered.tree,
    };
    let wrong = |blocks: Range<u64>, unreadable: Option<&io::Error>| WrongBlock {
        level: step.level,
        offset: blocks.start * BLOCK,
        blocks: blocks.start - base..blocks.end - base,
        unreadable: unreadable.map(describe),
    };
    let mut digests = vec![0; BLOCK as usize];
    if let Err(error) = part.read_at(&mut digests, (step.parents + parent) * BLOCK) {
        return vec![wrong(first..last, Some(&error))];
    }
    let children = &mut buffer[..((last - first) * BLOCK) as usize];
    let mut found = Vec::new();
    if part.read_at(children, first * BLOCK).is_ok() {
        for (child, (bytes, digest)) in (first..last).zip(children.chunks(BLOCK as usize).zip(digests.chunks(32))) {
            if covered.verity.digest(bytes).as_bytes() != digest {
                found.push(wrong(child..child + 1, None));
            }
        }
    } else {
        // One bad sector must not hide which blocks are good.
        for (child, digest) in (first..last).zip(digests.chunks(32)) {
            let bytes = &mut children[..BLOCK as usize];
            match part.read_at(bytes, child * BLOCK) {
                Err(error) => found.push(wrong(child..child + 1, Some(&error))),
                Ok(()) if covered.verity.digest(bytes).as_bytes() != digest => {
                    found.push(wrong(child..child + 1, None))
                }
                Ok(()) => {}
            }
        }
    }
    merge(found)
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the file ends before it".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use formats::digest::Digest;
    use formats::erofs;
    use uuid::Uuid;

    use super::*;

    /// A slot image without a payload, with this many blocks of data, as `veritysetup` would make it.
    pub(in super::super) fn slot(blocks: u64) -> Vec<u8> {
        let mut data = vec![0; (blocks * BLOCK) as usize];
        for (number, block) in data.chunks_mut(BLOCK as usize).enumerate() {
            block[..8].copy_from_slice(&number.to_le_bytes());
        }
        data[1024..1028].copy_from_slice(&0xE0F5_E1E2_u32.to_le_bytes());
        data[1024 + 12] = 12;
        data[1024 + 36..1024 + 40].copy_from_slice(&(blocks as u32).to_le_bytes());
        let salt = [5; 32];
        let mut superblock = vec![0; BLOCK as usize];
        superblock[..6].copy_from_slice(b"verity");
        (superblock[8], superblock[12], superblock[80]) = (1, 1, 32);
        superblock[32..38].copy_from_slice(b"sha256");
        superblock[64..68].copy_from_slice(&4096u32.to_le_bytes());
        superblock[68..72].copy_from_slice(&4096u32.to_le_bytes());
        superblock[72..80].copy_from_slice(&blocks.to_le_bytes());
        superblock[88..120].copy_from_slice(&salt);
        let mut levels: Vec<Vec<u8>> = Vec::new();
        let mut below = data.clone();
        while below.len() > BLOCK as usize || levels.is_empty() {
            let mut level = Vec::new();
            for block in below.chunks(BLOCK as usize) {
                level.extend(Digest::of_parts([&salt, block]).as_bytes());
            }
            level.resize(level.len().next_multiple_of(BLOCK as usize), 0);
            levels.push(level.clone());
            below = level;
        }
        let tree = levels.into_iter().rev().flatten();
        data.into_iter().chain(superblock).chain(tree).collect()
    }

    fn image(slot: &[u8]) -> SlotImage {
        let erofs = erofs::Superblock::parse(slot).unwrap();
        assert_eq!(erofs.uuid, Uuid::nil());
        let verity = verity::Superblock::parse(&slot[erofs.size.0 as usize..]).unwrap();
        SlotImage::new(erofs, verity).unwrap()
    }

    fn check(slot: &[u8], image: &SlotImage) -> TreeCheck {
        let mut last = (Bytes(0), Bytes(1));
        let found =
            super::check(&Part::all(Arc::new(slot.to_vec())), &image.into(), &mut |done, all| last = (done, all));
        assert_eq!(last.0, last.1);
        found
    }

    #[test]
    fn finds_each_flipped_bit() {
        for blocks in [1, 127, 128, 129, 300] {
            let slot = slot(blocks);
            let image = image(&slot);
            assert_eq!(image.payload.0, slot.len() as u64, "{blocks}");
            assert_eq!(check(&slot, &image), TreeCheck::default(), "{blocks}");
            for block in [0, blocks / 2, blocks - 1] {
                let mut bad = slot.clone();
                bad[(block * BLOCK) as usize + 77] ^= 4;
                let expected = WrongBlock {
                    level: Level::Data,
                    blocks: block..block + 1,
                    offset: block * BLOCK,
                    unreadable: None,
                };
                assert_eq!(check(&bad, &image), TreeCheck { wrong: 1, blocks: vec![expected] });
            }
        }
        // A flipped bit in the lowest level is found there, and in the data block whose digest it belongs to, if any.
        let slot = slot(300);
        let image = image(&slot);
        let mut bad = slot.clone();
        let lowest = 300 + 2;
        bad[(lowest + 2) * 4096 + 4000] ^= 1;
        assert_eq!(check(&bad, &image).wrong, 1);
        bad = slot.clone();
        bad[lowest * 4096 + 3] ^= 1;
        let found = check(&bad, &image);
        assert_eq!(
            found.blocks.iter().map(|b| (b.level, b.blocks.clone())).collect::<Vec<_>>(),
            [(Level::Data, 0..1), (Level::Tree, 2..3)]
        );
        // A file that ends early.
        let found = check(&slot[..250 * 4096], &image);
        assert!(found.blocks[0].unreadable.is_some());
    }

    #[test]
    fn neighbours_are_joined() {
        let slot = slot(300);
        let mut bad = slot.clone();
        bad[10 * 4096..260 * 4096].fill(1);
        let found = check(&bad, &image(&slot));
        assert_eq!((found.wrong, found.blocks.len(), found.blocks[0].blocks.clone()), (250, 1, 10..260));
    }
}
