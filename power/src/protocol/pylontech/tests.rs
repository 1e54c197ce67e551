//! Pylontech on RS-485: frames, values, and conversations with one battery, with a stack, and with such as answer less.
//!
//! The recorded frames are those that the tests of Frankkkkk/python-pylontech have of real batteries, with what these
//! tests expect of them; the requests are those of its and others' logs.

use super::values::BadValues;
use super::*;
use crate::protocol::tests::{Random, Story};
use crate::reading::Confidence;
use crate::units::{Capacity, Current, Power, Temperature, Voltage};

const US2000_3: &str = "\
    ~20024600914211030F0CE70CE80CE60CE70CE80CE80CE80CE60CE50CE60CE80CE70CEA0CE50CE6050B910B870B870B870B87FFE6C18\
    982DC02C350001F0F0CE20CE60CE60CE10CE50CE70CE60CE30CE20CE50CE30CE90CE70CE90CE9050B910B870B870B870B87FFE7C1708\
    2DC02C350001F0F0CE20CE50CE50CE20CE30CE30CE40CE50CE60CE60CE30CE40CE40CE60CE6050B910B7D0B7D0B7D0B7DFFE5C16082D\
    C02C350001FB476\r";

const US3000_4: &str = "\
    ~2002460061DC11040F0CFD0CFC0CFC0CFB0CFC0CFB0CFD0CFC0CFC0CFB0CFA0CFD0CFB0CFE0CFA050BE10BCD0BCD0BCD0BCD0000C2C\
    1FFFF04FFFF002F00EFEC0121100F0CEB0CEB0CEB0CEA0CEA0CEC0CEB0CEB0CE90CE80CE60CE90CE90CEA0CE8050BE10BCD0BCD0BCD0\
    BCDFFBCC1B2FFFF04FFFF002800F2D00121100F0CE80CE90CEA0CEA0CEA0CE90CEA0CEA0CEB0CEC0CEB0CEB0CEB0CEA0CEA050BE10BC\
    30BC30BC30BC3FFB7C1B8FFFF04FFFF007100E7400121100F0CE90CEC0CEB0CEA0CEA0CEB0CE90CE80CEA0CEA0CEA0CEB0CEC0CEA0CE\
    A050BD70BC30BC30BC30BB9FFBBC1B9FFFF04FFFF006B00ED080121108D63\r";

const MIXED: &str = "\
    ~2002460010F011020F0CCD0CCE0CCC0CCE0CCB0CCC0CCD0CCC0CCD0CCB0CCC0CCD0CCD0CCE0CCC050BE10BCD0BCD0BD70BCDFFC3BFF\
    DFFFF04FFFF0234007F300121100F0CCA0CCA0CCB0CCC0CCA0CCC0CCB0CCB0CCB0CCB0CCB0CCA0CCC0CCC0CCB050BEB0BCD0BCD0BCD0\
    BC3FFD1BFE5FFFF04FFFF0292005FB400C350C4A7\r";

/// One UP2500, asked for itself.
const UP2500: &str =
    "~20024600D05E1002080D020D020D020D030D000D010D010D03050B7D0B690B690B690B73FFFA680EFFFF04FFFF00000174E401B198E906\r";

fn information(recorded: &str) -> Vec<u8> {
    frame::decode(recorded.as_bytes()).unwrap().information
}

#[test]
fn frames() {
    for (request, expected) in [
        ((2, Command::Version), "~2002464F0000FD98\r"),
        ((2, Command::System), "~200246610000FDAB\r"),
        ((2, Command::Module(2)), "~20024642E00202FD33\r"),
    ] {
        assert_eq!(String::from_utf8(request.1.encode(request.0)).unwrap(), expected);
    }
    for recorded in [US2000_3, US3000_4, MIXED, UP2500] {
        let frame = frame::decode(recorded.as_bytes()).unwrap();
        assert_eq!((frame.version, frame.address, frame.is_reply(), frame.refusal()), (0x20, 2, true, None));
        assert_eq!(frame::encode(&frame), recorded.as_bytes());
        assert_eq!(frame::look(recorded.as_bytes()), Look::Frame(frame, recorded.len()));
        for cut in 1..recorded.len() {
            assert_eq!(frame::look(&recorded.as_bytes()[..cut]), Look::Torn);
        }
    }
    let good = UP2500.as_bytes();
    for at in 0..good.len() {
        for change in [1, 2, 4, 16, 0x55, 0xFF] {
            let mut changed = good.to_vec();
            changed[at] ^= change;
            assert!(frame::decode(&changed).is_err() || changed.eq_ignore_ascii_case(good), "{at} {change}");
        }
    }
    for (bad, wrong) in [
        ("~2002460000000000\r", "its checksum is 0x0000, and 0xfdb2 is expected"),
        ("2002460000000000\r", "it is not between ~ and a carriage return"),
        ("~20024600000G0000\r", "it has characters that are no hexadecimal digits"),
        ("~200246001000FDB1\r", "its length's checksum is 0x1, and 0x0 is expected"),
        ("~20024600E002FD9B\r", "its information has 0 characters, and 2 are expected"),
        ("~\r", "its information has 0 characters, and 0 are expected"),
    ] {
        assert_eq!(frame::decode(bad.as_bytes()).map_err(|bad| bad.to_string()), Err(wrong.to_owned()), "{bad}");
    }
    assert_eq!(frame::look(b"~2002~20"), Look::Nothing);
}

