//! Who puts a bundle together from what was fetched, and knows what is there already.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use formats::digest::Digest;
use formats::pieces::{Index, Piece};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::error::{Context as _, IoError};
use crate::store::Shelf;

/// A bundle was not put together.
#[derive(Debug, Error)]
pub enum AssembleError {
    /// A piece that was there is not, or is damaged: it can be fetched.
    #[error("the piece {0} is damaged")]
    Missing(Digest),
    /// A file.
    #[error(transparent)]
    Io(#[from] IoError),
    /// What came out is something else.
    #[error("what was put together has the digest {found}, and {expected} is signed")]
    Other {
        /// What came out.
        found: Digest,
        /// What is signed.
        expected: Digest,
    },
    /// Anything else.
    #[error(transparent)]
    Failed(Box<dyn Error + Send + Sync>),
}

/// Puts bundles together.
pub trait Assembler {
    /// The pieces of an index that have to be fetched; `None` if bundles of this kind can't be put together from pieces.
    fn missing(&mut self, index: &Index, shelf: &Shelf) -> Option<Vec<Piece>>;

    /// Writes a bundle. It gets its name when it is whole, on the disk, and its digest is right.
    fn assemble_pieces(&mut self, index: &Index, shelf: &Shelf, target: &Path) -> Result<(), AssembleError>;

    /// Whether deltas from the release that runs can be used.
    fn takes_deltas(&self) -> bool;

    /// Writes a bundle from a delta, which has been verified.
    fn apply_delta(&mut self, delta: &Path, target: &Path) -> Result<(), AssembleError>;
}

/// Puts pieces together one after the other. It knows no slots, no layouts and no deltas.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Assembler for Plain {
    fn missing(&mut self, index: &Index, shelf: &Shelf) -> Option<Vec<Piece>> {
        let lacking = |piece: &&Piece| !shelf.has(piece.digest, piece.length);
        index.layout().is_empty().then(|| index.pieces().iter().filter(lacking).copied().collect())
    }

    fn assemble_pieces(&mut self, index: &Index, shelf: &Shelf, target: &Path) -> Result<(), AssembleError> {
        let new = target.with_added_extension("new");
        let mut file = File::create(&new).context("writing", &new)?;
        let mut hasher = Sha256::new();
        for piece in index.stream() {
            let content = shelf.read(piece.digest)?.ok_or(AssembleError::Missing(piece.digest))?;
            hasher.update(&content);
            file.write_all(&content).context("writing", &new)?;
        }
        let found = Digest::new(hasher.finalize().into());
        if found != index.digest {
            return Err(AssembleError::Other { found, expected: index.digest });
        }
        file.sync_all().context("flushing", &new)?;
        fs::rename(&new, target).context("naming", target)?;
        let folder = target.parent().unwrap_or(target);
        Ok(File::open(folder).and_then(|folder| folder.sync_all()).context("flushing", folder)?)
    }

    fn takes_deltas(&self) -> bool {
        false
    }

    fn apply_delta(&mut self, delta: &Path, _target: &Path) -> Result<(), AssembleError> {
        let unsupported = std::io::Error::from(std::io::ErrorKind::Unsupported);
        Ok(Err(unsupported).context("using", delta)?)
    }
}
