//! Growatt's off-grid inverters SPF and SPE: Modbus RTU, 9600 bits a second, unit 1.
//!
//! ```text
//!   holding   9–14 firmware │ 23–29 serial │ 43 device type
//!     input   0 state │ 1–6 panels │ 9–10 load │ 17–18 battery │ 20–23 AC in and out │ 36–37 from the grid │
//!             40–43 alarms │ 77–78 battery
//! ```
//!
//! Growatt's other families have other meanings at the same registers. So the device type has to be one of these
//! families', or, as some firmware says nothing sensible there, all that is read has to be what an off-grid inverter
//! says.
//!
//! Invariant: no register from 30000 on is ever read: that resets an SPF of firmware 100.05, with all that hangs on it.
//!
//! Sources: Growatt's Modbus protocol for off-grid inverters (V0.26); the profiles and the threads 88 to 90 of
//! 0xAHA/Growatt_ModbusTCP (also for the resets); WouterTuinstra/Homeassistant-Growatt-Local-Modbus, `offgrid.py` (also
//! for the bits of the alarms).

use super::family::{Asked, Family, Read};
use super::map::{Carried, Rtu};
use super::{Count, Known, Request, What, rtu};
use crate::conversation::{Conversation, Heard, Unheard};
use crate::line::Line;
use crate::protocol::asking::Asking;
use crate::protocol::possible::{self, Impossible};
use crate::reading::{Alarm, Confidence, Identity, Reading, Text};

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Serial(9600)];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Carried::<Rtu, Asked<OffGrid>>::new(Asked::default()))
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    ALL.iter().map(|what| rtu::encode(Request { unit: OffGrid::UNIT, what: *what })).collect()
}

const ALL: &[What] = &[
    What::Holding(9, Count::of::<6>()),
    What::Holding(43, Count::of::<1>()),
    What::Holding(23, Count::of::<7>()),
    What::Input(0, Count::of::<45>()),
    What::Input(77, Count::of::<2>()),
];

/// How many of them say who it is.
const WHO: usize = 3;

#[derive(Clone, Debug)]
struct OffGrid;

/// What the device type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Spf,
    Spe,
    Unknown,
    /// Of the families whose registers mean something else.
    Other,
}

impl Kind {
    fn of(read: &Read) -> Self {
        match read.holding.get(43) {
            Some(3400..=3403) => Self::Spf,
            Some(64541) => Self::Spe,
            None | Some(0 | 0xFFFF) => Self::Unknown,
            Some(_) => Self::Other,
        }
    }
}

impl Family for OffGrid {
    const NAME: &'static str = "a Growatt off-grid inverter's";
    const UNIT: u8 = 1;

    fn question(read: &Read, asked: usize) -> Result<Option<What>, Unheard> {
        match asked {
            0 => Ok(ALL.first().copied()),
            _ if read.answers == 0 => Ok(None),
            WHO.. if Kind::of(read) == Kind::Other || !is_firmware(&read.holding) => Err(Unheard::Other(Self::NAME)),
            _ => Ok(ALL.get(asked).copied()),
        }
    }

    fn heard(read: &Read) -> Result<Heard, Unheard> {
        let input = &read.input;
        if input.get(0).is_none() {
            return Err(read.missing(Self::NAME));
        }
        let kind = Kind::of(read);
        if kind == Kind::Unknown && !is_off_grid(input) {
            return Err(Unheard::Other(Self::NAME));
        }
        let reading = reading(input).map_err(|impossible| Unheard::Impossible(impossible.to_string()))?;
        let model = match kind {
            Kind::Spe => "SPE off-grid inverter",
            _ => "SPF off-grid inverter",
        };
        let identity = Identity {
            maker: Text::new("Growatt"),
            model: Text::new(model),
            serial: read.holding.text(23, 5),
            firmware: read.holding.text(9, 6),
        };
        Ok(Heard { identity, reading })
    }
}

/// Whether the firmware's name is a text, as all of Growatt's have it.
fn is_firmware(holding: &Known) -> bool {
    let bytes = holding.bytes(9, 3).unwrap_or_default();
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    letters >= 3 && bytes.iter().all(|byte| *byte == 0 || byte.is_ascii_graphic() || *byte == b' ')
}

/// Whether the registers are those of an off-grid inverter, beyond doubt.
fn is_off_grid(input: &Known) -> bool {
    let between = |register, low, high| input.get(register).is_some_and(|value| (low..=high).contains(&value));
    let gives_no_ac = between(22, 0, 0) && between(23, 0, 0);
    between(0, 0, 12)
        && between(17, 1_000, 7_000)
        && between(18, 0, 100)
        && (gives_no_ac || between(22, 900, 2_600) && between(23, 4_500, 6_500))
}

fn reading(input: &Known) -> Result<Reading, Impossible> {
    let mut reading = Reading::default();
    let tenths = |register| input.high_first(register).map(|power| i64::from(power) / 10);
    let watts = |what, power: Option<i64>| power.map(|power| possible::power(what, power)).transpose();
    let battery = &mut reading.battery;
    // Without a battery its voltage is zero, and its charge means nothing.
    if let Some(voltage) = input.get(17).filter(|voltage| *voltage != 0) {
        battery.voltage = Some(possible::voltage("battery's voltage", i64::from(voltage) * 10)?);
        let charge = input.get(18).map(|percent| possible::charge(i64::from(percent) * 10, Confidence::Estimated));
        battery.charge = charge.transpose()?;
        // What flows out of it. Its current (68) is only right while the grid charges, so it is left out.
        battery.power =
            watts("battery's power", input.high_first(77).map(|power| -i64::from(power.cast_signed()) / 10))?;
    }
    reading.pv = watts("panels' power", tenths(3).zip(tenths(5)).map(|(one, two)| one + two))?;
    let highest = input.get(1).max(input.get(2));
    reading.pv_voltage =
        highest.map(|voltage| possible::voltage("panels' voltage", i64::from(voltage) * 100)).transpose()?;
    reading.load = watts("load's power", tenths(9))?;
    reading.grid = watts("grid's power", tenths(36))?;
    alarms(input, &mut reading);
    Ok(reading)
}

/// The state says that there is a fault, 41 has a bit for each warning; 42 and 43 are numbers of a fault and a warning
/// in the papers, and bits in others' profiles, so they only say that something is wrong.
fn alarms(input: &Known, reading: &mut Reading) {
    let warnings = input.get(41).unwrap_or_default();
    let known = [(0x01, Alarm::BatteryLow), (0x02, Alarm::TooHot), (0x04, Alarm::Overload), (0x80, Alarm::Overload)];
    for (bit, alarm) in known {
        if warnings & bit != 0 {
            reading.alarm(alarm);
        }
    }
    let others = known.iter().fold(warnings, |rest, (bit, _)| rest & !bit);
    let numbered = warnings == 0 && input.get(43).is_some_and(|code| code != 0);
    if others != 0 || numbered || input.get(0) == Some(3) || input.get(42).is_some_and(|code| code != 0) {
        reading.alarm(Alarm::Fault);
    }
}
