//! Where the parts of a slot image are.
//!
//! ```text
//! ┌───────────────┬──────────────────────────────┬──────────────────────┐
//! │ EROFS         │ dm-verity tree, superblock   │ boot payload         │
//! │               │ first                        │ (unified kernel)     │
//! └───────────────┴──────────────────────────────┴──────────────────────┘
//! 0               EROFS superblock's length      verity superblock's geometry
//! ```
//!
//! All three begin at a multiple of 4096 bytes. The payload's own length is in its headers (a PE file's section
//! table and certificate table); the image ends with it, padded with zeros to 4096 bytes. The root hash covers the
//! EROFS alone: the payload carries that hash and its own signature.

use thiserror::Error;

use crate::digest::Digest;
use crate::erofs::{self, NotErofs};
use crate::size::Bytes;
use crate::verity::{self, NotVerity};

/// Where the parts are, in bytes from the start of the slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotImage {
    /// The EROFS superblock.
    pub erofs: erofs::Superblock,
    /// The verity superblock.
    pub verity: verity::Superblock,
    /// Where the boot payload begins.
    pub payload: Bytes,
}

/// This slot holds no slot image.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotASlotImage {
    /// No root file system at its start.
    #[error(transparent)]
    Erofs(#[from] NotErofs),
    /// No verity tree behind the file system.
    #[error(transparent)]
    Verity(#[from] NotVerity),
    /// The tree covers something else than this file system.
    #[error("the verity tree covers {tree} blocks, the file system has {erofs}")]
    Mismatch {
        /// What the verity superblock says.
        tree: u64,
        /// What the EROFS superblock says.
        erofs: u64,
    },
    /// A part of it was cut off.
    #[error("the slot image is longer than its partition")]
    Long,
}

impl SlotImage {
    /// Puts together what the two superblocks say.
    pub fn new(erofs: erofs::Superblock, verity: verity::Superblock) -> Result<Self, NotASlotImage> {
        let blocks = erofs.size.0 / verity::BLOCK;
        let mismatch = NotASlotImage::Mismatch { tree: verity.data_blocks, erofs: blocks };
        if verity.data_blocks != blocks {
            return Err(mismatch);
        }
        let Some(tree) = verity.tree_size() else {
            return Err(mismatch);
        };
        let payload = erofs.size + tree;
        Ok(Self { erofs, verity, payload })
    }

    /// Reads the superblocks and the root hash of what begins a partition of this length. `read` gives that many bytes
    /// from a place in it.
    pub fn read<E: From<NotASlotImage>>(
        length: Bytes,
        read: impl Fn(u64, usize) -> Result<Vec<u8>, E>,
    ) -> Result<(Self, Digest), E> {
        if length.0 < erofs::HEAD as u64 {
            return Err(NotASlotImage::from(NotErofs::Short(length.0 as usize)).into());
        }
        let erofs = erofs::Superblock::parse(&read(0, erofs::HEAD)?).map_err(NotASlotImage::from)?;
        if erofs.size.0.saturating_add(2 * verity::BLOCK) > length.0 {
            return Err(NotASlotImage::Long.into());
        }
        let verity = verity::Superblock::parse(&read(erofs.size.0, 512)?).map_err(NotASlotImage::from)?;
        let image = Self::new(erofs, verity)?;
        if image.payload > length {
            return Err(NotASlotImage::Long.into());
        }
        let hash = image.root_hash(&read(image.top_block().0, verity::BLOCK as usize)?);
        Ok((image, hash))
    }

    /// Where the verity superblock is.
    pub fn tree(&self) -> Bytes {
        self.erofs.size
    }

    /// Where the top block of the tree is: the block whose digest is the root hash.
    pub fn top_block(&self) -> Bytes {
        self.erofs.size + Bytes(verity::BLOCK)
    }

    /// The root hash of the tree with this top block.
    pub fn root_hash(&self, top_block: &[u8]) -> Digest {
        self.verity.digest(top_block)
    }
}
