//! What has to be fetched of a release: pieces, and patches that make others.

use std::collections::HashSet;

use super::{Hints, Patch};
use crate::digest::Digest;
use crate::pieces::{Index, Piece};

/// What has to be fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Pieces, each once, in the order in which the pack has them.
    pub pieces: Vec<Piece>,
    /// Patches that make others, in their order; some may be there already.
    pub patches: Vec<Piece>,
}

impl Lacking {
    /// What lacks where some pieces are part of an older release and others were fetched. A patch is taken if it is shorter than
    /// what it saves, all that it looks at is old, and it `may` be used.
    pub fn new(
        index: &Index,
        hints: Option<&Hints>,
        is_old: impl Fn(Digest) -> bool,
        is_kept: impl Fn(&Piece) -> bool,
        may: impl Fn(&Patch) -> bool,
    ) -> Self {
        let is_there = |piece: &Piece| is_old(piece.digest) || is_kept(piece);
        let mut lacks: HashSet<Digest> = HashSet::new();
        let all = index.pieces().iter();
        let mut pieces: Vec<Piece> =
            all.filter(|piece| !is_there(piece) && lacks.insert(piece.digest)).copied().collect();
        let mut patches = Vec::new();
        for patch in hints.map(Hints::patches).unwrap_or_default() {
            let made = patch.made(index);
            let mut seen = HashSet::new();
            let wanted = made.iter().filter(|piece| lacks.contains(&piece.digest) && seen.insert(piece.digest));
            let saved: u64 = wanted.map(|piece| piece.packed).sum();
            let cost = if is_kept(&patch.piece) { 0 } else { patch.piece.length };
            let looks = hints.map(|hints| hints.looks(patch)).unwrap_or_default();
            if saved > cost && looks.iter().all(|&digest| is_old(digest)) && may(patch) {
                for piece in made {
                    lacks.remove(&piece.digest);
                }
                patches.push(patch.piece);
            }
        }
        pieces.retain(|piece| lacks.contains(&piece.digest));
        Self { pieces, patches }
    }

    /// How many bytes these are, if nothing of them is there.
    pub fn length(&self) -> u64 {
        self.pieces.iter().chain(&self.patches).map(|piece| piece.packed).sum()
    }
}
