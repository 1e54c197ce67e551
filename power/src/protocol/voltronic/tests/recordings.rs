//! What real inverters answered. Whether an answer is whole, a check of its own says: it begins with a bracket and ends with `\r`,
//! and a remainder by long division is what stands before that.

use super::super::{pi30, pi30::Rating};
use super::*;
use crate::reading::{Alarm, Reading};
use crate::units::{Current, Power, Voltage};

/// CRC-16/XMODEM as a division of polynomials, bit by bit.
fn remainder(bytes: &[u8]) -> u16 {
    let mut bits: Vec<bool> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    bits.extend([false; 16]);
    for at in 0..bits.len() - 16 {
        if bits[at] {
            [0, 4, 11, 16].into_iter().for_each(|term| bits[at + term] ^= true);
        }
    }
    bits[bits.len() - 16..].iter().fold(0, |number, bit| number << 1 | u16::from(*bit))
}

fn simple_check(bytes: &[u8]) -> bool {
    let Some((content, [high, low, b'\r'])) = bytes.split_last_chunk::<3>() else { return false };
    let escaped = |byte: u8| if [0x28, 0x0D, 0x0A].contains(&byte) { byte + 1 } else { byte };
    let right = remainder(content);
    content.starts_with(b"(") && [*high, *low] == [escaped((right >> 8) as u8), escaped(right as u8)]
}

#[test]
fn every_whole_reply_and_no_other() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/recordings/pi30-replies.txt");
    let Ok(file) = std::fs::read_to_string(path) else { return println!("skipped: there is no {path}") };
    let (mut read, mut refused) = (0, 0);
    for line in file.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (question, digits) = line.split_once(' ').unwrap_or((line, ""));
        let bytes: Vec<u8> =
            (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect();
        let reply = Reply::parse(&bytes);
        assert_eq!(reply.is_ok(), simple_check(&bytes), "{line}");
        let found = frames(&bytes);
        match reply {
            Ok(reply) => {
                assert_eq!(found, [Ok(reply.clone())]);
                let Reply::Spaced(text) = reply else { panic!("{line}") };
                understood(question, &text);
                read += 1;
            }
            Err(damaged) => {
                println!("{question}: refused: {damaged}");
                assert!(found.iter().all(Result::is_err));
                refused += 1;
            }
        }
    }
    println!("{read} replies are whole, {refused} are not");
    assert!(read > 0);
}

/// What is used of a reply is read right, and no other is taken for it.
fn understood(question: &str, text: &str) {
    let mut reading = Reading::default();
    assert_eq!(pi30::status(text).is_ok(), question == "QPIGS", "{question}");
    match question {
        "QPIGS" => {
            pi30::status(text).unwrap().add_to(&mut reading);
            assert_eq!(
                (reading.battery.voltage, reading.battery.current),
                (Some(Voltage(57_500)), Some(Current(12_000)))
            );
            assert_eq!(
                (reading.load, reading.pv, reading.pv_voltage),
                (Some(Power(119)), Some(Power(856)), Some(Voltage(103_800)))
            );
        }
        "QPIRI" => {
            let Rating { output, battery } = pi30::rating(text).unwrap().unwrap();
            assert!([3000, 5000, 8000].contains(&output) && battery == Voltage(48_000));
        }
        "QPIWS" => {
            pi30::warnings(text, &mut reading).unwrap();
            assert_eq!(reading.alarms, Vec::<Alarm>::new(), "no sun is no alarm");
        }
        _ => {}
    }
}
