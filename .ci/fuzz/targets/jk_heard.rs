//! JK's newer boards, heard: several of them, with states that say anything.
#![no_main]

use ilanga_fuzz::{Device, byte, heard, hex, play, seeds};
use power::conversation::Heard;
use power::protocol::jk::heard::{State, decode, identity, together};
use power::protocol::modbus::rtu;
use power::protocol::registry::Protocol;
use power::reading::{Identity, Reading};

const ONE: &str = "02 05 120d110d120d120d120d120d120d110d120d110d110d110d120d110d120d110d0000000000000000000000000000000000000000\
    000000000000000000000000ffff0000120d010000094d004b004d004b004d004a004c0049004c004b004e004c0050004e0050004e00000000000000\
    0000000000000000000000000000000000000000000000000000ce000000000022d100000000000000000000c000c7000000000000000064aa9e0400\
    80a3040000000000df040000640000005a1f0c00";

/// A frame of 300 bytes, and whose it was.
fn frame(_: &[u8], content: &[u8]) -> Vec<u8> {
    let mut rest = content;
    let address = byte(&mut rest);
    let mut bytes = [&[0x55, 0xAA, 0xEB, 0x90][..], rest].concat();
    bytes.resize(299, 0);
    bytes.push(bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
    let mut whose = vec![address, 0x10, 0x16, 0x20, 0, 1];
    whose.extend(rtu::crc(&whose).to_le_bytes());
    [bytes, whose].concat()
}

fn start() {
    let state = |address: u8| [&[address][..], &hex(ONE)].concat();
    let who =
        [&[0, 3, 1][..], b"JK_PB2A16S20P\0\0\0V15A\0\0\0\0V15.10\0\0\x01\x02\x03\x04\0\0\0\0123456789ABCDEF0"].concat();
    let (one, two) = (state(0), state(1));
    seeds([
        Device::answering(2, &[&one, &who, &two, &one]),
        Device::answering(2, &[&one, &one]),
        Device::answering(3, &[&two, &two]),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::JkHeard, data, frame);
    let made = frame(&[], data);
    let Ok(whole) = decode(&made[..300]) else { panic!("a frame that was made") };
    heard(Protocol::JkHeard, &Heard { identity: identity(whole), reading: Reading::default() });
    if let Ok(state) = State::parse(whole)
        && let Ok(reading) = together(&vec![state; usize::from(data.first().copied().unwrap_or(1) & 15)])
    {
        heard(Protocol::JkHeard, &Heard { identity: Identity::default(), reading });
    }
    let _ = decode(data);
});
