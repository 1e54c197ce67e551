//! What is known of all ports, and what of their events is worth a line in the journal. Pure: time is told.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::detect::plan::{Attempt, Why};
use crate::drive::follow::Event;
use crate::reading::{Identity, Text};
use crate::readings::{Device, Readings, State};
use crate::sentence;
use crate::settings::Settings;

/// All ports.
#[derive(Clone, Debug, Default)]
pub struct Book {
    devices: BTreeMap<String, Device>,
    trouble: Option<String>,
}

/// A line for the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// All is well.
    Info(String),
    /// A person may want to look.
    Warning(String),
}

impl Book {
    /// A port is there.
    pub fn plugged(&mut self, name: &str, place: String) {
        self.devices.insert(name.to_owned(), Device::new(name.to_owned(), place));
    }

    /// A port is not opened.
    pub fn left_alone(&mut self, name: &str, why: Why) -> Option<Line> {
        let device = self.devices.get_mut(name)?;
        (device.state, device.trouble) = (State::LeftAlone, Some(why.to_string()));
        Some(Line::Info(format!("{name} is left alone: {why}")))
    }

    /// A port is gone.
    pub fn unplugged(&mut self, name: &str) -> Option<Line> {
        let device = self.devices.remove(name)?;
        let known = device.identity.is_some();
        known.then(|| Line::Info(format!("{} on {name} was unplugged", sentence::name(&device))))
    }

    /// The settings are wrong, or no longer.
    pub fn settings(&mut self, trouble: Option<String>) {
        self.trouble = trouble;
    }

    /// This happened on a port.
    pub fn told(&mut self, name: &str, event: Event, settings: &Settings, up: Duration) -> Option<Line> {
        let device = self.devices.get_mut(name)?;
        let before = device.state;
        match event {
            Event::Trying(_) | Event::Sent(_) | Event::Came(_) => None,
            Event::Heard { attempt, heard, found } => {
                let mut identity = heard.identity;
                let stranger = device.identity.as_ref().is_some_and(|known| is_other(known, &identity));
                if let Some(known) = device.identity.take().filter(|_| !stranger) {
                    complete(&mut identity, known);
                }
                let other = device.protocol != Some(attempt.protocol);
                let mut reading = heard.reading;
                device.battery = settings.battery(name).cloned();
                if let Some(battery) = &device.battery {
                    battery.add_to(&mut reading);
                }
                device.state = State::Heard;
                (device.protocol, device.line) = (Some(attempt.protocol), Some(attempt.line));
                device.heard_at = Some((up.as_secs_f64() * 1000.0).round() / 1000.0);
                (device.identity, device.reading, device.trouble) = (Some(identity), Some(reading), None);
                let (who, how) = (sentence::name(device), attempt.protocol.entry().title);
                if found || other {
                    Some(Line::Info(format!("{who} on {name} speaks {how}")))
                } else if stranger {
                    Some(Line::Info(format!("another device is on {name}: {who}, which speaks {how}")))
                } else {
                    (before != State::Heard).then(|| Line::Info(format!("{who} on {name} is heard again")))
                }
            }
            Event::Missed(_, why) => {
                if device.reading.is_some() && matches!(before, State::Heard | State::Broken | State::Busy) {
                    device.state = State::Missed;
                    device.trouble = Some(why.to_string());
                } else if device.reading.is_none() && before == State::Broken {
                    device.state = State::Looking;
                }
                None
            }
            Event::Lost(why) => {
                device.state = State::Missed;
                device.trouble = Some(why.to_string());
                Some(Line::Warning(format!("{} on {name} is no longer heard: {why}", sentence::name(device))))
            }
            Event::Nothing(why) => {
                device.state = if device.reading.is_some() { State::Missed } else { State::Nothing };
                device.trouble = Some(why.to_string());
                (before != State::Nothing).then(|| Line::Info(format!("no device that is known on {name}: {why}")))
            }
            Event::Busy => {
                device.state = State::Busy;
                (before != State::Busy).then(|| Line::Warning(format!("another program has {name} open")))
            }
            Event::Broken(why) => {
                device.state = State::Broken;
                let line = (before != State::Broken).then(|| Line::Warning(format!("{name}: {why}")));
                device.trouble = Some(why);
                line
            }
        }
    }

    /// What was found where.
    pub fn found(&self) -> BTreeMap<String, Attempt> {
        let found = self.devices.iter().filter_map(|(name, device)| {
            Some((name.clone(), Attempt { protocol: device.protocol?, line: device.line? }))
        });
        found.collect()
    }

    /// What people and programs read.
    pub fn readings(&self) -> Readings {
        let mut readings = Readings::new(self.devices.values().cloned().collect());
        readings.trouble.clone_from(&self.trouble);
        readings
    }
}

/// Whether both say something, and not the same. A name that was not answered this time says nothing.
fn is_other(known: &Identity, now: &Identity) -> bool {
    let differ = |one: &Text, other: &Text| !one.as_str().is_empty() && !other.as_str().is_empty() && one != other;
    let serials = known.serial.as_ref().zip(now.serial.as_ref());
    differ(&known.maker, &now.maker)
        || differ(&known.model, &now.model)
        || serials.is_some_and(|(one, other)| differ(one, other))
}

