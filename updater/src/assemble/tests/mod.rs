//! Bundles put together from slots, the store and deltas; what is damaged makes none.

mod hints;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use formats::delta::{HEADER, Header, Step, encode_steps};
use formats::frames::{Layout, Recipe};
use formats::hints::Lacking;
use formats::pieces::{Content, Cutting, Index};
use formats::size::Bytes;
use formats::stream::{Checks, Cutter, Unpacker, patch, zstd_version};

use super::*;
use crate::store::Store;

const CUTTING: Cutting = Cutting { shortest: 1024, average: 4096, longest: 16384 };

/// A little randomness that is the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 as usize
    }

    fn text(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|i| if self.next().is_multiple_of(4) { self.next() as u8 } else { i as u8 }).collect()
    }
}

/// Files, packed as mkfs.erofs does it.
fn image(files: &[Vec<u8>]) -> Vec<u8> {
    let mut image = Vec::new();
    for file in files {
        let frame = zstd::bulk::compress(file, 3).unwrap();
        image.resize(image.len() + (4096 - frame.len() % 4096) % 4096, 0);
        image.extend(frame);
        image.extend([7; 4096]);
    }
    image
}

fn unpack(image: &[u8], lead: usize) -> (Vec<u8>, Layout) {
    let mut stream = Vec::new();
    let mut take = |bytes: &[u8]| -> Result<(), AssembleError> {
        stream.extend(bytes);
        Ok(())
    };
    let mut unpacker = Unpacker::new(lead, Checks::Recipes(vec![Recipe { level: 3, window: 0 }]));
    unpacker.push(image, &mut take).unwrap();
    let layout = unpacker.finish(&mut take).unwrap();
    (stream, layout)
}

fn cut(stream: &[u8]) -> Vec<Vec<u8>> {
    let (mut pieces, mut cutter) = (Vec::new(), Cutter::new(CUTTING));
    let mut take = |piece: &[u8]| -> Result<(), AssembleError> {
        pieces.push(piece.to_vec());
        Ok(())
    };
    cutter.push(stream, &mut take).unwrap();
    cutter.finish(&mut take).unwrap();
    pieces
}

/// Two releases and a node with the first.
struct Scene {
    folder: tempfile::TempDir,
    old: Vec<u8>,
    new: Vec<u8>,
    index: Index,
    pieces: Vec<Vec<u8>>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let mut files: Vec<Vec<u8>> = (0..12)
            .map(|_| {
                let length = 1000 + random.next() % 150_000;
                random.text(length)
            })
            .collect();
        let old = image(&files);
        files[3] = random.text(20_000);
        files[5].drain(100..200);
        files.remove(8);
        let new = [random.text(96), image(&files), random.text(777)].concat();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("slot"), [&old[..], b"what was in the slot before"].concat()).unwrap();
        let (stream, layout) = unpack(&new, 96);
        let content = |piece: &Vec<u8>| {
            let length = piece.len() as u64;
            Content { digest: Digest::of(piece), length, packed: length }
        };
        let (stream, layout) = (cut(&stream), vec![layout.encode()]);
        let contents = [&stream, &layout].map(|pieces| pieces.iter().map(content).collect::<Vec<_>>());
        let bundle = (new.len() as u64, Digest::of(&new));
        let index = Index::new(bundle, CUTTING, zstd_version(), &contents[0], &contents[1]).unwrap();
        Self { folder, old, new, index, pieces: [stream, layout].concat() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn slot(&self) -> Old {
        Old::scan(&self.path("slot"), self.old.len() as u64, 0, Some(CUTTING)).unwrap()
    }

    fn store(&self) -> Store {
        Store::open(&self.path("store"), Bytes(1 << 30)).unwrap()
    }

    /// Fetches what is missing; how many bytes these were.
    fn fetch(&self, store: &Store, old: &[Old]) -> u64 {
        let missing = lacking(&self.index, None, store.shelf(), old, &BTreeSet::new()).pieces;
        for piece in &missing {
            let content = self.pieces.iter().find(|content| Digest::of(content) == piece.digest).unwrap();
            store.put(piece.digest, content).unwrap();
        }
        store.flush().unwrap();
        missing.iter().map(|piece| piece.length).sum()
    }

    /// A delta: the first half is patched, of the second what was patched too.
    fn delta(&self) -> Vec<u8> {
        let (old, _) = unpack(&self.old, 0);
        let (new, layout) = unpack(&self.new, 96);
        let (mut steps, mut patches) = (Vec::new(), Vec::new());
        for window in new.chunks(200_000) {
            let from = (steps.len() as u64 * 200_000).saturating_sub(100_000).min(old.len() as u64);
            let looks = (old.len() as u64 - from).min(400_000);
            let made = patch(&old[from as usize..][..looks as usize], window, 3).unwrap();
            let makes = window.len() as u64;
            steps.push(Step { makes, from, looks, patch: Some(made.len() as u32) });
            patches.extend(made);
        }
        let tables = [layout.encode(), encode_steps(&steps)];
        let packed = tables.each_ref().map(|table| zstd::bulk::compress(table, 3).unwrap());
        let lengths = |at: usize| (packed[at].len() as u32, tables[at].len() as u32);
        let header = Header {
            zstd: zstd_version(),
            from: (self.old.len() as u64, Digest::of(&self.old)),
            bundle: (self.new.len() as u64, Digest::of(&self.new)),
            layout: lengths(0),
            steps: lengths(1),
        };
        [&header.encode()[..], &packed[0], &packed[1], &patches].concat()
    }
}

