//! What a device says: who it is, and how the battery, the panels and the load are right now.

use serde::{Deserialize, Serialize};

use crate::units::{Capacity, Charge, Current, Power, Temperature, Voltage};

/// The most characters of a text that a device gives.
pub const LONGEST_TEXT: usize = 64;

/// What a device is, as far as it says so itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Identity {
    /// Who makes it: `Victron`. Empty if that is not known.
    pub maker: Text,
    /// Its model: `SmartSolar MPPT 100|20`. Empty if that is not known.
    pub model: Text,
    /// Its serial number. It may identify a person, so it is in no report.
    pub serial: Option<Text>,
    /// Its firmware.
    pub firmware: Option<Text>,
}

/// A text of a device, made harmless: one line of printable characters, at most [`LONGEST_TEXT`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Text(String);

impl Text {
    /// What is harmless of a text.
    pub fn new(text: &str) -> Self {
        let kept = text.trim().chars().filter(|char| !char.is_control() && *char != '\u{FFFD}').take(LONGEST_TEXT);
        Self(kept.collect::<String>().trim_end().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

/// How sure a state of charge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Guessed from the voltage: for lithium batteries hardly worth anything between 20 and 80 %.
    Guessed,
    /// An inverter's or charger's own estimate.
    Estimated,
    /// Counted: by the battery itself, or by a shunt.
    Counted,
}

/// How full a battery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StateOfCharge {
    /// How full.
    pub charge: Charge,
    /// How sure that is.
    pub confidence: Confidence,
}

/// A battery, or a bank of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Battery {
    /// How full it is.
    pub charge: Option<StateOfCharge>,
    /// Its voltage.
    pub voltage: Option<Voltage>,
    /// What flows into it.
    pub current: Option<Current>,
    /// The power that flows into it.
    pub power: Option<Power>,
    /// Its temperature, or that of the warmest cell.
    pub temperature: Option<Temperature>,
    /// The lowest voltage of a cell.
    pub lowest_cell: Option<Voltage>,
    /// The highest voltage of a cell.
    pub highest_cell: Option<Voltage>,
    /// What it holds when it is full.
    pub capacity: Option<Capacity>,
    /// How healthy it says it is.
    pub health: Option<Charge>,
}

/// What is wrong, in the words of all protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alarm {
    /// The battery's voltage, or that of a cell, is too low.
    BatteryLow,
    /// The battery's voltage, or that of a cell, is too high.
    BatteryHigh,
    /// The battery is too cold.
    TooCold,
    /// The battery or the device is too hot.
    TooHot,
    /// More current or load than allowed.
    Overload,
    /// A short circuit.
    ShortCircuit,
    /// The cells differ too much.
    Imbalance,
    /// The panels' voltage is too high, or they are wired wrongly.
    Panels,
    /// Something in the device has failed, or it says that something is wrong and not what.
    Fault,
}

/// What a device says right now. What it does not say is `None`, never zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Reading {
    /// The battery.
    pub battery: Battery,
    /// What the panels give.
    pub pv: Option<Power>,
    /// The panels' voltage.
    pub pv_voltage: Option<Voltage>,
    /// What is drawn: by what hangs on the inverter, or on the charger's load output.
    pub load: Option<Power>,
    /// What comes from the grid or a generator.
    pub grid: Option<Power>,
    /// What is wrong, each once, sorted.
    pub alarms: Vec<Alarm>,
}

impl Reading {
    /// Whether it says anything at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds an alarm.
    pub fn alarm(&mut self, alarm: Alarm) {
        if let Err(at) = self.alarms.binary_search(&alarm) {
            self.alarms.insert(at, alarm);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_harmless() {
        for (given, kept) in [
            ("  SmartSolar MPPT 100|20 ", "SmartSolar MPPT 100|20"),
            ("a\r\nb\u{1b}[31m\0", "ab[31m"),
            ("<script>", "<script>"),
            ("", ""),
        ] {
            assert_eq!(Text::new(given).as_str(), kept);
        }
        assert_eq!(Text::new(&"é".repeat(100)).as_str().chars().count(), LONGEST_TEXT);
    }

    #[test]
    fn alarms_come_once_and_sorted() {
        let mut reading = Reading::default();
        assert!(reading.is_empty());
        [Alarm::TooHot, Alarm::BatteryLow, Alarm::TooHot].into_iter().for_each(|alarm| reading.alarm(alarm));
        assert_eq!(reading.alarms, [Alarm::BatteryLow, Alarm::TooHot]);
    }
}
