//! HEX messages: checks, kinds, registers.

use super::super::hex::{BadHex, Message, Register};
use super::*;
use crate::units::{Current, Power, Temperature, Voltage};

#[test]
fn messages() {
    // A ping's answer and a firmware's, from Victron's 'BlueSolar HEX protocol' (version 1.16).
    assert_eq!(Message::parse(b"51641F9"), Ok(Message::Ping(0x4116)));
    assert_eq!(Message::parse(b"1164100FD"), Ok(Message::Done(vec![0x16, 0x41, 0])));
    // Of the recording of a BlueSolar charger: its history of today, unasked.
    let recorded = b"A501000000000000000000000ED04C6040000000000C200000000000B0000000900C80D120172";
    let Ok(Message::Async(register)) = Message::parse(recorded) else { panic!("a register") };
    assert_eq!((register.id, register.flags, register.value.len()), (0x1050, 0, 34));

    for (message, command) in [
        (Message::Done(vec![1, 2]), 1),
        (Message::Unknown(vec![9]), 3),
        (Message::Error(vec![0xAA, 0xAA]), 4),
        (Message::Get(Register { id: 0x0201, flags: 0, value: vec![1] }), 7),
        (Message::Set(Register { id: 0x0201, flags: 4, value: vec![] }), 8),
    ] {
        let payload = match &message {
            Message::Done(bytes) | Message::Unknown(bytes) | Message::Error(bytes) => bytes.clone(),
            _ => {
                let register = message.register().unwrap();
                [&register.id.to_le_bytes()[..], &[register.flags], &register.value].concat()
            }
        };
        let sent = hex_message(command, &payload);
        assert_eq!(Message::parse(&sent[1..sent.len() - 1]), Ok(message));
    }
    let (unknown, short) = (hex_message(2, &[1]), hex_message(7, &[0x8D, 0xED]));
    for (digits, bad) in [
        (&b""[..], BadHex::Length),
        (b"5", BadHex::Length),
        (b"51641F", BadHex::Length),
        (b"51641F8", BadHex::Checksum(0x54)),
        (b"5x641F9", BadHex::Torn),
        (b"x1641F9", BadHex::Torn),
        (&unknown[1..unknown.len() - 1], BadHex::Command(2)),
        (&short[1..short.len() - 1], BadHex::Length),
    ] {
        assert_eq!(Message::parse(digits), Err(bad), "{digits:?}");
    }
}

#[test]
fn each_changed_digit_is_refused() {
    let message = b"A501000000000000000000000ED04C6040000000000C200000000000B0000000900C80D120172";
    for at in 0..message.len() {
        for digit in b"0123456789ABCDEF".iter().filter(|digit| **digit != message[at]) {
            let mut changed = message.to_vec();
            changed[at] = *digit;
            assert!(Message::parse(&changed).is_err(), "{at}");
        }
    }
}

#[test]
fn registers() {
    let reading = |id: u16, flags: u8, value: &[u8]| {
        let mut reading = Reading::default();
        Register { id, flags, value: value.to_vec() }.add_to(&mut reading);
        reading
    };
    assert_eq!(reading(0xED8D, 0, &[0xFC, 0x05]).battery.voltage, Some(Voltage(15_320)));
    assert_eq!(reading(0xEDD5, 0, &[0xE2, 0x04]).battery.voltage, Some(Voltage(12_500)));
    assert_eq!(reading(0xED8F, 0, &(-25_i16).to_le_bytes()).battery.current, Some(Current(-2500)));
    assert_eq!(reading(0xED8C, 0, &(-7742_i32).to_le_bytes()).battery.current, Some(Current(-7742)));
    assert_eq!(reading(0xED8E, 0, &(-103_i16).to_le_bytes()).battery.power, Some(Power(-103)));
    assert_eq!(reading(0x0FFF, 0, &9876_u16.to_le_bytes()).battery.charge.map(|soc| soc.charge.get()), Some(987));
    assert_eq!(reading(0xEDEC, 0, &29_815_u16.to_le_bytes()).battery.temperature, Some(Temperature(250)));
    assert_eq!(reading(0xEDEC, 0, &26_800_u16.to_le_bytes()).battery.temperature, Some(Temperature(-52)));
    assert_eq!(reading(0xEDBC, 0, &41_250_u32.to_le_bytes()).pv, Some(Power(412)));
    assert_eq!(reading(0xEDBB, 0, &3358_u16.to_le_bytes()).pv_voltage, Some(Voltage(33_580)));
    for nothing in [
        reading(0xED8D, 0, &[0xFF, 0x7F]),
        reading(0xED8D, 1, &[0xFC, 0x05]),
        reading(0xED8D, 0, &[0xFC]),
        reading(0xEDBB, 0, &[0xFF, 0xFF]),
        reading(0xED8C, 0, &i32::MAX.to_le_bytes()),
        reading(0xEDBC, 0, &u32::MAX.to_le_bytes()),
        reading(0xEDBC, 0, &(u32::MAX - 1).to_le_bytes()),
        reading(0xEDEC, 0, &[0, 0]),
        reading(0x0FFF, 0, &10_100_u16.to_le_bytes()),
        reading(0x1050, 0, &[0; 34]),
    ] {
        assert!(nothing.is_empty(), "{nothing:?}");
    }
}
