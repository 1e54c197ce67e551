//! PI30 (Axpert, Mecer, Kodak, MPP Solar, PIP; and PI41 of the LV5048), and PI15/PI16 (InfiniSolar): replies in brackets.
//!
//! ```text
//! QPIGS   0 grid V  1 grid Hz  2 output V  3 output Hz  4 output VA  5 output W  6 load %  7 bus V  8 battery V
//!         9 charging A  10 capacity %  11 heat sink °C  12 PV A  13 PV V  14 battery V at the charger  15 discharging A
//!         16 eight flags │ newer: 17 fan offset  18 EEPROM  19 PV W  20 three flags │ 21 feeds?  22 country  23 feeds W
//! QPIGS2  0 PV2 A  1 PV2 V  2 PV2 W          of two trackers
//!         0 PV2 A  1 PV2 V  2 battery V  3 PV2 W … 7 PV3 A  8 PV3 V  9 battery V  10 PV3 W …     of the MST
//!         0 grid V … 5 output W of the second phase … 7 PV2 A … 10 seven flags     of the LV5048
//! PI16    0 grid V  1 grid W  …  5 output W  …  11 battery V  12 V of a second one  13 capacity %  14–16 PV W  17–19 PV V
//!         20 °C  21 mode and nine flags
//! ```
//!
//! Sources: Voltronic's 'HS_MS_MSX RS232 protocol', 'PI30MAX' and 'PI30REVO' as read by jblance/mpp-solar (its test replies
//! are the tests here), ESPHome's pipsolar, and Daniele Pezzini's 'Voltronic Power SUNNY protocol' for PI15/PI16.
//!
//! Where they disagree: ESPHome counts the flags of QPIWS after the 13th one lower; Voltronic's document, mpp-solar and NUT do not. A
//! few inverters of another maker (REVO) put PV watts into field 12 and the day's energy into field 15 of a reply that is otherwise
//! the same; nothing in it tells.

use super::fields::{BadReply, Fields, alarms, net, row, sum};
use crate::reading::{Alarm, Confidence, Reading, StateOfCharge};
use crate::units::{Current, Power, Voltage};

/// `QPIWS`. What is missing grid or sun is no alarm, nor is a limit that is kept. From 30 on firmwares differ: a fault's number is at
/// 31 and 32 of some, a weak battery of others.
const WARNINGS: &[Option<Alarm>] = &[
    None,                      // PV loss; older: reserved
    Some(Alarm::Fault),        // inverter fault
    Some(Alarm::Fault),        // bus over
    Some(Alarm::Fault),        // bus under
    Some(Alarm::Fault),        // bus soft fail
    None,                      // line fail
    Some(Alarm::ShortCircuit), // output short
    Some(Alarm::Fault),        // inverter voltage too low
    Some(Alarm::Fault),        // inverter voltage too high
    Some(Alarm::TooHot),       // over temperature
    Some(Alarm::Fault),        // fan locked
    Some(Alarm::BatteryHigh),  // battery voltage high
    Some(Alarm::BatteryLow),   // battery low
    None,                      // reserved
    Some(Alarm::BatteryLow),   // battery under, shut down
    None,                      // battery derating; older: reserved
    Some(Alarm::Overload),     // overload
    Some(Alarm::Fault),        // EEPROM
    Some(Alarm::Overload),     // inverter over current
    Some(Alarm::Fault),        // inverter soft fail
    Some(Alarm::Fault),        // self test
    Some(Alarm::Fault),        // DC voltage at the output
    Some(Alarm::Fault),        // battery open
    Some(Alarm::Fault),        // current sensor
    Some(Alarm::ShortCircuit), // battery short
    None,                      // power limit
    Some(Alarm::Panels),       // PV voltage high
    Some(Alarm::Overload),     // MPPT overload, fault
    Some(Alarm::Overload),     // MPPT overload, warning
    Some(Alarm::BatteryLow),   // battery too low to charge
    Some(Alarm::Fault),        // DC/DC over current
    Some(Alarm::Fault),
    Some(Alarm::Fault),
];

