//! A bundle from pieces.

use std::collections::HashSet;
use std::path::Path;

use formats::digest::Digest;
use formats::frames::Layout;
use formats::pieces::{Index, Piece};
use formats::stream::Repacker;

use super::output::Output;
use super::{AssembleError, Old, check_zstd};
use crate::store::Shelf;

/// The pieces that have to be fetched, each once, in the order in which the pack has them.
pub fn missing(index: &Index, shelf: &Shelf, old: &[Old]) -> Vec<Piece> {
    let mut seen = HashSet::new();
    let is_there = |piece: &Piece| old.iter().any(|old| old.has(piece.digest)) || shelf.has(piece.digest, piece.length);
    index.pieces().iter().filter(|piece| seen.insert(piece.digest) && !is_there(piece)).copied().collect()
}

/// Writes the bundle at `target`.
pub fn assemble_pieces(index: &Index, shelf: &Shelf, old: &mut [Old], target: &Path) -> Result<(), AssembleError> {
    let mut output = Output::create(target, (index.length, index.digest))?;
    if index.layout().is_empty() {
        for piece in index.stream() {
            output.write(&content(piece, shelf, old)?)?;
        }
        return output.finish();
    }
    check_zstd(index.zstd)?;
    let mut layout = Vec::new();
    for piece in index.layout() {
        layout.extend(content(piece, shelf, old)?);
    }
    let mut repacker = Repacker::new(Layout::parse(&layout)?);
    drop(layout);
    for piece in index.stream() {
        let content = content(piece, shelf, old)?;
        repacker.push(&content, &mut |bytes: &[u8]| output.write(bytes))?;
    }
    repacker.finish()?;
    output.finish()
}

/// A piece's content, from where it is.
fn content(piece: &Piece, shelf: &Shelf, old: &mut [Old]) -> Result<Vec<u8>, AssembleError> {
    let right = |content: &Vec<u8>| content.len() as u64 == piece.length;
    for old in old {
        if let Some(content) = old.piece(piece.digest).filter(right) {
            return Ok(content);
        }
    }
    let kept = shelf.read(piece.digest)?.filter(|content| right(content) && Digest::of(content) == piece.digest);
    kept.ok_or(AssembleError::Missing(piece.digest))
}
