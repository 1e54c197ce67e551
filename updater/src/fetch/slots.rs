//! Puts bundles together with what the slots have: [`crate::assemble`] behind [`Assembler`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use formats::boot_state::Content;
use formats::digest::Digest;
use formats::hints::{Hints, Lacking};
use formats::pieces::Index;
use formats::size::Bytes;
use formats::verity::BLOCK;
use formats::version::Version;

use super::assembler::{AssembleError, Assembler};
use super::paths::Paths;
use crate::assemble::{self, Old, apply_delta, assemble_pieces, lacking};
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
    /// Pieces that a patch was to make, and has not.
    spoilt: BTreeSet<Digest>,
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
        Self { images, running: running.clone(), old: Vec::new(), spoilt: BTreeSet::new() }
    }

    fn own(&self) -> Option<&(PathBuf, u64, Version)> {
        self.images.iter().find(|(_, _, version)| *version == self.running)
    }
}

impl Assembler for Slots {
    fn lacking(&mut self, index: &Index, hints: Option<&Hints>, shelf: &Shelf) -> Option<Lacking> {
        // Anew each time: a piece that was damaged is not among them any more.
        let scan = |(path, length, _): &(PathBuf, u64, Version)| Old::scan(path, *length, 0, Some(index.cutting)).ok();
        self.old = self.images.iter().filter_map(scan).collect();
        Some(lacking(index, hints, shelf, &self.old, &self.spoilt))
    }

    fn assemble_pieces(
        &mut self,
        index: &Index,
        hints: Option<&Hints>,
        shelf: &Shelf,
        target: &Path,
    ) -> Result<(), AssembleError> {
        let assembled = assemble_pieces(index, hints, shelf, &mut self.old, target).map_err(failed);
        if let Err(AssembleError::Missing(digest)) = &assembled {
            self.spoilt.insert(*digest);
        }
        assembled
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
