//! What a node's owner says about power: `/data/power/settings.toml`. Without it everything on USB and CAN is found by itself.
//!
//! ```toml
//! format = 1
//!
//! [[network]]                      # devices on the network, which nothing looks for
//! host = "venus.local"
//! service = "venus"                # "venus", "sunspec" or "nut"
//! port = 502                       # where it is elsewhere than usual
//!
//! [[port]]
//! name = "pci-0000:00:14.0-usb-0:2:1.0-port0"     # as `ilanga-power list` says
//! use = "never"                    # "never", "listen" or "ask", whatever USB says of it
//!
//! [[port]]
//! name = "/dev/ttyS0"              # the computer's own ports are used only where they are named
//! use = "ask"
//!
//! [[battery]]                      # what hangs on a device that does not know it
//! port = "usb-VictronEnergy_BV_VE_Direct_cable_VE1A2B3C-if00-port0"
//! name = "Roof"
//! chemistry = "lifepo4"            # "lifepo4", "agm", "gel" or "flooded"
//! volts = 24                       # nominal
//! amp-hours = 200
//! ```
//!
//! A battery without a port is the one of all devices that nothing else is said of: what a set-up knows, where each port comes later.
//!
//! No right comes from this file: whatever it says, a device is only ever asked what the table of protocols has.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::battery::{Chemistry, Named};
use crate::detect::plan::Use;
use crate::detect::port::{Place, Port, Service};
use crate::reading::Text;
use crate::units::{Capacity, Voltage};

/// The version of the file's format.
const FORMAT: u32 = 1;

/// The largest file that is looked at.
pub const LARGEST: usize = 64 << 10;

/// The most of each that a file may name.
const MOST: usize = 32;

/// The file, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    format: u32,
    #[serde(default)]
    network: Vec<Network>,
    #[serde(default)]
    port: Vec<Told>,
    #[serde(default)]
    battery: Vec<WrittenBattery>,
}

/// A device on the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Network {
    /// Its name or address.
    pub host: String,
    /// What it offers.
    pub service: Service,
    /// Where, if not where all do.
    pub port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Told {
    name: String,
    r#use: Use,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenBattery {
    port: Option<String>,
    name: Option<Text>,
    chemistry: Chemistry,
    volts: u16,
    amp_hours: Option<u32>,
}

/// What holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    networks: Vec<Network>,
    ports: Vec<Told>,
    batteries: Vec<(Option<String>, Named)>,
}

/// The file is wrong. Nothing of it holds then.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BadSettings {
    /// It is longer than any.
    #[error("it has more than {LARGEST} bytes")]
    Large,
    /// It is not what the format has.
    #[error("{0}")]
    Format(String),
    /// It is of another version.
    #[error("its format is {0}, and this release knows {FORMAT}")]
    Version(u32),
    /// It names too much.
    #[error("it names more than {MOST} {0}")]
    Many(&'static str),
    /// This is no name or address of a computer.
    #[error("'{0}' is not the name or address of a computer")]
    Host(String),
    /// The same is named twice.
    #[error("'{0}' is named twice")]
    Twice(String),
    /// No battery has such a voltage.
    #[error("a battery has 12, 24, 36, 48 or 51 volts, and not {0}")]
    Volts(u16),
    /// No battery holds so much.
    #[error("a battery holds 1 to 100000 ampere hours, and not {0}")]
    Capacity(u32),
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// It is wrong.
    pub fn parse(text: &str) -> Result<Self, BadSettings> {
        if text.len() > LARGEST {
            return Err(BadSettings::Large);
        }
        let written: Written =
            toml::from_str(text).map_err(|error| BadSettings::Format(error.to_string().trim().to_owned()))?;
        if written.format != FORMAT {
            return Err(BadSettings::Version(written.format));
        }
        for (what, many) in
            [("devices", written.network.len()), ("ports", written.port.len()), ("batteries", written.battery.len())]
        {
            if many > MOST {
                return Err(BadSettings::Many(what));
            }
        }
        let wrong = written.network.iter().find(|network| !is_host(&network.host));
        if let Some(wrong) = wrong {
            return Err(BadSettings::Host(wrong.host.clone()));
        }
        let settings = Self {
            batteries: written.battery.into_iter().map(battery).collect::<Result<_, _>>()?,
            networks: written.network,
            ports: written.port,
        };
        let named = settings.networks.iter().map(Network::name);
        unique(named)?;
        unique(settings.ports.iter().map(|told| told.name.clone()))?;
        let named = settings.batteries.iter().map(|(port, _)| port.clone());
        unique(named.map(|port| port.unwrap_or_else(|| "a battery without a port".to_owned())))?;
        Ok(settings)
    }

    /// What a person says about a port.
    pub fn told(&self, port: &str) -> Option<Use> {
        self.ports.iter().find(|told| told.name == port).map(|told| told.r#use)
    }

    /// The battery that hangs on the device at a port.
    pub fn battery(&self, port: &str) -> Option<&Named> {
        let of = |port: Option<&str>| self.batteries.iter().find(|(name, _)| name.as_deref() == port);
        of(Some(port)).or_else(|| of(None)).map(|(_, battery)| battery)
    }

    /// The devices on the network, as ports.
    pub fn networks(&self) -> impl Iterator<Item = Port> {
        self.networks.iter().map(|network| {
            let Network { host, service, port } = network.clone();
            Port { name: network.name(), place: Place::Network { host, service, port }, usb: None }
        })
    }
}

impl Network {
    /// Its stable name.
    pub fn name(&self) -> String {
        let service = match self.service {
            Service::Venus => "venus",
            Service::Sunspec => "sunspec",
            Service::Nut => "nut",
        };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{service}://{}{port}", self.host)
    }
}

fn unique(names: impl Iterator<Item = String>) -> Result<(), BadSettings> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            return Err(BadSettings::Twice(name));
        }
    }
    Ok(())
}

