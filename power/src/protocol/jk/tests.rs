//! JK: replies and frames as boards sent them, and such as are torn, changed, or of something else.
//!
//! The replies are those of the protocol document of syssi/esphome-jk-bms (14 cells) and of
//! Kenura-R-Gunarathna/jkbms-esp32 (7 cells); the frames were heard in syssi/esphome-jk-bms 442 and jblance/mpp-solar
//! 460.

use super::*;
use crate::conversation::{Conversation, Unheard};
use crate::protocol::possible::Impossible;
use crate::protocol::tests::{Random, Story, hex};
use crate::reading::{Alarm, Confidence};
use crate::units::{Capacity, Current, Power, Temperature, Voltage};

const FOURTEEN: &str = "\
    4E57 011B 00000000 06 00 01 79 2A 010EED 020EFA 030EF7 040EEC 050EF8 060EFA 070EF1 080EF8 090EE3 0A0EFA 0B0E\
    F1 0C0EFB 0D0EFB 0E0EF2 80001D 81001E 82001C 8314EF 8480D0 850F 8602 870004 8900000000 8A000E 8B0000 8C0007 \
    8E1626 8F10AE 900FD2 910FA0 920005 930BEA 940C1C 950005 96012C 970007 980003 990005 9A0005 9B0CE4 9C0008 9D0\
    1 9E005A 9F0046 A00064 A10064 A20014 A30046 A40046 A5FFEC A6FFF6 A7FFEC A8FFF6 A90E AA0000000E AB01 AC01 AD0\
    411 AE01 AF01 B0000A B114 B231323334353600000000 B300 B4496E707574205573 B532313031 B60000E200 B748362E585F5\
    F53362E312E33535F5F B800 B900000000 BA425433303732303230313230303030323030353231303031 C001 00000000 68 0000 \
    54D1";

const SEVEN: &str = "\
    4E57 0106 00000000 06 00 01 79 15 010ED2 020ED2 030ED2 040ED2 050EDB 060EDB 070EDB 80001C 81001C 82001C 830A\
    62 840000 855A 8602 870000 8900000005 8A0007 8B0000 8C0003 8E0B7C 8F07B6 901068 911054 920003 930B04 940B22 \
    950003 96012C 9700C8 98012C 990019 9A001E 9B0BB8 9C000A 9D01 9E0064 9F0050 A00046 A1003C A20014 A30046 A4004\
    6 A5FFEC A6FFF6 A7FFEC A8FFF6 A907 AA00000075 AB01 AC01 AD03CC AE01 AF01 B0000A B114 B231323334353600000000 \
    B300 B4496E707574205573 B532343037 B600000819 B731312E58415F5331312E35315F5F5F B800 B900000075 BA496E7075742\
    055736572 64614A4B5F423141385332305000 C001 00000000 68 0000 4D89";

/// What a board with the address 1 said, and behind it whose it was.
const ONE: &str = "\
    55aaeb900205120d110d120d120d120d120d120d110d120d110d110d110d120d110d120d110d00000000000000000000000000000000\
    00000000000000000000000000000000ffff0000120d010000094d004b004d004b004d004a004c0049004c004b004e004c0050004e00\
    50004e000000000000000000000000000000000000000000000000000000000000000000ce000000000022d100000000000000000000\
    c000c7000000000000000064aa9e040080a3040000000000df040000640000005a1f0c0001010000000000000000000000000000ff00\
    010000009303000000000bc23f4000000000e91400000001010100060000746e5c0000000000ce00bf00c1008d036a3e090009000000\
    8051010000000000000000000000000000feff7fdd2f0101b00700000018";

/// The first board, whose address is 0.
const FIRST: &str = "\
    55aaeb900200120d120d120d110d110d120d110d110d120d110d110d110d120d120d110d110d00000000000000000000000000000000\
    00000000000000000000000000000000ffff0000120d01000002530050004f004a004d004b004d004d0053004e004d004a004c004d00\
    520051000000000000000000000000000000000000000000000000000000000000000000df000000000019d100000000000000000000\
    c800ce0000000000000000642e9e040080a30400000000002f0d0000640000006a8b2a0001010000000000000000000000000000ff00\
    010000009a030000000060543f4000000000e814000000010101000600004488650000000000df00c900d0009a036b270a007f000000\
    8051010000000000000000000000000000feff7fdd2f0101b00700000029";

