//! Changed bytes for as long as one likes: `ILANGA_FUZZ_SECONDS=3600 ilanga test --long for_long`.

use std::time::{Duration, Instant};

use super::*;
use crate::squashfs::{SUPERBLOCK, Superblock};

/// For how long each parser is tried.
fn seconds() -> Duration {
    let seconds = std::env::var("ILANGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

/// Bytes that parsers look for, or stumble over.
const WORDS: [&[u8]; 16] = [
    b"[hooks]\n",
    b"[update]\n",
    b"=",
    b"\n",
    b"\\",
    b"\0",
    b"\xFF\xFF\xFF\xFF",
    b"\0\0\0\0",
    b"\x30\x80",
    b"\x30\x84\xFF\xFF\xFF\xFF",
    b"\xA0\x82",
    b"\x04\x81\x80",
    b"\x31\0",
    b"\0\x80",
    b"-1",
    b"18446744073709551615",
];

/// Tries a parser on changed texts; those that it finds new things in are changed further.
fn tries(name: &str, corpus: &[&[u8]], parse: impl Fn(&[u8]) -> u64) {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut corpus: Vec<Vec<u8>> = corpus.iter().map(|bytes| bytes.to_vec()).collect();
    let mut seen = std::collections::BTreeSet::new();
    let (began, mut rounds) = (Instant::now(), 0_u64);
    while rounds % 1024 != 0 || began.elapsed() < seconds() {
        rounds += 1;
        let mut bytes = corpus[random.next() as usize % corpus.len()].clone();
        for _ in 0..1 + random.next() % 6 {
            let at = random.next() as usize % (bytes.len() + 1);
            let to = bytes.len().min(at + random.next() as usize % 32);
            match random.next() % 6 {
                0 if at < bytes.len() => bytes[at] = random.next() as u8,
                1 if at < bytes.len() => bytes[at] ^= 1 << (random.next() % 8),
                2 => drop(bytes.drain(at..to)),
                3 => drop(bytes.splice(at..to, WORDS[random.next() as usize % WORDS.len()].to_vec())),
                4 => {
                    let piece = bytes[at..to].to_vec();
                    let place = random.next() as usize % (bytes.len() + 1);
                    drop(bytes.splice(place..place, piece));
                }
                _ => {
                    let other = &corpus[random.next() as usize % corpus.len()];
                    let from = random.next() as usize % (other.len() + 1);
                    let piece = other[from..other.len().min(from + 64)].to_vec();
                    drop(bytes.splice(at..to, piece));
                }
            }
        }
        bytes.truncate(64 << 10);
        if seen.insert(parse(&bytes)) && corpus.len() < 4096 {
            corpus.push(bytes);
        }
    }
    println!("{name}: {rounds} rounds, {} different answers", seen.len());
}

/// What tells two answers apart.
fn answer(text: &str) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&Digest::of(text).as_bytes()[..8]);
    u64::from_le_bytes(number)
}

#[test]
#[ignore = "takes as long as one likes"]
fn for_long_manifests() {
    tries("manifests", &[signed().as_bytes(), parts_of_a_manifest().0.text(None).as_bytes()], |bytes| {
        match Manifest::parse(bytes) {
            Err(bad) => answer(&bad.to_string()),
            Ok((manifest, verity)) => {
                let again = manifest.text(verity.as_ref());
                assert_eq!(Manifest::parse(again.as_bytes()), Ok((manifest, verity)));
                answer(&again)
            }
        }
    });
}

#[cfg(feature = "cms")]
#[test]
#[ignore = "takes as long as one likes"]
fn for_long_signatures() {
    tries("signatures", &[include_bytes!("../../../fixtures/bundle.cms")], |bytes| {
        answer(&format!("{:?}", signed_content(bytes)))
    });
}

#[test]
#[ignore = "takes as long as one likes"]
fn for_long_squashfs() {
    let corpus: [&[u8]; 2] =
        [include_bytes!("../../../fixtures/plain.squashfs"), include_bytes!("../../../fixtures/tailends.squashfs")];
    // The data between superblock and tables are none of the parser's business.
    let packed = corpus.map(|bytes| {
        let tables = u64::from_le_bytes(*bytes[64..].first_chunk().unwrap()) as usize;
        [&bytes[..SUPERBLOCK], &bytes[tables..]].concat()
    });
    tries("squashfs", &packed.each_ref().map(Vec::as_slice), |bytes| {
        let Some((head, tables)) = bytes.split_first_chunk::<SUPERBLOCK>() else { return 0 };
        let Ok(superblock) = Superblock::parse(head, Bytes(1 << 40)) else { return 1 };
        let files = superblock.files(tables, &mut |bytes| Some(bytes.repeat(2)));
        for piece in files.iter().flatten().flat_map(|file| &file.pieces) {
            assert!(piece.start + u64::from(piece.stored) <= superblock.tables.0 && piece.length <= 1 << 20);
        }
        answer(&format!("{:?}", files.map(|files| files.len())))
    });
}
