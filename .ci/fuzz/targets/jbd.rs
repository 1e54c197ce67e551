//! JBD's battery management: a reply is the bytes that it was made of, and values that can't be are refused.
#![no_main]

use ilanga_fuzz::{Device, byte, hex, play, seeds};
use power::protocol::jbd::{Reply, What, cells, decode, values};
use power::protocol::registry::Protocol;

const VALUES: &str = "06 18 00 00 01 F2 01 F4 00 00 2C 7C 00 00 00 00 00 00 80 64 03 04 03 0B 8B 0B 8A 0B 84";
const CELLS: &str = "0F 45 0F 3D 0F 37 0F 3D";

/// A reply: whether it refuses, and what it says.
fn frame(request: &[u8], content: &[u8]) -> Vec<u8> {
    let mut data = content;
    let status = byte(&mut data) & 0x80;
    let data = data.get(..data.len().min(255)).unwrap_or_default();
    let summed = [&[status, data.len() as u8], data].concat();
    let sum = summed.iter().fold(0_u16, |sum, byte| sum.wrapping_add((*byte).into())).wrapping_neg();
    let register = request.get(2).copied().unwrap_or(3);
    [&[0xDD, register][..], &summed, &sum.to_be_bytes(), &[0x77]].concat()
}

fn start() {
    let answer = |data: &[u8]| [&[0][..], data].concat();
    let (one, two, three) = (answer(&hex(VALUES)), answer(&hex(CELLS)), answer(b"JBD-SP04S034-L4S-200A-B-U"));
    seeds([Device::answering(2, &[&one, &two, &three]), Device::answering(3, &[&one, &[0x80], &[0x80]])]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::Jbd, data, frame);
    for what in [What::Values, What::Cells, What::Name] {
        let made = frame(&what.encode(), data);
        match decode(what, &made).expect("a frame that was made") {
            Reply::Data(inner) => assert_eq!(Some(inner.as_slice()), data.get(1..data.len().min(256)).or(Some(&[]))),
            Reply::Refused => assert!(data[0] & 0x80 != 0),
        }
        let _ = decode(what, data);
    }
    if let Ok((reading, _)) = values(data) {
        assert!(reading.battery.charge.is_some());
    }
    if let Ok(Some((lowest, highest))) = cells(data) {
        assert!(lowest <= highest);
    }
});
