//! The table of all protocols: what each is called, what it is spoken on, how a conversation begins, and what may be sent.
//!
//! Invariants: whoever wants to speak a protocol begins here; a protocol that is not in [`ALL`] is spoken by nobody. What
//! [`Entry::allows`] refuses never reaches a device ([`crate::drive`] asks it for each request).

use serde::{Deserialize, Serialize};

use super::modbus::{deye, epever, growatt, sunspec, victron};
use super::{daly, jbd, jk, nut, pylontech, pylontech_can, ve_direct, venus_mqtt, voltronic};
use crate::conversation::Conversation;
use crate::line::Line;

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Victron's VE.Direct.
    VeDirect,
    /// Voltronic's PI30 and its relatives.
    Voltronic,
    /// Deye's and Sunsynk's hybrid inverters.
    Deye,
    /// Growatt's off-grid inverters.
    Growatt,
    /// EPEver's charge controllers.
    Epever,
    /// SunSpec over TCP.
    Sunspec,
    /// Victron's GX devices over Modbus TCP.
    VictronGx,
    /// Victron's GX devices over MQTT.
    VenusMqtt,
    /// Pylontech's batteries on RS-485.
    Pylontech,
    /// Pylontech's batteries on CAN.
    PylontechCan,
    /// JBD's battery management.
    Jbd,
    /// Daly's battery management.
    Daly,
    /// JK's battery management, asked.
    Jk,
    /// JK's battery management, as its boards tell each other.
    JkHeard,
    /// Network UPS Tools.
    Nut,
}

/// What there is to know of a protocol.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which.
    pub protocol: Protocol,
    /// Its name on the command line and in files.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The module that speaks it, below `protocol`.
    pub module: &'static str,
    /// What it is spoken on.
    pub lines: &'static [Line],
    begin: fn() -> Box<dyn Conversation + Send>,
    requests: fn() -> Vec<Vec<u8>>,
    allows: Option<fn(&[u8]) -> bool>,
}

/// All of them.
pub const ALL: [Entry; 15] = [
    Entry {
        protocol: Protocol::VeDirect,
        name: "ve-direct",
        title: "VE.Direct",
        module: "ve_direct",
        lines: ve_direct::LINES,
        begin: || Box::new(ve_direct::Listener::default()),
        requests: ve_direct::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Voltronic,
        name: "voltronic",
        title: "Voltronic (PI30, PI16, PI17, PI18)",
        module: "voltronic",
        lines: voltronic::LINES,
        begin: || Box::new(voltronic::Talk::new()),
        requests: voltronic::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Deye,
        name: "deye",
        title: "Deye and Sunsynk (Modbus RTU)",
        module: "modbus/deye",
        lines: deye::LINES,
        begin: || Box::new(deye::begin()),
        requests: deye::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Growatt,
        name: "growatt",
        title: "Growatt (Modbus RTU)",
        module: "modbus/growatt",
        lines: growatt::LINES,
        begin: || Box::new(growatt::begin()),
        requests: growatt::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Epever,
        name: "epever",
        title: "EPEver (Modbus RTU)",
        module: "modbus/epever",
        lines: epever::LINES,
        begin: || Box::new(epever::begin()),
        requests: epever::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Sunspec,
        name: "sunspec",
        title: "SunSpec (Modbus TCP)",
        module: "modbus/sunspec",
        lines: sunspec::LINES,
        begin: || Box::new(sunspec::begin()),
        requests: sunspec::requests,
        allows: Some(sunspec::allows),
    },
    Entry {
        protocol: Protocol::VictronGx,
        name: "victron-gx",
        title: "Victron GX (Modbus TCP)",
        module: "modbus/victron",
        lines: victron::LINES,
        begin: || Box::new(victron::begin()),
        requests: victron::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::VenusMqtt,
        name: "venus-mqtt",
        title: "Victron Venus (MQTT)",
        module: "venus_mqtt",
        // TLS wants a certificate that the node can't check.
        lines: &[Line::Tcp(1883)],
        begin: || Box::new(venus_mqtt::talk::Talk::new()),
        requests: venus_mqtt::talk::requests,
        allows: Some(venus_mqtt::talk::allows),
    },
    Entry {
        protocol: Protocol::Pylontech,
        name: "pylontech",
        title: "Pylontech (RS-485)",
        module: "pylontech",
        lines: pylontech::LINES,
        begin: || Box::new(pylontech::begin()),
        requests: pylontech::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::PylontechCan,
        name: "pylontech-can",
        title: "Pylontech (CAN)",
        module: "pylontech_can",
        lines: pylontech_can::LINES,
        begin: || Box::new(pylontech_can::begin()),
        requests: pylontech_can::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Jbd,
        name: "jbd",
        title: "JBD",
        module: "jbd",
        lines: jbd::LINES,
        begin: || Box::new(jbd::begin()),
        requests: jbd::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Daly,
        name: "daly",
        title: "Daly",
        module: "daly",
        lines: daly::LINES,
        begin: || Box::new(daly::begin()),
        requests: daly::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::Jk,
        name: "jk",
        title: "JK",
        module: "jk/asked",
        lines: jk::LINES,
        begin: || Box::new(jk::asked::begin()),
        requests: jk::requests,
        allows: None,
    },
    Entry {
        protocol: Protocol::JkHeard,
        name: "jk-heard",
        title: "JK (heard)",
        module: "jk/heard",
        lines: jk::LINES,
        begin: || Box::new(jk::heard::begin()),
        requests: Vec::new,
        allows: None,
    },
    Entry {
        protocol: Protocol::Nut,
        name: "nut",
        title: "Network UPS Tools",
        module: "nut",
        lines: nut::LINES,
        begin: || Box::new(nut::Upsd::new()),
        requests: nut::requests,
        allows: Some(nut::allows),
    },
];