fn assert_no_bundle(folder: &Path) {
    assert!(!folder.join("bundle").exists() && !folder.join("bundle.partial").exists());
}

#[test]
fn from_pieces_of_slot_and_store() {
    for seed in 1..6 {
        let scene = Scene::new(seed * 77_777);
        let (store, mut old) = (scene.store(), [scene.slot()]);
        let error = assemble_pieces(&scene.index, None, store.shelf(), &mut old, &scene.path("bundle")).unwrap_err();
        assert!(matches!(error, AssembleError::Missing(_)), "{error}");
        assert_no_bundle(scene.folder.path());
        let fetched = scene.fetch(&store, &old);
        let all: u64 = scene.index.pieces().iter().map(|piece| piece.length).sum();
        assert!(fetched * 2 < all, "{fetched} of {all}");
        assemble_pieces(&scene.index, None, store.shelf(), &mut old, &scene.path("bundle")).unwrap();
        assert!(fs::read(scene.path("bundle")).unwrap() == scene.new);
        assert_eq!(lacking(&scene.index, None, store.shelf(), &old, &BTreeSet::new()), Lacking::default());
    }
}

#[test]
fn without_a_slot_all_is_fetched() {
    let scene = Scene::new(4242);
    let store = scene.store();
    let distinct: u64 = scene.index.pack();
    assert_eq!(scene.fetch(&store, &[]), distinct);
    assemble_pieces(&scene.index, None, store.shelf(), &mut [], &scene.path("bundle")).unwrap();
    assert!(fs::read(scene.path("bundle")).unwrap() == scene.new);
}

#[test]
fn a_slot_that_changed_is_not_believed() {
    let scene = Scene::new(99);
    let (store, mut old) = (scene.store(), [scene.slot()]);
    scene.fetch(&store, &old);
    // Within the second file, which both releases have.
    let mut slot = scene.old.clone();
    let second = slot.windows(4096).position(|bytes| bytes == [7; 4096]).unwrap() + 4096;
    let frame = second + slot[second..].iter().position(|&byte| byte != 0).unwrap();
    slot[frame + 2000] ^= 1;
    fs::write(scene.path("slot"), slot).unwrap();
    let error = assemble_pieces(&scene.index, None, store.shelf(), &mut old, &scene.path("bundle")).unwrap_err();
    assert!(matches!(error, AssembleError::Missing(_)), "{error}");
    // Looked at again, only what was in that frame is missing.
    let mut old = [scene.slot()];
    assert!(scene.fetch(&store, &old) <= 200_000);
    assemble_pieces(&scene.index, None, store.shelf(), &mut old, &scene.path("bundle")).unwrap();
}

#[test]
fn from_a_delta() {
    for seed in 1..4 {
        let scene = Scene::new(seed * 1234);
        let delta = scene.path("delta");
        fs::write(&delta, scene.delta()).unwrap();
        apply_delta(&delta, &mut scene.slot(), &scene.path("bundle")).unwrap();
        assert!(fs::read(scene.path("bundle")).unwrap() == scene.new);
    }
}

/// Whatever is changed, the bundle is right or there is none.
#[test]
fn changed_deltas_make_nothing() {
    let scene = Scene::new(31);
    let (good, mut old, mut random) = (scene.delta(), scene.slot(), Random(5));
    let mut reasons = std::collections::BTreeSet::new();
    for round in 0..80 {
        let mut delta = good.clone();
        match round % 4 {
            0 => delta[random.next() % HEADER] ^= 1 << (round % 8),
            1 => delta.truncate(random.next() % good.len()),
            _ => {
                let at = random.next() % good.len();
                delta[at] ^= 1 << (round % 8);
            }
        }
        fs::write(scene.path("delta"), delta).unwrap();
        match apply_delta(&scene.path("delta"), &mut old, &scene.path("bundle")) {
            Ok(()) => {
                assert!(fs::read(scene.path("bundle")).unwrap() == scene.new);
                fs::remove_file(scene.path("bundle")).unwrap();
            }
            Err(error) => drop(reasons.insert(crate::error::chain(&error))),
        }
        assert_no_bundle(scene.folder.path());
    }
    assert!(reasons.len() > 3, "{reasons:#?}");
}

#[test]
fn deltas_for_others() {
    let scene = Scene::new(8);
    let path = scene.path("delta");
    let mut delta = scene.delta();
    fs::write(&path, &delta).unwrap();
    let mut short = Old::scan(&scene.path("slot"), scene.old.len() as u64 - 4096, 0, None).unwrap();
    let error = apply_delta(&path, &mut short, &scene.path("bundle")).unwrap_err();
    assert!(matches!(error, AssembleError::From { .. }), "{error}");
    delta[8] ^= 1;
    fs::write(&path, &delta).unwrap();
    let error = apply_delta(&path, &mut scene.slot(), &scene.path("bundle")).unwrap_err();
    assert!(matches!(error, AssembleError::Zstd { .. }), "{error}");
}
