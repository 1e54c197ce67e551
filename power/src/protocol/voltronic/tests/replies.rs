//! What replies mean.

use super::super::fields::BadReply;
use super::super::{pi18, pi30};
use super::*;
use crate::reading::{Alarm, Confidence, Reading};
use crate::units::{Current, Power, Temperature, Voltage};

/// Reads a text as each reply that there is: none of that may panic.
pub(super) fn read_as_everything(text: &str) {
    let mut reading = Reading::default();
    for status in [pi30::status(text), pi30::status_16(text)].into_iter().flatten() {
        status.add_to(&mut reading);
    }
    pi30::second(text).into_iter().for_each(|second| second.add_to(&mut reading));
    drop((pi30::rating(text), pi18::rating(text, 5), pi18::serial(text).map(str::len)));
    type Read = fn(&str, &mut Reading) -> Result<(), BadReply>;
    let reads: [Read; 10] = [
        pi30::warnings,
        pi30::warnings_16,
        pi30::mode,
        pi18::mode,
        pi18::status_17,
        pi18::status_18,
        pi18::power_17,
        pi18::warnings_17,
        pi18::warnings_18,
        pi18::status_17,
    ];
    reads.into_iter().for_each(|read| drop(read(text, &mut reading)));
}

fn of_30(text: &str) -> Reading {
    let mut reading = Reading::default();
    pi30::status(text).unwrap().add_to(&mut reading);
    reading
}

#[test]
fn pi30_status() {
    let reading = of_30(&text(STATUS_30));
    let soc = reading.battery.charge.unwrap();
    assert_eq!((soc.charge.get(), soc.confidence), (830, Confidence::Estimated));
    assert_eq!((reading.battery.voltage, reading.battery.current), (Some(Voltage(54_500)), Some(Current(20_000))));
    assert_eq!(
        (reading.load, reading.pv, reading.pv_voltage),
        (Some(Power(751)), Some(Power(879)), Some(Voltage(323_600)))
    );
    assert_eq!((reading.grid, reading.battery.power, reading.battery.temperature), (None, None, None));

    // Discharging; a 3 kVA model, whose heat sink is no temperature.
    let other = of_30("000.0 00.0 229.6 50.0 0299 0124 005 352 50.97 000 077 0517 0000 000.0 00.00 00002 00010000");
    assert_eq!((other.battery.current, other.pv, other.load), (Some(Current(-2000)), None, Some(Power(124))));
}

