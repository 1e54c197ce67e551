//! What a device says right now, in one sentence for people.

use std::time::Duration;

use crate::reading::{Alarm, Confidence, Reading};
use crate::readings::{Device, OLD, State};
use crate::units::Power;

/// The sentence for a port.
pub fn device(device: &Device, up: Duration) -> String {
    let trouble = device.trouble.as_deref().unwrap_or("nobody knows why");
    match (device.state, &device.reading) {
        (State::Looking, None) => "a device is looked for".to_owned(),
        (State::Nothing, _) => format!("no device that is known: {trouble}"),
        (State::Busy, _) => "another program has it open".to_owned(),
        (State::LeftAlone, _) => format!("left alone: {trouble}"),
        (State::Broken, None) => format!("it does not work: {trouble}"),
        (_, Some(reading)) => {
            let said = said(reading);
            match device.age(up) {
                Some(age) if age <= OLD && device.state == State::Heard => format!("{said} ({} ago)", duration(age)),
                Some(age) => format!("no longer heard; {} ago: {said}", duration(age)),
                None => format!("not heard since the start; before: {said}"),
            }
        }
        (State::Heard | State::Missed | State::Other, None) => "it says nothing of how it is".to_owned(),
    }
}

/// Who a device is.
pub fn name(device: &Device) -> String {
    let identity = device.identity.clone().unwrap_or_default();
    let parts = [identity.maker.as_str(), identity.model.as_str()];
    let known: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    match (known.is_empty(), device.protocol) {
        (false, _) => known.join(" "),
        (true, Some(protocol)) => protocol.entry().title.to_owned(),
        (true, None) => "-".to_owned(),
    }
}

/// What a reading says.
pub fn said(reading: &Reading) -> String {
    let mut parts = Vec::new();
    let battery = &reading.battery;
    let mut own = Vec::new();
    if let Some(soc) = battery.charge {
        own.push(match soc.confidence {
            Confidence::Counted => soc.charge.to_string(),
            Confidence::Estimated => format!("about {}", soc.charge),
            Confidence::Guessed => format!("perhaps {}", soc.charge),
        });
    }
    own.extend(battery.voltage.map(|voltage| voltage.to_string()));
    own.extend(match (battery.power, battery.current) {
        (Some(power), _) => Some(flows(power.0, &power_of(power))),
        (None, Some(current)) => Some(flows(current.0, &format!("{:.1} A", f64::from(current.0).abs() / 1000.0))),
        (None, None) => None,
    });
    own.extend(battery.temperature.map(|temperature| temperature.to_string()));
    if !own.is_empty() {
        parts.push(format!("battery {}", own.join(", ")));
    }
    parts.extend(reading.pv.map(|power| format!("panels {power}")));
    parts.extend(reading.load.map(|power| format!("load {power}")));
    parts.extend(reading.grid.map(|power| match power.0 {
        0.. => format!("from the grid {power}"),
        _ => format!("into the grid {}", power_of(power)),
    }));
    let alarms: Vec<&str> = reading.alarms.iter().copied().map(alarm).collect();
    if !alarms.is_empty() {
        parts.push(format!("ALARM: {}", alarms.join(", ")));
    }
    if parts.is_empty() { "nothing of how it is".to_owned() } else { parts.join("; ") }
}

fn power_of(power: Power) -> String {
    format!("{} W", power.0.unsigned_abs())
}

fn flows(number: i32, amount: &str) -> String {
    match number {
        0 => "at rest".to_owned(),
        1.. => format!("charged with {amount}"),
        _ => format!("drawn from with {amount}"),
    }
}

/// An alarm in words.
fn alarm(alarm: Alarm) -> &'static str {
    match alarm {
        Alarm::BatteryLow => "the battery is low",
        Alarm::BatteryHigh => "the battery's voltage is too high",
        Alarm::TooCold => "too cold",
        Alarm::TooHot => "too hot",
        Alarm::Overload => "overload",
        Alarm::ShortCircuit => "short circuit",
        Alarm::Imbalance => "the cells differ",
        Alarm::Panels => "the panels are wired wrongly or too many",
        Alarm::Fault => "a fault",
    }
}

fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::StateOfCharge;
    use crate::units::{Charge, Current, Temperature, Voltage};

    #[test]
    fn sentences() {
        let mut reading =
            Reading { pv: Some(Power(812)), load: Some(Power(350)), grid: Some(Power(-120)), ..Reading::default() };
        reading.battery.voltage = Some(Voltage(53_120));
        reading.battery.power = Some(Power(-512));
        reading.battery.temperature = Some(Temperature(253));
        let charge = Charge::percent(76).unwrap();
        reading.battery.charge = Some(StateOfCharge { charge, confidence: Confidence::Estimated });
        let text = "battery about 76 %, 53.12 V, drawn from with 512 W, 25.3 °C; panels 812 W; load 350 W; into the grid 120 W";
        assert_eq!(said(&reading), text);
        reading.alarm(Alarm::TooHot);
        assert!(said(&reading).ends_with("; ALARM: too hot"));
        assert_eq!(said(&Reading::default()), "nothing of how it is");
        let mut monitor = Reading::default();
        monitor.battery.current = Some(Current(1_250));
        assert_eq!(said(&monitor), "battery charged with 1.2 A");

        let mut port = Device::new("usb-one".to_owned(), "/dev/ttyUSB0".to_owned());
        let up = Duration::from_secs(1000);
        assert_eq!(device(&port, up), "a device is looked for");
        (port.state, port.reading, port.heard_at) = (State::Heard, Some(monitor), Some(995.5));
        assert_eq!(device(&port, up), "battery charged with 1.2 A (4 s ago)");
        assert_eq!(device(&port, Duration::from_secs(9000)), "no longer heard; 2 h ago: battery charged with 1.2 A");
        assert_eq!(device(&port, Duration::ZERO), "not heard since the start; before: battery charged with 1.2 A");
        port.state = State::Missed;
        assert_eq!(device(&port, up), "no longer heard; 4 s ago: battery charged with 1.2 A");
        (port.state, port.trouble) = (State::LeftAlone, Some("it is a mobile modem".to_owned()));
        assert_eq!(device(&port, up), "left alone: it is a mobile modem");
        assert_eq!(name(&port), "-");
    }
}
