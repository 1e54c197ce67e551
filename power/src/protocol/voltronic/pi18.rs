//! PI17 (InfiniSolar, MPI Hybrid) and PI18 (InfiniSolar V, LV6048, Easun SV): replies with lengths and commas.
//!
//! ```text
//! PI18 GS   0 grid dV  1 grid dHz  2 output dV  3 output dHz  4 output VA  5 output W  6 load %  7 battery dV  8, 9 at the chargers
//!           10 discharging A  11 charging A  12 capacity %  13 heat sink °C  14, 15 chargers °C  16, 17 PV W  18, 19 PV dV
//!           20 settings changed  21, 22 chargers  23 load  24 battery  25 DC/AC  26 line: 1 takes, 2 gives  27 number
//! PI18 FWS  0 fault's number  1 line  2 output short  3 hot  4 fan  5 battery high  6 low  7 under  8 overload  9 EEPROM  10 limit
//!           11, 12 PV high  13, 14 charger overload  15, 16 battery too low to charge
//! PI17 GS   0, 1 PV dV  2, 3 PV dA  4 battery dV  5 capacity %  6 battery dA, signed  7–9 grid dV  10 grid cHz  11–13 grid dA
//!           14–16 output dV  17 output cHz  18–20 output dA  21 inside °C  22 warmest °C  23 battery °C  24 settings changed
//! PI17 PS   0, 1 PV W  2 battery W  3–5 grid W  6 grid W in all  7–9 output W  10 output W in all  11–14 VA  15 %  16 output
//!           17, 18 PV  19 battery: 1 charged, 2 discharged  20 DC/AC  21 line: 1 takes, 2 gives
//! ```
//!
//! (dV: tenths of a volt.) Fields that a model does not have are empty. Sources: Voltronic's 'Infini-Solar 10KW protocol' and
//! 'InfiniSolar V protocol' as read by jblance/mpp-solar (its test replies are the tests here), wolfgangr/infinitalk, the German MPI
//! loggers and a public MQTT bridge in Qt.
//!
//! PI17's signs: loggers in the field take a positive battery current as charging; where the direction is told, it decides. The grid's
//! power has a sign of its own that sources use both ways: only the direction counts, and without one nothing is said.

use super::fields::{BadReply, Fields, alarms, net, sum};
use crate::reading::{Alarm, Confidence, Reading, StateOfCharge};
use crate::units::{Current, Power, Temperature};

/// PI18's `FWS`, from field 1 on.
const WARNINGS_18: &[Option<Alarm>] = &[
    None,                      // line fail
    Some(Alarm::ShortCircuit), // output short
    Some(Alarm::TooHot),       // over temperature
    Some(Alarm::Fault),        // fan
    Some(Alarm::BatteryHigh),  // battery voltage high
    Some(Alarm::BatteryLow),   // battery low
    Some(Alarm::BatteryLow),   // battery under
    Some(Alarm::Overload),     // overload
    Some(Alarm::Fault),        // EEPROM
    None,                      // power limit
    Some(Alarm::Panels),       // PV1 voltage high
    Some(Alarm::Panels),       // PV2 voltage high
    Some(Alarm::Overload),     // charger 1 overload
    Some(Alarm::Overload),     // charger 2 overload
    Some(Alarm::BatteryLow),   // battery too low to charge, 1
    Some(Alarm::BatteryLow),   // battery too low to charge, 2
];

/// PI17's `WS`.
const WARNINGS_17: &[Option<Alarm>] = &[
    None,                     // solar input 1 loss
    None,                     // solar input 2 loss
    Some(Alarm::Panels),      // solar input 1 voltage too high
    Some(Alarm::Panels),      // solar input 2 voltage too high
    Some(Alarm::BatteryLow),  // battery under
    Some(Alarm::BatteryLow),  // battery low
    Some(Alarm::Fault),       // battery open
    Some(Alarm::BatteryHigh), // battery voltage too high
    Some(Alarm::BatteryLow),  // battery low in hybrid mode
    None,                     // grid, island, phases: 9 to 17
    None,
    None,
    None,
    None,
    None,
    None,
    None,
    None,
    Some(Alarm::TooHot),   // over temperature
    Some(Alarm::Overload), // overload
    Some(Alarm::Fault),    // emergency power off
];

/// The sign that a direction gives a number; 1 is in, 2 is out. Without a direction only nothing is known to be nothing.
fn directed(number: Option<i32>, direction: Option<u8>) -> Option<i32> {
    match direction {
        Some(1) => number.map(i32::abs),
        Some(2) => number.map(|number| -number.abs()),
        _ => number.filter(|number| *number == 0),
    }
}