/// `QPIWS` of PI15 and PI16.
const WARNINGS_16: &[Option<Alarm>] = &[
    Some(Alarm::Fault), // device has fault
    None,               // corrects its readings
    Some(Alarm::Fault), // flash
    None,               // PV lost
    None,               // PV voltage low
    None,               // power island
    Some(Alarm::Fault), // initialisation
    None,               // grid voltage, frequency, average: 7 to 11
    None,
    None,
    None,
    None,
    None,                    // takes from the grid
    None,                    // disconnected from the grid
    Some(Alarm::BatteryLow), // battery voltage too low
    Some(Alarm::BatteryLow), // low battery
    Some(Alarm::Fault),      // battery disconnected
    Some(Alarm::BatteryLow), // end of discharge
    Some(Alarm::Overload),   // overload
    Some(Alarm::Fault),      // emergency power off
    None,
    None,
    Some(Alarm::TooHot), // over temperature
    Some(Alarm::Fault),  // no ground
    Some(Alarm::Fault),  // fan
];

/// `QPIGS`, as far as it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The reading's battery, load and panels come from these.
    pub battery: Option<Voltage>,
    /// Charging less discharging current.
    pub current: Option<Current>,
    /// The inverter's estimate, or what a battery with a data line tells it.
    pub charge: Option<StateOfCharge>,
    /// The output's real power.
    pub load: Option<Power>,
    /// The first tracker's voltage.
    pub pv_voltage: Option<Voltage>,
    /// What the first tracker gives. Older firmware does not say.
    pub pv: Option<Power>,
    /// The grid's voltage.
    pub grid_voltage: Option<Voltage>,
}

impl Status {
    /// Adds it to a reading.
    pub fn add_to(&self, reading: &mut Reading) {
        reading.battery.voltage = self.battery;
        reading.battery.current = self.current;
        reading.battery.charge = self.charge;
        (reading.load, reading.pv, reading.pv_voltage) = (self.load, self.pv, self.pv_voltage);
    }
}

/// Reads `QPIGS` of PI30.
pub fn status(text: &str) -> Result<Status, BadReply> {
    let fields = Fields::spaced(text, "status", 11)?;
    if let Some(flags) = fields.text(16) {
        row(flags, "row of flags", 7..=8)?;
    }
    // Nothing comes of these, but a reply to another question has something else there, such as whole numbers only.
    for (at, name) in [(1, "grid frequency"), (8, "battery voltage")] {
        if let Some(value) = fields.text(at).filter(|text| !text.contains('.')) {
            return Err(BadReply::Field { name, value: value.to_owned() });
        }
    }
    fields.other(1, "grid frequency", 0..=100_000)?;
    fields.voltage(2, "output voltage", 1)?;
    fields.other(3, "output frequency", 0..=100_000)?;
    fields.other(6, "load percentage", 0..=1_000_000)?;
    fields.voltage(7, "bus voltage", 1)?;
    // Of models up to 3 kVA this is no temperature, but what a converter reads.
    fields.other(11, "heat sink's temperature", -100_000..=9_999_000)?;
    fields.other(12, "PV current", 0..=9_999_000)?;
    fields.voltage(14, "battery voltage at the charger", 1)?;
    let estimated = |charge| StateOfCharge { charge, confidence: Confidence::Estimated };
    Ok(Status {
        battery: fields.voltage(8, "battery voltage", 1)?,
        current: net(fields.current(9, "charging current", 1)?, fields.current(15, "discharging current", 1)?),
        charge: fields.charge(10, "battery capacity")?.map(estimated),
        load: fields.power(5, "output power")?,
        pv_voltage: fields.voltage(13, "PV voltage", 1)?,
        pv: fields.power(19, "PV power")?,
        grid_voltage: fields.voltage(0, "grid voltage", 1)?,
    })
}

/// What `QPIGS2` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Second {
    /// What further trackers give.
    Panels(Option<Power>),
    /// The second phase of an LV5048: its load, and whether a second tracker works, whose power it does not tell.
    Phase(Option<Power>, bool),
}