#[test]
fn modules_as_recorded() {
    let three = values::modules(&information(US2000_3), false).unwrap();
    let said = |modules: &[Module]| -> Vec<(i32, i32, u32, u32)> {
        modules.iter().map(|module| (module.voltage.0, module.current.0, module.remaining.0, module.total.0)).collect()
    };
    assert_eq!(
        said(&three),
        [(49_545, -2_600, 33_500, 50_000), (49_520, -2_500, 33_500, 50_000), (49_504, -2_700, 33_500, 50_000)]
    );
    assert_eq!(three[0].temperatures, [230, 220, 220, 220, 220].map(Temperature));
    assert_eq!((three[0].cells[0], three[0].cells[12], three[0].cells.len()), (Voltage(3303), Voltage(3306), 15));
    let four = values::modules(&information(US3000_4), false).unwrap();
    assert_eq!(
        said(&four),
        [
            (49_857, 0, 61_420, 74_000),
            (49_586, -6_800, 62_160, 74_000),
            (49_592, -7_300, 59_200, 74_000),
            (49_593, -6_900, 60_680, 74_000)
        ]
    );
    let mixed = values::modules(&information(MIXED), false).unwrap();
    assert_eq!(said(&mixed), [(49_149, -6_100, 32_560, 74_000), (49_125, -4_700, 24_500, 50_000)]);
    let one = values::modules(&information(UP2500), true).unwrap();
    assert_eq!(said(&one), [(26_638, -600, 95_460, 111_000)]);
    // Its address, 2, is not taken for a number of modules.
    assert_eq!(values::modules(&information(UP2500), false).unwrap(), one);
}

#[test]
fn values_that_are_refused() {
    let good = information(UP2500);
    for length in 0..good.len() {
        assert_eq!(values::modules(&good[..length], true), Err(BadValues::Length { found: length }));
    }
    assert!(matches!(values::modules(&[&good[..], &[0]].concat(), true), Err(BadValues::Length { .. })));
    let with = |at: usize, value: u16| {
        let mut changed = good.clone();
        changed[at..at + 2].copy_from_slice(&value.to_be_bytes());
        values::modules(&changed, true).map_err(|bad| bad.to_string())
    };
    // Hundredths of a volt, as another maker puts them there.
    assert_eq!(with(32, 2664), Err("its cells sum up to 26.64 V, and its voltage is 2.66 V".to_owned()));
    assert_eq!(with(3, 6000), Err("its cell's voltage is 6000 mV".to_owned()));
    assert_eq!(with(20, 0xFFFF), Err("its temperature is 62804 tenths of a degree".to_owned()));
    assert_eq!(with(42, 0xFFFF), Err("its charge is 131071 mAh".to_owned()));
}

/// As the paper lays 61 out: 49.9 V, 76 %, 99 % health, cells of 3.33 and 3.31 V, 24 °C at most.
fn system() -> Vec<u8> {
    let mut values = vec![0xC2, 0xEC, 0, 0, 76, 0, 120, 0, 130, 99, 98, 0x0D, 0x02, 0, 1, 0x0C, 0xEE, 0, 2];
    values.extend([0x0B, 0x91, 0x0B, 0x9B, 0, 1, 0x0B, 0x87, 0, 2]);
    values.resize(49, 0);
    values
}

fn reply(address: u8, code: u8, information: Vec<u8>) -> Vec<u8> {
    frame::encode(&Frame { version: 0x20, address, command: 0x46, code, information })
}

fn maker() -> Vec<u8> {
    let mut bytes = b"US2000C\0\0\0\x02\x05Pylon-----EXTRA----".to_vec();
    bytes.resize(32, 0);
    bytes
}

/// A stack, of which the first battery speaks for all.
fn stack(request: &[u8]) -> Vec<u8> {
    let asked = frame::decode(request).unwrap();
    match (asked.address, asked.code, &asked.information[..]) {
        (2, 0x4F, _) => reply(2, 0, vec![]),
        (2, 0x51, _) => reply(2, 0, maker()),
        (2, 0x42, [0xFF]) => US2000_3.as_bytes().to_vec(),
        (2, 0x61, _) => reply(2, 0, system()),
        (2, 0x62, _) => reply(2, 0, vec![0b0100_0001, 0, 0, 0b0010_0000]),
        _ => Vec::new(),
    }
}

