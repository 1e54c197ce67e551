//! A bundle from pieces: those of the slots, those of the store, and those that patches of the store make of the slots'.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use formats::delta::{LONGEST_PREFIX, LONGEST_WINDOW};
use formats::digest::Digest;
use formats::frames::Layout;
use formats::hints::{Hints, Lacking};
use formats::pieces::{Index, Piece};
use formats::stream::{Repacker, patched};

use super::output::Output;
use super::{AssembleError, Old, check_zstd};
use crate::store::Shelf;

/// What has to be fetched. `spoilt` are pieces that no patch shall make, as one has failed to.
pub fn lacking(index: &Index, hints: Option<&Hints>, shelf: &Shelf, old: &[Old], spoilt: &BTreeSet<Digest>) -> Lacking {
    Lacking::new(
        index,
        hints,
        |digest| old.iter().any(|old| old.has(digest)),
        |piece| shelf.has(piece.digest, piece.length),
        |patch| !patch.made(index).iter().any(|piece| spoilt.contains(&piece.digest)),
    )
}

/// Writes the bundle at `target`.
pub fn assemble_pieces(
    index: &Index,
    hints: Option<&Hints>,
    shelf: &Shelf,
    old: &mut [Old],
    target: &Path,
) -> Result<(), AssembleError> {
    let mut output = Output::create(target, (index.length, index.digest))?;
    let mut contents = Contents::new(index, hints, shelf, old);
    if index.layout().is_empty() {
        for piece in index.stream() {
            output.write(&contents.get(piece)?)?;
        }
        return output.finish();
    }
    check_zstd(index.zstd)?;
    let mut layout = Vec::new();
    for piece in index.layout() {
        layout.extend(contents.get(piece)?);
    }
    let mut repacker = Repacker::new(Layout::parse(&layout)?);
    drop(layout);
    for piece in index.stream() {
        let content = contents.get(piece)?;
        repacker.push(&content, &mut |bytes: &[u8]| output.write(bytes))?;
    }
    repacker.finish()?;
    output.finish()
}

/// The pieces' contents, from where they are.
struct Contents<'a> {
    index: &'a Index,
    shelf: &'a Shelf,
    old: &'a mut [Old],
    hints: Option<&'a Hints>,
    /// Which patch makes a piece.
    makers: HashMap<Digest, usize>,
    /// The patch that was used last, and what it has made.
    last: Option<(usize, HashMap<Digest, Vec<u8>>)>,
}

impl<'a> Contents<'a> {
    fn new(index: &'a Index, hints: Option<&'a Hints>, shelf: &'a Shelf, old: &'a mut [Old]) -> Self {
        let mut makers = HashMap::new();
        for (number, patch) in hints.map(Hints::patches).unwrap_or_default().iter().enumerate() {
            if shelf.has(patch.piece.digest, patch.piece.length) {
                for piece in patch.made(index) {
                    makers.entry(piece.digest).or_insert(number);
                }
            }
        }
        Self { index, shelf, old, hints, makers, last: None }
    }

    fn get(&mut self, piece: &Piece) -> Result<Vec<u8>, AssembleError> {
        let right = |content: &Vec<u8>| content.len() as u64 == piece.length;
        for old in &mut *self.old {
            if let Some(content) = old.piece(piece.digest).filter(right) {
                return Ok(content);
            }
        }
        let kept = self.shelf.read(piece.digest)?;
        if let Some(content) = kept.filter(|content| right(content) && Digest::of(content) == piece.digest) {
            return Ok(content);
        }
        let made = match self.makers.get(&piece.digest) {
            Some(&number) => self.make(number)?.get(&piece.digest).cloned(),
            None => None,
        };
        made.ok_or(AssembleError::Missing(piece.digest))
    }

    /// What a patch makes: of its pieces those that come out right.
    fn make(&mut self, number: usize) -> Result<&HashMap<Digest, Vec<u8>>, AssembleError> {
        let made = match self.last.take() {
            Some((last, made)) if last == number => made,
            _ => self.patched(number)?,
        };
        Ok(&self.last.insert((number, made)).1)
    }

    fn patched(&mut self, number: usize) -> Result<HashMap<Digest, Vec<u8>>, AssembleError> {
        let nothing = Ok(HashMap::new());
        let Some((hints, patch)) = self.hints.and_then(|hints| Some((hints, hints.patches().get(number)?))) else {
            return nothing;
        };
        let pieces = patch.made(self.index);
        let length: u64 = pieces.iter().map(|piece| piece.length).sum();
        let Some(bytes) = self.shelf.read(patch.piece.digest)?.filter(|_| length <= LONGEST_WINDOW) else {
            return nothing;
        };
        let mut prefix = Vec::new();
        for &digest in hints.looks(patch) {
            match self.old.iter_mut().find_map(|old| old.piece(digest)) {
                Some(content) if (prefix.len() + content.len()) as u64 <= LONGEST_PREFIX => prefix.extend(content),
                _ => return nothing,
            }
        }
        // What a patch makes of the wrong bytes is as if there were none.
        let Ok(content) = patched(&prefix, &bytes, length as usize) else { return nothing };
        let mut rest = content.as_slice();
        let mut made = HashMap::new();
        for piece in pieces {
            let (first, after) = rest.split_at((piece.length as usize).min(rest.len()));
            rest = after;
            if Digest::of(first) == piece.digest {
                made.insert(piece.digest, first.to_vec());
            }
        }
        Ok(made)
    }
}
