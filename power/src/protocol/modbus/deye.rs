//! Deye's hybrid inverters, which are sold as Sunsynk, Sol-Ark and others too: Modbus RTU, 9600 bits a second, unit 1.
//!
//! ```text
//!             all   0 kind │ 3–7 serial
//!    single phase   59 state │ 101–106 alarms │ 109–115 panels │ 169 grid │ 178 load │ 182–191 battery
//!     three phase   500 state │ 553–558 alarms │ 586–591 battery │ 625 grid │ 653 load │ 672–682 panels
//! ```
//!
//! The kind decides about the map and its units. Of kinds that have no battery, or whose map is not known, nothing is
//! read.
//!
//! Sources: Deye's Modbus protocol for hybrid inverters; the definitions of kellerza/sunsynk (`single_phase.py`,
//! `three_phase_*.py`, `identity.py`) and of davidrapan/ha-solarman (`deye_hybrid.yaml`, `deye_p3.yaml`). They disagree
//! in:
//! - kind 0x200: a string inverter in Deye's paper, a single phase hybrid of 16 kW that gives its grid in tens of watts
//!   in sunsynk. Its grid is left out, and it has to have a battery of 48 V.
//! - the battery's current: hundredths of an ampere in the papers, tenths in some inverters of 2025. The one that fits
//!   the power is taken.

use super::family::{Asked, Family, Read};
use super::map::{Carried, Rtu};
use super::{Count, Request, What, rtu};
use crate::conversation::{Conversation, Heard, Unheard};
use crate::line::Line;
use crate::protocol::asking::Asking;
use crate::protocol::possible::{self, Impossible};
use crate::reading::{Alarm, Confidence, Identity, Reading, Text};
use crate::units::{Current, Power, Voltage};

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Serial(9600)];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Carried::<Rtu, Asked<Deye>>::new(Asked::default()))
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    let all = [&[WHO], SINGLE, THREE];
    all.concat().into_iter().map(|what| rtu::encode(Request { unit: Deye::UNIT, what })).collect()
}

const WHO: What = What::Holding(0, Count::of::<8>());

const SINGLE: &[What] = &[
    What::Holding(166, Count::of::<29>()),
    What::Holding(101, Count::of::<15>()),
    What::Holding(59, Count::of::<1>()),
];

const THREE: &[What] = &[
    What::Holding(586, Count::of::<12>()),
    What::Holding(619, Count::of::<35>()),
    What::Holding(672, Count::of::<19>()),
    What::Holding(553, Count::of::<6>()),
    What::Holding(500, Count::of::<1>()),
];

/// Which map a device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One phase.
    Single,
    /// One phase, of 16 kW.
    SingleLarge,
    /// Three phases, and a battery of 48 V.
    ThreeLow,
    /// Three phases, and a battery of hundreds of volts.
    ThreeHigh,
}

impl Kind {
    fn of(register: u16) -> Option<Self> {
        match register {
            0x0003 | 0x0103 | 0x0300 => Some(Self::Single),
            0x0200 => Some(Self::SingleLarge),
            0x0005 | 0x0500 => Some(Self::ThreeLow),
            0x0006..=0x0008 | 0x0600..=0x0602 => Some(Self::ThreeHigh),
            _ => None,
        }
    }

    fn blocks(self) -> &'static [What] {
        match self {
            Self::Single | Self::SingleLarge => SINGLE,
            Self::ThreeLow | Self::ThreeHigh => THREE,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Single | Self::SingleLarge => "hybrid inverter, one phase",
            Self::ThreeLow => "hybrid inverter, three phases",
            Self::ThreeHigh => "hybrid inverter, three phases, high voltage",
        }
    }
}

#[derive(Clone, Debug)]
struct Deye;

impl Deye {
    /// Ten letters or digits; that, the kind and a version make it unlikely to be another's registers.
    fn serial(read: &Read) -> Option<Text> {
        let bytes = read.holding.bytes(3, 5)?;
        if bytes.iter().all(u8::is_ascii_alphanumeric) { read.holding.text(3, 5) } else { None }
    }

    fn who(read: &Read) -> Option<(Kind, Text)> {
        Some((Kind::of(read.holding.get(0)?)?, Self::serial(read)?))
    }
}

impl Family for Deye {
    const NAME: &'static str = "a Deye's or Sunsynk's";
    const UNIT: u8 = 1;

    fn question(read: &Read, asked: usize) -> Result<Option<What>, Unheard> {
        match (asked.checked_sub(1), Self::who(read)) {
            (None, _) => Ok(Some(WHO)),
            (Some(at), Some((kind, _))) => Ok(kind.blocks().get(at).copied()),
            (Some(_), None) if read.answers > 0 => Err(Unheard::Other(Self::NAME)),
            (Some(_), None) => Ok(None),
        }
    }

    fn heard(read: &Read) -> Result<Heard, Unheard> {
        let (kind, serial) = Self::who(read).ok_or_else(|| read.missing(Self::NAME))?;
        let battery = read.holding.get(183);
        if kind == Kind::SingleLarge && !battery.is_some_and(|voltage| (3_000..=7_000).contains(&voltage)) {
            return Err(Unheard::Other(Self::NAME));
        }
        let mut reading = Reading::default();
        let battery = match kind {
            Kind::Single | Kind::SingleLarge => single(read, kind, &mut reading),
            Kind::ThreeLow | Kind::ThreeHigh => three(read, kind, &mut reading),
        };
        match battery {
            Ok(Some(())) => (),
            Ok(None) => return Err(read.missing(Self::NAME)),
            Err(impossible) => return Err(Unheard::Impossible(impossible.to_string())),
        }
        let (maker, model) = (Text::new("Deye"), Text::new(kind.name()));
        Ok(Heard { identity: Identity { maker, model, serial: Some(serial), firmware: None }, reading })
    }
}

