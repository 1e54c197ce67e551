//! The file of what was found and what it says: `/run/ilanga/power/readings.json`, written by the daemon, read by everyone.
//!
//! ```json
//! { "format": 1, "trouble": null, "devices": [
//!   { "port": "usb-VictronEnergy_BV_VE_Direct_cable_VE1A2B3C-if00-port0", "place": "/dev/ttyUSB0", "state": "heard",
//!     "protocol": "ve-direct", "line": { "serial": 19200 }, "heard-at": 5215.203,
//!     "identity": { … }, "reading": { … }, "battery": { … }, "trouble": null } ] }
//! ```
//!
//! `heard-at` is seconds since the computer was started (CLOCK_BOOTTIME), so an age is right whatever the time of day is. Unknown
//! fields are left alone by readers: a newer daemon may say more. Whoever decides by a reading must look at its age: a daemon that
//! has ended says nothing any more.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::battery::Named;
use crate::line::Line;
use crate::protocol::registry::Protocol;
use crate::reading::{Identity, Reading};

/// Where it is.
pub const PATH: &str = "/run/ilanga/power/readings.json";

/// The version of the file's format.
pub const FORMAT: u32 = 1;

/// The largest file that is looked at.
pub const LARGEST: usize = 1 << 20;

/// The most ports that are told of.
pub const MOST: usize = 128;

/// After this long a reading is old: nothing should be decided by it any more.
pub const OLD: Duration = Duration::from_secs(120);

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Readings {
    /// The version of the format.
    pub format: u32,
    /// What is wrong with the settings, in words.
    #[serde(default)]
    pub trouble: Option<String>,
    /// What each port has, sorted by their names.
    pub devices: Vec<Device>,
}

/// What a port has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Device {
    /// The port's stable name.
    pub port: String,
    /// Its node, interface or address right now.
    pub place: String,
    /// How it stands.
    pub state: State,
    /// What is, or was, spoken.
    #[serde(default)]
    pub protocol: Option<Protocol>,
    /// On which line.
    #[serde(default)]
    pub line: Option<Line>,
    /// Seconds since the computer was started when it was last heard.
    #[serde(default)]
    pub heard_at: Option<f64>,
    /// Who it is.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// What it said then.
    #[serde(default)]
    pub reading: Option<Reading>,
    /// What a person says of its battery.
    #[serde(default)]
    pub battery: Option<Named>,
    /// What is wrong, in words.
    #[serde(default)]
    pub trouble: Option<String>,
}

/// How a port stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A device is looked for.
    Looking,
    /// A device is heard.
    Heard,
    /// The device that was heard is heard no more, for now.
    Missed,
    /// Nothing that speaks a known protocol is there. It is looked again.
    Nothing,
    /// Another program has the port.
    Busy,
    /// It can't be opened, or broke off. It is tried again.
    Broken,
    /// It is not opened; `trouble` says why.
    LeftAlone,
    /// A newer daemon's word.
    #[serde(other)]
    Other,
}

