//! Copies that are read back.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use formats::digest::Digest;
use formats::size::Bytes;
use formats::slot_image::{NotASlotImage, SlotImage};
use formats::verity_tree::{self, NoTree};
use thiserror::Error;

use crate::medium::Medium;

/// How much is copied at once.
const PIECE: usize = 1 << 20;

/// How many pieces are written before they are waited for.
const TOGETHER: usize = 32;

/// A copy is not what was copied.
#[derive(Debug, Error)]
pub enum NotCopied {
    /// Something can't be read or written.
    #[error("copying to the disk")]
    Io(#[from] io::Error),
    /// Other bytes were read back.
    #[error("the disk does not keep what is written to it at {0}: it is broken")]
    Differs(Bytes),
    /// There is no slot image.
    #[error("reading back the release")]
    Image(#[from] NotASlotImage),
    /// Its tree can't be made.
    #[error("making the verity tree of the release")]
    Tree(#[from] NoTree),
    /// It is another root file system.
    #[error("the release on the disk has the root hash {found}, and {expected} runs: the stick or the disk is broken")]
    Root {
        /// What it has.
        found: Digest,
        /// What runs.
        expected: Digest,
    },
}

/// Copies the first bytes of a file to a place, and reads them back. What is there already is not written again.
pub(super) fn copy<M: Medium + ?Sized>(source: &File, medium: &M, at: Bytes, length: Bytes) -> Result<(), NotCopied> {
    let mut written = 0;
    pieces(source, medium, at, length, &mut |place, wanted, found| {
        if wanted == found {
            return Ok(());
        }
        medium.write(wanted, place)?;
        written += 1;
        if written % TOGETHER == 0 { Ok(medium.flush()?) } else { Ok(()) }
    })?;
    medium.flush()?;
    pieces(source, medium, at, length, &mut |place, wanted, found| match wanted == found {
        true => Ok(()),
        false => Err(NotCopied::Differs(Bytes(place))),
    })
}

/// What is done with a piece: its place on the medium, what belongs there, and what is there.
type Piece<'a> = &'a mut dyn FnMut(u64, &[u8], &[u8]) -> Result<(), NotCopied>;

fn pieces<M: Medium + ?Sized>(
    source: &File,
    medium: &M,
    at: Bytes,
    length: Bytes,
    each: Piece<'_>,
) -> Result<(), NotCopied> {
    let (mut wanted, mut found) = (vec![0; PIECE], vec![0; PIECE]);
    for offset in (0..length.0).step_by(PIECE) {
        let piece = usize::try_from(length.0 - offset).map_or(PIECE, |left| left.min(PIECE));
        source.read_exact_at(&mut wanted[..piece], offset)?;
        medium.read_back(&mut found[..piece], at.0 + offset)?;
        each(at.0 + offset, &wanted[..piece], &found[..piece])?;
    }
    Ok(())
}

/// Holds the slot image at a place against the root hash of the system that runs, block by block.
pub(super) fn verify<M: Medium + ?Sized>(
    medium: &M,
    at: Bytes,
    length: Bytes,
    expected: Digest,
) -> Result<(), NotCopied> {
    let read = |from: u64, length: usize| -> Result<Vec<u8>, NotCopied> {
        let mut bytes = vec![0; length];
        medium.read_back(&mut bytes, at.0 + from)?;
        Ok(bytes)
    };
    let (image, _) = SlotImage::read(length, read)?;
    let mut tree = verity_tree::Builder::new(image.verity.salt.clone());
    for from in (0..image.erofs.size.0).step_by(PIECE) {
        let piece = usize::try_from(image.erofs.size.0 - from).map_or(PIECE, |left| left.min(PIECE));
        tree.update(&read(from, piece)?);
    }
    let tree = tree.finish()?;
    if tree.root_hash != expected {
        return Err(NotCopied::Root { found: tree.root_hash, expected });
    }
    match read(image.top_block().0, tree.bytes.len())? == tree.bytes {
        true => Ok(()),
        false => Err(NotCopied::Differs(at + image.top_block())),
    }
}
