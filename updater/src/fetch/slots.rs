//! Puts bundles together with what the slots have: [`crate::assemble`] behind [`Assembler`].

use std::path::{Path, PathBuf};

use formats::boot_state::Content;
use formats::pieces::{Index, Piece};
use formats::size::Bytes;
use formats::verity::BLOCK;
use formats::version::Version;

use super::assembler::{AssembleError, Assembler};
use super::paths::Paths;
use crate::assemble::{self, Old, apply_delta, assemble_pieces, missing};
use crate::slot;
use crate::store::Shelf;

/// The slot images that can be read. One that can't be has nothing.
#[derive(Debug)]
pub struct Slots {
    /// Those with a release: where, how long the slot image is, which release.
    images: Vec<(PathBuf, u64, Version)>,
    running: Version,
    /// They, looked through for pieces.
    old: Vec<Old>,
}

impl Slots {
    /// Looks into the slots of a node where this release runs.
    pub fn look(paths: &Paths, running: &Version) -> Self {
        let look = |path: PathBuf| {
            let found = slot::look(Some(&path));
            let (Content::Release(release), Some(payload)) = (found.content, found.payload) else { return None };
            // Padded as the slot image is.
            let length = Bytes(payload.start + payload.length).align_up(Bytes(BLOCK));
            Some((path, length.0, release.version))
        };
        let images = paths.slots().into_iter().filter_map(look).collect();
        Self { images, running: running.clone(), old: Vec::new() }
    }

    fn own(&self) -> Option<&(PathBuf, u64, Version)> {
        self.images.iter().find(|(_, _, version)| *version == self.running)
    }
}

impl Assembler for Slots {
    fn missing(&mut self, index: &Index, shelf: &Shelf) -> Option<Vec<Piece>> {
        // Anew each time: a piece that was damaged is not among them any more.
        let scan = |(path, length, _): &(PathBuf, u64, Version)| Old::scan(path, *length, 0, Some(index.cutting)).ok();
        self.old = self.images.iter().filter_map(scan).collect();
        Some(missing(index, shelf, &self.old))
    }

    fn assemble_pieces(&mut self, index: &Index, shelf: &Shelf, target: &Path) -> Result<(), AssembleError> {
        assemble_pieces(index, shelf, &mut self.old, target).map_err(failed)
    }

    fn takes_deltas(&self) -> bool {
        self.own().is_some()
    }

    fn apply_delta(&mut self, delta: &Path, target: &Path) -> Result<(), AssembleError> {
        let Some((path, length, _)) = self.own() else {
            return Err(AssembleError::Failed("the slot that runs can't be read".into()));
        };
        let mut own = Old::scan(path, *length, 0, None).map_err(failed)?;
        apply_delta(delta, &mut own, target).map_err(failed)
    }
}

fn failed(error: assemble::AssembleError) -> AssembleError {
    match error {
        assemble::AssembleError::Missing(digest) => AssembleError::Missing(digest),
        error => AssembleError::Failed(Box::new(error)),
    }
}
