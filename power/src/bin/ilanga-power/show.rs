//! What people see.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use power::line::Line;
use power::readings::Readings;
use power::{clock, sentence};
use tokio::time::sleep;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// A line of a protocol.
pub(crate) fn line(line: Line) -> String {
    match line {
        Line::Serial(rate) => format!("serial, {rate} bits/s"),
        Line::Hid => "HID".to_owned(),
        Line::Tcp(port) => format!("TCP port {port}"),
        Line::Can(rate) => format!("CAN, {rate} bits/s"),
    }
}

/// What was found, two lines each: names of ports are long.
pub(crate) fn table(readings: &Readings, up: Duration) -> String {
    let mut text = String::new();
    if let Some(trouble) = &readings.trouble {
        text += &format!("The settings are wrong: {trouble}\n\n");
    }
    if readings.devices.is_empty() {
        return text + "No port that a solar device could be on was found.\n";
    }
    for device in &readings.devices {
        let battery = device.battery.as_ref().and_then(|battery| battery.name.as_ref());
        let battery = battery.map(|name| format!(" (battery: {})", name.as_str())).unwrap_or_default();
        let who = match sentence::name(device).as_str() {
            "-" => String::new(),
            name => format!("{name}{battery}: "),
        };
        text += &format!("{} ({})\n    {who}{}\n", device.port, device.place, sentence::device(device, up));
    }
    text
}

/// Shows what was found whenever it changes, until it is interrupted.
pub(crate) async fn watch(json: bool, path: &Path) -> Result<ExitCode> {
    let mut before = None;
    loop {
        let readings = super::read(path)?;
        if before.as_ref() != Some(&readings) {
            if json {
                println!("{}", serde_json::to_string(&readings)?);
            } else {
                println!("{}", table(&readings, clock::up()));
            }
            before = Some(readings);
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use power::readings::{Device, State};

    #[test]
    fn tables() {
        let mut device = Device::new("usb-one".to_owned(), "/dev/ttyUSB0".to_owned());
        let up = Duration::from_secs(10);
        let shown = |device: &Device| table(&Readings::new(vec![device.clone()]), up);
        assert_eq!(shown(&device), "usb-one (/dev/ttyUSB0)\n    a device is looked for\n");
        (device.state, device.trouble) = (State::LeftAlone, Some("it is a phone".to_owned()));
        assert_eq!(shown(&device), "usb-one (/dev/ttyUSB0)\n    left alone: it is a phone\n");
        assert_eq!(table(&Readings::new(Vec::new()), up), "No port that a solar device could be on was found.\n");
    }
}
