//! What the models say. Places are counted behind the model's number and length.

use super::point::{Model, Scaled};
use crate::conversation::{Heard, Unheard};
use crate::protocol::modbus::Count;
use crate::protocol::possible::{self, Impossible};
use crate::reading::{Alarm, Battery, Confidence, Identity, Reading};
use crate::units::{Power, Voltage};

/// Registers of a part of model 160 that is there once, and of one that is there for each string of panels.
const PANELS: (u16, u16) = (8, 20);

/// The same of model 714.
const PORTS: (u16, u16) = (18, 25);

/// The parts of a model that are read: where they begin, and how many registers they have.
pub(super) fn parts(id: u16, length: u16) -> Vec<(u16, Count)> {
    let repeated = |(once, each): (u16, u16), count: Count| {
        let number = length.saturating_sub(once) / each;
        (0..number).map(move |part| (once + part * each, count))
    };
    match id {
        1 => vec![(0, Count::of::<64>())],
        101..=103 => vec![(0, Count::of::<40>())],
        111..=113 => vec![(0, Count::of::<50>())],
        124 => vec![(0, Count::of::<24>())],
        160 => std::iter::once((0, Count::of::<8>())).chain(repeated(PANELS, Count::of::<20>())).collect(),
        701 => vec![(0, Count::of::<6>())],
        713 => vec![(0, Count::of::<7>())],
        714 => std::iter::once((0, Count::of::<18>())).chain(repeated(PORTS, Count::of::<25>())).collect(),
        802 => vec![(0, Count::of::<62>())],
        _ => Vec::new(),
    }
}

/// What the models of a chain say together.
pub(super) fn heard(models: &[Model]) -> Result<Heard, Unheard> {
    let reading = reading(models).map_err(|impossible| Unheard::Impossible(impossible.to_string()))?;
    let text = |at, registers| models.iter().find(|model| model.id == 1)?.text(at, registers);
    let identity = Identity {
        maker: text(0, 16).unwrap_or_default(),
        model: text(16, 16).unwrap_or_default(),
        serial: text(48, 16),
        firmware: text(40, 8),
    };
    Ok(Heard { identity, reading })
}

fn reading(models: &[Model]) -> Result<Reading, Impossible> {
    let mut reading = Reading::default();
    // The battery's own model says more than those of an inverter.
    for id in [802, 713, 124] {
        for model in models.iter().filter(|model| model.id == id) {
            let said = match id {
                802 => battery(model, &mut reading)?,
                713 => energy(model, &mut reading)?,
                _ => storage(model)?,
            };
            fill(&mut reading.battery, said);
        }
    }
    let mut strings = Strings::default();
    for model in models {
        match model.id {
            160 => strings.panels(model, models)?,
            714 => strings.ports(model)?,
            101..=103 => events(model.bits(38), model.unsigned(36), &mut reading),
            111..=113 => events(model.bits(48), model.unsigned(46), &mut reading),
            701 => events(model.bits(4), None, &mut reading),
            _ => (),
        }
    }
    (reading.pv, reading.pv_voltage) = (strings.power, strings.voltage);
    fill(&mut reading.battery, strings.battery);
    let has_battery = models.iter().any(|model| matches!(model.id, 124 | 713 | 802));
    if let Some(inverter) = models.iter().find(|model| matches!(model.id, 101..=103 | 111..=113)) {
        // What a hybrid inverter gives comes from its battery too.
        if reading.pv.is_none() && !has_battery {
            (reading.pv, reading.pv_voltage) = direct(inverter)?;
        }
    }
    Ok(reading)
}

/// What is not known yet.
fn fill(battery: &mut Battery, more: Battery) {
    battery.charge = battery.charge.or(more.charge);
    battery.voltage = battery.voltage.or(more.voltage);
    battery.current = battery.current.or(more.current);
    battery.power = battery.power.or(more.power);
    battery.temperature = battery.temperature.or(more.temperature);
    battery.lowest_cell = battery.lowest_cell.or(more.lowest_cell);
    battery.highest_cell = battery.highest_cell.or(more.highest_cell);
    battery.capacity = battery.capacity.or(more.capacity);
    battery.health = battery.health.or(more.health);
}

