//! What fields say, and what follows from it. The examples are the specification's, and what public projects print.

use super::super::products;
use super::*;
use crate::reading::{Alarm, Confidence};
use crate::units::{Current, Power, Temperature, Voltage};

#[test]
fn a_charger() {
    let fields = fields(&[
        ("PID", "0xA042"),
        ("FW", "123"),
        ("SER#", "HQ00000AAAA"),
        ("V", "12530"),
        ("I", "620"),
        ("VPV", "33580"),
        ("PPV", "8"),
        ("CS", "3"),
        ("MPPT", "2"),
        ("OR", "0x00000000"),
        ("ERR", "0"),
        ("LOAD", "ON"),
        ("IL", "300"),
        ("Relay", "OFF"),
        ("H19", "8272"),
        ("H20", "0"),
        ("H21", "11"),
        ("H22", "25"),
        ("H23", "119"),
        ("HSDS", "274"),
    ]);
    let (identity, reading) = (fields.identity(), fields.reading());
    assert_eq!((identity.maker.as_str(), identity.model.as_str()), ("Victron", "BlueSolar MPPT 75|15"));
    assert_eq!(identity.firmware.unwrap().as_str(), "1.23");
    assert_eq!(identity.serial.unwrap().as_str(), "HQ00000AAAA");
    assert_eq!((reading.battery.voltage, reading.battery.current), (Some(Voltage(12_530)), Some(Current(620))));
    assert_eq!((reading.pv, reading.pv_voltage), (Some(Power(8)), Some(Voltage(33_580))));
    assert_eq!(reading.load, Some(Power(4)), "12.53 V and 0.3 A");
    assert_eq!((reading.battery.charge, reading.battery.power, reading.grid), (None, None, None));
    assert!(reading.alarms.is_empty());
    assert_eq!(
        (fields.load, fields.relay, fields.h23, fields.hsds),
        (Some(true), Some(false), Some(Power(119)), Some(274))
    );
    assert_eq!((fields.mppt, fields.or, fields.cs, fields.h19), (Some(2), Some(0), Some(3), Some(8272)));
}

#[test]
fn battery_monitors() {
    // A SmartShunt's dictionary, as a public project prints it.
    let shunt = fields(&[
        ("PID", "0xA389"),
        ("V", "13259"),
        ("VS", "12716"),
        ("I", "-7742"),
        ("P", "-103"),
        ("CE", "-2911"),
        ("SOC", "990"),
        ("TTG", "2052"),
        ("Alarm", "OFF"),
        ("AR", "0"),
        ("BMV", "SmartShunt 500A/50mV"),
        ("FW", "0407"),
        ("MON", "0"),
    ]);
    let battery = shunt.reading().battery;
    let soc = battery.charge.unwrap();
    assert_eq!((soc.charge.get(), soc.confidence), (990, Confidence::Counted));
    assert_eq!((battery.current, battery.power), (Some(Current(-7742)), Some(Power(-103))));
    assert_eq!((shunt.identity().firmware.unwrap().as_str(), shunt.ttg, shunt.ce), ("4.07", Some(2052), Some(-2911)));

    // Before it is synchronised, without a sensor.
    let unknown = fields(&[
        ("PID", "0x204"),
        ("V", "24000"),
        ("T", "---"),
        ("CE", "---"),
        ("SOC", "---"),
        ("TTG", "-1"),
        ("VM", "---"),
    ]);
    assert_eq!((unknown.reading().battery.charge, unknown.t, unknown.ce, unknown.vm), (None, None, None, None));
    assert_eq!((unknown.ttg, unknown.reading().battery.voltage), (Some(-1), Some(Voltage(24_000))));

    let warm = fields(&[("PID", "0xA381"), ("V", "25600"), ("VM", "12810"), ("DM", "-5"), ("T", "-3")]);
    assert_eq!((warm.reading().battery.temperature, warm.dm), (Some(Temperature(-30)), Some(-5)));

    // One that measures panels, not a battery.
    let meter = fields(&[("PID", "0xA389"), ("V", "13000"), ("I", "5000"), ("P", "65"), ("MON", "-9")]).reading();
    assert_eq!(
        (meter.battery.current, meter.battery.power, meter.battery.voltage),
        (None, None, Some(Voltage(13_000)))
    );

    let old = fields(&[("V", "12800"), ("BMV", "602S"), ("FW", "213")]);
    assert_eq!(old.identity().model.as_str(), "BMV-602S");
}

