//! Pieces and their index: what is read back, and what is refused.

use super::*;

const CUTTING: Cutting = Cutting { shortest: 4096, average: 16384, longest: 65536 };

fn content(seed: u8, length: u64, packed: u64) -> Content {
    Content { digest: Digest::of([seed]), length, packed }
}

fn index() -> Index {
    let stream = [content(1, 5000, 100), content(2, 4096, 4096), content(1, 5000, 100), content(3, 7, 7)];
    Index::new((14_103, Digest::of("bundle")), CUTTING, 0, &stream, &[]).unwrap()
}

#[test]
fn finds_places() {
    let index = index();
    let places: Vec<(u64, u64, bool)> = index.pieces().iter().map(|p| (p.at, p.packed, p.is_packed())).collect();
    assert_eq!(places, [(0, 100, true), (100, 4096, false), (0, 100, true), (4196, 7, false)]);
    assert_eq!(index.pack(), 4203);
    assert!(index.layout().is_empty());
}

#[test]
fn bytes_and_back() {
    let plain = index();
    let layout = [content(9, 40, 30)];
    let laid_out = Index::new((999, Digest::of("x")), CUTTING, 10507, &[content(1, 5000, 100)], &layout).unwrap();
    assert_eq!((laid_out.layout().len(), laid_out.stream().len()), (1, 1));
    for index in [plain, laid_out] {
        let bytes = index.encode();
        assert_eq!(bytes.len(), HEADER + index.pieces().len() * ENTRY);
        assert_eq!(Index::parse(&bytes), Ok(index));
    }
}

#[test]
fn refusals() {
    let good = index().encode();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = good.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        Index::parse(&changed)
    };
    assert_eq!(Index::parse(&good[..75]), Err(BadIndex::Magic));
    assert_eq!(with(0, b"x"), Err(BadIndex::Magic));
    assert_eq!(with(8, &[2]), Err(BadIndex::Version(2)));
    assert_eq!(with(12, &[0xFF; 4]), Err(BadIndex::Many(u32::MAX.into())));
    assert_eq!(with(12, &[5]), Err(BadIndex::Length { found: 228, pieces: 5, expected: 266 }));
    assert_eq!(with(16, &[1]), Err(BadIndex::Layout));
    assert_eq!(with(20, &[1]), Err(BadIndex::Layout));
    assert!(matches!(with(24, &[0, 0]), Err(BadIndex::Cutting(_))));
    assert!(matches!(with(32, &[0, 0, 0x20]), Err(BadIndex::Cutting(_))));
    assert_eq!(with(36, &[0]), Err(BadIndex::Sum { pieces: 14_103, bundle: 14_080 }));
    assert_eq!(with(76 + 32, &[0, 0, 0]), Err(BadIndex::Piece(0)));
    assert_eq!(with(76 + 32, &[1, 0, 0x10]), Err(BadIndex::Piece(0)));
    assert_eq!(with(76 + 35, &[0xFF, 0xFF]), Err(BadIndex::Piece(0)));
    assert_eq!(with(76 + 2 * 38 + 35, &[99]), Err(BadIndex::Contradiction(2)));
}

/// A little randomness that is the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Whatever is changed: no panic, and what is taken has one encoding and keeps its promises.
fn changed(random: &mut Random, good: &[u8]) {
    let mut bytes = good.to_vec();
    for _ in 0..1 + random.next() % 4 {
        let at = random.next() as usize % bytes.len();
        match random.next() % 4 {
            0 => bytes[at] = random.next() as u8,
            1 => bytes[at] ^= 1 << (random.next() % 8),
            2 => bytes.truncate(at.max(1)),
            _ => {
                let from = random.next() as usize % bytes.len();
                let piece = bytes[from..bytes.len().min(from + 38)].to_vec();
                drop(bytes.splice(at..at, piece));
            }
        }
    }
    if let Ok(index) = Index::parse(&bytes) {
        assert_eq!(index.encode(), bytes);
        let pack = index.pack();
        for piece in index.pieces() {
            assert!(piece.length <= LONGEST && piece.packed <= piece.length && piece.at + piece.packed <= pack);
        }
    }
}

#[test]
fn changed_bytes_do_no_harm() {
    let (mut random, good) = (Random(0x1234_5678_9ABC_DEF1), index().encode());
    for _ in 0..50_000 {
        changed(&mut random, &good);
    }
}

#[test]
#[ignore = "long"]
fn for_long_chunk_indexes() {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let (mut random, good) = (Random(0x2545_F491_4F6C_DD1D), index().encode());
    let began = std::time::Instant::now();
    while began.elapsed().as_secs() < seconds {
        for _ in 0..1000 {
            changed(&mut random, &good);
        }
    }
}
