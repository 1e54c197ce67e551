//! Why a file is no update bundle that a node takes, each in a sentence.

use thiserror::Error;

use crate::size::Bytes;

/// This is no update bundle, or none for this node. Each sentence speaks of the bundle as 'it'.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadBundle {
    /// Too few bytes for a bundle.
    #[error("it is too short for an update bundle: {0} bytes")]
    Short(u64),
    /// The last eight bytes are no length of a signature.
    #[error("it is no update bundle, or its end is missing: its last bytes give its signature a length of {0} bytes")]
    SignatureLength(u64),
    /// The signature begins in the middle of a block.
    #[error("it is damaged: its signature begins at byte {0}, which is no multiple of 4096")]
    Unaligned(u64),
    /// The signature is no CMS message with a manifest in it.
    #[error("its signature {0}")]
    Signature(&'static str),
    /// The manifest is too long.
    #[error("its manifest has {0} bytes, which is too long")]
    LongManifest(usize),
    /// The manifest is no text.
    #[error("its manifest is not UTF-8 text")]
    NotText,
    /// A line of the manifest is not understood as RAUC would.
    #[error("line {line} of its manifest {problem}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Something is not in the manifest.
    #[error("its manifest has no '{key}' in [{group}]")]
    Missing {
        /// The section.
        group: String,
        /// The key.
        key: &'static str,
    },
    /// A value of the manifest is not of its kind.
    #[error("its manifest has '{key}={value}' in [{group}]; {expected} is expected")]
    Value {
        /// The section.
        group: String,
        /// The key.
        key: &'static str,
        /// The value, as far as it can be shown.
        value: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A key that RAUC does not know there either.
    #[error("its manifest has a key '{key}' in [{group}], which is unknown")]
    UnknownKey {
        /// The section.
        group: String,
        /// The key.
        key: String,
    },
    /// A section that RAUC does not know either.
    #[error("its manifest has a section [{0}], which is unknown")]
    UnknownGroup(String),
    /// It would run a program of its own.
    #[error("it brings a program to be run ({0}), and no program of an update runs on a node")]
    Program(String),
    /// It is encrypted.
    #[error("it is encrypted, which nodes have no key for")]
    Encrypted,
    /// It is of another of RAUC's formats.
    #[error("its format is '{0}'; nodes take 'verity' only")]
    Format(String),
    /// It has not exactly one image.
    #[error("it has {0} images; a release is exactly one")]
    Images(usize),
    /// Its image is for something else than a slot.
    #[error("its image is for '{0}'; nodes have slots of the class 'rootfs' only")]
    Class(String),
    /// The image's name is a path, or has a meaning that it must not have.
    #[error("its image is named '{0}'; a plain file name that ends with '.img' is expected")]
    ImageName(String),
    /// The image would be installed by a method that nodes don't have.
    #[error("its image uses the adaptive method '{0}', which is unknown")]
    Adaptive(String),
    /// The manifest within the squashfs has what only the signed one may have.
    #[error("the manifest among its files names a dm-verity tree, which only the signed one may do")]
    VerityInside,
    /// The tree has not the length that one over these data has.
    #[error("its dm-verity tree has {said} bytes, and one over its data would have {expected}")]
    Tree {
        /// What the manifest says.
        said: u64,
        /// What follows from the data's length.
        expected: u64,
    },
    /// It is for other nodes.
    #[error("it is for '{found}', and this node is '{expected}'")]
    Compatible {
        /// What it is for.
        found: String,
        /// What the node is.
        expected: String,
    },
    /// Its image does not fit.
    #[error("its image has {image}, and the slot has room for {slot}")]
    Oversize {
        /// The image's length.
        image: Bytes,
        /// The slot's.
        slot: Bytes,
    },
}

/// A stranger's text, fit for a terminal and not too long.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}
