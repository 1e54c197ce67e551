//! The dm-verity trees of a bundle: its own, and the one in the slot image. Nodes make them again, so nobody fetches them.
//!
//! Invariant: a tree is found only if the data in front of it give the same bits.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use formats::frames::Tree;
use formats::slot_image::{NotASlotImage, SlotImage};
use formats::verity::BLOCK;
use formats::verity_tree::Builder;

use super::opened::Opened;
use super::{IMAGE_OFFSET, PIECE};

/// Finds them.
pub(super) fn find(path: &Path) -> Result<Vec<Tree>> {
    let opened = Opened::open(path)?;
    let (bundle, file) = (&opened.bundle, &opened.file);
    let mut trees = Vec::new();
    let read = |at: u64, length: usize| -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, IMAGE_OFFSET + at).with_context(|| format!("reading {}", path.display()))?;
        Ok(bytes)
    };
    match SlotImage::read(bundle.manifest.image.size, read) {
        Ok((image, _)) => trees.push(Tree {
            start: IMAGE_OFFSET,
            blocks: image.verity.data_blocks,
            at: IMAGE_OFFSET + image.top_block().0,
            salt: image.verity.salt,
        }),
        // Another image than ours has what it has.
        Err(error) if error.is::<NotASlotImage>() => {}
        Err(error) => return Err(error),
    }
    trees.push(Tree {
        start: 0,
        blocks: bundle.squashfs.0 / BLOCK,
        at: bundle.squashfs.0,
        salt: bundle.verity.salt.to_vec(),
    });
    let mut found = Vec::new();
    for tree in trees {
        if is_there(file, &tree).with_context(|| format!("reading {}", path.display()))? {
            found.push(tree);
        }
    }
    Ok(found)
}

/// Whether what is in its place is the tree.
fn is_there(file: &File, tree: &Tree) -> Result<bool> {
    let Some(length) = tree.length() else { return Ok(false) };
    let mut builder = Builder::new(tree.salt.clone());
    let (mut at, end, mut buffer) = (tree.start, tree.start + tree.blocks * BLOCK, vec![0; PIECE]);
    while at < end {
        let part = usize::try_from(end - at).map_or(PIECE, |left| left.min(PIECE));
        file.read_exact_at(&mut buffer[..part], at)?;
        builder.update(&buffer[..part]);
        at += part as u64;
    }
    let mut there = vec![0; usize::try_from(length)?];
    file.read_exact_at(&mut there, tree.at)?;
    Ok(builder.finish().is_ok_and(|tree| tree.bytes == there))
}
