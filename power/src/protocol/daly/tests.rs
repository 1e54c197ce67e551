//! Daly: frames as the papers and projects have them, and conversations.
//!
//! Frames are from maland16/daly-bms-uart, the threads of Louisvdw/dbus-serialbattery and of esphome (12445), and
//! Daly's paper.

use super::*;
use crate::protocol::tests::{Random, Story, hex};
use crate::reading::{Alarm, Confidence};
use crate::units::{Capacity, Current, Power, Temperature, Voltage};

fn reply(what: What, data: [u8; 8]) -> Vec<u8> {
    let mut bytes = vec![0xA5, 1, what as u8, 8];
    bytes.extend(data);
    bytes.push(bytes.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
    bytes
}

/// 26.4 V, 12.3 A more than none, 76.5 %.
const PACK: [u8; 8] = [1, 8, 0, 0, 0x75, 0xAB, 2, 0xFD];

fn data(what: u8) -> [u8; 8] {
    match what {
        0x90 => PACK,
        0x91 => [0x0C, 0xF4, 3, 0x0C, 0xE1, 7, 0, 0],
        0x92 => [64, 1, 61, 2, 0, 0, 0, 0],
        0x93 => [2, 1, 1, 120, 0, 2, 0xEA, 0x88],
        0x98 => [0; 8],
        _ => [0, 3, 0x0D, 0x40, 0, 0, 0x0C, 0x80],
    }
}

fn what(number: u8) -> What {
    ALL.into_iter().find(|what| *what as u8 == number).unwrap()
}

fn device(request: &[u8]) -> Vec<u8> {
    reply(what(request[2]), data(request[2]))
}

fn boxed() -> Box<dyn Conversation> {
    Box::new(begin())
}

#[test]
fn what_is_sent() {
    assert_eq!(What::Pack.encode(0), hex("A5 40 90 08 0000000000000000 7D"));
    assert_eq!(What::State.encode(0), hex("A5 40 93 08 0000000000000000 80"));
    assert_eq!(What::Pack.encode(0xAA), hex("A5 40 90 08 AAAAAAAAAAAAAAAA CD"));
    let numbers: Vec<u8> = requests().iter().map(|request| request[2]).collect();
    assert!(numbers.iter().all(|number| [0x50, 0x90, 0x91, 0x92, 0x93, 0x98].contains(number)));
    assert_eq!(numbers.len(), 12);
}

#[test]
fn frames() {
    let recorded = [
        ("A5 01 90 08 02 3A 00 00 75 30 01 ED 0D", 57_000, 493),
        ("A5 01 90 08 00 82 00 00 75 30 01 F3 59", 13_000, 499),
    ];
    for (frame, millivolts, permille) in recorded {
        let pack = decode(What::Pack, &hex(frame)).unwrap();
        let battery = Values { pack: Some(pack), ..Values::default() }.heard().unwrap().reading.battery;
        assert_eq!((battery.voltage, battery.current), (Some(Voltage(millivolts)), Some(Current(0))));
        assert_eq!(
            (battery.charge.unwrap().charge.get(), battery.charge.unwrap().confidence),
            (permille, Confidence::Counted)
        );
    }
    let cells = decode(What::Cells, &hex("A5 01 91 08 0C B5 02 0C B2 01 00 03 C4")).unwrap();
    let battery = Values { cells: Some(cells), ..Values::default() }.heard().unwrap().reading.battery;
    assert_eq!((battery.highest_cell, battery.lowest_cell), (Some(Voltage(3253)), Some(Voltage(3250))));
    let good = hex("A5 01 90 08 02 3A 00 00 75 30 01 ED 0D");
    for at in 0..good.len() {
        for change in 1..=255 {
            let mut changed = good.clone();
            changed[at] ^= change;
            assert!(decode(What::Pack, &changed).is_err());
        }
    }
    let wrong = |bytes: &[u8]| decode(What::Pack, bytes).unwrap_err().to_string();
    assert_eq!(wrong(&good[..12]), "it has 12 bytes, and 13 are expected");
    assert_eq!(wrong(&[&good[..12], &[0x0E]].concat()), "its checksum is 0x0e, and 0x0d is expected");
    assert_eq!(wrong(&What::Pack.encode(0)), "it does not begin as the reply to this question does");
}

#[test]
fn a_conversation() {
    let story = Story::new(&boxed, requests(), &device);
    let heard = story.holds();
    assert_eq!(heard.identity.maker.as_str(), "Daly");
    let battery = &heard.reading.battery;
    assert_eq!((battery.voltage, battery.charge.unwrap().charge.get()), (Some(Voltage(26_400)), 765));
    // It says that it is discharged.
    assert_eq!((battery.current, battery.power), (Some(Current(-12_300)), Some(Power(-325))));
    assert_eq!((battery.temperature, battery.capacity), (Some(Temperature(240)), Some(Capacity(200_000))));
    assert_eq!((battery.lowest_cell, battery.highest_cell), (Some(Voltage(3297)), Some(Voltage(3316))));
    assert_eq!(heard.reading.alarms, []);
    // The sign of the current is known only with 93.
    let still = |request: &[u8]| if request[2] == 0x93 { Vec::new() } else { device(request) };
    let story = Story::new(&boxed, requests(), &still);
    story.is_exact(&story.heard().unwrap());
}

#[test]
fn directions() {
    for (state, current) in [(0, 12_300), (1, 12_300), (2, -12_300), (9, 12_300)] {
        let values = Values { pack: Some(PACK), state: Some([state, 0, 0, 0, 0, 0, 0, 0]), ..Values::default() };
        assert_eq!(values.heard().unwrap().reading.battery.current, Some(Current(current)));
    }
    let mut less = PACK;
    less[4..6].copy_from_slice(&29_877_u16.to_be_bytes());
    for (state, current) in [(0, -12_300), (1, 12_300), (2, -12_300)] {
        let values = Values { pack: Some(less), state: Some([state, 0, 0, 0, 0, 0, 0, 0]), ..Values::default() };
        assert_eq!(values.heard().unwrap().reading.battery.current, Some(Current(current)));
    }
}

#[test]
fn others() {
    let heard = |device: &dyn Fn(&[u8]) -> Vec<u8>| Story::new(&boxed, requests(), device).heard();
    // It answers only where the question is filled with 0xAA.
    let filled = heard(&|request| if request[4] == 0xAA { device(request) } else { Vec::new() });
    assert_eq!(filled, Ok(heard(&device).unwrap()));
    // It knows only one question.
    let one = heard(&|request| if request[2] == 0x90 { device(request) } else { Vec::new() }).unwrap();
    assert_eq!((one.reading.battery.current, one.reading.battery.capacity), (Some(Current(12_300)), None));
    let with = |number: u8, data: [u8; 8]| {
        heard(&|request| if request[2] == number { reply(what(number), data) } else { device(request) })
    };
    let impossible = |why: &str| Err(Unheard::Impossible(why.to_owned()));
    assert_eq!(with(0x90, [1, 8, 0, 0, 0x75, 0x30, 3, 0xE9]), impossible("its charge is 1001 thousandths"));
    assert_eq!(with(0x90, [1, 8, 0, 0, 0, 0, 0, 9]), impossible("its current is -3000000 mA"));
    assert_eq!(with(0x91, [0xFF, 0xFF, 1, 0x0C, 0, 1, 0, 0]), impossible("its cell's voltage is 65535 mV"));
    assert_eq!(with(0x92, [0; 8]).unwrap().reading.battery.temperature, None);
    for (byte, bit, alarm) in [
        (0, 0, Alarm::BatteryHigh),
        (0, 7, Alarm::BatteryLow),
        (1, 4, Alarm::TooHot),
        (1, 2, Alarm::TooCold),
        (2, 3, Alarm::Overload),
        (3, 0, Alarm::Imbalance),
        (4, 1, Alarm::TooHot),
        (5, 6, Alarm::Fault),
        (6, 2, Alarm::ShortCircuit),
        (6, 3, Alarm::BatteryLow),
    ] {
        let mut alarms = [0; 8];
        alarms[byte] = 1 << bit;
        assert_eq!(with(0x98, alarms).unwrap().reading.alarms, [alarm]);
    }
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let (mut random, story) = (Random::SEED, Story::new(&boxed, requests(), &device));
    (0..500).for_each(|_| story.arbitrary(&mut random));
}

#[test]
#[ignore = "long"]
fn for_long_daly() {
    Story::new(&boxed, requests(), &device).for_long(1);
}