impl Second {
    /// Adds it to a reading.
    pub fn add_to(&self, reading: &mut Reading) {
        match *self {
            // Without the first tracker's power the sum is not known.
            Self::Panels(more) => reading.pv = reading.pv.and_then(|first| sum(&[Some(first), more])),
            Self::Phase(load, second) => {
                reading.load = sum(&[reading.load, load]);
                reading.pv = reading.pv.filter(|_| !second);
            }
        }
    }
}

/// Reads `QPIGS2`.
pub fn second(text: &str) -> Result<Second, BadReply> {
    let fields = Fields::spaced(text, "second status", 3)?;
    if fields.len() == 11 {
        row(fields.text(10).unwrap_or_default(), "row of flags", 7..=8)?;
        let second = fields.current(7, "second charging current", 1)?.is_some_and(|current| current.0 != 0);
        return Ok(Second::Phase(fields.power(5, "second output power")?, second));
    }
    fields.current(0, "second PV current", 1)?;
    fields.voltage(1, "second PV voltage", 1)?;
    let (second, third) = if fields.len() == 3 { (2, 99) } else { (3, 10) };
    Ok(Second::Panels(sum(&[fields.power(second, "second PV power")?, fields.power(third, "third PV power")?])))
}

/// Reads `QPIGS` of PI15 and PI16. The grid's power has no sign there, so it is left out.
pub fn status_16(text: &str) -> Result<Status, BadReply> {
    let fields = Fields::spaced(text, "status", 22)?;
    fields.other(2, "grid frequency", 0..=100_000)?;
    let flags = fields.text(21).unwrap_or_default();
    row(flags.get(1..).unwrap_or_default(), "row of flags", 9..=9)?;
    let second = fields.voltage(12, "second battery voltage", 1)?;
    let estimated = |charge| StateOfCharge { charge, confidence: Confidence::Estimated };
    let powers = [14, 15, 16].map(|at| fields.power(at, "PV power"));
    let [one, two, three] = powers;
    Ok(Status {
        // Two strings in a row: which of them a load sees is not told.
        battery: fields.voltage(11, "battery voltage", 1)?.filter(|_| second.is_none_or(|voltage| voltage.0 == 0)),
        current: None,
        charge: fields.charge(13, "battery capacity")?.map(estimated),
        load: fields.power(5, "output power")?,
        pv_voltage: fields.voltage(17, "PV voltage", 1)?,
        pv: sum(&[one?, two?, three?]),
        grid_voltage: fields.voltage(0, "grid voltage", 1)?,
    })
}

/// Adds what `QPIWS` of PI30 says.
pub fn warnings(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    alarms(reading, row(text, "row of warnings", 26..=64)?.into_iter(), WARNINGS);
    Ok(())
}

/// Adds what `QPIWS` of PI15 and PI16 says.
pub fn warnings_16(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    alarms(reading, row(text, "row of warnings", 20..=64)?.into_iter(), WARNINGS_16);
    Ok(())
}

/// Adds what `QMOD` says: a letter, of which `F` is a fault.
pub fn mode(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    match text.as_bytes() {
        b"F" if reading.alarms.is_empty() => reading.alarm(Alarm::Fault),
        [b'A'..=b'Z'] => {}
        _ => return Err(BadReply::Field { name: "mode", value: text.to_owned() }),
    }
    Ok(())
}

/// `QPIRI`: what it is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rating {
    /// The output, in VA.
    pub output: i32,
    /// The battery's nominal voltage.
    pub battery: Voltage,
}

impl Rating {
    /// A model's name, for want of one.
    pub fn name(&self) -> String {
        format!("{} VA, {} V", self.output, self.battery.0 / 1000)
    }
}

/// Reads `QPIRI` of PI30: 21 fields and more.
pub fn rating(text: &str) -> Result<Option<Rating>, BadReply> {
    let fields = Fields::spaced(text, "rating", 13)?;
    let output = fields.other(5, "rated output", 0..=1_000_000_000)?;
    let battery = fields.voltage(7, "rated battery voltage", 1)?;
    Ok(output.zip(battery).map(|(output, battery)| Rating { output: output / 1000, battery }))
}