/// Whether it can be a name or an address: an IPv6 address has colons.
fn is_host(host: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'-' | b'_');
    let is_name = !host.starts_with(['-', '.']) && host.bytes().all(plain);
    (1..=253).contains(&host.len()) && (is_name || host.parse::<core::net::Ipv6Addr>().is_ok())
}

fn battery(written: WrittenBattery) -> Result<(Option<String>, Named), BadSettings> {
    let volts = written.volts;
    if ![12, 24, 36, 48, 51].contains(&volts) {
        return Err(BadSettings::Volts(volts));
    }
    if let Some(capacity) = written.amp_hours.filter(|capacity| !(1..=100_000).contains(capacity)) {
        return Err(BadSettings::Capacity(capacity));
    }
    let named = Named {
        name: written.name,
        chemistry: written.chemistry,
        nominal: Voltage(i32::from(volts) * 1000),
        capacity: written.amp_hours.map(|amp_hours| Capacity(amp_hours * 1000)),
    };
    Ok((written.port, named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tests::Random;

    const ALL: &str = r#"
        format = 1
        [[network]]
        host = "venus.local"
        service = "venus"
        [[network]]
        host = "fe80::1"
        service = "sunspec"
        port = 1502
        [[port]]
        name = "usb-one"
        use = "never"
        [[battery]]
        port = "usb-two"
        name = "Roof"
        chemistry = "lifepo4"
        volts = 24
        amp-hours = 200
    "#;

    #[test]
    fn a_battery_without_a_port_is_everybodys_of_whom_nothing_else_is_said() {
        // As `firstboot` writes it.
        let text = "format = 1\n\n[[battery]]\nchemistry = \"agm\"\nvolts = 12\namp-hours = 200\n";
        let settings = Settings::parse(text).unwrap();
        assert_eq!(settings.battery("usb-two").unwrap().capacity, Some(Capacity(200_000)));
        let both = format!("{text}[[battery]]\nport = \"usb-two\"\nchemistry = \"lifepo4\"\nvolts = 24\n");
        let settings = Settings::parse(&both).unwrap();
        assert_eq!(settings.battery("usb-two").unwrap().chemistry, Chemistry::Lifepo4);
        assert_eq!(settings.battery("usb-three").unwrap().chemistry, Chemistry::Agm);
        let twice = Settings::parse(&format!("{text}[[battery]]\nchemistry = \"gel\"\nvolts = 24\n")).unwrap_err();
        assert_eq!(twice.to_string(), "'a battery without a port' is named twice");
    }

    #[test]
    fn all_of_it() {
        let settings = Settings::parse(ALL).unwrap();
        assert_eq!((settings.told("usb-one"), settings.told("usb-two")), (Some(Use::Never), None));
        let names: Vec<String> = settings.networks().map(|port| port.name).collect();
        assert_eq!(names, ["venus://venus.local", "sunspec://fe80::1:1502"]);
        let battery = settings.battery("usb-two").unwrap();
        assert_eq!((battery.nominal, battery.capacity), (Voltage(24_000), Some(Capacity(200_000))));
        assert_eq!(Settings::parse("format = 1"), Ok(Settings::default()));
    }

    #[test]
    fn what_is_refused() {
        let port = "[[port]]\nname = \"a\"\nuse = \"ask\"\n";
        let network = |host: &str| format!("format = 1\n[[network]]\nhost = \"{host}\"\nservice = \"nut\"\n");
        let battery = |rest: &str| format!("format = 1\n[[battery]]\nport = \"a\"\nchemistry = \"agm\"\n{rest}");
        for (text, expected) in [
            ("format = 2".to_owned(), "its format is 2, and this release knows 1"),
            (format!("format = 1\n{port}{port}"), "'a' is named twice"),
            (network("a b"), "'a b' is not the name or address of a computer"),
            (network("-a"), "'-a' is not the name or address of a computer"),
            (network(""), "'' is not the name or address of a computer"),
            (network(&"a".repeat(254)), &format!("'{}' is not the name or address of a computer", "a".repeat(254))),
            (battery("volts = 230"), "a battery has 12, 24, 36, 48 or 51 volts, and not 230"),
            (battery("volts = 12\namp-hours = 0"), "a battery holds 1 to 100000 ampere hours, and not 0"),
            (format!("format = 1\n{}", (0..33).map(|n| port.replace('a', &n.to_string())).collect::<String>()), ""),
            (" ".repeat(LARGEST + 1), "it has more than 65536 bytes"),
        ] {
            let error = Settings::parse(&text).unwrap_err().to_string();
            assert!(error == expected || expected.is_empty(), "{error}");
        }
        for text in ["", "format = 1\nother = 2", "format = 1\n[[port]]\nname = \"a\"\nuse = \"write\"", "format = -1"]
        {
            assert!(matches!(Settings::parse(text), Err(BadSettings::Format(_))), "{text}");
        }
    }

    fn arbitrary(random: &mut Random) {
        let mut text = ALL.as_bytes().to_vec();
        for _ in 0..1 + random.next() % 4 {
            let at = random.next() % text.len();
            match random.next() % 3 {
                0 => drop(text.remove(at)),
                1 => text.insert(at, random.next() as u8),
                _ => text[at] = random.next() as u8,
            }
        }
        let _ = Settings::parse(&String::from_utf8_lossy(&text));
    }

    #[test]
    fn arbitrary_text_does_no_harm() {
        let mut random = Random::SEED;
        (0..2000).for_each(|_| arbitrary(&mut random));
    }

    #[test]
    #[ignore = "long"]
    fn for_long_settings() {
        crate::protocol::tests::for_long(arbitrary);
    }
}