fn volts(what: &'static str, millivolts: Option<i64>) -> Result<Option<Voltage>, Impossible> {
    millivolts.map(|voltage| possible::voltage(what, voltage)).transpose()
}

fn watts(what: &'static str, power: Option<i64>) -> Result<Option<Power>, Impossible> {
    power.map(|power| possible::power(what, power)).transpose()
}

/// What an inverter takes from its panels; if it doesn't say that, what it gives.
fn direct(model: &Model) -> Result<(Option<Power>, Option<Voltage>), Impossible> {
    let (direct, given, voltage) = if model.id < 110 {
        (
            model.signed_in(0, Scaled(29, 30))?,
            model.signed_in(0, Scaled(12, 13))?,
            model.unsigned_in(3, Scaled(27, 28))?,
        )
    } else {
        (model.float(36, 0), model.float(20, 0), model.float(34, 3))
    };
    Ok((watts("panels' power", direct.or(given))?, volts("panels' voltage", voltage)?))
}

/// Models 101 to 113 and 701 have the same bits, as far as they matter here. State 7 is a fault.
fn events(bits: u32, state: Option<u16>, reading: &mut Reading) {
    let bit = |bit: u32| bits >> bit & 1 == 1;
    for (known, alarm) in [(1, Alarm::Panels), (7, Alarm::TooHot), (13, Alarm::TooCold), (0, Alarm::Fault)] {
        if bit(known) {
            reading.alarm(alarm);
        }
    }
    if [12, 14, 15].into_iter().any(bit) || state == Some(7) {
        reading.alarm(Alarm::Fault);
    }
}

/// Model 124: the storage of an inverter.
fn storage(model: &Model) -> Result<Battery, Impossible> {
    let charge = model.unsigned_in(1, Scaled(6, 20))?;
    Ok(Battery {
        charge: charge.map(|charge| possible::charge(charge, Confidence::Estimated)).transpose()?,
        voltage: volts("battery's voltage", model.unsigned_in(3, Scaled(8, 22))?)?,
        ..Battery::default()
    })
}

/// Model 713: the energy of a storage.
fn energy(model: &Model, reading: &mut Reading) -> Result<Battery, Impossible> {
    if matches!(model.unsigned(4), Some(2 | 3)) {
        reading.alarm(Alarm::Fault);
    }
    let charge = model.unsigned_in(1, Scaled(2, 6))?;
    Ok(Battery {
        charge: charge.map(|charge| possible::charge(charge, Confidence::Estimated)).transpose()?,
        health: model.unsigned_in(0, Scaled(3, 6))?.map(possible::health).transpose()?,
        ..Battery::default()
    })
}

/// Model 802: a battery that speaks for itself. The model doesn't say which direction of its current is positive, so
/// the state that it gives decides: 3 is discharging, 4 charging.
fn battery(model: &Model, reading: &mut Reading) -> Result<Battery, Impossible> {
    let direction = match model.unsigned(14) {
        Some(3) => Some(-1),
        Some(4) => Some(1),
        _ => None,
    };
    let directed = |value: Option<i64>| match value {
        Some(0) => Some(0),
        value => value.zip(direction).map(|(value, direction)| value.abs() * direction),
    };
    battery_events(model.bits(24), reading);
    let charge = model.unsigned_in(1, Scaled(9, 54))?;
    let cell =
        |place| model.unsigned_in(3, place)?.map(|voltage| possible::voltage("cell's voltage", voltage)).transpose();
    let capacity = model.unsigned_in(3, Scaled(0, 50))?;
    let current = directed(model.signed_in(3, Scaled(42, 59))?);
    Ok(Battery {
        charge: charge.map(|charge| possible::charge(charge, Confidence::Counted)).transpose()?,
        voltage: volts("battery's voltage", model.unsigned_in(3, Scaled(32, 57))?)?,
        current: current.map(possible::current).transpose()?,
        power: watts("battery's power", directed(model.signed_in(0, Scaled(45, 61))?))?,
        temperature: None,
        lowest_cell: cell(Scaled(38, 58))?,
        highest_cell: cell(Scaled(35, 58))?,
        capacity: capacity.map(possible::capacity).transpose()?.flatten(),
        health: model.unsigned_in(0, Scaled(11, 56))?.map(possible::health).transpose()?,
    })
}

