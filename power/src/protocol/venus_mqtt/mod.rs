//! Venus OS over MQTT: what a GX device (Cerbo, Ekrano, a Raspberry Pi with Venus OS) knows of the whole system.
//!
//! ```text
//! subscribe   N/+/system/0/#                          whose id is it? Then only the topics below
//! publish     R/<id>/keepalive          (empty)       now, and again every half minute
//! received    N/<id>/system/0/Dc/Battery/Soc          {"value": 76.5}
//!             N/<id>/system/0/Dc/Battery/Temperature  {"value": null}      it has none
//!             N/<id>/system/0/Ac/Grid/L1/Power        (empty)              it is gone
//!             N/<id>/full_publish_completed           {"value": 1702459522}
//! ```
//!
//! Source: the documents of victronenergy/dbus-flashmq (and of dbus-mqtt before Venus OS 3.20, which kept values as retained messages),
//! `TOPICS.md` of victronenergy/venus-html5-app, and the paths of `com.victronenergy.system` in Victron's list of Modbus registers.
//! A battery's current and power are positive while it is charged, the grid's while it gives.
//!
//! [`Venus`] keeps what the messages say, [`talk`] speaks MQTT.
//!
//! Invariants: the keepalive with an empty payload is the only thing
//! that is ever published: `W/` would write. An id has only letters and digits, so no topic can become another one. Of one broker
//! one system is read: the first that is heard.

pub mod talk;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use crate::line::Line;
use crate::reading::{Confidence, Identity, Reading, StateOfCharge, Text};
use crate::units::{Charge, Current, Power, Temperature, Voltage};

/// What it is spoken on; the second is inside TLS.
pub const LINES: &[Line] = &[Line::Tcp(1883), Line::Tcp(8883)];

/// How often the keepalive is published. Without one values cease after a minute.
pub const KEEPALIVE: Duration = Duration::from_secs(30);

/// The longest payload that is looked at. Values here have a few dozen bytes.
pub const LONGEST: usize = 1024;

/// Paths of `system/0` with a number, and the least and most of it.
const NUMBERS: [(&str, f64, f64); 24] = [
    ("Dc/Battery/Soc", 0.0, 100.0),
    ("Dc/Battery/Voltage", 0.0, 1500.0),
    ("Dc/Battery/Current", -10_000.0, 10_000.0),
    ("Dc/Battery/Power", -1_000_000.0, 1_000_000.0),
    ("Dc/Battery/Temperature", -100.0, 200.0),
    ("Dc/Pv/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnOutput/L1/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnOutput/L2/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnOutput/L3/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnGrid/L1/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnGrid/L2/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnGrid/L3/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnGenset/L1/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnGenset/L2/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/PvOnGenset/L3/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Consumption/L1/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Consumption/L2/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Consumption/L3/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Grid/L1/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Grid/L2/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Grid/L3/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Genset/L1/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Genset/L2/Power", -1_000_000.0, 1_000_000.0),
    ("Ac/Genset/L3/Power", -1_000_000.0, 1_000_000.0),
];

/// The service that the charge comes from: a battery or its monitor counts, an inverter estimates.
const SERVICE: &str = "ActiveBatteryService";

/// A portal id, such as `e0ff50a097c0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortalId(String);

impl PortalId {
    /// An id, if it is one.
    pub fn new(id: &str) -> Option<Self> {
        let plain = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plain.then(|| Self(id.to_owned()))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
}

/// Everything that is ever published to a system.
pub fn publishes(id: &PortalId) -> Vec<Publish> {
    vec![Publish { topic: format!("R/{}/keepalive", id.0), payload: Vec::new() }]
}

/// What is subscribed to.
pub fn subscriptions(id: Option<&PortalId>) -> Vec<String> {
    let Some(PortalId(id)) = id else {
        return ["system/0/#", "keepalive", "full_publish_completed"].map(|rest| format!("N/+/{rest}")).to_vec();
    };
    let paths = NUMBERS.iter().map(|(path, ..)| *path).chain([SERVICE]);
    let topics = paths.map(|path| format!("N/{id}/system/0/{path}"));
    topics.chain([format!("N/{id}/full_publish_completed")]).collect()
}

/// A message that makes no sense; nothing of it is used. Each sentence speaks of the system as 'it'.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadMessage {
    /// Not `{"value": …}`.
    #[error("what it says of {0} is no JSON with a value")]
    Payload(&'static str),
    /// Not a number, or an impossible one.
    #[error("its {path} is {value}")]
    Value {
        /// Of what.
        path: &'static str,
        /// What it says, as JSON.
        value: String,
    },
}

/// What a system has said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Venus {
    id: Option<PortalId>,
    numbers: [Option<f64>; NUMBERS.len()],
    counted: bool,
    complete: bool,
}

