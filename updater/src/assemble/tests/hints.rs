//! Pieces that patches make of the slot's.

use formats::hints::{Content, Hints};
use formats::pieces::LONGEST;

use super::*;

/// How many pieces a patch makes here, and how many on both sides of them it looks at.
const RUN: usize = 5;
const AROUND: usize = 20;

/// Hints to a scene's bundle, and the patches.
fn hints(scene: &Scene) -> (Hints, Vec<Vec<u8>>) {
    let old = cut(&unpack(&scene.old, 0).0);
    let old_digests: Vec<Digest> = old.iter().map(Digest::of).collect();
    let is_old = |piece: &Vec<u8>| old_digests.contains(&Digest::of(piece));
    let stream = &scene.pieces[..scene.index.stream().len()];
    let (mut contents, mut patches, mut at) = (Vec::new(), Vec::new(), 0);
    while at < stream.len() {
        let run = stream[at..].iter().take(RUN).take_while(|piece| !is_old(piece)).count();
        if run > 0 && !old.is_empty() {
            let looks = at.saturating_sub(AROUND).min(old.len() - 1)..(at + AROUND).min(old.len());
            let made = patch(&old[looks.clone()].concat(), &stream[at..at + run].concat(), 3).unwrap();
            assert!(made.len() as u64 <= LONGEST);
            let (digest, length) = (Digest::of(&made), made.len() as u64);
            contents.push(Content { makes: at..at + run, looks, digest, length });
            patches.push(made);
        }
        at += run.max(1);
    }
    (Hints::new(&scene.index, old_digests, &contents).unwrap(), patches)
}

/// Fetches what is lacking: how many bytes of pieces, and of patches.
fn fetch(scene: &Scene, known: &(Hints, Vec<Vec<u8>>), old: &[Old], spoilt: &BTreeSet<Digest>) -> (u64, u64) {
    let store = scene.store();
    let lacking = lacking(&scene.index, Some(&known.0), store.shelf(), old, spoilt);
    for piece in lacking.pieces.iter().chain(&lacking.patches) {
        let mut all = scene.pieces.iter().chain(&known.1);
        let content = all.find(|content| Digest::of(content) == piece.digest).unwrap();
        store.put(piece.digest, content).unwrap();
    }
    store.flush().unwrap();
    let bytes = |pieces: &[formats::pieces::Piece]| pieces.iter().map(|piece| piece.packed).sum();
    (bytes(&lacking.pieces), bytes(&lacking.patches))
}

#[test]
fn patches_make_pieces() {
    for seed in 1..6 {
        let scene = Scene::new(seed * 31_337);
        let (known, mut old) = (hints(&scene), [scene.slot()]);
        let without =
            fetch(&scene, &(Hints::new(&scene.index, vec![], &[]).unwrap(), vec![]), &[scene.slot()], &BTreeSet::new())
                .0;
        fs::remove_dir_all(scene.path("store")).unwrap();
        let (pieces, patches) = fetch(&scene, &known, &old, &BTreeSet::new());
        assert!(patches > 0 && pieces + patches < without, "{pieces} + {patches} instead of {without}");
        let store = scene.store();
        assemble_pieces(&scene.index, Some(&known.0), store.shelf(), &mut old, &scene.path("bundle")).unwrap();
        assert!(fs::read(scene.path("bundle")).unwrap() == scene.new);
    }
}

#[test]
fn a_patch_is_of_no_use_without_what_it_looks_at() {
    let scene = Scene::new(31_337);
    let (pieces, patches) = fetch(&scene, &hints(&scene), &[], &BTreeSet::new());
    assert_eq!((pieces, patches), (scene.index.pack(), 0));
}

#[test]
fn a_patch_that_makes_something_else_is_left() {
    let scene = Scene::new(31_337);
    let (known, mut old) = (hints(&scene), [scene.slot()]);
    // The patch of another release under its name: the store takes what the hints say.
    let wrong: Vec<Vec<u8>> = known.1.iter().map(|_| patch(b"", &[9; 5000], 3).unwrap()).collect();
    let contents = known.0.patches().iter().zip(&wrong).map(|(patch, wrong)| Content {
        makes: patch.makes.clone(),
        looks: patch.looks.clone(),
        digest: Digest::of(wrong),
        length: wrong.len() as u64,
    });
    let digests: Vec<Digest> = cut(&unpack(&scene.old, 0).0).iter().map(Digest::of).collect();
    let contents: Vec<Content> = contents.collect();
    let known = (Hints::new(&scene.index, digests, &contents).unwrap(), wrong);
    let (mut spoilt, mut rounds) = (BTreeSet::new(), 0);
    loop {
        fetch(&scene, &known, &old, &spoilt);
        let store = scene.store();
        match assemble_pieces(&scene.index, Some(&known.0), store.shelf(), &mut old, &scene.path("bundle")) {
            Ok(()) => break,
            Err(AssembleError::Missing(digest)) => assert!(spoilt.insert(digest)),
            Err(error) => panic!("{error}"),
        }
        assert_no_bundle(scene.folder.path());
        rounds += 1;
        assert!(rounds <= contents.len());
    }
    assert!(rounds > 0 && fs::read(scene.path("bundle")).unwrap() == scene.new);
}
