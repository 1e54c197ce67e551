//! Static deltas: their form, and what damage does to it.

use super::*;

fn header() -> Header {
    let target = |length, name: &str| (length, Digest::of(name));
    Header { zstd: 10507, from: target(1 << 33, "old"), bundle: target(77, "new"), layout: (3, 4), steps: (5, 6) }
}

const STEPS: [Step; 4] = [
    Step { makes: 5_000_000, from: 1000, looks: 5_000_000, patch: None },
    Step { makes: 4096, from: 10, looks: 20, patch: Some(30) },
    Step { makes: 100, from: 30, looks: 0, patch: Some(7) },
    Step { makes: 1, from: 29, looks: 1, patch: None },
];

#[test]
fn bytes_and_back() {
    assert_eq!(Header::parse(&header().encode()), Ok(header()));
    assert_eq!(parse_steps(&encode_steps(&STEPS), 5_001_000), Ok(STEPS.to_vec()));
}

#[test]
fn refusals() {
    let mut bytes = header().encode();
    bytes[7] = b'2';
    assert_eq!(Header::parse(&bytes), Err(BadDelta::Magic));
    let long = Header { steps: (5, LONGEST_TABLE + 1), ..header() };
    assert_eq!(Header::parse(&long.encode()), Err(BadDelta::Tables));
    let bytes = encode_steps(&STEPS);
    assert_eq!(parse_steps(&bytes[..bytes.len() - 1], 5_001_000), Err(BadDelta::End));
    assert_eq!(parse_steps(&bytes, 5_000_999), Err(BadDelta::Step(0)));
    let patch = Step { makes: 1, from: 0, looks: 0, patch: Some(1) };
    for bad in [
        Step { makes: LONGEST_WINDOW + 1, ..patch },
        Step { makes: 0, ..patch },
        Step { looks: LONGEST_PREFIX + 1, ..patch },
        Step { makes: 2, looks: 1, patch: None, ..patch },
        Step { makes: 0, patch: None, ..patch },
    ] {
        assert_eq!(parse_steps(&encode_steps(&[bad]), 1 << 40), Err(BadDelta::Step(0)), "{bad:?}");
    }
}

/// Whatever is changed: no panic, and no step is without bounds.
#[test]
fn changed_bytes_do_no_harm() {
    let (mut state, good) = (0x1234_5678_9ABC_DEF1_u64, encode_steps(&STEPS));
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..50_000 {
        let mut bytes = good.clone();
        for _ in 0..1 + next() % 3 {
            let at = next() % bytes.len();
            bytes[at] = next() as u8;
        }
        let old = 1 << (next() % 40);
        for step in parse_steps(&bytes, old).into_iter().flatten() {
            assert!(step.from + step.looks <= old);
            assert!(step.patch.is_none() || step.makes <= LONGEST_WINDOW && step.looks <= LONGEST_PREFIX);
        }
        let mut head = header().encode();
        head[next() % HEADER] = next() as u8;
        if let Ok(header) = Header::parse(&head) {
            assert_eq!(header.encode(), head);
        }
    }
}
