//! VE.Direct's HEX messages: those with a right check are the bytes that they were made of.
#![no_main]

use ilanga_fuzz::{byte, heard, seeds};
use power::conversation::Heard;
use power::protocol::registry::Protocol;
use power::protocol::ve_direct::decoder::{Decoder, Frame};
use power::protocol::ve_direct::hex::Message;
use power::reading::{Identity, Reading};

fn start() {
    let register = |command: u8, id: u16, value: &[u8]| [&[command][..], &id.to_le_bytes(), &[0], value].concat();
    seeds([
        register(7, 0xED8D, &[0xFC, 0x05]),
        register(0xA, 0x0FFF, &[0x10, 0x27]),
        register(0xA, 0xED8C, &[1, 2, 3, 0xFF]),
        register(8, 0xEDEC, &[0x10, 0x74]),
        register(7, 0xEDBC, &[0, 1, 0, 0]),
        vec![5, 0x16, 0x41],
        b"7F0ED0071".to_vec(),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let _ = Message::parse(data);
    let mut rest = data;
    let command = byte(&mut rest) & 0xF;
    let sum = rest.iter().fold(command, |sum, byte| sum.wrapping_add(*byte));
    let check = 0x55_u8.wrapping_sub(sum);
    let bytes: String = rest.iter().chain([&check]).map(|byte| format!("{byte:02X}")).collect();
    let digits = format!("{command:X}{bytes}");
    let parsed = Message::parse(digits.as_bytes());
    if digits.len() <= 512 {
        let frames = Decoder::default().take(format!(":{digits}\n").as_bytes());
        let found = frames.first().and_then(|frame| if let Frame::Hex(found) = frame { Some(found) } else { None });
        assert_eq!(found, parsed.as_ref().ok());
    }
    match &parsed {
        Ok(Message::Done(payload) | Message::Unknown(payload) | Message::Error(payload)) => assert_eq!(payload, rest),
        Ok(Message::Ping(version)) => assert_eq!(version.to_le_bytes(), *rest),
        Ok(Message::Get(register) | Message::Set(register) | Message::Async(register)) => {
            let again = [&register.id.to_le_bytes()[..], &[register.flags], &register.value].concat();
            assert_eq!(again, rest);
            let mut reading = Reading::default();
            register.add_to(&mut reading);
            heard(Protocol::VeDirect, &Heard { identity: Identity::default(), reading });
        }
        Err(_) => {}
    }
});
