//! A delta's header and steps: one encoding, and steps within bounds.
#![no_main]

use formats::delta::{HEADER, Header, LONGEST_PREFIX, LONGEST_WINDOW, Step, encode_steps, parse_steps};
use formats::digest::Digest;
use ilanga_fuzz::{long, seeds};

fn start() {
    let target = |length, name: &str| (length, Digest::of(name));
    let header =
        Header { zstd: 10507, from: target(1 << 33, "old"), bundle: target(77, "new"), layout: (3, 4), steps: (5, 6) };
    let steps = [
        Step { makes: 5_000_000, from: 1000, looks: 5_000_000, patch: None },
        Step { makes: 4096, from: 10, looks: 20, patch: Some(30) },
        Step { makes: 100, from: 30, looks: 0, patch: Some(7) },
        Step { makes: 1, from: 29, looks: 1, patch: None },
    ];
    let steps = encode_steps(&steps);
    seeds([[&[0, 0, 0, 0, 2, 0, 0, 0][..], &steps].concat(), [&[0; 8][..], &header.encode(), &steps].concat()]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let old = long(&mut rest);
    if let Some(head) = rest.first_chunk::<HEADER>()
        && let Ok(header) = Header::parse(head)
    {
        assert_eq!(header.encode(), *head);
    }
    if let Ok(steps) = parse_steps(rest, old) {
        for step in &steps {
            assert!(step.from + step.looks <= old);
            assert!(step.makes > 0);
            match step.patch {
                Some(_) => assert!(step.makes <= LONGEST_WINDOW && step.looks <= LONGEST_PREFIX),
                None => assert_eq!(step.makes, step.looks),
            }
        }
        assert_eq!(encode_steps(&steps), rest);
    }
});
