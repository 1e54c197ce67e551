//! What is tried on a port, in which order.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hints::{Hint, Other, hint};
use super::port::{Maker, Place, Port, Service};
use crate::line::Line;
use crate::protocol::registry::{ALL, Protocol};

/// One thing to try: a protocol, and what it is spoken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attempt {
    /// The protocol.
    pub protocol: Protocol,
    /// The line.
    pub line: Line,
}

/// What a person says about a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// It is left alone.
    Never,
    /// It is listened to, and never asked.
    Listen,
    /// It is asked, whatever USB says of it.
    Ask,
}

/// What becomes of a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is not opened.
    LeftAlone(Why),
    /// These are tried, in this order.
    Try(Vec<Attempt>),
}

/// Why a port is left alone. Each sentence speaks of it as 'it'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// A person says so.
    Told,
    /// USB says what it is.
    Is(Other),
    /// A port of the computer itself, where a console may be.
    BuiltIn,
    /// A HID device that is no inverter's.
    Hid,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told => f.write_str("the settings say so"),
            Self::Is(other) => write!(f, "it is {other}"),
            Self::BuiltIn => f.write_str("it belongs to the computer, and the settings do not name it"),
            Self::Hid => f.write_str("it is no inverter's"),
        }
    }
}

/// Only listened to.
const LISTEN: [Attempt; 2] = [serial(Protocol::VeDirect, 19_200), serial(Protocol::JkHeard, 115_200)];

/// Questions, from the slowest rate to the fastest. At 9600 what many have comes first.
const ASK: [Attempt; 9] = [
    serial(Protocol::Voltronic, 2400),
    serial(Protocol::Jbd, 9600),
    serial(Protocol::Daly, 9600),
    serial(Protocol::Deye, 9600),
    serial(Protocol::Growatt, 9600),
    serial(Protocol::Pylontech, 9600),
    serial(Protocol::Epever, 115_200),
    serial(Protocol::Pylontech, 115_200),
    serial(Protocol::Jk, 115_200),
];

const fn serial(protocol: Protocol, rate: u32) -> Attempt {
    Attempt { protocol, line: Line::Serial(rate) }
}

/// What is tried on a port.
pub fn plan(port: &Port, told: Option<Use>) -> Plan {
    if told == Some(Use::Never) {
        return Plan::LeftAlone(Why::Told);
    }
    match &port.place {
        Place::Serial { by, .. } => on_serial(port, *by, told),
        Place::Hid { .. } => match port.usb.as_ref().map(hint) {
            // Whoever knows it must ask it: it says nothing by itself.
            Some(Hint::VoltronicHid) if told != Some(Use::Listen) => {
                Plan::Try(vec![Attempt { protocol: Protocol::Voltronic, line: Line::Hid }])
            }
            _ => Plan::LeftAlone(Why::Hid),
        },
        Place::Can { .. } => Plan::Try(spoken_on(Protocol::PylontechCan, None)),
        Place::Network { service, port, .. } => {
            let protocols: &[Protocol] = match service {
                Service::Venus => &[Protocol::VictronGx, Protocol::VenusMqtt],
                Service::Sunspec => &[Protocol::Sunspec],
                Service::Nut => &[Protocol::Nut],
            };
            Plan::Try(protocols.iter().flat_map(|protocol| spoken_on(*protocol, *port)).collect())
        }
    }
}

/// A protocol on each of its lines; on this port instead, where one is named.
fn spoken_on(protocol: Protocol, port: Option<u16>) -> Vec<Attempt> {
    match port {
        Some(port) => vec![Attempt { protocol, line: Line::Tcp(port) }],
        None => protocol.entry().lines.iter().map(|line| Attempt { protocol, line: *line }).collect(),
    }
}

fn on_serial(port: &Port, by: Maker, told: Option<Use>) -> Plan {
    let hint = port.usb.as_ref().map_or(Hint::Unknown, hint);
    let asked = || LISTEN.into_iter().chain(ASK);
    let first = |protocol: Protocol| {
        let (mut own, others): (Vec<_>, Vec<_>) = asked().partition(|attempt| attempt.protocol == protocol);
        own.extend(others);
        own
    };
    Plan::Try(match (told, hint, by) {
        (Some(Use::Listen), ..) => LISTEN.to_vec(),
        (Some(Use::Ask), ..) => asked().collect(),
        (_, Hint::VeDirect, _) => LISTEN[..1].to_vec(),
        (_, Hint::Other(other), _) => return Plan::LeftAlone(Why::Is(other)),
        (_, _, Maker::BuiltIn) => return Plan::LeftAlone(Why::BuiltIn),
        (_, Hint::Exar, _) => first(Protocol::Epever),
        // Many gadgets have such a port, and few say what they are: nothing is said to them.
        (_, Hint::Unknown, Maker::Acm) => LISTEN.to_vec(),
        _ => asked().collect(),
    })
}

