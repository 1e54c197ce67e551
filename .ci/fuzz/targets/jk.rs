//! JK's older boards, asked: any registers in any order.
#![no_main]

use ilanga_fuzz::{Device, heard, hex, play, seeds};
use power::protocol::jk::asked::{decode, values};
use power::protocol::registry::Protocol;

const REGISTERS: &str = "79 2A 010EED 020EFA 030EF7 040EEC 050EF8 060EFA 070EF1 080EF8 090EE3 0A0EFA 0B0EF1 0C0EFB 0D0EFB 0E0EF2 \
    80001D 81001E 82001C 8314EF 8480D0 850F 8602 870004 8900000000 8A000E 8B0000 8C0007 8E1626 8F10AE 9D01 A90E AA0000000E \
    B231323334353600000000 B300 B4496E707574205573 B748362E585F5F53362E312E33535F5F B900000000 \
    BA425433303732303230313230303030323030353231303031 C001";

/// The registers as a reply.
fn frame(_: &[u8], registers: &[u8]) -> Vec<u8> {
    let mut bytes =
        [&[0x4E, 0x57][..], &(registers.len() as u16 + 18).to_be_bytes(), &[0, 0, 0, 0, 6, 3, 1], registers].concat();
    bytes.extend([0, 0, 0, 0, 0x68, 0, 0]);
    let sum = bytes.iter().fold(0_u16, |sum, byte| sum.wrapping_add((*byte).into()));
    bytes.extend(sum.to_be_bytes());
    bytes
}

fn start() {
    let registers = hex(REGISTERS);
    let refused = hex("83 FFFF 85 FF C0 00 84 0000 79 03 01FFFF 82 FFFF AA FFFFFFFF");
    seeds([
        Device::answering(2, &[&registers]),
        Device::answering(3, &[&registers]),
        Device::answering(2, &[&refused]),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::Jk, data, frame);
    assert_eq!(decode(&frame(&[], data)).expect("a frame that was made"), data);
    let _ = decode(data);
    if let Ok(found) = values(data) {
        heard(Protocol::Jk, &found);
    }
});
