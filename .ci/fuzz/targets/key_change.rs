//! A change of keys: Secure Boot's lists of certificates, signed and not, and the phase.
#![no_main]

use formats::key_change::Phase;
use formats::signature_list::{certificate, certificates, only_exchanges, parse, parse_signed};
use ilanga_fuzz::seeds;

const X509: [u8; 16] = [0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72];

fn list(kind: [u8; 16], contents: &[&[u8]]) -> Vec<u8> {
    let size = 16 + contents.first().map_or(0, |content| content.len());
    let numbers = [28 + size * contents.len(), 0, size].map(|number| (number as u32).to_le_bytes()).concat();
    let entries = contents.iter().flat_map(|content| [&[7; 16], *content].concat());
    kind.into_iter().chain(numbers).chain(entries).collect()
}

fn start() {
    let lists = [list(X509, &[b"old"]), list([1; 16], &[&[2; 32], &[3; 32]]), list(X509, &[b"other"])].concat();
    let signed = [&[0; 16][..], &[12, 0, 0, 0, 0, 2, 0xf1, 0x0e, 1, 2, 3, 4], &lists].concat();
    seeds([&lists[..], &signed, b"announce\n", b"switch\n", b"retire\n"]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    for entries in [parse(data), parse_signed(data)].into_iter().flatten() {
        // Written again, an entry a list, they are the same.
        let again: Vec<u8> = entries.iter().flat_map(|(kind, content)| list(*kind, &[content])).collect();
        assert_eq!(parse(&again).as_ref(), Ok(&entries));
        for der in certificates(&entries) {
            assert!(entries.contains(&certificate(der)) && only_exchanges(&entries, &entries, b"none", der));
        }
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(phase) = text.parse::<Phase>()
    {
        assert_eq!(phase.to_string().parse(), Ok(phase));
    }
});