/// Everything that is tried anywhere: for tests, and for people who ask for one protocol.
pub fn everything() -> Vec<Attempt> {
    let all = ALL.iter().flat_map(|entry| entry.lines.iter().map(|line| (entry.protocol, *line)));
    all.map(|(protocol, line)| Attempt { protocol, line }).collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::detect::port::Usb;
    use crate::reading::Text;

    fn usb(vendor: u16, product: u16, maker: &str) -> Option<Usb> {
        Some(Usb { vendor, product, maker: Text::new(maker), ..Usb::default() })
    }

    fn at(by: Maker, usb: Option<Usb>) -> Port {
        Port { name: "port".to_owned(), place: Place::Serial { node: PathBuf::from("/dev/ttyUSB0"), by }, usb }
    }

    fn names(plan: Plan) -> Vec<String> {
        match plan {
            Plan::LeftAlone(why) => vec![why.to_string()],
            Plan::Try(attempts) => attempts
                .iter()
                .map(|attempt| match attempt.line {
                    Line::Serial(rate) => format!("{} {rate}", attempt.protocol.entry().name),
                    Line::Tcp(port) => format!("{} :{port}", attempt.protocol.entry().name),
                    Line::Hid | Line::Can(_) => attempt.protocol.entry().name.to_owned(),
                })
                .collect(),
        }
    }

    #[test]
    fn serial_ports() {
        let all = [
            "ve-direct 19200",
            "jk-heard 115200",
            "voltronic 2400",
            "jbd 9600",
            "daly 9600",
            "deye 9600",
            "growatt 9600",
            "pylontech 9600",
            "epever 115200",
            "pylontech 115200",
            "jk 115200",
        ];
        let mut exar = vec!["epever 115200"];
        exar.extend(all.iter().filter(|name| **name != "epever 115200"));
        let victron = usb(0x0403, 0x6015, "VictronEnergy BV");
        let modem = usb(0x2C7C, 0x0125, "Quectel");
        for (port, told, expected) in [
            (at(Maker::Adapter, usb(0x1A86, 0x7523, "")), None, &all[..]),
            (at(Maker::Acm, usb(0x1A86, 0x55D4, "")), None, &all),
            (at(Maker::Adapter, usb(0x1234, 0x5678, "")), None, &all),
            (at(Maker::Acm, usb(0x1234, 0x5678, "")), None, &all[..2]),
            (at(Maker::Acm, usb(0x1234, 0x5678, "")), Some(Use::Ask), &all),
            (at(Maker::Acm, usb(0x04E2, 0x1411, "Exar Corp.")), None, &exar),
            (at(Maker::Adapter, victron.clone()), None, &all[..1]),
            (at(Maker::Adapter, victron), Some(Use::Never), &["the settings say so"]),
            (at(Maker::Adapter, modem.clone()), None, &["it is a mobile modem"]),
            (at(Maker::Adapter, modem.clone()), Some(Use::Never), &["the settings say so"]),
            (at(Maker::Adapter, modem), Some(Use::Ask), &all),
            (at(Maker::Adapter, usb(0x1A86, 0x7523, "")), Some(Use::Listen), &all[..2]),
            (at(Maker::BuiltIn, None), None, &["it belongs to the computer, and the settings do not name it"]),
            (at(Maker::BuiltIn, None), Some(Use::Ask), &all),
        ] {
            assert_eq!(names(plan(&port, told)), expected, "{port:?} {told:?}");
        }
    }

    #[test]
    fn other_places() {
        let on = |place: Place, usb| Port { name: "port".to_owned(), place, usb };
        let hid = || Place::Hid { node: PathBuf::from("/dev/hidraw0") };
        let network = |service, port| Place::Network { host: "venus.local".to_owned(), service, port };
        for (port, told, expected) in [
            (on(hid(), usb(0x0665, 0x5161, "")), None, &["voltronic"][..]),
            (on(hid(), usb(0x0665, 0x5161, "")), Some(Use::Listen), &["it is no inverter's"]),
            (on(hid(), usb(0x051D, 0x0002, "APC")), None, &["it is no inverter's"]),
            // Who says that a keyboard is to be asked is mistaken.
            (on(hid(), usb(0x046D, 0xC31C, "Logitech")), Some(Use::Ask), &["it is no inverter's"]),
            (on(hid(), None), None, &["it is no inverter's"]),
            (on(Place::Can { interface: "can0".to_owned() }, None), None, &["pylontech-can"]),
            (on(network(Service::Venus, None), None), None, &["victron-gx :502", "venus-mqtt :1883"]),
            (on(network(Service::Sunspec, None), None), None, &["sunspec :502", "sunspec :1502"]),
            (on(network(Service::Sunspec, Some(5020)), None), None, &["sunspec :5020"]),
            (on(network(Service::Nut, None), None), None, &["nut :3493"]),
        ] {
            assert_eq!(names(plan(&port, told)), expected, "{port:?} {told:?}");
        }
    }

    #[test]
    fn listening_never_asks_and_all_that_there_is_is_tried() {
        assert!(LISTEN.iter().all(|attempt| attempt.protocol.is_silent()));
        assert!(ASK.iter().all(|attempt| !attempt.protocol.is_silent()));
        let tried: Vec<Attempt> = LISTEN.into_iter().chain(ASK).collect();
        for attempt in &tried {
            assert!(attempt.protocol.entry().lines.contains(&attempt.line), "{attempt:?}");
        }
        for attempt in everything().into_iter().filter(|attempt| matches!(attempt.line, Line::Serial(_))) {
            let heard = attempt.protocol == Protocol::JkHeard;
            assert!(tried.contains(&attempt) || heard, "{attempt:?} is tried nowhere");
        }
        let rates = ASK.iter().map(|attempt| attempt.line);
        assert!(rates.is_sorted());
    }
}