/// What was known before stays known.
fn complete(identity: &mut Identity, known: Identity) {
    if identity.model.as_str().is_empty() {
        identity.model = known.model;
    }
    identity.serial = identity.serial.take().or(known.serial);
    identity.firmware = identity.firmware.take().or(known.firmware);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{Heard, Unheard};
    use crate::protocol::registry::Protocol;
    use crate::reading::{Confidence, Reading};
    use crate::units::Voltage;

    fn heard(serial: &str, found: bool) -> Event {
        let identity = Identity { maker: Text::new("Victron"), serial: Some(Text::new(serial)), ..Identity::default() };
        let mut reading = Reading::default();
        reading.battery.voltage = Some(Voltage(12_750));
        let attempt = Attempt { protocol: Protocol::VeDirect, line: crate::line::Line::Serial(19_200) };
        Event::Heard { attempt, heard: Box::new(Heard { identity, reading }), found }
    }

    #[test]
    fn what_is_told_once() {
        let settings = "format = 1\n[[battery]]\nport = \"one\"\nchemistry = \"flooded\"\nvolts = 12\n";
        let settings = Settings::parse(settings).unwrap();
        let mut book = Book::default();
        let mut told = |event: Event, seconds: u64| {
            let line = book.told("one", event, &settings, Duration::from_secs(seconds));
            let said = line.map(|line| match line {
                Line::Info(text) => text,
                Line::Warning(text) => format!("! {text}"),
            });
            (said.unwrap_or_default(), book.readings().devices.first().map(|device| (device.state, device.heard_at)))
        };
        assert_eq!(told(heard("1", true), 1), (String::new(), None), "it is not plugged in");
        book.plugged("one", "/dev/ttyUSB0".to_owned());
        let mut told = |event: Event, seconds: u64| {
            let line = book.told("one", event, &settings, Duration::from_secs(seconds));
            let said = line.map(|line| match line {
                Line::Info(text) => text,
                Line::Warning(text) => format!("! {text}"),
            });
            let device = book.readings().devices.first().cloned().unwrap();
            (said.unwrap_or_default(), device.state, device.heard_at)
        };
        let silent = || Unheard::Silent;
        let lost = "! Victron on one is no longer heard: it says nothing";
        for (event, seconds, said, state, heard_at) in [
            (Event::Busy, 1, "! another program has one open", State::Busy, None),
            (Event::Busy, 2, "", State::Busy, None),
            (Event::Nothing(silent()), 3, "no device that is known on one: it says nothing", State::Nothing, None),
            (Event::Nothing(silent()), 4, "", State::Nothing, None),
            (heard("1", true), 5, "Victron on one speaks VE.Direct", State::Heard, Some(5.0)),
            (heard("1", false), 15, "", State::Heard, Some(15.0)),
            (
                heard("2", false),
                25,
                "another device is on one: Victron, which speaks VE.Direct",
                State::Heard,
                Some(25.0),
            ),
            (Event::Missed(attempt(), silent()), 35, "", State::Missed, Some(25.0)),
            (heard("2", false), 45, "Victron on one is heard again", State::Heard, Some(45.0)),
            (Event::Broken("a broke off".to_owned()), 55, "! one: a broke off", State::Broken, Some(45.0)),
            (Event::Broken("opening a".to_owned()), 56, "", State::Broken, Some(45.0)),
            (heard("2", false), 57, "Victron on one is heard again", State::Heard, Some(57.0)),
            (Event::Lost(silent()), 60, lost, State::Missed, Some(57.0)),
        ] {
            assert_eq!(told(event, seconds), (said.to_owned(), state, heard_at));
        }
        let device = book.readings().devices[0].clone();
        let charge = device.reading.unwrap().battery.charge.unwrap();
        assert_eq!(
            (charge.charge.get(), charge.confidence),
            (1000, Confidence::Guessed),
            "of the battery that was named"
        );
        assert_eq!(book.unplugged("one"), Some(Line::Info("Victron on one was unplugged".to_owned())));
        assert_eq!((book.unplugged("one"), book.readings().devices.len()), (None, 0));
    }

    #[test]
    fn names_that_are_not_answered_each_time() {
        let (settings, mut book) = (Settings::default(), Book::default());
        book.plugged("one", String::new());
        let up = Duration::from_secs(1);
        assert!(book.told("one", heard("1", true), &settings, up).is_some());
        let Event::Heard { attempt, heard: mut nameless, .. } = heard("1", false) else { return };
        nameless.identity.serial = None;
        let nameless = Event::Heard { attempt, heard: nameless, found: false };
        assert_eq!(book.told("one", nameless, &settings, up), None);
        let kept = book.readings().devices[0].identity.clone().unwrap().serial;
        assert_eq!(kept.as_ref().map(Text::as_str), Some("1"));
        assert_eq!(book.found(), BTreeMap::from([("one".to_owned(), attempt)]));
    }

    fn attempt() -> Attempt {
        Attempt { protocol: Protocol::VeDirect, line: crate::line::Line::Serial(19_200) }
    }
}
