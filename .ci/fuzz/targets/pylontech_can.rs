//! Pylontech's batteries on CAN: messages of any content, in any order.
#![no_main]

use ilanga_fuzz::{Device, byte, heard, hex, play, seeds, some, word};
use power::protocol::pylontech_can::{Message, Messages};
use power::protocol::registry::Protocol;

const USUAL: [(u16, &str); 6] = [
    (0x359, "00 00 00 00 0A 50 4E"),
    (0x35A, "01 00 00 00 04 00 00 00"),
    (0x373, "E4 0C F4 0C 00 00 00 00"),
    (0x355, "1A 00 64 00"),
    (0x356, "7A 13 F2 FE 6B 01"),
    (0x35E, "50 59 4C 4F 4E 20 20 20"),
];

/// Messages: each its number in two bytes, its length, and its data.
fn messages(mut content: &[u8]) -> Vec<Message> {
    let mut messages = Vec::new();
    while !content.is_empty() {
        let (id, length) = (word(&mut content), usize::from(byte(&mut content)).min(8));
        messages.push(Message { id, data: some(&mut content, length).to_vec() });
    }
    messages
}

/// The messages as Linux gives them.
fn frames(_: &[u8], content: &[u8]) -> Vec<u8> {
    let frame = |message: Message| {
        let mut bytes = u32::from(message.id).to_ne_bytes().to_vec();
        bytes.extend([message.data.len() as u8, 0, 0, 0]);
        bytes.extend(message.data);
        bytes.resize(16, 0);
        bytes
    };
    messages(content).into_iter().flat_map(frame).collect()
}

fn start() {
    let message = |id: u16, data: &[u8]| [&id.to_le_bytes()[..], &[data.len() as u8], data].concat();
    let usual = USUAL.map(|(id, data)| message(id, &hex(data)));
    seeds([Device::answering(2, &[&usual.concat()]), Device::answering(3, &usual.each_ref().map(Vec::as_slice))]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::PylontechCan, data, frames);
    let mut all = Messages::default();
    for message in messages(data) {
        all.add(message);
        if let Ok(Some(found)) = all.read() {
            heard(Protocol::PylontechCan, &found);
        }
    }
});