/// What the registers of a battery say. The power and the current are those that flow out of it; the temperature is in
/// tenths of a degree above −100 °C.
struct Cells {
    temperature: u16,
    millivolts: i64,
    percent: u16,
    drawn: i64,
    current: i16,
}

impl Cells {
    fn read(self, reading: &mut Reading) -> Result<(), Impossible> {
        let battery = &mut reading.battery;
        if self.millivolts == 0 {
            return Ok(()); // None is connected.
        }
        let voltage = possible::voltage("battery's voltage", self.millivolts)?;
        battery.voltage = Some(voltage);
        battery.charge = Some(possible::charge(i64::from(self.percent) * 10, Confidence::Estimated)?);
        let power = possible::power("battery's power", -self.drawn)?;
        battery.power = Some(power);
        battery.current = current(voltage, power, self.current);
        // Without a sensor it is 0: 100 degrees below zero.
        if self.temperature != 0 {
            battery.temperature = Some(possible::temperature(i64::from(self.temperature) - 1000)?);
        }
        Ok(())
    }
}

/// The current that fits the power better: in hundredths of an ampere, or in tenths.
fn current(voltage: Voltage, power: Power, drawn: i16) -> Option<Current> {
    let steps = [10, 100].map(|step| {
        let current = Current(-i32::from(drawn) * step);
        ((possible::product(voltage, current).0 - power.0).abs(), current)
    });
    let (apart, current) = steps.into_iter().min_by_key(|(apart, _)| *apart)?;
    if apart <= 50 + power.0.abs() / 5 { Some(current) } else { None }
}

fn single(read: &Read, kind: Kind, reading: &mut Reading) -> Result<Option<()>, Impossible> {
    let known = &read.holding;
    let cells = || {
        Some(Cells {
            temperature: known.get(182)?,
            millivolts: i64::from(known.get(183)?) * 10,
            percent: known.get(184)?,
            drawn: known.signed(190)?.into(),
            current: known.signed(191)?,
        })
    };
    let Some(cells) = cells() else { return Ok(None) };
    cells.read(reading)?;
    if kind != Kind::SingleLarge {
        reading.grid = watts("grid's power", known.signed(169).map(i64::from))?;
    }
    reading.load = watts("load's power", known.signed(178).map(i64::from))?;
    reading.pv = sum((186..=189).map(|register| known.get(register).map(i64::from)))?;
    reading.pv_voltage = highest([109, 111, 113, 115].map(|register| known.get(register)))?;
    alarms(
        [known.get(101), known.get(102)],
        [103, 104, 105, 106].map(|register| known.get(register)),
        known.get(59),
        reading,
    );
    Ok(Some(()))
}

fn three(read: &Read, kind: Kind, reading: &mut Reading) -> Result<Option<()>, Impossible> {
    let known = &read.holding;
    let step = if kind == Kind::ThreeHigh { 10 } else { 1 };
    let cells = || {
        Some(Cells {
            temperature: known.get(586)?,
            millivolts: i64::from(known.get(587)?) * 10 * step,
            percent: known.get(588)?,
            drawn: i64::from(known.signed(590)?) * step,
            current: known.signed(591)?,
        })
    };
    let Some(cells) = cells() else { return Ok(None) };
    cells.read(reading)?;
    reading.grid = watts("grid's power", wide(known.get(625), known.get(690)))?;
    reading.load = watts("load's power", known.signed(653).map(i64::from))?;
    reading.pv = sum((672..=675).map(|register| known.get(register).map(|power| i64::from(power) * step)))?;
    reading.pv_voltage = highest([676, 678, 680, 682].map(|register| known.get(register)))?;
    alarms(
        [known.get(553), known.get(554)],
        [555, 556, 557, 558].map(|register| known.get(register)),
        known.get(500),
        reading,
    );
    Ok(Some(()))
}

/// A power whose high half is in a register that older firmware leaves at zero: then the low half has the sign.
fn wide(low: Option<u16>, high: Option<u16>) -> Option<i64> {
    let low = low?;
    match high {
        None | Some(0 | 0xFFFF) => Some(low.cast_signed().into()),
        Some(high) => Some(i64::from((u32::from(high) << 16 | u32::from(low)).cast_signed())),
    }
}

fn watts(what: &'static str, power: Option<i64>) -> Result<Option<Power>, Impossible> {
    power.map(|power| possible::power(what, power)).transpose()
}

fn sum(powers: impl Iterator<Item = Option<i64>>) -> Result<Option<Power>, Impossible> {
    watts("panels' power", powers.sum())
}

/// The highest of the panels' voltages, each in tenths of a volt.
fn highest<const N: usize>(voltages: [Option<u16>; N]) -> Result<Option<Voltage>, Impossible> {
    let highest = voltages.into_iter().flatten().max();
    highest.map(|voltage| possible::voltage("panels' voltage", i64::from(voltage) * 100)).transpose()
}

/// Each bit has a meaning, which differs from inverter to inverter.
fn alarms(warnings: [Option<u16>; 2], faults: [Option<u16>; 4], state: Option<u16>, reading: &mut Reading) {
    let any = |words: &[Option<u16>]| words.iter().flatten().any(|word| *word != 0);
    if any(&faults) || any(&warnings) || matches!(state, Some(3 | 4)) {
        reading.alarm(Alarm::Fault);
    }
}
