//! EPEver's charge controllers (Tracer A, AN, B, BN, XTRA, TriRon): Modbus RTU, 115200 bits a second, unit 1.
//!
//! ```text
//!   identification   'EPsolar Tech co., Ltd' │ 'Tracer2215BN' │ 'V01.56+V01.22'
//!            input   0x3000 what it is made for │ 0x3100 panels │ 0x3104 battery │ 0x310C load │
//!                    0x3110 temperatures │ 0x311A charge │ 0x3200 states of battery, charging and load │
//!                    0x331B the battery's net current
//! ```
//!
//! Numbers of two registers have the low one first. What does not answer to the identification is known by the voltage
//! it is made for. Some refuse long ranges and those with holes, so each block is short.
//!
//! Sources: EPsolar's protocol for controllers of the B series (V2.3); rosswarren/epevermodbus, `driver.py`;
//! kasbert/epsolar-tracer (the identification). Bit 1 of 0x3201, a fault, is set in some that are well, so it counts
//! for nothing.

use super::family::{Asked, Family, Read};
use super::map::{Carried, Rtu};
use super::{Count, Known, Request, What, rtu};
use crate::conversation::{Conversation, Heard, Unheard};
use crate::line::Line;
use crate::protocol::asking::Asking;
use crate::protocol::fields;
use crate::protocol::possible::{self, Impossible};
use crate::reading::{Alarm, Confidence, Identity, Reading, Text};

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Serial(115_200)];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Carried::<Rtu, Asked<Tracer>>::new(Asked::default()))
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    ALL.iter().map(|what| rtu::encode(Request { unit: Tracer::UNIT, what: *what })).collect()
}

const ALL: &[What] = &[
    What::Identification,
    What::Input(0x3000, Count::of::<9>()),
    What::Input(0x3100, Count::of::<8>()),
    What::Input(0x310C, Count::of::<6>()),
    What::Input(0x311A, Count::of::<1>()),
    What::Input(0x3200, Count::of::<3>()),
    What::Input(0x331B, Count::of::<2>()),
];

/// How many of them say who it is.
const WHO: usize = 2;

#[derive(Clone, Debug)]
struct Tracer;

impl Tracer {
    fn object(read: &Read, number: u8) -> Option<Text> {
        let (_, bytes) = read.objects.iter().find(|(object, _)| *object == number)?;
        let text = Text::new(&fields::text(bytes));
        if text.as_str().is_empty() { None } else { Some(text) }
    }

    /// By its name; of those that have none, by the voltage and the way of charging that it is made for.
    fn is_one(read: &Read) -> bool {
        match Self::object(read, 0) {
            Some(maker) => ["epsolar", "epever"].iter().any(|name| maker.as_str().to_ascii_lowercase().contains(name)),
            None => {
                matches!(read.input.get(0x3004), Some(1200 | 2400 | 3600 | 4800))
                    && matches!(read.input.get(0x3008), Some(0..=2))
            }
        }
    }
}

impl Family for Tracer {
    const NAME: &'static str = "an EPEver's";
    const UNIT: u8 = 1;

    fn question(read: &Read, asked: usize) -> Result<Option<What>, Unheard> {
        match asked {
            WHO.. if read.answers == 0 => Ok(None),
            WHO.. if !Self::is_one(read) => Err(Unheard::Other(Self::NAME)),
            _ => Ok(ALL.get(asked).copied()),
        }
    }

    fn heard(read: &Read) -> Result<Heard, Unheard> {
        if read.input.get(0x3104).is_none() {
            return Err(read.missing(Self::NAME));
        }
        let reading = reading(&read.input).map_err(|impossible| Unheard::Impossible(impossible.to_string()))?;
        let model = Self::object(read, 1).unwrap_or_default();
        let identity = Identity { maker: Text::new("EPEver"), model, serial: None, firmware: Self::object(read, 2) };
        Ok(Heard { identity, reading })
    }
}

fn reading(input: &Known) -> Result<Reading, Impossible> {
    let mut reading = Reading::default();
    let hundredths = |register| input.low_first(register).map(|power| i64::from(power) / 100);
    let watts = |what, power: Option<i64>| power.map(|power| possible::power(what, power)).transpose();
    let volts =
        |what, register| input.get(register).map(|volts| possible::voltage(what, i64::from(volts) * 10)).transpose();
    let battery = &mut reading.battery;
    battery.voltage = volts("battery's voltage", 0x3104)?;
    let current = input.low_first(0x331B).map(|current| possible::current(i64::from(current.cast_signed()) * 10));
    battery.current = current.transpose()?;
    battery.power = battery.voltage.zip(battery.current).map(|(voltage, current)| possible::product(voltage, current));
    let temperature = input.signed(0x3110).map(|temperature| possible::temperature(i64::from(temperature) / 10));
    battery.temperature = temperature.transpose()?;
    let charge = input.get(0x311A).map(|percent| possible::charge(i64::from(percent) * 10, Confidence::Estimated));
    battery.charge = charge.transpose()?;
    reading.pv = watts("panels' power", hundredths(0x3102))?;
    reading.pv_voltage = volts("panels' voltage", 0x3100)?;
    reading.load = watts("load's power", hundredths(0x310E))?;
    alarms(input, &mut reading);
    Ok(reading)
}

fn alarms(input: &Known, reading: &mut Reading) {
    if let Some(battery) = input.get(0x3200) {
        match battery & 0x0F {
            0 => (),
            1 => reading.alarm(Alarm::BatteryHigh),
            2 | 3 => reading.alarm(Alarm::BatteryLow),
            _ => reading.alarm(Alarm::Fault),
        }
        match battery >> 4 & 0x0F {
            0 => (),
            1 => reading.alarm(Alarm::TooHot),
            2 => reading.alarm(Alarm::TooCold),
            _ => reading.alarm(Alarm::Fault),
        }
        // Its inner resistance is wrong, or it is a battery of another voltage than was set.
        if battery & (1 << 8 | 1 << 15) != 0 {
            reading.alarm(Alarm::Fault);
        }
    }
    if let Some(charging) = input.get(0x3201) {
        let bit = |bit: u16| charging >> bit & 1 == 1;
        if matches!(charging >> 14, 2 | 3) || bit(4) {
            reading.alarm(Alarm::Panels);
        }
        if bit(8) {
            reading.alarm(Alarm::ShortCircuit);
        }
        if bit(9) || bit(10) {
            reading.alarm(Alarm::Overload);
        }
        if [7, 11, 12, 13].into_iter().any(bit) {
            reading.alarm(Alarm::Fault);
        }
    }
    if let Some(load) = input.get(0x3202) {
        if load >> 12 & 3 == 3 {
            reading.alarm(Alarm::Overload);
        }
        if load >> 11 & 1 == 1 {
            reading.alarm(Alarm::ShortCircuit);
        }
    }
}