impl Venus {
    /// The first system that is heard.
    pub fn new() -> Self {
        Self::default()
    }

    /// This system.
    pub fn of(id: PortalId) -> Self {
        Self { id: Some(id), ..Self::default() }
    }

    /// Whose values they are, once one was heard.
    pub fn id(&self) -> Option<&PortalId> {
        self.id.as_ref()
    }

    /// Whether everything was told since the first keepalive. Systems before Venus OS 3.20 do not say so.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Takes a message, and says whether it was of interest.
    pub fn take(&mut self, topic: &str, payload: &[u8]) -> Result<bool, BadMessage> {
        let mut parts = topic.splitn(3, '/');
        let (Some("N"), Some(id), Some(path)) = (parts.next(), parts.next(), parts.next()) else { return Ok(false) };
        let Some(id) = PortalId::new(id).filter(|id| self.id.as_ref().is_none_or(|own| own == id)) else {
            return Ok(false);
        };
        let own = path.strip_prefix("system/0/");
        if own.is_none() && !["keepalive", "full_publish_completed"].contains(&path) {
            return Ok(false);
        }
        self.id = Some(id);
        if path == "full_publish_completed" {
            self.complete = true;
            return Ok(true);
        }
        if own == Some(SERVICE) {
            let service = value(SERVICE, payload)?.unwrap_or_default();
            self.counted = service.as_str().is_some_and(|name| name.starts_with("com.victronenergy.battery"));
            return Ok(true);
        }
        let known = NUMBERS.iter().zip(&mut self.numbers).find(|((path, ..), _)| own == Some(path));
        let Some(((path, least, most), place)) = known else { return Ok(false) };
        *place = match value(path, payload)? {
            None | Some(Value::Null) => None,
            Some(value) => {
                let number = value.as_f64().filter(|number| (*least..=*most).contains(number));
                let shown = || value.to_string().chars().take(64).collect();
                Some(number.ok_or_else(|| BadMessage::Value { path, value: shown() })?)
            }
        };
        Ok(true)
    }

    /// Who it is.
    pub fn identity(&self) -> Identity {
        Identity {
            maker: Text::new("Victron"),
            model: Text::new("Venus OS"),
            serial: self.id.as_ref().map(|id| Text::new(&id.0)),
            firmware: None,
        }
    }

    /// How it is, as far as it has said: before [`Self::is_complete`] a phase may be missing in a sum.
    pub fn reading(&self) -> Reading {
        let of = |wanted: &str| {
            let all = NUMBERS.iter().zip(&self.numbers);
            all.filter(|((path, ..), _)| *path == wanted).find_map(|(_, number)| *number)
        };
        // Within the limits, so it fits.
        let rounded = |number: f64| number.round() as i32;
        let sum = |prefixes: &[&str]| {
            let all = NUMBERS.iter().zip(&self.numbers);
            let given = all.filter(|((path, ..), _)| prefixes.iter().any(|prefix| path.starts_with(prefix)));
            given.filter_map(|(_, number)| *number).reduce(|sum, number| sum + number).map(|sum| Power(rounded(sum)))
        };
        let mut reading = Reading::default();
        let battery = &mut reading.battery;
        let confidence = if self.counted { Confidence::Counted } else { Confidence::Estimated };
        let charge = of("Dc/Battery/Soc").and_then(|percent| Charge::permille(rounded(percent * 10.0) as u16));
        battery.charge = charge.map(|charge| StateOfCharge { charge, confidence });
        battery.voltage = of("Dc/Battery/Voltage").map(|volts| Voltage(rounded(volts * 1000.0)));
        battery.current = of("Dc/Battery/Current").map(|amperes| Current(rounded(amperes * 1000.0)));
        battery.power = of("Dc/Battery/Power").map(|watts| Power(rounded(watts)));
        battery.temperature = of("Dc/Battery/Temperature").map(|celsius| Temperature(rounded(celsius * 10.0) as i16));
        reading.pv = sum(&["Dc/Pv/", "Ac/PvOn"]);
        reading.load = sum(&["Ac/Consumption/"]);
        reading.grid = sum(&["Ac/Grid/", "Ac/Genset/"]);
        reading
    }
}

/// The value of a payload; `None` if there is no payload.
fn value(path: &'static str, payload: &[u8]) -> Result<Option<Value>, BadMessage> {
    if payload.is_empty() {
        return Ok(None);
    }
    let parsed = Some(payload).filter(|payload| payload.len() <= LONGEST).map(serde_json::from_slice);
    match parsed {
        Some(Ok(Value::Object(mut object))) => object.remove("value").map(Some).ok_or(BadMessage::Payload(path)),
        _ => Err(BadMessage::Payload(path)),
    }
}