/// Adds what PI18's `GS` says.
pub fn status_18(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    let fields = Fields::commas(text, "status", 20)?;
    fields.voltage(0, "grid voltage", 10)?;
    fields.other(1, "grid frequency", 0..=1_000_000)?;
    fields.voltage(2, "output voltage", 10)?;
    fields.other(3, "output frequency", 0..=1_000_000)?;
    fields.other(6, "load percentage", 0..=1_000_000)?;
    fields.other(13, "heat sink's temperature", -100_000..=300_000)?;
    for (at, name) in [(24, "battery direction"), (25, "DC/AC direction"), (26, "line direction")] {
        fields.digit(at, name)?;
    }
    let estimated = |charge| StateOfCharge { charge, confidence: Confidence::Estimated };
    reading.battery.voltage = fields.voltage(7, "battery voltage", 10)?;
    reading.battery.current =
        net(fields.current(11, "charging current", 1)?, fields.current(10, "discharging current", 1)?);
    reading.battery.charge = fields.charge(12, "battery capacity")?.map(estimated);
    reading.load = fields.power(5, "output power")?;
    reading.pv = sum(&[fields.power(16, "PV power")?, fields.power(17, "second PV power")?]);
    reading.pv_voltage = fields.voltage(18, "PV voltage", 10)?;
    Ok(())
}

/// Adds what PI18's `FWS` says.
pub fn warnings_18(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    let fields = Fields::commas(text, "list of faults", 2)?;
    let number = fields.other(0, "fault", 0..=99_000)?.unwrap_or(0) / 1000;
    match number {
        0 => {}
        2 => reading.alarm(Alarm::TooHot),
        3 => reading.alarm(Alarm::BatteryHigh),
        4 => reading.alarm(Alarm::BatteryLow),
        5 => reading.alarm(Alarm::ShortCircuit),
        7 => reading.alarm(Alarm::Overload),
        _ => reading.alarm(Alarm::Fault),
    }
    flags(&fields, 1, WARNINGS_18, reading)
}

/// Adds what PI17's `WS` says.
pub fn warnings_17(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    flags(&Fields::commas(text, "list of warnings", 18)?, 0, WARNINGS_17, reading)
}

fn flags(fields: &Fields<'_>, from: usize, table: &[Option<Alarm>], reading: &mut Reading) -> Result<(), BadReply> {
    let set = (from..fields.len()).map(|at| fields.digit(at, "flag").map(|digit| digit.unwrap_or(0) != 0));
    let set: Vec<bool> = set.collect::<Result<_, _>>()?;
    alarms(reading, set.into_iter(), table);
    Ok(())
}

/// Adds what PI17's `GS` says.
pub fn status_17(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    let fields = Fields::commas(text, "status", 24)?;
    fields.other(10, "grid frequency", 0..=10_000_000)?;
    fields.other(17, "output frequency", 0..=10_000_000)?;
    let estimated = |charge| StateOfCharge { charge, confidence: Confidence::Estimated };
    reading.pv_voltage = fields.voltage(0, "PV voltage", 10)?;
    reading.battery.voltage = fields.voltage(4, "battery voltage", 10)?;
    reading.battery.charge = fields.charge(5, "battery capacity")?.map(estimated);
    reading.battery.current = fields.current(6, "battery current", 10)?;
    // Without a sensor it is 0.
    let celsius = fields.other(23, "battery temperature", -100_000..=200_000)?.filter(|milli| *milli != 0);
    reading.battery.temperature = celsius.map(|milli| Temperature((milli / 100) as i16));
    Ok(())
}

/// Adds what PI17's `PS` says, after its `GS`.
pub fn power_17(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    let fields = Fields::commas(text, "powers", 16)?;
    let battery = fields.digit(19, "battery direction")?;
    let line = fields.digit(21, "line direction")?;
    if battery.is_some() {
        let current = reading.battery.current.map(|current| current.0);
        reading.battery.current = directed(current, battery).map(Current);
    }
    let watts = |at, name| Ok(fields.power(at, name)?.map(|power| power.0));
    reading.battery.power = directed(watts(2, "battery power")?, battery).map(Power);
    reading.grid = directed(watts(6, "grid power")?, line).map(Power);
    reading.pv = sum(&[fields.power(0, "PV power")?, fields.power(1, "second PV power")?]);
    reading.load = fields.power(10, "output power")?;
    Ok(())
}

/// Adds what `MOD` says: a number, of which 4 is a fault.
pub fn mode(text: &str, reading: &mut Reading) -> Result<(), BadReply> {
    match text.as_bytes() {
        b"04" if reading.alarms.is_empty() => reading.alarm(Alarm::Fault),
        [b'0'..=b'9', b'0'..=b'9'] => {}
        _ => return Err(BadReply::Field { name: "mode", value: text.to_owned() }),
    }
    Ok(())
}

/// The output that PI17's `MD` and PI18's `PIRI` say it is built for, as a model's name for want of one.
pub fn rating(text: &str, output: usize) -> Result<Option<String>, BadReply> {
    let fields = Fields::commas(text, "rating", output + 1)?;
    Ok(fields.other(output, "rated output", 0..=1_000_000_000)?.map(|output| format!("{} VA", output / 1000)))
}

/// A serial number, that comes with its length in two digits before it.
pub fn serial(text: &str) -> Option<&str> {
    let (length, serial) = text.split_at_checked(2)?;
    serial.get(..length.parse().ok()?).filter(|serial| !serial.is_empty())
}