/// The question to a board, which is heard too.
const QUESTION: &str = "01 10 16 20 00 01 02 00 00 d6 f1";
const OF_ONE: &str = "01 10 16 20 00 01 04 4b";
const OF_FIRST: &str = "00 10 16 20 00 01 05 9a";

fn asked_registers(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut registers = asked::decode(&hex(FOURTEEN)).unwrap().to_vec();
    change(&mut registers);
    registers
}

/// The data of a register, changed.
fn with(register: &[u8], data: &[u8]) -> Vec<u8> {
    asked_registers(|registers| {
        let at = registers.windows(register.len()).position(|window| window == register).unwrap() + 1;
        registers[at..at + data.len()].copy_from_slice(data);
    })
}

fn boxed_asked() -> Box<dyn Conversation> {
    Box::new(asked::begin())
}

fn boxed_heard() -> Box<dyn Conversation> {
    Box::new(heard::begin())
}

fn answers(request: &[u8]) -> Vec<u8> {
    assert_eq!(request, asked::REQUEST);
    hex(FOURTEEN)
}

#[test]
fn replies() {
    let sum: u32 = asked::REQUEST[..17].iter().map(|byte| u32::from(*byte)).sum();
    assert_eq!(asked::REQUEST[17..], sum.to_be_bytes());
    for good in [FOURTEEN, SEVEN].map(hex) {
        assert!(asked::decode(&good).is_ok());
        for at in 0..good.len() {
            // The first half of the checksum is always zero, and is not looked at.
            if !(good.len() - 4..good.len() - 2).contains(&at) {
                let mut changed = good.clone();
                changed[at] ^= 0x11;
                assert!(asked::decode(&changed).is_err(), "{at}");
            }
        }
    }
    let wrong = |bytes: &[u8]| asked::decode(bytes).unwrap_err().to_string();
    let good = hex(FOURTEEN);
    assert_eq!(wrong(&good[..280]), "it has 280 bytes, and 285 are expected");
    assert_eq!(wrong(&[&good[..284], &[0xD2]].concat()), "its checksum is 0x54d2, and 0x54d1 is expected");
    assert_eq!(wrong(&asked::REQUEST), "it does not begin and end as a reply does");
    assert_eq!(wrong(b"NW"), "it has 2 bytes, and 20 are expected");
}

#[test]
fn what_registers_say() {
    let fourteen = asked::values(asked::decode(&hex(FOURTEEN)).unwrap()).unwrap();
    let battery = &fourteen.reading.battery;
    assert_eq!(
        (battery.voltage, battery.current, battery.power),
        (Some(Voltage(53_590)), Some(Current(2_080)), Some(Power(111)))
    );
    let charge = battery.charge.unwrap();
    assert_eq!((charge.charge.get(), charge.confidence), (150, Confidence::Counted));
    assert_eq!((battery.temperature, battery.capacity), (Some(Temperature(280)), Some(Capacity(14_000))));
    assert_eq!((battery.lowest_cell, battery.highest_cell), (Some(Voltage(3811)), Some(Voltage(3835))));
    assert_eq!(fourteen.identity.firmware.as_ref().map(|version| version.as_str()), Some("H6.X__S6.1.3S"));
    let seven = asked::values(asked::decode(&hex(SEVEN)).unwrap()).unwrap();
    let battery = &seven.reading.battery;
    assert_eq!((battery.voltage, battery.current), (Some(Voltage(26_580)), Some(Current(0))));
    assert_eq!((battery.charge.unwrap().charge.get(), battery.capacity), (900, Some(Capacity(117_000))));
    assert_eq!(seven.identity.model.as_str(), "JK_B1A8S20P");
}

