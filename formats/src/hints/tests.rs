//! Hints: what is read back, and what is refused.

use super::*;
use crate::pieces::{Content as Whole, Cutting};

fn index() -> Index {
    let piece = |seed: u8| Whole { digest: Digest::of([seed]), length: 5000, packed: 100 };
    let cutting = Cutting { shortest: 4096, average: 16384, longest: 65536 };
    let stream: Vec<Whole> = (0..6).map(piece).collect();
    Index::new((30_000, Digest::of("bundle")), cutting, 0, &stream, &[]).unwrap()
}

fn content(makes: Range<usize>, looks: Range<usize>, length: u64) -> Content {
    Content { digest: Digest::of(makes.start.to_le_bytes()), makes, looks, length }
}

fn old() -> Vec<Digest> {
    (10..15_u8).map(|seed| Digest::of([seed])).collect()
}

fn hints() -> Hints {
    Hints::new(&index(), old(), &[content(0..2, 1..4, 70), content(3..6, 0..5, 30)]).unwrap()
}

#[test]
fn bytes_and_back() {
    let hints = hints();
    let bytes = hints.encode();
    assert_eq!(bytes.len(), HEADER + 5 * OLD + 2 * PATCH);
    assert_eq!(Hints::parse(&bytes, &index()), Ok(hints.clone()));
    let [first, second] = hints.patches() else { panic!("two patches") };
    assert_eq!((first.piece.at, second.piece.at, second.piece.is_packed()), (0, 70, false));
    assert_eq!(hints.looks(first), &old()[1..4]);
}

#[test]
fn impossible_patches() {
    let fine = content(0..2, 1..4, 70);
    for (bad, number) in [
        (content(2..2, 0..1, 9), 1),
        (content(1..3, 0..1, 9), 1),
        (content(3..7, 0..1, 9), 1),
        (content(3..4, 2..2, 9), 1),
        (content(3..4, 4..6, 9), 1),
        (content(3..4, 0..1, 0), 1),
        (content(3..4, 0..1, pieces::LONGEST + 1), 1),
    ] {
        assert_eq!(Hints::new(&index(), old(), &[fine.clone(), bad.clone()]), Err(BadHints::Patch(number)), "{bad:?}");
    }
    let many = vec![Digest::of(""); MOST_PIECES + 1];
    let long = content(0..1, 0..MOST_PIECES + 1, 9);
    assert_eq!(Hints::new(&index(), many, &[long]), Err(BadHints::Patch(0)));
    assert_eq!(Hints::new(&index(), vec![Digest::of(""); MOST + 1], &[]), Err(BadHints::Many(MOST as u64 + 1)));
}

#[test]
fn refusals() {
    let good = hints().encode();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        Hints::parse(&changed, &index())
    };
    assert_eq!(Hints::parse(&good[..47], &index()), Err(BadHints::Magic));
    assert_eq!(with(7, b"2"), Err(BadHints::Magic));
    assert_eq!(with(8, &[0xFF; 4]), Err(BadHints::Many(u32::MAX.into())));
    assert_eq!(with(12, &[3]), Err(BadHints::Length { found: 302, expected: 349 }));
    assert!(matches!(with(16, &[0]), Err(BadHints::Other(_))));
    assert_eq!(with(48 + 5 * 32, &[9]), Err(BadHints::Patch(0)));
    assert_eq!(with(48 + 5 * 32 + 4, &[0xFF, 0xFF]), Err(BadHints::Patch(0)));
    assert_eq!(with(48 + 5 * 32 + 47, &[0]), Err(BadHints::Patch(1)));
}

fn changed(random: &mut u64, good: &[u8]) {
    let mut next = || {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        *random as usize
    };
    let mut bytes = good.to_vec();
    for _ in 0..1 + next() % 4 {
        let at = next() % bytes.len();
        match next() % 4 {
            0 => bytes[at] = next() as u8,
            1 => bytes[at] ^= 1 << (next() % 8),
            2 => bytes.truncate(at + 1),
            _ => drop(bytes.splice(at..at, vec![next() as u8; next() % 80])),
        }
    }
    if let Ok(hints) = Hints::parse(&bytes, &index()) {
        assert_eq!(hints.encode(), bytes);
        for patch in hints.patches() {
            assert!(patch.makes.end <= 6 && !hints.looks(patch).is_empty());
        }
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    let (mut random, good) = (0x1234_5678_9ABC_DEF1, hints().encode());
    (0..50_000).for_each(|_| changed(&mut random, &good));
}

#[test]
#[ignore = "long"]
fn for_long_hints() {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let (mut random, good) = (0x2545_F491_4F6C_DD1D, hints().encode());
    let began = std::time::Instant::now();
    while began.elapsed().as_secs() < seconds {
        (0..1000).for_each(|_| changed(&mut random, &good));
    }
}
