//! The fields of a reply, with units and limits.

use std::ops::RangeInclusive;

use thiserror::Error;

use crate::protocol::decimal;
use crate::reading::{Alarm, Reading};
use crate::units::{Charge, Current, Power, Voltage};

/// A reply says something impossible. Each sentence speaks of the device as 'it'.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadReply {
    /// A field is no number, or an impossible one.
    #[error("its {name} is '{value}'")]
    Field {
        /// Which.
        name: &'static str,
        /// What it says.
        value: String,
    },
    /// It belongs to another question, or is cut.
    #[error("its {what} has {found} fields, and at least {least} are expected")]
    Few {
        /// Which reply.
        what: &'static str,
        /// What it has.
        found: usize,
        /// What the shortest known has.
        least: usize,
    },
}

/// Fields, counted from 0. One that is missing at the end, empty or dashes is `None`.
pub(super) struct Fields<'a>(Vec<&'a str>);

impl<'a> Fields<'a> {
    /// Between spaces.
    pub(super) fn spaced(text: &'a str, what: &'static str, least: usize) -> Result<Self, BadReply> {
        Self(text.split_ascii_whitespace().collect()).at_least(what, least)
    }

    /// Between commas.
    pub(super) fn commas(text: &'a str, what: &'static str, least: usize) -> Result<Self, BadReply> {
        Self(text.split(',').map(str::trim).collect()).at_least(what, least)
    }

    fn at_least(self, what: &'static str, least: usize) -> Result<Self, BadReply> {
        let found = self.0.len();
        if found < least { Err(BadReply::Few { what, found, least }) } else { Ok(self) }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn text(&self, at: usize) -> Option<&'a str> {
        self.0.get(at).copied().filter(|text| !decimal::is_placeholder(text))
    }

    /// A number in thousandths of the unit, if the device gives it in so many parts of one.
    fn milli(
        &self,
        at: usize,
        name: &'static str,
        parts: i64,
        limits: RangeInclusive<i64>,
    ) -> Result<Option<i32>, BadReply> {
        let Some(text) = self.text(at) else { return Ok(None) };
        let number = decimal::thousandths(text).map(|number| number / parts).filter(|number| limits.contains(number));
        let bad = || BadReply::Field { name, value: text.to_owned() };
        number.and_then(|number| i32::try_from(number).ok()).map(Some).ok_or_else(bad)
    }

    /// A voltage, given in so many parts of a volt; up to 1500 V.
    pub(super) fn voltage(&self, at: usize, name: &'static str, parts: i64) -> Result<Option<Voltage>, BadReply> {
        Ok(self.milli(at, name, parts, 0..=1_500_000)?.map(Voltage))
    }

    /// A current, given in so many parts of an ampere; up to 5000 A.
    pub(super) fn current(&self, at: usize, name: &'static str, parts: i64) -> Result<Option<Current>, BadReply> {
        Ok(self.milli(at, name, parts, -5_000_000..=5_000_000)?.map(Current))
    }

    /// Watts, up to a million.
    pub(super) fn power(&self, at: usize, name: &'static str) -> Result<Option<Power>, BadReply> {
        let limits = -1_000_000_000..=1_000_000_000;
        Ok(self.milli(at, name, 1, limits)?.map(|milli| Power((milli + 500).div_euclid(1000))))
    }

    /// Per cent, not more than a hundred.
    pub(super) fn charge(&self, at: usize, name: &'static str) -> Result<Option<Charge>, BadReply> {
        let permille = self.milli(at, name, 1, 0..=100_000)?.map(|milli| (milli / 100) as u16);
        Ok(permille.and_then(Charge::permille))
    }

    /// Some other number, in thousandths.
    pub(super) fn other(
        &self,
        at: usize,
        name: &'static str,
        limits: RangeInclusive<i64>,
    ) -> Result<Option<i32>, BadReply> {
        self.milli(at, name, 1, limits)
    }

    /// One digit of a choice.
    pub(super) fn digit(&self, at: usize, name: &'static str) -> Result<Option<u8>, BadReply> {
        let Some(text) = self.text(at) else { return Ok(None) };
        match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Ok(Some(digit - b'0')),
            _ => Err(BadReply::Field { name, value: text.to_owned() }),
        }
    }
}

/// What flows into a battery, of what it is charged and discharged with. If only one is given and that is nothing, nothing is known.
pub(super) fn net(charging: Option<Current>, discharging: Option<Current>) -> Option<Current> {
    match (charging, discharging) {
        (Some(charging), Some(discharging)) => Some(Current(charging.0 - discharging.0)),
        (Some(charging), None) => Some(charging).filter(|current| current.0 != 0),
        (None, discharging) => discharging.filter(|current| current.0 != 0).map(|current| Current(-current.0)),
    }
}

/// The sum of what is given; `None` if nothing is.
pub(super) fn sum(powers: &[Option<Power>]) -> Option<Power> {
    let given = powers.iter().flatten().map(|power| power.0);
    powers.iter().any(Option::is_some).then(|| Power(given.sum()))
}

/// Adds the alarms of flags that are set. Flags beyond the table's end mean nothing here.
pub(super) fn alarms(reading: &mut Reading, flags: impl Iterator<Item = bool>, table: &[Option<Alarm>]) {
    for alarm in flags.zip(table).filter_map(|(set, alarm)| alarm.filter(|_| set)) {
        reading.alarm(alarm);
    }
}

/// A row of flags, such as `10000`: a digit each. A dash stands for none.
pub(super) fn row(text: &str, name: &'static str, lengths: RangeInclusive<usize>) -> Result<Vec<bool>, BadReply> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !digits || !lengths.contains(&text.len()) {
        return Err(BadReply::Field { name, value: text.to_owned() });
    }
    Ok(text.bytes().map(|byte| !matches!(byte, b'0' | b'-')).collect())
}