#[test]
fn registers_that_differ() {
    let reading = |registers: &[u8]| asked::values(registers).unwrap().reading;
    let current = |raw: [u8; 2], way: Option<u8>| {
        let mut registers = with(&[0x84, 0x80], &raw);
        registers.truncate(registers.len() - 2);
        registers.extend(way.into_iter().flat_map(|way| [0xC0, way]));
        reading(&registers).battery.current.map(|current| current.0)
    };
    for (raw, way, expected) in [
        ([0x80, 0xD0], Some(1), Some(2_080)),
        ([0x00, 0xD0], Some(1), Some(-2_080)),
        ([0x26, 0x48], Some(0), Some(2_000)),
        ([0x27, 0xD8], Some(0), Some(-2_000)),
        ([0x80, 0xD0], Some(2), None),
        ([0x80, 0xD0], None, None),
    ] {
        assert_eq!(current(raw, way), expected);
    }
    assert_eq!(reading(&with(&[0x82, 0], &[0, 105])).battery.temperature, Some(Temperature(-50)));
    assert_eq!(reading(&with(&[0x8B, 0], &[0, 0x81])).alarms, [Alarm::BatteryLow, Alarm::Imbalance]);
    let refused = |registers: &[u8]| asked::values(registers).map_err(|impossible: Impossible| impossible.to_string());
    assert_eq!(refused(&with(&[0x82, 0], &[0, 200])), Err("its temperature is 200 of 0 to 140".to_owned()));
    assert_eq!(refused(&with(&[0x85, 0x0F], &[101])), Err("its charge is 1010 thousandths".to_owned()));
    // A register that is not known hides those behind it.
    let newer = asked_registers(|registers| {
        let at = registers.windows(2).position(|window| window == [0x85, 0x0F]).unwrap();
        registers.splice(at..at, [0xD7, 1, 2]);
    });
    let battery = reading(&newer).battery;
    assert_eq!((battery.voltage, battery.charge), (Some(Voltage(53_590)), None));
}

#[test]
fn a_conversation() {
    let story = Story::new(&boxed_asked, requests(), &answers);
    let heard = story.holds();
    assert_eq!(heard.identity.maker.as_str(), "JK");
    story.is_exact(&heard);
    let nothing = |_: &[u8]| {
        let mut bytes = hex("4E57 0012 00000000 06 00 01 00000000 68 0000");
        let sum: u16 = bytes.iter().map(|byte| u16::from(*byte)).sum::<u16>();
        bytes.extend(sum.to_be_bytes());
        bytes
    };
    assert_eq!(Story::new(&boxed_asked, requests(), &nothing).heard(), Err(Unheard::Other("a JK's")));
}

#[test]
fn frames() {
    for good in [ONE, FIRST].map(hex) {
        assert_eq!(heard::decode(&good).map(|frame| frame.len()), Ok(300));
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 0x11;
            assert!(heard::decode(&changed).is_err(), "{at}");
        }
    }
    let good = hex(ONE);
    let wrong = |bytes: &[u8]| heard::decode(bytes).unwrap_err().to_string();
    assert_eq!(wrong(&good[..299]), "it has 299 bytes, and 300 are expected");
    assert_eq!(wrong(&good[1..]), "it does not begin as a frame does");
    assert_eq!(wrong(&[&good[..299], &[1]].concat()), "its checksum is 0x01, and 0x18 is expected");
}

