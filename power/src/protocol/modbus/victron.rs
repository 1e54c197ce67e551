//! Victron's GX devices (Cerbo, Venus): Modbus TCP, port 502, unit 100, which is the whole system.
//!
//! ```text
//!   800–805 serial │ 808–816 panels on AC │ 817–819 load │ 820–825 grid, generator │ 826 which input │
//!   840–846 battery │ 850 panels on DC
//! ```
//!
//! A GX says 0 where it knows nothing. So a voltage of 0 is none, and a charge of 0 is believed only where something
//! was taken out of the battery or time is left. Registers that it does not know make it refuse the whole range, so the
//! ranges end where all firmware ends. It has to be allowed in its settings.
//!
//! Source: victronenergy/dbus_modbustcp, `attributes.csv` (the list of registers) and `mappings.cpp` (what an unknown
//! value is).

use super::family::{Asked, Family, Read};
use super::map::{Carried, Tcp};
use super::{Count, Known, Request, What, tcp};
use crate::conversation::{Conversation, Heard, Unheard};
use crate::line::Line;
use crate::protocol::asking::Asking;
use crate::protocol::possible::{self, Impossible};
use crate::reading::{Confidence, Identity, Reading, Text};
use crate::units::Power;

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Tcp(502)];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Carried::<Tcp, Asked<Gx>>::new(Asked::default()))
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    ALL.iter().map(|what| tcp::encode(Request { unit: Gx::UNIT, what: *what })).collect()
}

const ALL: &[What] = &[
    What::Holding(800, Count::of::<6>()),
    What::Holding(840, Count::of::<7>()),
    What::Holding(808, Count::of::<19>()),
    What::Holding(850, Count::of::<1>()),
];

#[derive(Clone, Debug)]
struct Gx;

impl Gx {
    /// The address of its network card: twelve hexadecimal digits.
    fn serial(read: &Read) -> Option<Text> {
        let bytes = read.holding.bytes(800, 6)?;
        if bytes.iter().all(u8::is_ascii_hexdigit) { read.holding.text(800, 6) } else { None }
    }
}

impl Family for Gx {
    const NAME: &'static str = "a Victron GX's";
    const UNIT: u8 = 100;

    fn question(read: &Read, asked: usize) -> Result<Option<What>, Unheard> {
        match asked {
            0 => Ok(ALL.first().copied()),
            _ if read.answers == 0 => Ok(None),
            _ if Self::serial(read).is_none() => Err(Unheard::Other(Self::NAME)),
            _ => Ok(ALL.get(asked).copied()),
        }
    }

    fn heard(read: &Read) -> Result<Heard, Unheard> {
        if read.holding.get(840).is_none() {
            return Err(read.missing(Self::NAME));
        }
        let reading = reading(&read.holding).map_err(|impossible| Unheard::Impossible(impossible.to_string()))?;
        let (maker, model) = (Text::new("Victron"), Text::new("GX"));
        Ok(Heard { identity: Identity { maker, model, serial: Self::serial(read), firmware: None }, reading })
    }
}

fn reading(known: &Known) -> Result<Reading, Impossible> {
    let mut reading = Reading::default();
    let battery = &mut reading.battery;
    if let Some(voltage) = known.get(840).filter(|voltage| *voltage != 0) {
        battery.voltage = Some(possible::voltage("battery's voltage", i64::from(voltage) * 100)?);
        battery.current = known.signed(841).map(|current| possible::current(i64::from(current) * 100)).transpose()?;
        battery.power = known.signed(842).map(|power| Power(power.into()));
        // What was taken out of the battery, and the time that is left, are known only where something counts.
        let counted = [845, 846].into_iter().any(|register| known.get(register).is_some_and(|value| value != 0));
        if let Some(percent) = known.get(843).filter(|percent| *percent != 0 || counted) {
            let confidence = if counted { Confidence::Counted } else { Confidence::Estimated };
            battery.charge = Some(possible::charge(i64::from(percent) * 10, confidence)?);
        }
    }
    let on_ac = total(known, 808..=816, |power| power.into());
    let on_dc = known.get(850).map(i64::from);
    let panels = [on_ac, on_dc].into_iter().flatten().reduce(|one, two| one + two);
    reading.pv = panels.map(|power| possible::power("panels' power", power)).transpose()?;
    let load = total(known, 817..=819, |power| power.into()).filter(|load| *load != 0);
    reading.load = load.map(|power| possible::power("load's power", power)).transpose()?;
    let given = total(known, 820..=825, |power| power.cast_signed().into());
    // 0: nobody knows; 240: it is on none.
    let given = given.filter(|power| *power != 0 || known.get(826).is_some_and(|input| input != 0));
    reading.grid = given.map(|power| possible::power("grid's power", power)).transpose()?;
    Ok(reading)
}

/// The sum of some registers, if all of them were read.
fn total(known: &Known, mut registers: std::ops::RangeInclusive<u16>, number: impl Fn(u16) -> i64) -> Option<i64> {
    registers.try_fold(0, |sum, register| Some(sum + number(known.get(register)?)))
}
