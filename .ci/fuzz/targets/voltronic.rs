//! Voltronic's protocols: any cut gives the same replies, and whatever stands in a reply is read or refused.
#![no_main]

use ilanga_fuzz::{Device, hex, play, recording, seeds};
use power::protocol::registry::Protocol;
use power::protocol::voltronic::fields::BadReply;
use power::protocol::voltronic::frame::{Decoder, Reply, reports, request};
use power::protocol::voltronic::{pi18, pi30};
use power::reading::Reading;

/// The text as a reply, in the way of the one who asks.
fn frame(asked: &[u8], content: &[u8]) -> Vec<u8> {
    let text: String =
        content.iter().map(|byte| if matches!(byte, b' '..=b'~') { char::from(*byte) } else { '0' }).collect();
    if asked.starts_with(b"^") {
        request(&format!("^D{:03}{text}", text.len() + 3))
    } else {
        request(&format!("({text}"))
    }
}

fn start() {
    let status =
        "227.2 50.0 230.3 50.0 0829 0751 010 447 54.50 020 083 0054 02.7 323.6 00.00 00000 00010110 00 00 00879 010";
    let rating = "230.0 21.7 230.0 50.0 21.7 5000 5000 48.0 46.0 42.0 56.4 54.0 0 30 060 0 1 2 1 01 0 0 54.0 0 1";
    let zeros = "0".repeat(36);
    let old = "225.8 000024 49.9 0000.0 000.0 00000 00.0 000.0 000 405.4 405.4 048.8 ---.- 048 00163 00024 ----- 342.6 \
        ---.- ---.- 049.0 A---001010";
    let of_17 =
        "0000,0000,0000,0394,000,+00000,2389,2427,2459,5002,0000,0000,0000,2378,2434,2455,5001,,,,029,029,000,0";
    let of_18 =
        "2336,499,2336,499,0443,0255,007,524,000,000,000,017,042,039,000,000,1326,0000,1907,0000,0,2,0,1,1,2,1,1";
    let rating_18 = "2300,217,2300,500,217,5000,5000,480,500,540,420,584,576,2,60,100,0,1,2,1,2,0,0,0,0,0";
    let pi30: Vec<&[u8]> =
        ["PI30", "92931512345", "VERFW:00072.70", rating, rating, status, "03.1 327.3 01026", &zeros, "B"]
            .map(str::as_bytes)
            .into();
    let pi16: Vec<&[u8]> = ["NAK", "PI16", "92931512345", "VERFW:00072.70", old, &zeros, "B"].map(str::as_bytes).into();
    // Those that are asked for in other ways say nothing before.
    let caret = |silences: usize, name: &str, rest: &[&str]| {
        let rest: Vec<&[u8]> = rest.iter().map(|text| text.as_bytes()).collect();
        [vec![0; silences], Device::answering(2, &[name.as_bytes()]), Device::answering(2, &rest)].concat()
    };
    let pi18 = caret(2, "18", &["14923456789012345678", "00012,00033", rating_18, of_18, "00", "05"]);
    let pi17 = caret(3, "17", &["14923456789012345678", "VERFW:1", "000,5000,1", of_17, of_17, "0", "05"]);
    let recorded = recording("pi30-replies.txt").unwrap_or_default();
    let recorded = String::from_utf8_lossy(&recorded).into_owned();
    let recorded = recorded.lines().filter_map(|line| Some(Device::answering(1, &[&hex(line.split_once(' ')?.1)])));
    seeds([Device::answering(2, &pi30), Device::answering(2, &pi16), pi18, pi17].into_iter().chain(recorded));
}

/// Reads a text as each reply that there is.
fn read_as_everything(text: &str) {
    let mut reading = Reading::default();
    for status in [pi30::status(text), pi30::status_16(text)].into_iter().flatten() {
        status.add_to(&mut reading);
    }
    pi30::second(text).into_iter().for_each(|second| second.add_to(&mut reading));
    drop((
        pi30::rating(text).map(|rating| rating.map(|rating| rating.name())),
        pi18::rating(text, 1),
        pi18::rating(text, 5),
    ));
    assert!(pi18::serial(text).is_none_or(|serial| text.contains(serial)));
    type Read = fn(&str, &mut Reading) -> Result<(), BadReply>;
    let reads: [Read; 9] = [
        pi30::warnings,
        pi30::warnings_16,
        pi30::mode,
        pi18::mode,
        pi18::status_17,
        pi18::status_18,
        pi18::power_17,
        pi18::warnings_17,
        pi18::warnings_18,
    ];
    reads.into_iter().for_each(|read| drop(read(text, &mut reading)));
    assert!(reading.battery.charge.is_none_or(|soc| soc.charge.get() <= 1000));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::Voltronic, data, frame);
    for bytes in [data.to_vec(), frame(b"", data), frame(b"^", data)] {
        let whole = Decoder::default().take(&bytes);
        let mut decoder = Decoder::default();
        let cut: Vec<_> = bytes.chunks(5).flat_map(|chunk| decoder.take(chunk)).collect();
        assert_eq!(whole, cut);
        for reply in whole.into_iter().flatten() {
            if let Reply::Spaced(text) | Reply::Commas(text) = reply {
                read_as_everything(&text);
            }
        }
    }
    assert!(reports(data).concat().starts_with(data));
});