/// A frame with other numbers, and the right checksum.
fn changed(frame: &str, changes: &[(usize, &[u8])]) -> Vec<u8> {
    let mut frame = hex(frame);
    for (at, bytes) in changes {
        frame[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    frame[299] = frame[..299].iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    frame
}

fn said(stream: Vec<u8>) -> Result<crate::conversation::Heard, Unheard> {
    Story::new(&boxed_heard, Vec::new(), &|_: &[u8]| stream.clone()).heard()
}

#[test]
fn boards_that_are_heard() {
    let settings = changed(ONE, &[(4, &[1])]);
    let who = changed(
        ONE,
        &[
            (4, &[3]),
            (6, b"JK_PB2A16S20P\0\0\0"),
            (22, b"14XA\0\0\0\0"),
            (30, b"14.20\0\0\0"),
            (46, b"3091234567890\0\0\0"),
        ],
    );
    let stream =
        [hex(QUESTION), hex(ONE), hex(OF_ONE), settings, hex(FIRST), hex(OF_FIRST), who, hex(QUESTION)].concat();
    let device = |_: &[u8]| stream.clone();
    let story = Story::new(&boxed_heard, Vec::new(), &device);
    let both = story.holds();
    assert_eq!(both.identity.model.as_str(), "JK_PB2A16S20P");
    assert_eq!(both.identity.firmware.as_ref().map(|version| version.as_str()), Some("14.20"));
    assert_eq!(both.identity.serial.as_ref().map(|serial| serial.as_str()), Some("3091234567890"));
    let battery = &both.reading.battery;
    assert_eq!(
        (battery.voltage, battery.current, battery.power),
        (Some(Voltage(53_533)), Some(Current(0)), Some(Power(0)))
    );
    assert_eq!((battery.capacity, battery.temperature), (Some(Capacity(608_000)), Some(Temperature(206))));
    assert_eq!((battery.charge.unwrap().charge.get(), battery.charge.unwrap().confidence), (995, Confidence::Counted));
    assert_eq!((battery.lowest_cell, battery.highest_cell), (Some(Voltage(3345)), Some(Voltage(3346))));
    // One alone, as it counts itself; without whose it is, too.
    for stream in [hex(ONE), [hex(FIRST), hex(OF_FIRST)].concat()] {
        let one = said(stream).unwrap().reading.battery;
        assert_eq!((one.charge.unwrap().charge.get(), one.capacity), (1000, Some(Capacity(304_000))));
        assert_eq!(one.health.map(|health| health.get()), Some(1000));
    }
    // What comes after a board has spoken twice is not waited for.
    let twice = [hex(ONE), hex(OF_ONE), hex(ONE), hex(OF_ONE), hex(FIRST), hex(OF_FIRST)].concat();
    assert_eq!(said(twice).unwrap().reading.battery.capacity, Some(Capacity(304_000)));
}

#[test]
fn states() {
    let drawn = changed(
        ONE,
        &[(158, &(-15_200_i32).to_le_bytes()), (166, &[2, 0x10, 0x20, 0]), (164, &(-2000_i16).to_le_bytes())],
    );
    let reading = said(drawn).unwrap().reading;
    assert_eq!((reading.battery.current, reading.battery.power), (Some(Current(-15_200)), Some(Power(-814))));
    assert_eq!(reading.battery.temperature, Some(Temperature(192)));
    assert_eq!(reading.alarms, [Alarm::BatteryLow, Alarm::TooHot]);
    let impossible = |why: &str| Err(Unheard::Impossible(why.to_owned()));
    let other = changed(ONE, &[(150, &13_000_u32.to_le_bytes())]);
    assert_eq!(said(other), impossible("its cells sum up to 53.53 V, and its voltage is 13.00 V"));
    assert_eq!(said(changed(ONE, &[(173, &[101])])), impossible("its charge is 1010 thousandths"));
    assert_eq!(said(changed(ONE, &[(6, &[0, 0xFF])])), impossible("its cell's voltage is 65280 mV"));
    assert_eq!(said(changed(ONE, &[(4, &[1])])), Err(Unheard::Other("a JK's")));
    assert_eq!(said(hex(QUESTION)), Err(Unheard::Other("a JK's")));
}

fn stories(run: impl Fn(&Story<'_>)) {
    run(&Story::new(&boxed_asked, requests(), &answers));
    let stream = [hex(ONE), hex(OF_ONE), hex(FIRST), hex(OF_FIRST)].concat();
    run(&Story::new(&boxed_heard, Vec::new(), &|_: &[u8]| stream.clone()));
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    stories(|story| {
        let mut random = Random::SEED;
        (0..500).for_each(|_| story.arbitrary(&mut random));
    });
}

#[test]
#[ignore = "long"]
fn for_long_jk() {
    stories(|story| story.for_long(2));
}