#[test]
fn history() {
    let fields = fields(&[
        ("H1", "-264148"),
        ("H2", "-2909"),
        ("H3", "-109417"),
        ("H4", "6"),
        ("H5", "1"),
        ("H6", "-3928992"),
        ("H7", "6200"),
        ("H8", "14592"),
        ("H9", "3331"),
        ("H10", "21"),
        ("H11", "0"),
        ("H12", "0"),
        ("H13", "0"),
        ("H14", "0"),
        ("H15", "-27"),
        ("H16", "14592"),
        ("H17", "5148"),
        ("H18", "5581"),
    ]);
    assert!(fields.reading().is_empty());
    assert_eq!(
        (fields.h1, fields.h6, fields.h15, fields.h18),
        (Some(-264_148), Some(-3_928_992), Some(Voltage(-27)), Some(5581))
    );
}

#[test]
fn inverters_and_chargers() {
    let inverter = fields(&[
        ("PID", "0xA231"),
        ("FW", "0115"),
        ("SER#", "HQ00000BBBB"),
        ("MODE", "2"),
        ("CS", "9"),
        ("AC_OUT_V", "23000"),
        ("AC_OUT_I", "-1"),
        ("AC_OUT_S", "45"),
        ("V", "12810"),
        ("AR", "0"),
        ("WARN", "1"),
        ("OR", "0x00000000"),
    ]);
    assert_eq!(inverter.identity().model.as_str(), "Phoenix Inverter 12V 250VA 230V");
    assert_eq!(
        (inverter.ac_out_v, inverter.ac_out_i, inverter.ac_out_s),
        (Some(Voltage(230_000)), Some(Current(-100)), Some(45))
    );
    assert_eq!(
        (inverter.reading().load, inverter.reading().alarms),
        (None, vec![Alarm::BatteryLow]),
        "VA are not watts"
    );

    let charger = fields(&[
        ("PID", "0xA341"),
        ("FWE", "0208FF"),
        ("V", "14400"),
        ("I", "30000"),
        ("V2", "13000"),
        ("I2", "0"),
        ("V3", "---"),
        ("I3", "---"),
        ("DC_IN_V", "1280"),
        ("DC_IN_I", "-15"),
        ("DC_IN_P", "-192"),
    ]);
    assert_eq!(
        (charger.identity().firmware.unwrap().as_str(), charger.v2, charger.v3),
        ("2.08", Some(Voltage(13_000)), None)
    );
    assert_eq!(
        (charger.dc_in_v, charger.dc_in_i, charger.dc_in_p),
        (Some(Voltage(12_800)), Some(Current(-1500)), Some(Power(-192)))
    );
    assert_eq!(charger.reading().battery.current, Some(Current(30_000)));
}

#[test]
fn firmware() {
    for (label, text, shown) in [
        ("FW", "123", "1.23"),
        ("FW", "0307", "3.07"),
        ("FW", "C208", "2.08-rc-C"),
        ("FW", "1164", "11.64"),
        ("FWE", "0208FF", "2.08"),
        ("FWE", "208FF", "2.08"),
        ("FWE", "020801", "2.08-beta-01"),
        ("FW", "12", "12"),
        ("FW", "new", "new"),
        ("FWE", "0208FF00", "0208FF00"),
    ] {
        assert_eq!(fields(&[(label, text)]).identity().firmware.unwrap().as_str(), shown);
    }
}

