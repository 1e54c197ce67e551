//! A bundle, bit for bit, from what is there already and what was fetched.
//!
//! ```text
//! slots ─► old: their streams ─┬─► pieces: with pieces of the store, and patches between pieces ─┐
//!                              └─► patches: with a static delta ───────────────────────────────┴─► stream ─► output: the bundle
//! ```
//!
//! `formats::{pieces, frames, delta}` draw the formats. Invariants: a bundle gets its name once all of it is on the disk and
//! its digest is right; nothing is believed of a slot (each piece is compared with its digest when it is read); memory is
//! bounded, at most [`MEMORY`]. Only the assembly is repeated after a power cut: it fetches nothing.

mod old;
mod output;
mod patches;
mod pieces;
#[cfg(test)]
mod tests;

pub use old::Old;
pub use patches::apply_delta;
pub use pieces::{assemble_pieces, lacking};

use formats::delta::BadDelta;
use formats::digest::Digest;
use formats::frames::BadLayout;
use formats::stream::StreamError;
use thiserror::Error;

use crate::error::IoError;

/// What it takes of memory, at most: measured, see docs/benchmarks.md.
pub const MEMORY: u64 = 64 << 20;

/// A bundle could not be assembled.
#[derive(Debug, Error)]
pub enum AssembleError {
    /// Something can't be read or written.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Packing or unpacking failed.
    #[error("packing the bundle: {0}")]
    Stream(#[from] StreamError),
    /// The layout of the bundle is damaged.
    #[error("the bundle's layout can't be used: {0}")]
    Layout(#[from] BadLayout),
    /// The delta is damaged.
    #[error("the delta can't be used: {0}")]
    Delta(#[from] BadDelta),
    /// The delta starts from something else.
    #[error("the delta is for a slot image of {expected} bytes, and this one has {found}")]
    From {
        /// What the delta says.
        expected: u64,
        /// What there is.
        found: u64,
    },
    /// The frames of the bundle are made by another zstd.
    #[error("the bundle is packed by zstd {expected}, and this node has {found}: fetch it whole")]
    Zstd {
        /// What made it.
        expected: u32,
        /// This program's.
        found: u32,
    },
    /// A piece is nowhere.
    #[error("piece {0} is neither in the store nor, undamaged, in a slot: fetch it")]
    Missing(Digest),
    /// What came out is not the bundle.
    #[error(
        "what was put together has {found_length} bytes and the digest {found}, the bundle {length} and {expected}: the slot has changed, fetch it another way"
    )]
    Other {
        /// The length of the bundle.
        length: u64,
        /// Its digest.
        expected: Digest,
        /// The length of what came out.
        found_length: u64,
        /// Its digest.
        found: Digest,
    },
}

/// Whether this program makes the frames of a layout.
fn check_zstd(expected: u32) -> Result<(), AssembleError> {
    let found = formats::stream::zstd_version();
    if expected == found { Ok(()) } else { Err(AssembleError::Zstd { expected, found }) }
}
