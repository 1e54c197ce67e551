//! Hints: one encoding, and patches only of pieces that there are.
#![no_main]

use formats::digest::Digest;
use formats::hints::{Content, Hints};
use formats::pieces::{Content as Whole, Cutting, Index};
use ilanga_fuzz::seeds;

fn index() -> Index {
    let piece = |seed: u8| Whole { digest: Digest::of([seed]), length: 5000, packed: 100 };
    let cutting = Cutting { shortest: 4096, average: 16384, longest: 65536 };
    let stream: Vec<Whole> = (0..6).map(piece).collect();
    Index::new((30_000, Digest::of("bundle")), cutting, 0, &stream, &[]).expect("an index")
}

fn start() {
    let content = |makes, looks, length| Content { makes, looks, digest: Digest::of("patch"), length };
    let old = (10..15_u8).map(|seed| Digest::of([seed])).collect();
    let hints = Hints::new(&index(), old, &[content(0..2, 1..4, 70), content(3..6, 0..5, 30)]);
    seeds(hints.into_iter().map(|hints| hints.encode()));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let index = index();
    let Ok(hints) = Hints::parse(data, &index) else { return };
    assert_eq!(hints.encode(), data);
    let (mut next, mut end) = (0, 0);
    for patch in hints.patches() {
        assert!(patch.makes.start >= next && patch.makes.end <= 6 && !hints.looks(patch).is_empty());
        assert_eq!((patch.piece.at, patch.made(&index).len()), (end, patch.makes.len()));
        (next, end) = (patch.makes.end, patch.piece.at + patch.piece.packed);
    }
});
