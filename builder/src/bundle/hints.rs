//! Patches between pieces, and the hints that list them: `formats::hints` draws them.
//!
//! A piece of the new release that no older one has is, more often than not, a file that was built again. So runs of such
//! pieces are patched from that part of the old release which they resemble most. Unlike a static delta, they serve any node that
//! has these old pieces, whichever release it runs, and each is fetched, kept and handed on by itself. Invariant: the same two
//! bundles give the same two files; each patch is made to prove itself.

use std::collections::HashSet;
use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;
use formats::hints::{Content, Hints, MOST_PIECES};
use formats::pieces::{Index, LONGEST};
use formats::size::Bytes;
use formats::stream::{Cutter, patch, patched};

use super::delta::Pair;
use super::steps::{alike, nearest};
use crate::disk::Output;
use crate::parallel::each;

/// How patches are packed: once, and fetched often.
const LEVEL: i32 = 19;

/// How many bytes a patch makes at most: longer ones are smaller altogether, shorter ones lose less when a link breaks.
const WINDOW: u64 = 512 << 10;

/// How much farther than expected a patch looks, on both sides.
const SLACK: u64 = 256 << 10;

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// The hints, and their length.
    pub(crate) hints: (PathBuf, Bytes),
    /// The patches, and their length.
    pub(crate) patches: (PathBuf, Bytes),
}

/// A piece of a stream.
#[derive(Clone, Copy, Debug)]
struct Placed {
    at: u64,
    end: u64,
    digest: Digest,
}

/// A patch that is to be made.
#[derive(Clone, Debug)]
struct Planned {
    makes: Range<usize>,
    looks: Range<usize>,
}

/// Makes hints and patches beside the new bundle, whose chunk index lies there.
pub(crate) fn make(pair: &Pair) -> Result<Made> {
    let chunks = pair.new.with_extension("chunks");
    let bytes = std::fs::read(&chunks).with_context(|| format!("reading {}", chunks.display()))?;
    let index = Index::parse(&bytes).with_context(|| format!("reading {}", chunks.display()))?;
    let new = cut(&pair.new_stream, &index)?;
    let same = new.iter().map(|piece| piece.digest).eq(index.stream().iter().map(|piece| piece.digest));
    if index.digest != pair.sum.1 || !same {
        bail!("{} is the index of another bundle: make it with `ilanga bundle`", chunks.display());
    }
    let old = cut(&pair.old_stream, &index)?;
    let planned = plan(pair, &old, &new);
    let patches = each(
        &planned,
        || Ok(()),
        |(), Planned { makes, looks }| -> Result<Option<Vec<u8>>> {
            let from = joined(&pair.old_stream, &old[looks.clone()]);
            let to = joined(&pair.new_stream, &new[makes.clone()]);
            let patch = patch(from, to, LEVEL)?;
            if patched(from, &patch, to.len())? != to {
                bail!("a patch does not make what it is for");
            }
            let packed: u64 = index.stream()[makes.clone()].iter().map(|piece| piece.packed).sum();
            // One that is hardly shorter than the pieces themselves is of no use.
            Ok(Some(patch).filter(|patch| patch.len() as u64 * 10 < packed * 9 && patch.len() as u64 <= LONGEST))
        },
    )?;
    write(pair, &index, &old, &planned, &patches)
}

/// Pieces of a stream that stand one behind the other.
fn joined<'s>(stream: &'s [u8], pieces: &[Placed]) -> &'s [u8] {
    let (first, last) = (pieces.first().map_or(0, |piece| piece.at), pieces.last().map_or(0, |piece| piece.end));
    stream.get(first as usize..last as usize).unwrap_or_default()
}

/// Decides which pieces are made from which.
fn plan(pair: &Pair, old: &[Placed], new: &[Placed]) -> Vec<Planned> {
    let there: HashSet<Digest> = old.iter().map(|piece| piece.digest).collect();
    let known = alike(&pair.old_stream, &pair.new_stream);
    let (mut planned, mut at, mut away) = (Vec::new(), 0, 0);
    while at < new.len() {
        if there.contains(&new[at].digest) {
            at += 1;
            continue;
        }
        let mut end = at + 1;
        let fits = |end: usize| new[end].end - new[at].at <= WINDOW && end - at < MOST_PIECES;
        while end < new.len() && fits(end) && !there.contains(&new[end].digest) {
            end += 1;
        }
        let part = new[at].at..new[end - 1].end;
        let range = nearest(&part, &known, pair.old_stream.len() as u64, SLACK, &mut away);
        let first = old.partition_point(|piece| piece.end <= range.start);
        let last = old.partition_point(|piece| piece.at < range.end).min(first + MOST_PIECES);
        if first < last {
            planned.push(Planned { makes: at..end, looks: first..last });
        }
        at = end;
    }
    planned
}

/// Writes the patches that are of use, and the hints with the old pieces that these look at.
fn write(pair: &Pair, index: &Index, old: &[Placed], planned: &[Planned], patches: &[Option<Vec<u8>>]) -> Result<Made> {
    let used = || planned.iter().zip(patches).filter_map(|(planned, patch)| Some((planned, patch.as_ref()?)));
    let mut numbers: Vec<usize> = used().flat_map(|(planned, _)| planned.looks.clone()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let contents: Vec<Content> = used()
        .map(|(planned, patch)| {
            // What a patch looks at stays in one piece.
            let first = numbers.partition_point(|&number| number < planned.looks.start);
            Content {
                makes: planned.makes.clone(),
                looks: first..first + planned.looks.len(),
                digest: Digest::of(patch),
                length: patch.len() as u64,
            }
        })
        .collect();
    let digests = numbers.iter().map(|&number| old[number].digest).collect();
    let bytes = Hints::new(index, digests, &contents).context("listing the patches")?.encode();
    let (hints, all) = (pair.new.with_extension("hints"), pair.new.with_extension("patches"));
    let files = (Output::create(&hints)?, Output::create(&all)?);
    files.0.file().write_all(&bytes).with_context(|| format!("writing {}", hints.display()))?;
    for (_, patch) in used() {
        files.1.file().write_all(patch).with_context(|| format!("writing {}", all.display()))?;
    }
    files.1.finish()?;
    files.0.finish()?;
    let length = contents.iter().map(|content| content.length).sum();
    Ok(Made { hints: (hints, Bytes(bytes.len() as u64)), patches: (all, Bytes(length)) })
}

/// Cuts a stream as an index's is.
fn cut(stream: &[u8], index: &Index) -> Result<Vec<Placed>> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    let mut each = |piece: &[u8]| -> Result<()> {
        let end = at + piece.len() as u64;
        pieces.push(Placed { at, end, digest: Digest::of(piece) });
        at = end;
        Ok(())
    };
    let mut cutter = Cutter::new(index.cutting);
    cutter.push(stream, &mut each)?;
    cutter.finish(&mut each)?;
    Ok(pieces)
}