/// The file is wrong.
#[derive(Debug, Error)]
pub enum BadReadings {
    /// It is longer than any.
    #[error("it has more than {LARGEST} bytes")]
    Large,
    /// It is not what the format has.
    #[error(transparent)]
    Format(#[from] serde_json::Error),
    /// It is of another version.
    #[error("its format is {0}, and {FORMAT} is known")]
    Version(u32),
}

impl Readings {
    /// Of these devices.
    pub fn new(mut devices: Vec<Device>) -> Self {
        devices.sort_by(|one, two| one.port.cmp(&two.port));
        devices.truncate(MOST);
        Self { format: FORMAT, trouble: None, devices }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadReadings> {
        if bytes.len() > LARGEST {
            return Err(BadReadings::Large);
        }
        let readings: Self = serde_json::from_slice(bytes)?;
        if readings.format != FORMAT {
            return Err(BadReadings::Version(readings.format));
        }
        Ok(Self { trouble: readings.trouble, ..Self::new(readings.devices) })
    }

    /// The file's text.
    ///
    /// # Errors
    /// Never: every value of it has its place in JSON.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl Device {
    /// A port of which nothing is known yet.
    pub fn new(port: String, place: String) -> Self {
        Self {
            port,
            place,
            state: State::Looking,
            protocol: None,
            line: None,
            heard_at: None,
            identity: None,
            reading: None,
            battery: None,
            trouble: None,
        }
    }

    /// How old its reading is, where the computer has been up for so long. A time that is still to come is of another start.
    pub fn age(&self, up: Duration) -> Option<Duration> {
        up.checked_sub(Duration::try_from_secs_f64(self.heard_at?).ok()?)
    }

    /// Its reading, if it is no older than [`OLD`].
    pub fn fresh(&self, up: Duration) -> Option<&Reading> {
        self.reading.as_ref().filter(|_| self.age(up).is_some_and(|age| age <= OLD))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tests::Random;
    use crate::reading::Text;
    use crate::units::Voltage;

    fn readings() -> Readings {
        let mut device = Device::new("usb-one".to_owned(), "/dev/ttyUSB0".to_owned());
        device.state = State::Heard;
        (device.protocol, device.line) = (Some(Protocol::VeDirect), Some(Line::Serial(19_200)));
        device.heard_at = Some(5215.203);
        device.identity = Some(Identity { maker: Text::new("Victron"), ..Identity::default() });
        let mut reading = Reading::default();
        reading.battery.voltage = Some(Voltage(12_810));
        device.reading = Some(reading);
        let nothing = Device::new("can0".to_owned(), "can0".to_owned());
        Readings::new(vec![device, nothing])
    }

    #[test]
    fn there_and_back() {
        let readings = readings();
        assert_eq!(readings.devices[0].port, "can0");
        let text = readings.text().unwrap();
        assert_eq!(Readings::parse(text.as_bytes()).unwrap(), readings);
        for part in [r#""port": "usb-one""#, r#""state": "heard""#, r#""heard-at": 5215.203"#, r#""serial": 19200"#] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn newer_and_other_files() {
        let newer = br#"{"format":1,"more":2,"devices":[{"port":"a","place":"b","state":"resting","more":3}]}"#;
        assert_eq!(Readings::parse(newer).unwrap().devices[0].state, State::Other);
        let wrong = |bytes: &[u8]| Readings::parse(bytes).unwrap_err().to_string();
        assert_eq!(wrong(br#"{"format":2,"devices":[]}"#), "its format is 2, and 1 is known");
        assert_eq!(wrong(&vec![b' '; LARGEST + 1]), "it has more than 1048576 bytes");
        assert!(Readings::parse(b"{\"format\":1").is_err());
    }

    #[test]
    fn ages() {
        let device = &readings().devices[1];
        let age = |up: f64| device.age(Duration::from_secs_f64(up)).map(|age| age.as_millis());
        assert_eq!((age(5220.203), age(5000.0)), (Some(5000), None), "of another start");
        assert!(device.fresh(Duration::from_secs(5335)).is_some());
        assert!(device.fresh(Duration::from_secs(5336)).is_none() && device.fresh(Duration::from_secs(1)).is_none());
        let mut odd = device.clone();
        for heard_at in [f64::NAN, -1.0, f64::INFINITY, 1e300] {
            odd.heard_at = Some(heard_at);
            assert_eq!(odd.age(Duration::from_secs(10)), None);
        }
    }

    fn arbitrary(random: &mut Random) {
        let mut text = readings().text().unwrap().into_bytes();
        for _ in 0..1 + random.next() % 4 {
            let at = random.next() % text.len();
            match random.next() % 4 {
                0 => drop(text.remove(at)),
                1 => text.insert(at, random.next() as u8),
                2 => text.insert(at, b'0' + (random.next() % 10) as u8),
                _ => text[at] = random.next() as u8,
            }
        }
        if let Ok(readings) = Readings::parse(&text) {
            for device in &readings.devices {
                let _ = (
                    device.age(Duration::MAX),
                    device.fresh(Duration::ZERO),
                    crate::sentence::device(device, Duration::MAX),
                );
            }
        }
    }

    #[test]
    fn arbitrary_bytes_do_no_harm() {
        let mut random = Random::SEED;
        (0..2000).for_each(|_| arbitrary(&mut random));
    }

    #[test]
    #[ignore = "long"]
    fn for_long_readings() {
        crate::protocol::tests::for_long(arbitrary);
    }
}
