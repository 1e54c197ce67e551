//! What is in the replies.
//!
//! ```text
//!   42   [flags][how many, or the address] and of each module:
//!        [cells: n][mV: 2]×n [sensors: t][tenths of K: 2]×t [tenths of A: 2][mV: 2][remaining mAh: 2]
//!        [more: 2 or 4][total mAh: 2][cycles: 2]
//!        and if there is more: [remaining mAh: 3][total mAh: 3]; those of two bytes are 0xFFFF then
//!   51   [name: 10][version: 2][maker: 20, or more]
//!   61   [voltage: 2][current: 2][charge in %][cycles: 2][most cycles: 2][health in %][least health]
//!        [highest cell in mV: 2][where: 2][lowest cell: 2][where: 2][temperatures: tenths of K …]: 49 bytes
//!   62   [alarms: 2][protections: 2]
//! ```

use thiserror::Error;

use crate::protocol::fields;
use crate::protocol::possible::{self, Impossible};
use crate::reading::{Alarm, Battery, Confidence, Identity, Reading, StateOfCharge, Text};
use crate::units::{Capacity, Current, Power, Temperature, Voltage};

/// What one module measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Of each cell.
    pub cells: Vec<Voltage>,
    /// Of the electronics, and then of the cells.
    pub temperatures: Vec<Temperature>,
    /// What flows into it.
    pub current: Current,
    /// Of all its cells together.
    pub voltage: Voltage,
    /// What is left in it.
    pub remaining: Capacity,
    /// What it holds.
    pub total: Capacity,
}

/// Not what modules measure.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadValues {
    /// Another length.
    #[error("its values have {found} bytes, which is not what its modules need")]
    Length {
        /// What there is.
        found: usize,
    },
    /// The cells are not those of the module.
    #[error("its cells sum up to {cells}, and its voltage is {module}")]
    Sum {
        /// All cells.
        cells: Voltage,
        /// What the module says of itself.
        module: Voltage,
    },
    /// A number that can't be.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// The modules of a reply to 42; where one was asked for itself, the second byte is its address and not the number of
/// modules.
///
/// # Errors
/// The length doesn't fit, or a number can't be.
pub fn modules(information: &[u8], alone: bool) -> Result<Vec<Module>, BadValues> {
    let wrong = BadValues::Length { found: information.len() };
    let Some(([_, number], rest)) = information.split_first_chunk() else { return Err(wrong) };
    let counts = if alone { [1, *number] } else { [*number, 1] };
    let fitting = counts.into_iter().find_map(|count| raw_modules(rest, count));
    let raw = fitting.ok_or(wrong)?;
    raw.into_iter().map(RawModule::check).collect()
}

/// So many modules, and nothing behind them.
fn raw_modules(mut rest: &[u8], count: u8) -> Option<Vec<RawModule>> {
    let mut all = Vec::new();
    for _ in 0..count {
        let (module, after) = RawModule::parse(rest)?;
        all.push(module);
        rest = after;
    }
    if rest.is_empty() && !all.is_empty() { Some(all) } else { None }
}

struct RawModule {
    cells: Vec<u16>,
    temperatures: Vec<u16>,
    current: i16,
    voltage: u16,
    remaining: u32,
    total: u32,
}

impl RawModule {
    fn parse(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let list = |bytes: &'_ [u8]| -> Option<(Vec<u16>, usize)> {
            let count = usize::from(*bytes.first()?);
            let numbers: Option<Vec<u16>> = (0..count).map(|number| fields::be16(bytes, 1 + 2 * number)).collect();
            Some((numbers?, 1 + 2 * count))
        };
        let (cells, length) = list(bytes)?;
        let bytes = bytes.get(length..)?;
        let (temperatures, length) = list(bytes)?;
        let bytes = bytes.get(length..)?;
        let word = |at| fields::be16(bytes, at);
        let (mut remaining, mut total) = (u32::from(word(4)?), u32::from(word(7)?));
        let mut length = 11;
        let current = word(0)?.cast_signed();
        word(9)?;
        if *bytes.get(6)? > 2 {
            let three = |at| fields::array::<3>(bytes, at).map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]));
            (remaining, total) = (three(11)?, three(14)?);
            length = 17;
        }
        Some((Self { cells, temperatures, current, voltage: word(2)?, remaining, total }, bytes.get(length..)?))
    }

    fn check(self) -> Result<Module, BadValues> {
        let cells = self.cells.into_iter().map(possible::cell).collect::<Result<Vec<Voltage>, Impossible>>()?;
        let voltage = possible::voltage("module's voltage", self.voltage.into())?;
        let sum = Voltage(cells.iter().map(|cell| cell.0).sum());
        if !cells.is_empty() && (sum.0 - voltage.0).abs() > 500 + voltage.0 / 20 {
            return Err(BadValues::Sum { cells: sum, module: voltage });
        }
        let temperatures = self.temperatures.into_iter().map(possible::kelvin).collect::<Result<_, Impossible>>()?;
        let (remaining, total) = (Capacity(self.remaining), Capacity(self.total));
        // Between being full and being measured as full a count runs over a little.
        possible::within(("charge", "mAh"), i64::from(remaining.0), 0..=i64::from(total.0) * 21 / 20)?;
        Ok(Module { cells, temperatures, current: Current(i32::from(self.current) * 100), voltage, remaining, total })
    }
}

