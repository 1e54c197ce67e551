//! What is in the replies.

use super::What;
use crate::conversation::Heard;
use crate::protocol::fields;
use crate::protocol::possible::{self, Impossible};
use crate::reading::{Alarm, Confidence, Identity, Reading, Text};
use crate::units::Current;

/// The data of each reply that came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Values {
    pub(super) pack: Option<[u8; 8]>,
    pub(super) cells: Option<[u8; 8]>,
    pub(super) temperatures: Option<[u8; 8]>,
    pub(super) state: Option<[u8; 8]>,
    pub(super) alarms: Option<[u8; 8]>,
    pub(super) capacity: Option<[u8; 8]>,
}

impl Values {
    /// What came to a question.
    pub(super) fn add(&mut self, what: What, data: Option<[u8; 8]>) {
        *match what {
            What::Pack => &mut self.pack,
            What::Cells => &mut self.cells,
            What::Temperatures => &mut self.temperatures,
            What::State => &mut self.state,
            What::Alarms => &mut self.alarms,
            What::Capacity => &mut self.capacity,
        } = data;
    }

    /// What it all says.
    pub(super) fn heard(&self) -> Result<Heard, Impossible> {
        let mut reading = Reading::default();
        let battery = &mut reading.battery;
        if let Some(pack) = self.pack {
            let word = |at| i64::from(fields::be16(&pack, at).unwrap_or_default());
            // The battery feeds it: without a wire to measure at it measures none, and not zero.
            let voltage = Some(word(0)).filter(|voltage| *voltage != 0);
            battery.voltage = voltage.map(|tenths| possible::voltage("battery's voltage", tenths * 100)).transpose()?;
            battery.current = Some(self.direction((word(4) - 30_000) * 100)?);
            battery.charge = Some(possible::charge(word(6), Confidence::Counted)?);
            let known = battery.voltage.zip(battery.current);
            battery.power = known.map(|(voltage, current)| possible::product(voltage, current));
        }
        if let Some(cells) = self.cells {
            let cell = |at| fields::be16(&cells, at).filter(|cell| *cell != 0).map(possible::cell).transpose();
            (battery.highest_cell, battery.lowest_cell) = (cell(0)?, cell(3)?);
        }
        // Where no sensor is, it says 0: 40 degrees below zero.
        if let Some([warmest @ 1..=255, ..]) = self.temperatures {
            battery.temperature = Some(possible::temperature((i64::from(warmest) - 40) * 10)?);
        }
        if let Some(capacity) = self.capacity {
            battery.capacity = possible::capacity(fields::be32(&capacity, 0).unwrap_or_default().into())?;
        }
        if let Some(alarms) = self.alarms {
            wrong(alarms, &mut reading);
        }
        let identity = Identity { maker: Text::new("Daly"), ..Identity::default() };
        Ok(Heard { identity, reading })
    }

    fn direction(&self, milliamperes: i64) -> Result<Current, Impossible> {
        let signed = match self.state {
            Some([1, ..]) => milliamperes.abs(),
            Some([2, ..]) => -milliamperes.abs(),
            _ => milliamperes,
        };
        possible::within(("current", "mA"), signed, -1_500_000..=1_500_000).map(Current)
    }
}

/// Each has two bits: a warning and a protection.
fn wrong(bits: [u8; 8], reading: &mut Reading) {
    let known = [
        (0, 0b0011_0011, Alarm::BatteryHigh),
        (0, 0b1100_1100, Alarm::BatteryLow),
        (1, 0b0011_0011, Alarm::TooHot),
        (1, 0b1100_1100, Alarm::TooCold),
        (2, 0b0000_1111, Alarm::Overload),
        (2, 0b0011_0000, Alarm::BatteryHigh),
        (2, 0b1100_0000, Alarm::BatteryLow),
        (3, 0b0000_0011, Alarm::Imbalance),
        (3, 0b0000_1100, Alarm::Fault),
        (4, 0b0000_0011, Alarm::TooHot),
        (4, 0b1111_1100, Alarm::Fault),
        (5, 0b1111_1111, Alarm::Fault),
        (6, 0b0000_0011, Alarm::Fault),
        (6, 0b0000_0100, Alarm::ShortCircuit),
        (6, 0b0000_1000, Alarm::BatteryLow),
    ];
    for (byte, mask, alarm) in known {
        if fields::byte(&bits, byte).is_some_and(|bits| bits & mask != 0) {
            reading.alarm(alarm);
        }
    }
}
