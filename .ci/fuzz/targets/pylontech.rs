//! Pylontech's batteries on RS-485: a frame is the characters that it was made of, and values that can't be are refused.
#![no_main]

use ilanga_fuzz::{Device, byte, heard, hex, play, seeds};
use power::conversation::Heard;
use power::protocol::pylontech::frame::{Frame, decode, encode};
use power::protocol::pylontech::values;
use power::protocol::registry::Protocol;
use power::reading::Reading;

const US2000: &str = "1103 0F 0CE7 0CE8 0CE6 0CE7 0CE8 0CE8 0CE8 0CE6 0CE5 0CE6 0CE8 0CE7 0CEA 0CE5 0CE6 05 0B91 0B87 0B87 0B87 \
    0B87 FFE6 C189 82DC 02 C350 001F 0F 0CE2 0CE6 0CE6 0CE1 0CE5 0CE7 0CE6 0CE3 0CE2 0CE5 0CE3 0CE9 0CE7 0CE9 0CE9 05 0B91 \
    0B87 0B87 0B87 0B87 FFE7 C170 82DC 02 C350 001F";
const UP2500: &str = "1002 08 0D02 0D02 0D02 0D03 0D00 0D01 0D01 0D03 05 0B7D 0B69 0B69 0B69 0B73 FFFA 680E FFFF 04 FFFF 0000 0174E4 01B198";

/// A reply of the one who was asked: why it refuses, or 0, and what it says.
fn frame(request: &[u8], content: &[u8]) -> Vec<u8> {
    let mut information = content;
    let code = byte(&mut information);
    let asked = decode(request).ok();
    let (version, address) = asked.map_or((0x20, 2), |asked| (asked.version, asked.address));
    let information = information.iter().take(2047).copied().collect();
    encode(&Frame { version, address, command: 0x46, code, information })
}

fn start() {
    let answer = |text: &str| [&[0][..], &hex(text)].concat();
    let (one, two) = (answer(US2000), answer(UP2500));
    let alarms = [&[0][..], &[0x10, 2, 15], &[0; 30]].concat();
    let system = [&[0][..], &[0xC3, 0x50, 0, 0x1F, 64, 0, 10, 100, 90, 0, 0, 0, 0, 0, 0, 0], &[1; 40]].concat();
    let name = [&[0][..], b"US2000C   \x01\x02Pylon               "].concat();
    let refusal = [4];
    seeds([
        Device::answering(2, &[&one, &alarms, &name, &system, &one, &alarms]),
        Device::answering(2, &[&two, &two, &alarms, &refusal, &name]),
        Device::answering(2, &[&refusal, &system, &alarms, &name, &one]),
        Device::answering(3, &[&one, &refusal, &refusal, &refusal]),
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::Pylontech, data, frame);
    for bytes in [data.to_vec(), frame(&[], data)] {
        if let Ok(decoded) = decode(&bytes) {
            // Digits may be of both cases; written again they are the same.
            assert!(encode(&decoded).eq_ignore_ascii_case(&bytes));
            let _ = (decoded.is_reply(), decoded.refusal());
        }
    }
    for alone in [false, true] {
        if let Ok(modules) = values::modules(data, alone) {
            assert!(!modules.is_empty());
        }
    }
    let mut reading = Reading::default();
    values::alarms(data).into_iter().for_each(|alarm| reading.alarm(alarm));
    heard(Protocol::Pylontech, &Heard { identity: values::identity(data).unwrap_or_default(), reading });
    let _ = values::System::parse(data);
});