/// An older battery that knows few questions, and only its own values.
fn old(request: &[u8]) -> Vec<u8> {
    let asked = frame::decode(request).unwrap();
    match (asked.address, asked.code, &asked.information[..]) {
        (2, 0x42, [2]) => UP2500.as_bytes().to_vec(),
        (3, 0x42, [3]) => reply(3, 0, information(UP2500)),
        (2, ..) => reply(2, 4, vec![]),
        _ => Vec::new(),
    }
}

fn boxed() -> Box<dyn Conversation> {
    Box::new(begin())
}

#[test]
fn a_stack() {
    let heard = Story::new(&boxed, requests(), &stack).holds();
    // Where 42 is lost, 61 has other numbers for the same; so it is left out.
    let without = |request: &[u8]| if request[7..9] == *b"61" { Vec::new() } else { stack(request) };
    let story = Story::new(&boxed, requests(), &without);
    story.is_exact(&story.heard().unwrap());
    assert_eq!((heard.identity.maker.as_str(), heard.identity.model.as_str()), ("Pylon-----EXTRA----", "US2000C"));
    assert_eq!(heard.identity.firmware.as_ref().map(|version| version.as_str()), Some("2.5"));
    let battery = &heard.reading.battery;
    let charge = battery.charge.unwrap();
    assert_eq!((charge.charge.get(), charge.confidence), (760, Confidence::Counted));
    assert_eq!(
        (battery.voltage, battery.current, battery.power),
        (Some(Voltage(49_523)), Some(Current(-7_800)), Some(Power(-387)))
    );
    assert_eq!((battery.lowest_cell, battery.highest_cell), (Some(Voltage(3297)), Some(Voltage(3306))));
    assert_eq!((battery.temperature, battery.capacity), (Some(Temperature(220)), Some(Capacity(150_000))));
    assert_eq!(battery.health.map(|health| health.get()), Some(990));
    assert_eq!(heard.reading.alarms, [Alarm::BatteryLow, Alarm::Overload, Alarm::Imbalance]);
}

#[test]
fn old_batteries() {
    let story = Story::new(&boxed, requests(), &old);
    let heard = story.holds();
    let battery = &heard.reading.battery;
    assert_eq!((battery.charge.unwrap().charge.get(), battery.capacity), (860, Some(Capacity(222_000))));
    assert_eq!((battery.current, battery.voltage), (Some(Current(-1_200)), Some(Voltage(26_638))));
    assert_eq!((battery.health, heard.identity), (None, Identity::default()));
}

#[test]
fn others() {
    let heard = |device: &dyn Fn(&Frame) -> Vec<u8>| {
        Story::new(&boxed, requests(), &|request: &[u8]| device(&frame::decode(request).unwrap())).heard()
    };
    // Another address, and nothing but the state of the whole.
    let whole = heard(&|asked| match (asked.address, asked.code) {
        (2, 0x61) => reply(2, 0, system()),
        _ => Vec::new(),
    });
    let battery = whole.unwrap().reading.battery;
    assert_eq!((battery.voltage, battery.current), (Some(Voltage(49_900)), None));
    assert_eq!((battery.highest_cell, battery.temperature), (Some(Voltage(3330)), Some(Temperature(240))));
    let first = heard(&|asked| match (asked.address, asked.code) {
        (0x12, 0x42) => reply(0x12, 0, information(US3000_4)),
        _ => Vec::new(),
    });
    assert_eq!(first.unwrap().reading.battery.capacity, Some(Capacity(296_000)));
    // It refuses all; it says what can't be; it says what belongs to another question.
    let refused = heard(&|asked| reply(asked.address, 4, vec![]));
    assert_eq!(refused, Err(Unheard::Refused("it knows no such question".to_owned())));
    let mut hundredths = information(UP2500);
    hundredths[32..34].copy_from_slice(&2664_u16.to_be_bytes());
    let impossible = heard(&|asked| reply(asked.address, 0, hundredths.clone()));
    let why = "its cells sum up to 26.64 V, and its voltage is 2.66 V".to_owned();
    assert_eq!(impossible, Err(Unheard::Impossible(why)));
    let other = heard(&|asked| reply(asked.address, 0, vec![1, 2, 3]));
    assert_eq!(
        other,
        Err(Unheard::Impossible("its values have 3 bytes, which is not what its modules need".to_owned()))
    );
    assert_eq!(heard(&|asked| reply(asked.address + 1, 0, information(UP2500))), Err(Unheard::Other("a Pylontech's")));
}

#[test]
fn arbitrary_bytes_do_no_harm() {
    let mut random = Random::SEED;
    for device in [stack, old] {
        let story = Story::new(&boxed, requests(), &device);
        (0..300).for_each(|_| story.arbitrary(&mut random));
    }
}

#[test]
#[ignore = "long"]
fn for_long_pylontech() {
    Story::new(&boxed, requests(), &stack).for_long(1);
}
