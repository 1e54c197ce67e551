//! JBD: replies as devices gave them, and such as are torn, changed or refused.
//!
//! The replies are from the logs and test data of syssi/esphome-jbd-bms.

use super::*;
use crate::protocol::tests::{Random, Story, hex};
use crate::units::{Capacity, Current, Power, Temperature};

const VALUES: &str =
    "DD 03 00 1D 06 18 00 00 01 F2 01 F4 00 00 2C 7C 00 00 00 00 00 00 80 64 03 04 03 0B 8B 0B 8A 0B 84 FA 8D 77";
const CELLS: &str = "DD 04 00 08 0F 45 0F 3D 0F 37 0F 3D FE C6 77";

fn name() -> Vec<u8> {
    let mut bytes = vec![0xDD, 5, 0, 0x19];
    bytes.extend(b"JBD-SP04S034-L4S-200A-B-U");
    bytes.extend(hex("FA 08 77"));
    bytes
}

fn framed(what: What, status: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xDD, what as u8, status, data.len() as u8];
    bytes.extend(data);
    let sum = fields::sum(&bytes[2..]).wrapping_neg();
    bytes.extend(sum.to_be_bytes());
    bytes.push(0x77);
    bytes
}

fn device(request: &[u8]) -> Vec<u8> {
    match request[2] {
        3 => hex(VALUES),
        4 => hex(CELLS),
        5 => name(),
        _ => Vec::new(),
    }
}

fn boxed() -> Box<dyn Conversation> {
    Box::new(begin())
}

#[test]
fn what_is_sent() {
    let expected = ["DD A5 03 00 FF FD 77", "DD A5 04 00 FF FC 77", "DD A5 05 00 FF FB 77"].map(hex);
    assert_eq!(requests(), expected);
}

#[test]
fn replies() {
    let good = hex(VALUES);
    let Ok(Reply::Data(data)) = decode(What::Values, &good) else { panic!("a reply") };
    assert_eq!(data.len(), 29);
    assert_eq!(framed(What::Values, 0, &data), good);
    assert_eq!(decode(What::Values, &framed(What::Values, 0x80, &[])), Ok(Reply::Refused));
    let with = |at: usize, byte: u8| {
        let mut changed = good.clone();
        changed[at] = byte;
        decode(What::Values, &changed).unwrap_err().to_string()
    };
    assert_eq!(with(5, 0x19), "its checksum is 0xfa8d, and 0xfa8c is expected");
    assert_eq!(with(3, 0x1E), "it has 29 bytes of data, and 30 are expected");
    assert_eq!(with(2, 1), "it does not begin and end as the reply to this question does");
    assert_eq!(decode(What::Cells, &good), Err(BadReply::Ends));
    for at in 0..good.len() {
        for change in 1..=255 {
            let mut changed = good.clone();
            changed[at] ^= change;
            assert!(decode(What::Values, &changed).is_err(), "{at} {change}");
        }
    }
}

/// Older ones have no sensors; newer ones say more behind what is known.
#[test]
fn lengths() {
    let bare = hex("DD 03 00 17 00 00 00 00 00 00 27 10 00 00 2C 50 00 00 00 00 00 00 20 00 01 10 00 FF 05 77");
    let Ok(Reply::Data(data)) = decode(What::Values, &bare) else { panic!("a reply") };
    let (reading, version) = values(&data).unwrap();
    let battery = reading.battery;
    assert_eq!((battery.voltage, battery.power, battery.temperature), (None, None, None));
    assert_eq!((battery.capacity, battery.charge.unwrap().charge.get()), (Some(Capacity(100_000)), 0));
    assert_eq!(version.as_str(), "2.0");
    let Ok(Reply::Data(data)) = decode(What::Values, &hex(VALUES)) else { panic!("a reply") };
    let (reading, _) = values(&data).unwrap();
    let longer = [&data[..], &[0, 1, 2, 3, 4, 5, 6, 7]].concat();
    assert_eq!(values(&longer).unwrap().0, reading);
    for length in 0..data.len() {
        let expected = if length < 23 { 23 } else { 29 };
        assert_eq!(values(&data[..length]), Err(BadReply::Length { found: length, expected }));
    }
    // One cell of sixteen is not there.
    let fifteen = hex(&format!("DD 04 00 20 {} 00 00 FE 1E 77", "0E 10 ".repeat(15)));
    let Ok(Reply::Data(data)) = decode(What::Cells, &fifteen) else { panic!("a reply") };
    assert_eq!(cells(&data), Ok(Some((Voltage(3600), Voltage(3600)))));
    assert_eq!(cells(&[]), Ok(None));
}

#[test]
fn what_it_says() {
    let Ok(Reply::Data(mut data)) = decode(What::Values, &hex(VALUES)) else { panic!("a reply") };
    data[2..4].copy_from_slice(&(-1_234_i16).to_be_bytes());
    let (reading, _) = values(&data).unwrap();
    assert_eq!((reading.battery.current, reading.battery.power), (Some(Current(-12_340)), Some(Power(-193))));
    for (bit, alarm) in PROTECTION.into_iter().enumerate() {
        data[16..18].copy_from_slice(&(1_u16 << bit).to_be_bytes());
        assert_eq!(values(&data).unwrap().0.alarms, [alarm]);
    }
    data[19] = 101;
    assert_eq!(values(&data).map_err(|bad| bad.to_string()), Err("its charge is 1010 thousandths".to_owned()));
    assert_eq!(cells(&[0x13, 0x89]).map_err(|bad| bad.to_string()), Err("its cell's voltage is 5001 mV".to_owned()));
}

#[test]
fn a_conversation() {
    let story = Story::new(&boxed, requests(), &device);
    let heard = story.holds();
    story.is_exact(&heard);
    assert_eq!(heard.identity.model.as_str(), "JBD-SP04S034-L4S-200A-B-U");
    let battery = &heard.reading.battery;
    let charge = battery.charge.unwrap();
    assert_eq!((charge.charge.get(), charge.confidence), (1000, Confidence::Counted));
    assert_eq!(
        (battery.voltage, battery.current, battery.power),
        (Some(Voltage(15_600)), Some(Current(0)), Some(Power(0)))
    );
    assert_eq!((battery.temperature, battery.capacity), (Some(Temperature(224)), Some(Capacity(5_000))));
    assert_eq!((battery.lowest_cell, battery.highest_cell), (Some(Voltage(3895)), Some(Voltage(3909))));
    let heard = |device: &dyn Fn(&[u8]) -> Vec<u8>| Story::new(&boxed, requests(), device).heard();
    let refused = heard(&|_| framed(What::Values, 0x80, &[]));
    assert_eq!(refused, Err(Unheard::Refused("it gives no values".to_owned())));
    let short = heard(&|_| framed(What::Values, 0, &[1; 10]));
    assert_eq!(short, Err(Unheard::Impossible("it has 10 bytes of data, and 23 are expected".to_owned())));
    // It has no name, and says nothing of its cells.
    let bare = heard(&|request| if request[2] == 3 { hex(VALUES) } else { framed(What::Name, 0x80, &[]) });
    assert_eq!(bare.unwrap().reading.battery.lowest_cell, None);
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let (mut random, story) = (Random::SEED, Story::new(&boxed, requests(), &device));
    (0..500).for_each(|_| story.arbitrary(&mut random));
}

#[test]
#[ignore = "long"]
fn for_long_jbd() {
    Story::new(&boxed, requests(), &device).for_long(1);
}
