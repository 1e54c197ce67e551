//! Who puts a bundle together from what was fetched, and knows what is there already.

use std::error::Error;
use std::path::Path;

use formats::digest::Digest;
use formats::hints::{Hints, Lacking};
use formats::pieces::Index;
use thiserror::Error;

use crate::store::Shelf;

/// A bundle was not put together.
#[derive(Debug, Error)]
pub enum AssembleError {
    /// A piece that was there is not, or is damaged: it can be fetched.
    #[error("the piece {0} is damaged")]
    Missing(Digest),
    /// Anything else.
    #[error(transparent)]
    Failed(Box<dyn Error + Send + Sync>),
}

/// Puts bundles together.
pub trait Assembler {
    /// What of an index has to be fetched; `None` if bundles of this kind can't be put together from pieces.
    fn lacking(&mut self, index: &Index, hints: Option<&Hints>, shelf: &Shelf) -> Option<Lacking>;

    /// Writes a bundle. It gets its name when it is whole, on the disk, and its digest is right.
    fn assemble_pieces(
        &mut self,
        index: &Index,
        hints: Option<&Hints>,
        shelf: &Shelf,
        target: &Path,
    ) -> Result<(), AssembleError>;

    /// Whether deltas from the release that runs can be used.
    fn takes_deltas(&self) -> bool;

    /// Writes a bundle from a delta, which has been verified.
    fn apply_delta(&mut self, delta: &Path, target: &Path) -> Result<(), AssembleError>;
}
