//! Daly's battery management: a reply is the bytes that it was made of, and values that can't be are refused.
#![no_main]

use ilanga_fuzz::{Device, play, seeds};
use power::protocol::daly::{What, decode};
use power::protocol::registry::Protocol;

/// A reply of eight bytes.
fn frame(request: &[u8], content: &[u8]) -> Vec<u8> {
    let mut data = content.to_vec();
    data.resize(8, 0);
    let mut bytes = [&[0xA5, 1, request.get(2).copied().unwrap_or(0x90), 8][..], &data].concat();
    bytes.push(bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
    bytes
}

fn start() {
    let answers: [&[u8]; 6] = [
        &[1, 8, 0, 0, 0x75, 0xAB, 2, 0xFD],
        &[0x0C, 0xF4, 3, 0x0C, 0xE1, 7, 0, 0],
        &[64, 1, 61, 2, 0, 0, 0, 0],
        &[2, 1, 1, 120, 0, 2, 0xEA, 0x88],
        &[0; 8],
        &[0, 3, 0x0D, 0x40, 0, 0, 0x0C, 0x80],
    ];
    seeds([
        Device::answering(2, &answers),
        Device::answering(3, &answers),
        [&[0, 0][..], &Device::answering(2, &answers)].concat(),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::Daly, data, frame);
    for what in [What::Pack, What::Cells, What::Temperatures, What::State, What::Alarms, What::Capacity] {
        let mut inner = data.to_vec();
        inner.resize(8, 0);
        assert_eq!(decode(what, &frame(&what.encode(0), data)).expect("a frame that was made").as_slice(), inner);
        let _ = decode(what, data);
    }
});