impl Protocol {
    /// The protocol of this name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().find(|entry| entry.name == name).map(|entry| entry.protocol)
    }

    /// What there is to know of it.
    pub fn entry(self) -> &'static Entry {
        // They stand in the order of the protocols, which a test holds; no table could be indexed by a wrong one.
        let [first, ..] = &ALL;
        ALL.get(self as usize).unwrap_or(first)
    }

    /// Begins a conversation with a stranger: who is it, and how?
    pub fn begin(self) -> Box<dyn Conversation + Send> {
        (self.entry().begin)()
    }

    /// All that is ever sent to a device, but for what has its name in it.
    pub fn requests(self) -> Vec<Vec<u8>> {
        (self.entry().requests)()
    }

    /// Whether this may be sent to a device: it is in its list.
    pub fn allows(self, request: &[u8]) -> bool {
        match self.entry().allows {
            Some(allows) => allows(request),
            None => self.requests().iter().any(|own| own == request),
        }
    }

    /// Whether it is only ever listened to.
    pub fn is_silent(self) -> bool {
        self.entry().allows.is_none() && self.requests().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::conversation::{Step, Unheard};

    /// Modules that are parts of others, or no protocol.
    const OTHERS: [&str; 14] = [
        "asking",
        "decimal",
        "fields",
        "mod",
        "possible",
        "registry",
        "stream",
        "tests",
        "modbus/family",
        "modbus/known",
        "modbus/map",
        "modbus/mod",
        "modbus/rtu",
        "modbus/tcp",
    ];

    #[test]
    fn every_module_is_in_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/protocol");
        let modules = |folder: &Path| -> BTreeSet<String> {
            let entries = fs::read_dir(folder).unwrap();
            entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
        };
        let within =
            |name: &'static str| modules(&folder.join(name)).into_iter().map(move |part| format!("{name}/{part}"));
        let all: BTreeSet<String> = modules(&folder).into_iter().chain(within("modbus")).chain(within("jk")).collect();
        let parts = ["modbus", "jk", "modbus/tests", "jk/mod", "jk/tests"];
        let found: BTreeSet<&str> = all.iter().map(String::as_str).filter(|name| !parts.contains(name)).collect();
        let listed: BTreeSet<&str> = ALL.iter().map(|entry| entry.module).chain(OTHERS).collect();
        assert_eq!(found, listed);
    }

    #[test]
    fn names_and_order() {
        for (place, entry) in ALL.iter().enumerate() {
            assert_eq!(entry.protocol as usize, place);
            assert_eq!(serde_json::to_value(entry.protocol).unwrap(), entry.name);
            assert_eq!(Protocol::named(entry.name), Some(entry.protocol));
            assert!(!entry.lines.is_empty());
        }
    }

    #[test]
    fn what_may_be_sent_is_the_list() {
        for entry in ALL {
            let (protocol, requests) = (entry.protocol, entry.protocol.requests());
            assert_eq!(protocol.is_silent(), requests.is_empty());
            // Each of a hundred thousand would take minutes.
            let step = requests.len() / 500 + 1;
            let sorted: BTreeSet<&Vec<u8>> = requests.iter().collect();
            for request in requests.iter().step_by(step) {
                assert!(protocol.allows(request), "{}: {request:02X?}", entry.name);
                for at in 0..request.len() {
                    let mut changed = request.clone();
                    changed[at] ^= 0x20;
                    let is_name = protocol == Protocol::Nut || protocol == Protocol::VenusMqtt;
                    assert!(is_name || protocol.allows(&changed) == sorted.contains(&changed), "{changed:02X?}");
                }
                let longer = [request.as_slice(), b"\x00"].concat();
                assert!(!protocol.allows(&longer) && !protocol.allows(&request[1..]));
            }
            assert!(!protocol.allows(b""));
        }
    }

    #[test]
    fn the_first_step_is_listed_and_silence_ends_all() {
        for entry in ALL {
            let mut conversation = entry.protocol.begin();
            assert!(conversation.again().is_none());
            for step in 0.. {
                assert!(step < 100, "{} never ends", entry.name);
                match conversation.next() {
                    Step::Send(request, _) => assert!(entry.protocol.allows(&request), "{}", entry.name),
                    Step::Listen(_) => {}
                    Step::End(end) => {
                        assert_eq!(end, Err(Unheard::Silent), "{}", entry.name);
                        break;
                    }
                }
                conversation.silent();
            }
        }
    }
}