/// How the whole is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct System {
    voltage: Option<Voltage>,
    charge: u8,
    health: u8,
    highest: u16,
    lowest: u16,
    warmest: u16,
}

impl System {
    /// From the reply to 61; `None` if it is another's.
    pub fn parse(information: &[u8]) -> Option<Self> {
        let word = |at| fields::be16(information, at);
        let voltage = match i32::from(word(0)?) {
            millivolts @ 20_000.. => Some(Voltage(millivolts)),
            hundredths @ 2_000..=6_553 => Some(Voltage(hundredths * 10)),
            _ => None,
        };
        let (charge, health) = (fields::byte(information, 4)?, fields::byte(information, 9)?);
        let (highest, lowest, warmest) = (word(11)?, word(15)?, word(21)?);
        let fits = information.len() == 49 && charge <= 100 && health <= 100 && lowest <= highest && highest <= 5_000;
        if fits { Some(Self { voltage, charge, health, highest, lowest, warmest }) } else { None }
    }
}

/// Who it is, from the reply to 51; `None` if it is another's.
pub fn identity(information: &[u8]) -> Option<Identity> {
    let (name, rest) = information.split_first_chunk::<10>()?;
    let ([major, minor], maker) = rest.split_first_chunk()?;
    if name.iter().any(|byte| *byte != 0 && !(byte.is_ascii_graphic() || *byte == b' ')) {
        return None;
    }
    let firmware = Some(Text::new(&format!("{major}.{minor}")));
    Some(Identity {
        maker: Text::new(&fields::text(maker)),
        model: Text::new(&fields::text(name)),
        serial: None,
        firmware,
    })
}

/// What is wrong, from the reply to 62.
pub fn alarms(information: &[u8]) -> Vec<Alarm> {
    let [alarm, more, protection, failure] = information else { return Vec::new() };
    let (both, second) = (alarm | protection, more | failure);
    let known = [
        (both & 0b1010_0000, Alarm::BatteryHigh),
        (both & 0b0101_0000, Alarm::BatteryLow),
        (both & 0b0000_1010, Alarm::TooHot),
        (both & 0b0000_0100, Alarm::TooCold),
        (alarm & 0b0000_0001, Alarm::Imbalance),
        (second & 0b0110_0000, Alarm::Overload),
        (more & 0b0001_0000, Alarm::Fault),
        (failure & 0b0000_1000, Alarm::Fault),
    ];
    known.into_iter().filter(|(bits, _)| *bits != 0).map(|(_, alarm)| alarm).collect()
}

/// What the modules say together. They hang side by side: their currents sum up, their voltage is one.
pub(super) fn reading(modules: &[Module], system: Option<System>, alarms: &[Alarm]) -> Result<Reading, Impossible> {
    let mut reading = Reading::default();
    alarms.iter().for_each(|alarm| reading.alarm(*alarm));
    let battery = &mut reading.battery;
    if !modules.is_empty() {
        together(modules, battery)?;
    }
    if let Some(system) = system {
        battery.charge = Some(possible::charge(i64::from(system.charge) * 10, Confidence::Counted)?);
        battery.health = Some(possible::health(system.health.into())?);
        battery.voltage = battery.voltage.or(system.voltage);
        battery.highest_cell = battery.highest_cell.or(Some(possible::cell(system.highest)?));
        battery.lowest_cell = battery.lowest_cell.or(Some(possible::cell(system.lowest)?));
        if battery.temperature.is_none() && system.warmest != 0 {
            battery.temperature = Some(possible::kelvin(system.warmest)?);
        }
    }
    Ok(reading)
}

fn together(modules: &[Module], battery: &mut Battery) -> Result<(), Impossible> {
    let count = i64::try_from(modules.len()).unwrap_or(i64::MAX);
    let voltages: i64 = modules.iter().map(|module| i64::from(module.voltage.0)).sum();
    battery.voltage = Some(possible::voltage("battery's voltage", voltages / count)?);
    battery.current = Some(possible::current(modules.iter().map(|module| i64::from(module.current.0)).sum())?);
    battery.power = Some(Power(modules.iter().map(|module| possible::product(module.voltage, module.current).0).sum()));
    let cells = || modules.iter().flat_map(|module| module.cells.iter().copied());
    (battery.lowest_cell, battery.highest_cell) = (cells().min(), cells().max());
    // The first sensor is in the electronics.
    battery.temperature = modules.iter().flat_map(|module| module.temperatures.iter().skip(1).copied()).max();
    let sum = |of: fn(&Module) -> Capacity| modules.iter().map(|module| i64::from(of(module).0)).sum::<i64>();
    let (remaining, total) = (sum(|module| module.remaining), sum(|module| module.total));
    battery.capacity = possible::capacity(total)?;
    battery.charge = (remaining.min(total) * 1000).checked_div(total).map(charge).transpose()?;
    Ok(())
}

fn charge(permille: i64) -> Result<StateOfCharge, Impossible> {
    possible::charge(permille, Confidence::Counted)
}
