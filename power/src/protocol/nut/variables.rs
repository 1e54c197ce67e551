//! What the variables of a device mean.
//!
//! Source: NUT's `nut-names.txt` and `net-protocol.txt`. Numbers are decimal with a point. The words of `ups.status`: OL, OB (on line, on
//! battery), LB, HB (battery low, high), RB (replace it), CHRG, DISCHRG, OVER (overloaded), ALARM, FSD (a shutdown is forced,
//! to be treated as OB LB), and others that say nothing of alarms.
//!
//! `battery.current` has no sign that drivers agree on; only together with CHRG, DISCHRG or OB it says where it flows.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::protocol::decimal;
use crate::reading::{Alarm, Confidence, Identity, Reading, StateOfCharge, Text};
use crate::units::{Capacity, Charge, Current, Power, Temperature, Voltage};

/// The variables that are used.
const NAMES: &[&str] = &[
    "battery.capacity",
    "battery.charge",
    "battery.current",
    "battery.temperature",
    "battery.voltage",
    "device.mfr",
    "device.model",
    "device.serial",
    "input.realpower",
    "output.realpower",
    "ups.alarm",
    "ups.firmware",
    "ups.mfr",
    "ups.model",
    "ups.realpower",
    "ups.serial",
    "ups.status",
];

/// A variable says something impossible.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("its {name} is '{value}'")]
pub struct BadVariable {
    /// The variable's name.
    pub name: &'static str,
    /// What it says.
    pub value: String,
}

/// The variables of a device, as far as they are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<&'static str, String>);

impl Variables {
    /// Adds one. Those that are not used are left out.
    pub fn add(&mut self, name: &str, value: &str) {
        if let Some(name) = NAMES.iter().find(|known| **known == name) {
            self.0.insert(name, value.to_owned());
        }
    }

    fn text(&self, names: [&str; 2]) -> Option<Text> {
        let given = names.iter().filter_map(|name| self.0.get(name)).map(|value| Text::new(value));
        given.into_iter().find(|text| !text.as_str().is_empty())
    }

    /// Who it is.
    pub fn identity(&self) -> Identity {
        Identity {
            maker: self.text(["device.mfr", "ups.mfr"]).unwrap_or_default(),
            model: self.text(["device.model", "ups.model"]).unwrap_or_default(),
            serial: self.text(["device.serial", "ups.serial"]),
            firmware: self.text(["ups.firmware", ""]),
        }
    }

    /// A number in thousandths, if it is given.
    fn number(&self, name: &'static str, least: i64, most: i64) -> Result<Option<i32>, BadVariable> {
        let Some(value) = self.0.get(name).map(|value| value.trim()) else { return Ok(None) };
        if decimal::is_placeholder(value) {
            return Ok(None);
        }
        let number = decimal::thousandths(value).filter(|number| (least..=most).contains(number));
        let bad = || BadVariable { name, value: value.to_owned() };
        number.and_then(|number| i32::try_from(number).ok()).map(Some).ok_or_else(bad)
    }

    fn power(&self, name: &'static str) -> Result<Option<Power>, BadVariable> {
        let milli = self.number(name, -1_000_000_000, 1_000_000_000)?;
        Ok(milli.map(|milli| Power((milli + 500).div_euclid(1000))))
    }

    /// How it is.
    pub fn reading(&self) -> Result<Reading, BadVariable> {
        let status = self.0.get("ups.status").map(String::as_str).unwrap_or_default();
        let is = |word: &str| status.split_whitespace().any(|found| found == word);
        let mut reading = Reading::default();
        let battery = &mut reading.battery;
        let permille = self.number("battery.charge", 0, 100_000)?.map(|milli| (milli / 100) as u16);
        let charge = permille.and_then(Charge::permille);
        battery.charge = charge.map(|charge| StateOfCharge { charge, confidence: Confidence::Estimated });
        battery.voltage = self.number("battery.voltage", 0, 1_000_000)?.map(Voltage);
        let current = self.number("battery.current", -5_000_000, 5_000_000)?;
        battery.current = match (is("CHRG"), is("DISCHRG") || is("OB")) {
            (true, false) => current.map(i32::abs),
            (false, true) => current.map(|current| -current.abs()),
            _ => current.filter(|current| *current == 0),
        }
        .map(Current);
        let celsius = self.number("battery.temperature", -100_000, 200_000)?;
        battery.temperature = celsius.map(|milli| Temperature(milli.div_euclid(100) as i16));
        battery.capacity = self.number("battery.capacity", 0, 100_000_000)?.map(|hours| Capacity(hours.unsigned_abs()));
        reading.load = self.power("ups.realpower")?.or(self.power("output.realpower")?);
        reading.grid = self.power("input.realpower")?;
        for (word, alarm) in [
            ("LB", Alarm::BatteryLow),
            ("FSD", Alarm::BatteryLow),
            ("HB", Alarm::BatteryHigh),
            ("OVER", Alarm::Overload),
            ("RB", Alarm::Fault),
        ] {
            if is(word) {
                reading.alarm(alarm);
            }
        }
        let alarm = self.0.get("ups.alarm").is_some_and(|text| !text.trim().is_empty());
        if reading.alarms.is_empty() && (alarm || is("ALARM")) {
            reading.alarm(Alarm::Fault);
        }
        Ok(reading)
    }
}
