//! What real chargers sent. How much of it is right, a check of its own says: without HEX messages, and from the first `\r\n`, the bytes
//! up to each checksum sum to 0.

use super::*;
use crate::units::Voltage;

fn recording(name: &str) -> Option<Vec<u8>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recordings/").to_owned() + name;
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: there is no {path}");
    }
    bytes
}

/// How many blocks are right, how many are wrong, and how many HEX messages there are.
fn simple_check(bytes: &[u8]) -> (usize, usize, usize) {
    let text =
        String::from_utf8(bytes.iter().flat_map(|byte| char::from(*byte).to_string().into_bytes()).collect()).unwrap();
    let mut messages = 0;
    let mut rest = String::new();
    for (number, part) in text.split(':').enumerate() {
        let after = if number == 0 { part } else { part.split_once('\n').unwrap().1 };
        messages += usize::from(number > 0);
        rest += after;
    }
    let (mut right, mut wrong) = (0, 0);
    while let Some(at) = rest.find("Checksum\t") {
        let end = at + "Checksum\t".len();
        let checksum = rest[end..].chars().next().unwrap();
        let begin = rest.find("\r\n").filter(|begin| *begin < at).unwrap_or(0);
        let sum: u32 = rest[begin..end].chars().chain([checksum]).map(u32::from).sum();
        if sum.is_multiple_of(256) {
            right += 1
        } else {
            wrong += 1
        }
        rest = rest.split_off(end + checksum.len_utf8());
    }
    (right, wrong, messages)
}

fn compare(name: &str, model: &str) -> Option<(usize, usize, usize)> {
    let bytes = recording(name)?;
    let (mut right, mut wrong, mut messages) = (0, 0, 0);
    for frame in frames(&bytes) {
        match frame {
            Frame::Block(block) => {
                let fields = Fields::parse(&block).unwrap();
                let (identity, reading) = (fields.identity(), fields.reading());
                assert_eq!(identity.model.as_str(), model);
                assert!(identity.serial.is_some() && identity.firmware.is_some());
                let voltage = reading.battery.voltage.unwrap();
                assert!((Voltage(12_000)..Voltage(13_500)).contains(&voltage), "{voltage}");
                assert!(reading.battery.current.is_some() && reading.pv.is_some() && reading.pv_voltage.is_some());
                assert!(reading.load.is_some() && reading.alarms.is_empty() && reading.battery.charge.is_none());
                right += 1;
            }
            Frame::Hex(message) => {
                assert!([0x1050, 0x104F].contains(&message.register().unwrap().id));
                messages += 1;
            }
            Frame::Damaged(damaged) => {
                println!("{name}: refused: {damaged}");
                wrong += 1;
            }
        }
    }
    println!("{name}: {right} blocks are right, {wrong} are not, {messages} HEX messages");
    assert_eq!((right, wrong, messages), simple_check(&bytes));
    for size in [1, 7, 64, 4096] {
        let mut decoder = Decoder::default();
        let cut: Vec<Frame> = bytes.chunks(size).flat_map(|chunk| decoder.take(chunk)).collect();
        assert_eq!(cut, frames(&bytes));
    }
    Some((right, wrong, messages))
}

#[test]
fn blue_solar() {
    let counted = compare("ve-direct-bluesolar-mppt.dump", "BlueSolar MPPT 75|15");
    assert!(counted.is_none_or(|counted| counted == (248, 0, 7)), "{counted:?}");
}

#[test]
fn smart_solar() {
    let counted = compare("ve-direct-smartsolar-mppt.dump", "SmartSolar MPPT 100|20");
    assert!(counted.is_none_or(|counted| counted == (493, 1, 2)), "{counted:?}");
}

#[test]
fn conversations_with_recordings() {
    for name in ["ve-direct-bluesolar-mppt.dump", "ve-direct-smartsolar-mppt.dump"] {
        let Some(bytes) = recording(name) else { return };
        for begin in (0..3000).step_by(37) {
            assert!(listen(&[&bytes[begin..begin + 600]]).is_ok(), "{name} from {begin}");
        }
    }
}
