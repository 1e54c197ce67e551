//! Pylontech on CAN: messages as batteries sent them, such as lack some, and such as can't be.
//!
//! The messages are from setfirelabs' measurements and from the documents of the protocol's versions 1.2 and 1.3.

use super::*;
use crate::protocol::tests::{Random, Story, hex};
use crate::units::{Current, Power, Temperature, Voltage};

fn frame(id: u32, data: &str) -> Vec<u8> {
    let data = hex(data);
    let mut bytes = id.to_ne_bytes().to_vec();
    bytes.extend([data.len() as u8, 0, 0, 0]);
    bytes.extend(&data);
    bytes.resize(LENGTH, 0);
    bytes
}

const USUAL: [(u32, &str); 6] = [
    (0x359, "00 00 00 00 0A 50 4E"),
    (0x351, "14 02 74 0E 74 0E CC 01"),
    (0x355, "1A 00 64 00"),
    (0x356, "7A 13 F2 FE 6B 01"),
    (0x35C, "C0 00"),
    (0x35E, "50 59 4C 4F 4E 20 20 20"),
];

fn bus(messages: &[(u32, &str)]) -> Vec<u8> {
    messages.iter().flat_map(|(id, data)| frame(*id, data)).collect()
}

/// The usual messages, with this one in the place of its own.
fn with(id: u32, data: &str) -> Vec<u8> {
    let others = USUAL.iter().filter(|(usual, _)| *usual != id && (*usual != 0x359 || id != 0x35A));
    [frame(id, data), bus(&others.copied().collect::<Vec<_>>())].concat()
}

fn boxed() -> Box<dyn Conversation> {
    Box::new(begin())
}

fn heard(stream: &[u8]) -> Result<Heard, Unheard> {
    Story::new(&boxed, requests(), &|_: &[u8]| stream.to_vec()).heard()
}

#[test]
fn what_is_usual() {
    let stream = bus(&USUAL);
    let device = |_: &[u8]| stream.clone();
    let heard = Story::new(&boxed, requests(), &device).holds();
    assert_eq!(heard.identity.maker.as_str(), "Pylontech");
    let battery = &heard.reading.battery;
    let charge = battery.charge.unwrap();
    assert_eq!((charge.charge.get(), charge.confidence), (260, Confidence::Counted));
    assert_eq!(
        (battery.voltage, battery.current, battery.power),
        (Some(Voltage(49_860)), Some(Current(-27_000)), Some(Power(-1346)))
    );
    assert_eq!((battery.temperature, battery.health.map(|health| health.get())), (Some(Temperature(363)), Some(1000)));
    assert_eq!((battery.lowest_cell, &heard.reading.alarms[..]), (None, &[][..]));
    // What comes after all that is usual is not waited for.
    let mut conversation = begin();
    conversation.received(&stream);
    assert!(matches!(conversation.next(), Step::End(Ok(_))));
}

#[test]
fn messages_that_differ() {
    let battery = |stream: Vec<u8>| heard(&stream).unwrap().reading.battery;
    let charge = |stream: Vec<u8>| battery(stream).charge.unwrap().charge.get();
    assert_eq!(charge(with(0x355, "54 00 60 00 00 00")), 840);
    assert_eq!(charge(with(0x355, "54 00 60 00 20 21 00 00")), 848);
    assert_eq!(charge(with(0x355, "54 00 60 00 20 03")), 840);
    assert_eq!(charge(with(0x355, "54 00")), 840);
    let old = battery(with(0x356, "4e 13 02 03"));
    assert_eq!((old.voltage, old.current, old.temperature), (Some(Voltage(49_420)), Some(Current(77_000)), None));
    assert_eq!(battery(with(0x356, "4e 13 02 03 FF 7F")).temperature, None);
    // No maker, no alarms: what there is counts once the time is over.
    let few = bus(&USUAL[2..4]);
    assert_eq!(heard(&few).unwrap().identity, Identity::default());
    let cells = [frame(0x373, "C8 0C E4 0C 22 01 24 01"), bus(&USUAL)].concat();
    let cells = battery(cells);
    assert_eq!((cells.lowest_cell, cells.highest_cell), (Some(Voltage(3272)), Some(Voltage(3300))));
}

#[test]
fn what_is_wrong() {
    let alarms = |stream: Vec<u8>| heard(&stream).unwrap().reading.alarms;
    assert_eq!(alarms(with(0x359, "02 00 00 00 01 50 4E")), [Alarm::BatteryHigh]);
    assert_eq!(alarms(with(0x359, "00 00 04 00 01 50 4E")), [Alarm::BatteryLow]);
    assert_eq!(alarms(with(0x359, "18 00 00 00 01 50 4E")), [Alarm::TooCold, Alarm::TooHot]);
    assert_eq!(alarms(with(0x359, "80 08 00 01 01 50 4E")), [Alarm::Overload, Alarm::Fault]);
    assert_eq!(alarms(with(0x35A, "AA AA AA AA AA AA AA AA")), []);
    assert_eq!(alarms(with(0x35A, "55 00 00 00 00 00 00 00")), [Alarm::BatteryLow, Alarm::BatteryHigh, Alarm::TooHot]);
    assert_eq!(alarms(with(0x35A, "01 00 00 00 00 00 00 00")), [Alarm::Fault]);
    assert_eq!(alarms(with(0x35A, "00 00 00 00 00 00 10 01")), [Alarm::ShortCircuit, Alarm::Imbalance]);
    let impossible = |why: &str| Err(Unheard::Impossible(why.to_owned()));
    assert_eq!(heard(&with(0x355, "65 00 64 00")), impossible("its charge is 1010 thousandths"));
    assert_eq!(heard(&with(0x355, "64 00 65 00")), impossible("its health is 101 %"));
    assert_eq!(heard(&with(0x356, "4e 13 02 03 E8 0F")), impossible("its temperature is 4072 tenths of a degree"));
}

#[test]
fn other_messages() {
    // With 29 bits, a question, an error: none of them is the battery's.
    for flags in [0x8000_0000, 0x4000_0000, 0x2000_0000_u32] {
        let other: Vec<u8> = USUAL.iter().flat_map(|(id, data)| frame(*id | flags, data)).collect();
        assert_eq!(heard(&other), Err(Unheard::Other("a battery's")));
        assert_eq!(heard(&[other, bus(&USUAL)].concat()), heard(&bus(&USUAL)));
    }
    assert_eq!(heard(&bus(&USUAL[..3])), Err(Unheard::Other("a battery's")));
    assert_eq!(heard(&[vec![0; 37], bus(&USUAL)].concat()), heard(&bus(&USUAL)));
    assert_eq!(heard(&frame(0x355, "1A")), Err(Unheard::Other("a battery's")));
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let stream = bus(&USUAL);
    let (mut random, device) = (Random::SEED, |_: &[u8]| stream.clone());
    let story = Story::new(&boxed, requests(), &device);
    (0..2000).for_each(|_| story.arbitrary(&mut random));
}

#[test]
#[ignore = "long"]
fn for_long_pylontech_can() {
    let stream = bus(&USUAL);
    Story::new(&boxed, requests(), &|_: &[u8]| stream.clone()).for_long(1);
}
