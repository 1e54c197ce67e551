//! A bundle's chunk index and pack: `formats::pieces` draws them.
//!
//! The bundle's EROFS is unpacked frame by frame, as far as the same bits come out when it is packed again, and its stream is
//! cut by content. Each piece is packed by itself, so that any of them can be fetched alone. Invariant: the same bundle gives
//! the same two files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;
use formats::frames::{Layout, Recipe, Tree};
use formats::pieces::{Content, Cutting, Index, LONGEST};
use formats::size::Bytes;
use formats::stream::{Checks, Cutter, Unpacker, zstd_version};
use sha2::{Digest as _, Sha256};

use super::{IMAGE_OFFSET, PIECE, trees};
use crate::disk::{Output, Progress};
use crate::parallel::each;

/// How streams are cut. Shorter pieces save a twentieth of what has to be fetched, and make an index of more than 1 MB.
const CUTTING: Cutting = Cutting { shortest: 8192, average: 32768, longest: 131_072 };

/// How pieces are packed: once, and fetched often.
const LEVEL: i32 = 19;

/// How many bytes of pieces are packed at once.
const BATCH: usize = 32 << 20;

/// How mkfs.erofs may have made frames: with a window of eight clusters.
pub(super) fn recipes() -> Vec<Recipe> {
    let levels = [3, 1, 2, 4, 5, 6, 7, 8, 9, 12, 15, 19].map(|level| (level, 19));
    let windows = [17, 18, 20, 21].map(|window| (3, window));
    levels.into_iter().chain(windows).map(|(level, window)| Recipe { level, window }).collect()
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// The index, and its length.
    pub(crate) index: (PathBuf, Bytes),
    /// The pack, and its length.
    pub(crate) pack: (PathBuf, Bytes),
}

/// Makes index and pack beside the bundle.
pub(crate) fn make(bundle: &Path, progress: Progress<'_>) -> Result<Pieces> {
    let (index, pack) = (bundle.with_extension("chunks"), bundle.with_extension("pack"));
    let mut packer = Packer { output: Output::create(&pack)?, known: BTreeMap::new(), batch: Vec::new(), held: 0 };
    let mut cutter = Cutter::new(CUTTING);
    let mut contents = Vec::new();
    let mut take = |piece: &[u8]| packer.add(piece, &mut contents);
    let (layout, sum) =
        unpack(bundle, Checks::Recipes(recipes()), progress, &mut |bytes| cutter.push(bytes, &mut take))?;
    cutter.finish(&mut take)?;
    let count = contents.len();
    layout.encode().chunks(LONGEST as usize).try_for_each(|part| packer.add(part, &mut contents))?;
    packer.flush()?;
    let known = packer.known;
    let contents = contents.into_iter().map(|(digest, length)| {
        let packed = known.get(&digest).copied().unwrap_or(length);
        Content { digest, length, packed }
    });
    let contents: Vec<Content> = contents.collect();
    let (stream, layout) = contents.split_at(count);
    let made = Index::new(sum, CUTTING, zstd_version(), stream, layout).context("listing the bundle's pieces")?;
    let bytes = made.encode();
    let output = Output::create(&index)?;
    output.file().write_all(&bytes).with_context(|| format!("writing {}", index.display()))?;
    packer.output.finish()?;
    output.finish()?;
    Ok(Pieces { index: (index, Bytes(bytes.len() as u64)), pack: (pack, Bytes(made.pack())) })
}

/// Hands on a bundle's stream, and returns its layout, its length and its digest.
pub(super) fn unpack(
    bundle: &Path,
    checks: Checks,
    progress: Progress<'_>,
    stream: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<(Layout, (u64, Digest))> {
    let reading = || format!("reading {}", bundle.display());
    let trees = trees::find(bundle)?;
    let mut file = File::open(bundle).with_context(reading)?;
    let length = Bytes(file.metadata().with_context(reading)?.len());
    let mut unpacker = Unpacker::new(IMAGE_OFFSET as usize, checks);
    let (mut hasher, mut done, mut buffer) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let part = file.read(&mut buffer).with_context(reading)?;
        if part == 0 {
            break;
        }
        hasher.update(&buffer[..part]);
        for range in outside(&trees, done..done + part as u64) {
            unpacker.push(&buffer[(range.start - done) as usize..(range.end - done) as usize], stream)?;
        }
        done += part as u64;
        progress(Bytes(done), length);
    }
    let layout = unpacker.finish(stream)?.with_trees(trees).context("describing the bundle")?;
    if layout.image() != done {
        bail!("{} changed while it was read", bundle.display());
    }
    Ok((layout, (done, Digest::new(hasher.finalize().into()))))
}