#[test]
fn pi30_status_of_all_lengths() {
    let whole = "230.0 50.0 230.0 50.0 0100 0090 002 380 26.40 005 075 0035 0003 040.5 26.50 00000 00010110 00 00 00121 010 0 01 0000";
    let fields: Vec<&str> = whole.split(' ').collect();
    for length in 11..=fields.len() {
        let reading = of_30(&fields[..length].join(" "));
        assert_eq!(reading.battery.voltage, Some(Voltage(26_400)));
        assert_eq!(reading.pv.is_some(), length > 19, "{length}");
        assert_eq!(reading.pv_voltage.is_some(), length > 13, "{length}");
        assert_eq!(reading.battery.current, Some(Current(5000)), "{length}");
    }
    let longer = format!("{whole} 00 1 2 3");
    assert_eq!(of_30(&longer), of_30(whole), "newer firmware adds fields");
    assert_eq!(
        pi30::status(&fields[..10].join(" ")).unwrap_err().to_string(),
        "its status has 10 fields, and at least 11 are expected"
    );
    let unknown = of_30(
        "---.- --.- 230.0 50.0 0100 ---- 002 380 --.-- --- --- 0035 0003 ---.- 26.50 ----- 00010110 00 00 ----- 010",
    );
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn pi30_impossible() {
    let whole =
        "230.0 50.0 230.0 50.0 0100 0090 002 380 26.40 005 075 0035 0003 040.5 26.50 00000 00010110 00 00 00121 010";
    for (at, bad, name) in [
        (0, "2300", "grid voltage"),
        (1, "92931701100510", "grid frequency"),
        (5, "12x", "output power"),
        (8, "-1", "battery voltage"),
        (8, "26,4", "battery voltage"),
        (9, "99999", "charging current"),
        (10, "101", "battery capacity"),
        (16, "0001x110", "row of flags"),
        (16, "13", "row of flags"),
        (19, "1.2.3", "PV power"),
    ] {
        let mut fields: Vec<&str> = whole.split(' ').collect();
        fields[at] = bad;
        let refused = pi30::status(&fields.join(" ")).unwrap_err();
        assert_eq!(refused.to_string(), format!("its {name} is '{bad}'"));
    }
}

#[test]
fn pi30_second_status() {
    let after = |second: &str| {
        let mut reading = of_30(&text(STATUS_30));
        pi30::second(second).unwrap().add_to(&mut reading);
        reading
    };
    assert_eq!(after(&text(SECOND_30)).pv, Some(Power(879 + 1026)));
    // Three trackers.
    let three = "01.0 120.0 54.50 00120 00010000 00.0 00000 02.0 121.0 54.40 00240 01239";
    assert_eq!(after(three).pv, Some(Power(879 + 120 + 240)));
    assert_eq!(after("01.0 120.0 54.50 00120 00010000 0000 00000").pv, Some(Power(879 + 120)));
    // The second phase of an LV5048, with and without sun on its tracker.
    let phase = after("124.2 59.98 124.2 59.98 0149 0130 005 000 000.0 56.1 0100001");
    assert_eq!((phase.load, phase.pv), (Some(Power(751 + 130)), Some(Power(879))));
    let sunny = after("124.2 59.98 124.2 59.98 0149 0130 005 012 090.0 56.1 0100001");
    assert_eq!((sunny.load, sunny.pv), (Some(Power(751 + 130)), None));
    assert!(pi30::second("1 2").is_err() && pi30::second("a b c").is_err());
}

#[test]
fn pi30_warnings() {
    let of = |text: &str| {
        let mut reading = Reading::default();
        pi30::warnings(text, &mut reading).unwrap();
        reading.alarms
    };
    assert_eq!(of("00000100000000001000000000000000"), [Alarm::Overload], "line fail is none");
    assert_eq!(of("000000000000000000000000000000000000"), []);
    for (at, alarm) in [
        (1, Alarm::Fault),
        (6, Alarm::ShortCircuit),
        (9, Alarm::TooHot),
        (11, Alarm::BatteryHigh),
        (12, Alarm::BatteryLow),
        (14, Alarm::BatteryLow),
        (16, Alarm::Overload),
        (24, Alarm::ShortCircuit),
        (26, Alarm::Panels),
        (29, Alarm::BatteryLow),
        (32, Alarm::Fault),
    ] {
        let row: String = (0..36).map(|number| if number == at { '1' } else { '0' }).collect();
        assert_eq!(of(&row), [alarm], "{at}");
    }
    for harmless in [0, 5, 13, 15, 25, 35] {
        let row: String = (0..36).map(|number| if number == harmless { '1' } else { '0' }).collect();
        assert_eq!(of(&row), [], "{harmless}");
    }
    for bad in ["", "0101", "0000010000000000100000000000000x"] {
        assert!(pi30::warnings(bad, &mut Reading::default()).is_err());
    }
}

#[test]
fn modes() {
    for (text, alarms) in [("B", &[][..]), ("L", &[]), ("F", &[Alarm::Fault])] {
        let mut reading = Reading::default();
        pi30::mode(text, &mut reading).unwrap();
        assert_eq!(reading.alarms, alarms);
    }
    for (text, alarms) in [("05", &[][..]), ("04", &[Alarm::Fault])] {
        let mut reading = Reading::default();
        pi18::mode(text, &mut reading).unwrap();
        assert_eq!(reading.alarms, alarms);
    }
    assert!(["", "BB", "b", "05"].iter().all(|text| pi30::mode(text, &mut Reading::default()).is_err()));
    assert!(["", "5", "B", "055"].iter().all(|text| pi18::mode(text, &mut Reading::default()).is_err()));
}

#[test]
fn ratings() {
    for (reply, name) in [
        (
            "230.0 21.7 230.0 50.0 21.7 5000 4000 48.0 46.0 42.0 56.4 54.0 0 10 010 1 0 0 6 01 0 0 54.0 0 1",
            "5000 VA, 48 V",
        ),
        (
            "230.0 13.0 230.0 50.0 13.0 3000 2400 24.0 23.0 21.0 28.2 27.0 0 30 50 0 2 1 - 01 1 0 26.0 0 0",
            "3000 VA, 24 V",
        ),
        (
            "120.0 25.0 120.0 60.0 25.0 3000 3000 48.0 46.0 44.0 58.4 54.4 2 30 060 1 2 0 9 01 0 6 54.0 0 1 000 0",
            "3000 VA, 48 V",
        ),
    ] {
        assert_eq!(pi30::rating(reply).unwrap().unwrap().name(), name);
    }
    let eighteen = "2300,243,2300,500,243,5600,5600,480,500,530,480,570,544,2,050,060,0,1,2,9,0,0,1,1,1,00";
    assert_eq!(pi18::rating(eighteen, 5).unwrap().as_deref(), Some("5600 VA"));
    assert_eq!(pi18::rating("000,010000,99,3,3,2300,2300,04,120", 1).unwrap().as_deref(), Some("10000 VA"));
    assert_eq!(pi18::serial("1496161704100242000000"), Some("96161704100242"));
    assert_eq!([pi18::serial("99123"), pi18::serial("x"), pi18::serial("00123")], [None; 3]);
}

#[test]
fn pi16_status() {
    let mut reading = Reading::default();
    pi30::status_16(&text(STATUS_16)).unwrap().add_to(&mut reading);
    assert_eq!(
        (reading.battery.voltage, reading.battery.charge.map(|soc| soc.charge.get())),
        (Some(Voltage(48_800)), Some(480))
    );
    assert_eq!(
        (reading.pv, reading.pv_voltage, reading.load),
        (Some(Power(187)), Some(Voltage(342_600)), Some(Power(0)))
    );
    assert_eq!((reading.battery.current, reading.grid), (None, None));
    assert!(pi30::status_16(&text(STATUS_30)).is_err() && pi30::status(&text(STATUS_16)).is_err());
    pi30::warnings_16("1000000010000010000000000", &mut reading).unwrap();
    assert_eq!(reading.alarms, [Alarm::BatteryLow, Alarm::Fault]);
}

#[test]
fn pi17_status_and_powers() {
    let status = |current: &str, celsius: &str| {
        let mut reading = Reading::default();
        let gs =
            format!("4105,0000,0051,0000,0521,076,{current},2389,,,5002,0000,,,2378,,,5001,,,,029,031,{celsius},0");
        pi18::status_17(&gs, &mut reading).unwrap();
        reading
    };
    let mut reading = status("+00125", "023");
    assert_eq!((reading.battery.voltage, reading.battery.current), (Some(Voltage(52_100)), Some(Current(12_500))));
    assert_eq!((reading.battery.temperature, reading.pv_voltage), (Some(Temperature(230)), Some(Voltage(410_500))));
    assert_eq!(reading.battery.charge.map(|soc| soc.charge.get()), Some(760));
    assert_eq!(status("-00125", "000").battery.temperature, None, "there is no sensor");

    pi18::power_17("02093,00000,+00650,-00800,+00000,+00000,-00800,00400,00000,00000,00400,00450,00000,00000,00450,004,1,1,0,1,2,2", &mut reading).unwrap();
    assert_eq!((reading.pv, reading.load, reading.grid), (Some(Power(2093)), Some(Power(400)), Some(Power(-800))));
    assert_eq!((reading.battery.current, reading.battery.power), (Some(Current(12_500)), Some(Power(650))));

    // The direction decides; without one only nothing is certain.
    let with = |direction: &str, line: &str, grid: &str| {
        let mut reading = status("+00125", "000");
        let ps = format!("00000,00000,00650,,,,{grid},00400,,,00400,00450,,,00450,004,1,0,0,{direction},2,{line}");
        pi18::power_17(&ps, &mut reading).unwrap();
        (reading.battery.current, reading.battery.power, reading.grid)
    };
    assert_eq!(with("2", "1", "-00300"), (Some(Current(-12_500)), Some(Power(-650)), Some(Power(300))));
    assert_eq!(with("0", "0", "00300"), (None, None, None));
    assert_eq!(with("", "", "00000"), (Some(Current(12_500)), None, Some(Power(0))));

    // A charger without battery and grid: what a real one said, and fields that it leaves empty.
    let mut real = Reading::default();
    pi18::status_17(&text(STATUS_17), &mut real).unwrap();
    assert_eq!((real.battery.voltage, real.battery.current), (Some(Voltage(39_400)), Some(Current(0))));
    pi18::power_17("02093,00000,,,,,,00669,00670,00672,02011,00673,00672,00674,02019,020,1,1,0,0,2,2", &mut real)
        .unwrap();
    assert_eq!((real.load, real.battery.power, real.grid), (Some(Power(2011)), None, None));

    pi18::warnings_17("1,1,0,0,1,1,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,", &mut real).unwrap();
    assert_eq!(real.alarms, [Alarm::BatteryLow]);
}

#[test]
fn pi18_status_and_faults() {
    let mut reading = Reading::default();
    pi18::status_18(&text(STATUS_18), &mut reading).unwrap();
    assert_eq!((reading.battery.voltage, reading.battery.current), (Some(Voltage(52_400)), Some(Current(17_000))));
    assert_eq!(
        (reading.load, reading.pv, reading.pv_voltage),
        (Some(Power(255)), Some(Power(1326)), Some(Voltage(190_700)))
    );
    assert_eq!(reading.battery.charge.map(|soc| soc.charge.get()), Some(420));

    for (list, alarms) in [
        ("00,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", &[][..]),
        ("00,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0", &[]),
        ("00,1,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0", &[Alarm::BatteryLow]),
        ("02,0,1,0,0,0,0,0,0,0,0,1,0,0,0,0,0", &[Alarm::TooHot, Alarm::ShortCircuit, Alarm::Panels]),
        ("81,0", &[Alarm::Fault]),
    ] {
        let mut reading = Reading::default();
        pi18::warnings_18(list, &mut reading).unwrap();
        assert_eq!(reading.alarms, alarms, "{list}");
    }
    let short = "2336,499,2336,499";
    assert_eq!(
        pi18::status_18(short, &mut Reading::default()).unwrap_err().to_string(),
        "its status has 4 fields, and at least 20 are expected"
    );
    assert!(pi18::status_18(&text(STATUS_18).replace(",042,", ",142,"), &mut Reading::default()).is_err());
}