#[test]
fn alarms() {
    let of = |lines: &[(&str, &str)]| fields(lines).reading().alarms;
    for (flag, alarm) in [
        (1, Alarm::BatteryLow),
        (2, Alarm::BatteryHigh),
        (4, Alarm::BatteryLow),
        (8, Alarm::Fault),
        (32, Alarm::TooCold),
        (64, Alarm::TooHot),
        (128, Alarm::Imbalance),
        (256, Alarm::Overload),
        (4096, Alarm::ShortCircuit),
        (0x8000, Alarm::Fault),
    ] {
        assert_eq!(of(&[("AR", &flag.to_string())]), [alarm]);
        assert_eq!(of(&[("WARN", &flag.to_string())]), [alarm]);
    }
    for (error, alarm) in [
        (1, Alarm::TooHot),
        (2, Alarm::BatteryHigh),
        (14, Alarm::TooCold),
        (18, Alarm::Overload),
        (20, Alarm::Fault),
        (27, Alarm::ShortCircuit),
        (33, Alarm::Panels),
        (38, Alarm::BatteryHigh),
        (119, Alarm::Fault),
    ] {
        assert_eq!(of(&[("ERR", &error.to_string()), ("CS", "2")]), [alarm]);
    }
    assert_eq!(of(&[("ERR", "0"), ("CS", "5"), ("OR", "0x00000001"), ("Alarm", "OFF"), ("AR", "0")]), []);
    assert_eq!(of(&[("ERR", "255")]), []);
    for unexplained in [("CS", "2"), ("Alarm", "ON"), ("OR", "0x00000010")] {
        assert_eq!(of(&[unexplained]), [Alarm::Fault]);
    }
    assert_eq!(of(&[("Alarm", "ON"), ("AR", "66")]), [Alarm::BatteryHigh, Alarm::TooHot]);
}

#[test]
fn impossible_fields() {
    for (label, value) in [
        ("V", "12.5"),
        ("V", ""),
        ("V", "+5"),
        ("V", "-1"),
        ("V", "1000001"),
        ("V", "99999999999999999999"),
        ("I", "--5"),
        ("PPV", "-1"),
        ("SOC", "1001"),
        ("SOC", "-1"),
        ("T", "999"),
        ("CS", "256"),
        ("ERR", "x"),
        ("LOAD", "maybe"),
        ("PID", "A042"),
        ("PID", "0x"),
        ("PID", "0x+1"),
        ("OR", "1"),
        ("AR", "65536"),
    ] {
        let refused = Fields::parse(&blocks(&block(&[(label, value)]))[0]).unwrap_err();
        assert_eq!(refused.to_string(), format!("its field {label} is '{value}'"));
    }
    assert_eq!(fields(&[("NEW_FIELD", "?"), ("V", "1")]).v, Some(Voltage(1)), "what is not known is left out");
}

#[test]
fn every_documented_field_is_read() {
    let history = (1..=23).map(|number| format!("H{number}"));
    let others = "V V2 V3 VS VM DM VPV PPV I I2 I3 IL LOAD T P CE SOC TTG Alarm Relay AR OR ERR CS BMV FW FWE PID SER# HSDS MODE \
                  AC_OUT_V AC_OUT_I AC_OUT_S WARN MPPT MON DC_IN_V DC_IN_I DC_IN_P";
    let mut expected: Vec<String> = others.split_whitespace().map(str::to_owned).chain(history).collect();
    let mut found: Vec<String> = Fields::LABELS.iter().map(|label| (*label).to_owned()).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn product_names() {
    assert!(products::PRODUCTS.is_sorted_by(|(one, _), (other, _)| one < other));
    for (id, name) in [
        (0x0203, Some("BMV-700")),
        (0x0300, Some("BlueSolar MPPT 70|15")),
        (0xA05F, Some("SmartSolar MPPT 100|20")),
        (0xA060, Some("SmartSolar MPPT 100|20 48V")),
        (0xA27C, Some("Phoenix Inverter 48V 1200VA 120V")),
        (0xA381, Some("BMV-712 Smart")),
        (0xA389, Some("SmartShunt 500A/50mV")),
        (0xC030, Some("SmartShunt IP65 500A/50mV")),
        (0xFFFF, None),
    ] {
        assert_eq!(products::name(id), name);
    }
    let unknown = fields(&[("PID", "0xFFFF"), ("V", "1")]).identity();
    assert_eq!((unknown.maker.as_str(), unknown.model.as_str(), unknown.firmware), ("Victron", "", None));
}
