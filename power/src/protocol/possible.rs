//! What numbers of a house's power are possible. A number outside of that was misread, or is nonsense: it is refused,
//! not clipped.

use thiserror::Error;

use crate::reading::{Confidence, StateOfCharge};
use crate::units::{Capacity, Charge, Current, Power, Temperature, Voltage};

/// A number that can't be true.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("its {what} is {value} {unit}")]
pub struct Impossible {
    /// Of what: `battery's voltage`.
    pub what: &'static str,
    /// The number.
    pub value: i64,
    /// Of which unit.
    pub unit: &'static str,
}

/// A number between these.
pub(crate) fn within(
    (what, unit): (&'static str, &'static str),
    value: i64,
    range: std::ops::RangeInclusive<i64>,
) -> Result<i32, Impossible> {
    let kept = if range.contains(&value) { i32::try_from(value).ok() } else { None };
    kept.ok_or(Impossible { what, value, unit })
}

/// A battery's or panel's voltage in mV: up to 1500 V, below which nothing is called low voltage.
pub(crate) fn voltage(what: &'static str, millivolts: i64) -> Result<Voltage, Impossible> {
    within((what, "mV"), millivolts, 0..=1_500_000).map(Voltage)
}

/// A cell's voltage in mV.
pub(crate) fn cell(millivolts: u16) -> Result<Voltage, Impossible> {
    within(("cell's voltage", "mV"), millivolts.into(), 0..=5_000).map(Voltage)
}

/// A current in mA.
pub(crate) fn current(milliamperes: i64) -> Result<Current, Impossible> {
    within(("current", "mA"), milliamperes, -5_000_000..=5_000_000).map(Current)
}

/// A power in W.
pub(crate) fn power(what: &'static str, watts: i64) -> Result<Power, Impossible> {
    within((what, "W"), watts, -2_000_000..=2_000_000).map(Power)
}

/// The power of a battery that has this voltage and current, in W.
pub(crate) fn product(voltage: Voltage, current: Current) -> Power {
    let microwatts = i64::from(voltage.0) * i64::from(current.0);
    let half = if microwatts < 0 { -500_000 } else { 500_000 };
    Power(i32::try_from((microwatts + half) / 1_000_000).unwrap_or_default())
}

/// A temperature in tenths of a degree Celsius.
pub(crate) fn temperature(tenths: i64) -> Result<Temperature, Impossible> {
    let possible = within(("temperature", "tenths of a degree"), tenths, -800..=2_000)?;
    Ok(Temperature(i16::try_from(possible).unwrap_or_default()))
}

/// A temperature in tenths of a kelvin.
pub(crate) fn kelvin(tenths: u16) -> Result<Temperature, Impossible> {
    temperature(i64::from(tenths) - 2731)
}

/// A charge, counted or estimated.
pub(crate) fn charge(permille: i64, confidence: Confidence) -> Result<StateOfCharge, Impossible> {
    let charge = within(("charge", "thousandths"), permille, 0..=1000)?;
    let charge = u16::try_from(charge).ok().and_then(Charge::permille);
    charge.map(|charge| StateOfCharge { charge, confidence }).ok_or(Impossible {
        what: "charge",
        value: permille,
        unit: "thousandths",
    })
}

/// A health in per cent.
pub(crate) fn health(percent: i64) -> Result<Charge, Impossible> {
    let health = within(("health", "%"), percent, 0..=100)?;
    u16::try_from(health).ok().and_then(Charge::percent).ok_or(Impossible { what: "health", value: percent, unit: "%" })
}

/// What a battery holds, in mAh; zero is what those say that don't know.
pub(crate) fn capacity(milliampere_hours: i64) -> Result<Option<Capacity>, Impossible> {
    let capacity = within(("capacity", "mAh"), milliampere_hours, 0..=2_000_000_000)?;
    Ok(u32::try_from(capacity).ok().filter(|capacity| *capacity != 0).map(Capacity))
}