/// Each has an alarm and a warning, next to each other.
fn battery_events(bits: u32, reading: &mut Reading) {
    let known = [
        (0b11 << 1, Alarm::TooHot),
        (0b11 << 3, Alarm::TooCold),
        (0b1111 << 5, Alarm::Overload),
        (0b11 << 9, Alarm::BatteryHigh),
        (0b1111 << 11, Alarm::BatteryLow),
        (1 << 17, Alarm::Imbalance),
        (1 << 20 | 1 << 22 | 0b11 << 25, Alarm::Fault),
    ];
    known.into_iter().filter(|(mask, _)| bits & mask != 0).for_each(|(_, alarm)| reading.alarm(alarm));
}

/// What strings of panels and ports of inverters say.
#[derive(Default)]
struct Strings {
    power: Option<Power>,
    voltage: Option<Voltage>,
    battery: Battery,
}

impl Strings {
    fn add(&mut self, power: Option<i64>, voltage: Option<i64>) -> Result<(), Impossible> {
        if let Some(power) = power {
            let sum = i64::from(self.power.unwrap_or_default().0) + power;
            self.power = Some(possible::power("panels' power", sum)?);
        }
        self.voltage = self.voltage.max(volts("panels' voltage", voltage)?);
        Ok(())
    }

    /// Model 160. Fronius gives what flows into its battery and out of it as the last two strings.
    fn panels(&mut self, model: &Model, models: &[Model]) -> Result<(), Impossible> {
        let strings = (0..).map(|string| PANELS.0 + string * PANELS.1).take_while(|at| model.points.get(*at).is_some());
        let strings: Vec<u16> = strings.take(usize::from(u8::MAX)).collect();
        let power = |at: u16| model.unsigned_in(0, Scaled(at + 11, 2));
        let voltage = |at: u16| model.unsigned_in(3, Scaled(at + 10, 1));
        let maker = models.iter().find(|model| model.id == 1).and_then(|model| model.text(0, 16));
        let is_fronius = maker.is_some_and(|maker| maker.as_str().eq_ignore_ascii_case("fronius"));
        let of_panels = match strings.split_last_chunk() {
            Some((panels, [charged, discharged]))
                if is_fronius && !panels.is_empty() && models.iter().any(|model| model.id == 124) =>
            {
                if let Some((charged, discharged)) = power(*charged)?.zip(power(*discharged)?) {
                    self.battery.power = Some(possible::power("battery's power", charged - discharged)?);
                }
                panels
            }
            _ => &strings[..],
        };
        of_panels.iter().try_for_each(|at| self.add(power(*at)?, voltage(*at)?))
    }

    /// Model 714: only the ports that say that panels are on them.
    fn ports(&mut self, model: &Model) -> Result<(), Impossible> {
        const OF_PANELS: u16 = 1;
        let ports = (0..).map(|port| PORTS.0 + port * PORTS.1).take_while(|at| model.points.get(*at).is_some());
        let ports: Vec<u16> = ports.take(usize::from(u8::MAX)).collect();
        for at in ports.into_iter().filter(|at| model.unsigned(*at) == Some(OF_PANELS)) {
            self.add(model.signed_in(0, Scaled(at + 12, 15))?, model.unsigned_in(3, Scaled(at + 11, 14))?)?;
        }
        Ok(())
    }
}
