//! Update bundles: releases as files that RAUC installs, in RAUC's
//! [*verity* format](https://rauc.readthedocs.io/en/latest/reference.html#verity-format).
//!
//! ```text
//! ┌───────────────────────────────┬────────────────┬──────────────────────┬──────────────┐
//! │ squashfs                      │ dm-verity tree │ CMS signature        │ its length,  │
//! │ the image, manifest.raucm     │ top level first│ with the manifest in │ u64 big-     │
//! │                               │ no superblock  │ it                   │ endian       │
//! └───────────────────────────────┴────────────────┴──────────────────────┴──────────────┘
//! 0                          squashfs          payload              + signature     end of file
//! ```
//!
//! The signed [`Manifest`] names the tree's root hash, salt and length; the tree covers exactly the squashfs; the manifest
//! also names the image's digest. So the signature vouches for every byte before it.
//!
//! All of it is strangers' bytes until the signature has been checked, which this module can't do: it says whether RAUC may
//! be asked at all. Invariants: no bytes make it panic or take more memory than they have; a bundle with anything that
//! would run a program on a node is refused; so is what RAUC could understand in another way.

mod changelog;
mod error;
mod key_file;
mod manifest;
#[cfg(feature = "cms")]
mod signed;
#[cfg(test)]
mod tests;

pub use changelog::{BadChangelog, Changelog, LONGEST as LONGEST_CHANGELOG};
pub use error::BadBundle;
pub use manifest::{CLASS, Image, ImageName, Manifest, NAME as MANIFEST, Release, Verity};
#[cfg(feature = "cms")]
pub use signed::signed_content;

use crate::size::Bytes;
use crate::verity::{BLOCK, Superblock};

/// The bytes at the end that say how long the signature is.
pub const TRAILER: u64 = 8;

/// The most bytes that RAUC takes for a signature.
pub const LONGEST_SIGNATURE: u64 = 64 << 10;

/// Where a bundle's parts are: what its last eight bytes say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Length of the squashfs and the tree.
    pub payload: Bytes,
    /// Length of the signature, which begins behind them.
    pub signature: Bytes,
}

impl Parts {
    /// Reads the last eight bytes of a file of this length.
    pub fn parse(length: Bytes, trailer: [u8; TRAILER as usize]) -> Result<Self, BadBundle> {
        let signature = u64::from_be_bytes(trailer);
        if signature == 0 || signature > LONGEST_SIGNATURE {
            return Err(BadBundle::SignatureLength(signature));
        }
        let payload = length.0.checked_sub(TRAILER + signature).ok_or(BadBundle::Short(length.0))?;
        if !payload.is_multiple_of(BLOCK) {
            return Err(BadBundle::Unaligned(payload));
        }
        Ok(Self { payload: Bytes(payload), signature: Bytes(signature) })
    }
}

/// A bundle, as far as its end and its manifest tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// Length of the squashfs, where the tree begins.
    pub squashfs: Bytes,
    /// The tree.
    pub verity: Verity,
    /// What is in it.
    pub manifest: Manifest,
}

impl Bundle {
    /// Puts together where the parts are and what the signed manifest says.
    pub fn new(parts: Parts, signed: &[u8]) -> Result<Self, BadBundle> {
        let (manifest, verity) = Manifest::parse(signed)?;
        let verity = verity.ok_or(BadBundle::Missing { group: "bundle".to_owned(), key: "verity-hash" })?;
        let squashfs = parts.payload.0.checked_sub(verity.size.0).ok_or(BadBundle::Short(parts.payload.0))?;
        // RAUC makes no tree over a single block.
        if squashfs <= BLOCK {
            return Err(BadBundle::Short(squashfs));
        }
        let bundle = Self { squashfs: Bytes(squashfs), verity, manifest };
        let expected = bundle.tree().levels().iter().sum::<u64>() * BLOCK;
        if expected != bundle.verity.size.0 {
            return Err(BadBundle::Tree { said: bundle.verity.size.0, expected });
        }
        Ok(bundle)
    }

    /// Whether it is for nodes that are `compatible` and have slots of this length.
    pub fn fits(&self, compatible: &str, slot: Bytes) -> Result<(), BadBundle> {
        if self.manifest.compatible != compatible {
            let (found, expected) = (error::shown(&self.manifest.compatible), compatible.to_owned());
            return Err(BadBundle::Compatible { found, expected });
        }
        let image = self.manifest.image.size;
        if image > slot { Err(BadBundle::Oversize { image, slot }) } else { Ok(()) }
    }

    /// The tree as a superblock would describe it: what its levels and digests follow from.
    pub fn tree(&self) -> Superblock {
        Superblock { uuid: uuid::Uuid::nil(), data_blocks: self.squashfs.0 / BLOCK, salt: self.verity.salt.to_vec() }
    }
}
