//! Batteries that a person has named, where the device doesn't know what hangs on it.
//!
//! A charge from the voltage is a guess, and says so ([`Confidence::Guessed`]). Under load the voltage sinks and while it is charged
//! it rises, so a guess is made only where little flows, or where nobody says how much. A lithium battery's voltage is flat from 20 to
//! 80 %: there the guess is the middle of that.
//!
//! Sources: the open-circuit voltages of lead batteries in Victron's 'Wiring Unlimited' and of Trojan's and East Penn's data sheets
//! at 25 °C; of LiFePO4 cells in data sheets of EVE and CATL, rounded to what they agree on.

use serde::{Deserialize, Serialize};

use crate::reading::{Confidence, Reading, StateOfCharge, Text};
use crate::units::{Capacity, Charge, Voltage};

/// What a battery is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chemistry {
    /// Lithium iron phosphate.
    Lifepo4,
    /// Lead, in glass mats.
    Agm,
    /// Lead, in a gel.
    Gel,
    /// Lead, with water to be filled up.
    Flooded,
}

/// What a person says of a battery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Named {
    /// What people call it.
    pub name: Option<Text>,
    /// What it is made of.
    pub chemistry: Chemistry,
    /// Its nominal voltage.
    pub nominal: Voltage,
    /// What it holds.
    pub capacity: Option<Capacity>,
}

/// Millivolts of a block of 12 V at rest, and the charge in per cent that it has there, rising.
const LEAD: [(i32, i32); 6] = [(11_800, 0), (12_000, 20), (12_200, 45), (12_400, 65), (12_600, 85), (12_750, 100)];

/// The same of AGM and gel, whose acid is stronger.
const SEALED: [(i32, i32); 6] = [(11_800, 0), (12_100, 25), (12_300, 50), (12_500, 70), (12_700, 88), (12_850, 100)];

/// The same of four cells of LiFePO4. Between 12.9 and 13.25 V nothing can be told.
const LIFEPO4: [(i32, i32); 7] =
    [(10_000, 0), (12_000, 9), (12_800, 17), (12_900, 50), (13_250, 50), (13_400, 95), (13_600, 100)];

/// The most that may flow for a voltage to say something: a twentieth of what it holds in an hour, or 5 A where that is not known.
fn most_current(capacity: Option<Capacity>) -> i64 {
    capacity.map_or(5_000, |capacity| i64::from(capacity.0) / 20)
}

impl Named {
    /// Adds to a reading what the device does not know.
    pub fn add_to(&self, reading: &mut Reading) {
        let battery = &mut reading.battery;
        battery.capacity = battery.capacity.or(self.capacity);
        let flows = battery.current.is_some_and(|current| i64::from(current.0).abs() > most_current(battery.capacity));
        if battery.charge.is_none()
            && !flows
            && let Some(charge) = battery.voltage.and_then(|voltage| self.guess(voltage))
        {
            battery.charge = Some(StateOfCharge { charge, confidence: Confidence::Guessed });
        }
    }

    /// The charge at a voltage; `None` if such a battery can't have it.
    fn guess(&self, voltage: Voltage) -> Option<Charge> {
        // 51 V are sixteen cells of LiFePO4, as 48 V are.
        let blocks = if self.nominal.0 == 51_000 { 4 } else { self.nominal.0 / 12_000 };
        let block = voltage.0.checked_div(blocks)?;
        let table: &[(i32, i32)] = match self.chemistry {
            Chemistry::Lifepo4 => &LIFEPO4,
            Chemistry::Agm | Chemistry::Gel => &SEALED,
            Chemistry::Flooded => &LEAD,
        };
        // Charged with at most 15 V, and dead below 8 V: of another nominal voltage.
        if !(8_000..=15_500).contains(&block) {
            return None;
        }
        let mut percent = 0;
        for pair in table.windows(2) {
            let [(low, from), (high, to)] = pair else { continue };
            if block >= *high {
                percent = *to;
            } else if block >= *low {
                percent = from + (to - from) * (block - low) / (high - low);
            }
        }
        u16::try_from(percent).ok().and_then(Charge::percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Current;

    fn named(chemistry: Chemistry, volts: i32) -> Named {
        Named { name: None, chemistry, nominal: Voltage(volts * 1000), capacity: Some(Capacity(100_000)) }
    }

    #[test]
    fn guesses() {
        for (chemistry, nominal, millivolts, expected) in [
            (Chemistry::Flooded, 12, 12_750, Some(100)),
            (Chemistry::Flooded, 12, 12_300, Some(55)),
            (Chemistry::Flooded, 12, 11_000, Some(0)),
            (Chemistry::Agm, 24, 25_700, Some(100)),
            (Chemistry::Gel, 48, 49_200, Some(50)),
            (Chemistry::Lifepo4, 12, 13_100, Some(50)),
            (Chemistry::Lifepo4, 51, 54_400, Some(100)),
            (Chemistry::Lifepo4, 48, 44_000, Some(4)),
            // Of another voltage than was said.
            (Chemistry::Lifepo4, 12, 26_400, None),
            (Chemistry::Flooded, 48, 25_000, None),
        ] {
            let guess = named(chemistry, nominal).guess(Voltage(millivolts));
            assert_eq!(guess.map(|charge| charge.get() / 10), expected, "{chemistry:?} {nominal} {millivolts}");
        }
    }

    #[test]
    fn only_what_is_not_known_and_only_at_rest() {
        let battery = named(Chemistry::Flooded, 12);
        let mut reading = Reading::default();
        battery.add_to(&mut reading);
        assert_eq!((reading.battery.charge, reading.battery.capacity), (None, Some(Capacity(100_000))), "no voltage");
        reading.battery.voltage = Some(Voltage(12_750));
        reading.battery.current = Some(Current(-5_100));
        battery.add_to(&mut reading);
        assert_eq!(reading.battery.charge, None, "it is drawn from");
        reading.battery.current = Some(Current(4_900));
        battery.add_to(&mut reading);
        assert_eq!(reading.battery.charge.map(|charge| charge.confidence), Some(Confidence::Guessed));
        let counted = Charge::percent(40).map(|charge| StateOfCharge { charge, confidence: Confidence::Counted });
        reading.battery.charge = counted;
        battery.add_to(&mut reading);
        assert_eq!(reading.battery.charge, counted, "the device knows it");
    }

    #[test]
    fn tables_rise() {
        for table in [&LEAD[..], &SEALED, &LIFEPO4] {
            assert!(table.is_sorted_by(|one, two| one.0 < two.0 && one.1 <= two.1));
        }
    }
}