/// What of a part of a bundle is in none of its trees.
fn outside(trees: &[Tree], part: Range<u64>) -> Vec<Range<u64>> {
    let (mut found, mut at) = (Vec::new(), part.start);
    for tree in trees {
        let end = tree.at + tree.length().unwrap_or(0);
        if tree.at < part.end && end > at {
            found.push(at..tree.at.max(at));
            at = end;
        }
    }
    found.push(at..part.end.max(at));
    found.retain(|range| !range.is_empty());
    found
}

/// Packs pieces, a batch at a time.
struct Packer {
    output: Output,
    /// The packed length of each piece.
    known: BTreeMap<Digest, u64>,
    batch: Vec<(Digest, Vec<u8>)>,
    held: usize,
}

impl Packer {
    /// Adds a piece, which may be known already.
    fn add(&mut self, piece: &[u8], contents: &mut Vec<(Digest, u64)>) -> Result<()> {
        let digest = Digest::of(piece);
        contents.push((digest, piece.len() as u64));
        // What is known of it stays: it may have been packed by now.
        if self.known.contains_key(&digest) {
            return Ok(());
        }
        self.known.insert(digest, piece.len() as u64);
        self.batch.push((digest, piece.to_vec()));
        self.held += piece.len();
        if self.held < BATCH { Ok(()) } else { self.flush() }
    }

    /// Packs what is held, on all processors, and writes it in order.
    fn flush(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        self.held = 0;
        let compressor = || zstd::bulk::Compressor::new(LEVEL).context("starting zstd");
        let made = each(&batch, compressor, |compressor, (_, piece)| -> Result<Vec<u8>> {
            let packed = compressor.compress(piece).context("packing a piece")?;
            // One that does not get shorter stays as it is.
            Ok(if packed.len() < piece.len() { packed } else { piece.clone() })
        })?;
        for ((digest, _), packed) in batch.iter().zip(made) {
            self.known.insert(*digest, packed.len() as u64);
            let target = self.output.target().to_owned();
            self.output.file().write_all(&packed).with_context(|| format!("writing {}", target.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_that_come_again_after_they_were_packed() {
        let folder = tempfile::tempdir().unwrap();
        let pack = folder.path().join("x.pack");
        let mut packer =
            Packer { output: Output::create(&pack).unwrap(), known: BTreeMap::new(), batch: Vec::new(), held: 0 };
        let (mut contents, first, second) = (Vec::new(), vec![1; 5000], vec![2; 7000]);
        for piece in [&first, &second, &first] {
            packer.add(piece, &mut contents).unwrap();
            packer.flush().unwrap();
        }
        let packed: u64 = packer.known.values().sum();
        assert_eq!((contents.len(), packer.known.len()), (3, 2));
        assert!(packed < 1000, "{packed}");
        packer.output.finish().unwrap();
        assert_eq!(std::fs::metadata(&pack).unwrap().len(), packed);
    }

    #[test]
    fn parts_without_trees() {
        // Trees of one block each, at 100 and at 20000.
        let tree = |start, at| Tree { start, blocks: 2, at: start + at, salt: Vec::new() };
        let trees = [tree(0, 9000), tree(1000, 20_000)];
        for (part, expected) in [
            (0..9000, &[(0, 9000)][..]),
            (0..9001, &[(0, 9000)]),
            (9000..13_096, &[]),
            (13_096..21_000, &[(13_096, 21_000)]),
            (0..30_000, &[(0, 9000), (13_096, 21_000), (25_096, 30_000)]),
            (10_000..22_000, &[(13_096, 21_000)]),
            (24_000..26_000, &[(25_096, 26_000)]),
        ] {
            let found: Vec<_> = outside(&trees, part.clone()).iter().map(|range| (range.start, range.end)).collect();
            assert_eq!(found, expected, "{part:?}");
        }
        assert_eq!(outside(&[], 5..7).len(), 1);
    }
}
