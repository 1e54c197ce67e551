//! Radios for Wi-Fi, and the networks in range, as NetworkManager knows them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use formats::answers::Ssid;

use crate::desk::NotJoined;
use crate::facts::WifiNetwork;
use crate::tool::{Program, ToolError, run};

/// The most networks that are listed: the strongest.
const MOST: usize = 40;

/// The profile of the node's own network.
pub(crate) const HOTSPOT: &str = "ilanga-hotspot";

/// The profile by which a network is tried.
pub(crate) const TRIAL: &str = "ilanga-trial";

/// The profile of a phone's hotspot.
pub(crate) const PHONES: &str = "ilanga-phone";

/// The profile by which a radio meets others'.
pub(crate) const MEETING: &str = "ilanga-radio";

/// What a radio does, as NetworkManager knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It can't be used, or not yet.
    Away,
    /// Nothing.
    Free,
    /// A connection, or what leads to one.
    Busy,
}

/// A radio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Radio {
    /// Its interface.
    pub(crate) name: String,
    /// What it does.
    pub(crate) state: State,
    /// The name of its connection, if it has one.
    pub(crate) connection: String,
    /// Whether it can be a hotspot.
    pub(crate) can_be_hotspot: bool,
    /// Whether it can meet others without anything in between.
    pub(crate) can_mesh: bool,
}

fn nmcli(arguments: &[&str]) -> Result<String, ToolError> {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    Ok(String::from_utf8_lossy(&run(Program::NetworkManager, &arguments, b"")?).into_owned())
}

/// The networks in range: asks NetworkManager what it has seen, or to look now, which takes seconds. None where there is no radio, or
/// it does not answer.
pub(crate) fn networks(look: bool) -> Vec<WifiNetwork> {
    let rescan = if look { "yes" } else { "no" };
    let said = nmcli(&["--terse", "--fields", "SSID,SIGNAL,SECURITY", "device", "wifi", "list", "--rescan", rescan]);
    said.map(|said| read(&said)).unwrap_or_default()
}

/// The radios, by their names.
pub(crate) fn radios() -> Result<Vec<Radio>, ToolError> {
    let fields = "GENERAL.DEVICE,GENERAL.TYPE,GENERAL.STATE,GENERAL.CONNECTION,WIFI-PROPERTIES.AP,WIFI-PROPERTIES.MESH";
    let mut radios = devices(&nmcli(&["--terse", "--fields", fields, "device", "show"])?);
    radios.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(radios)
}

/// How many Wi-Fi networks there are profiles of: what this computer is by itself is none.
pub(crate) fn known() -> Result<usize, ToolError> {
    let said = nmcli(&["--terse", "--fields", "NAME,TYPE", "connection", "show"])?;
    Ok(count(&said))
}

/// Has NetworkManager read its profiles again.
pub(crate) fn reload() -> Result<(), ToolError> {
    nmcli(&["connection", "reload"]).map(drop)
}

/// Joins the network of a profile, or makes it; returns when it is there.
pub(crate) fn up(profile: &str) -> Result<(), ToolError> {
    nmcli(&["--wait", "30", "connection", "up", "id", profile]).map(drop)
}

/// Leaves it.
pub(crate) fn down(profile: &str) -> Result<(), ToolError> {
    nmcli(&["--wait", "10", "connection", "down", "id", profile]).map(drop)
}

/// Why a network was not joined, as far as a person can do something about it; nothing where it was joined and gave no address.
pub(crate) fn why(trouble: &ToolError) -> Option<NotJoined> {
    let ToolError::Failed { said, .. } = trouble else { return None };
    match said {
        said if said.contains("Secrets were required") || said.contains("802.1X supplicant") => {
            Some(NotJoined::Refused)
        }
        said if said.contains("IP configuration") => None,
        _ => Some(NotJoined::Gone),
    }
}

/// Whether there is a radio for Wi-Fi, in the kernel's folder of interfaces.
pub(crate) fn has_radio(interfaces: &Path) -> bool {
    let folder = fs::read_dir(interfaces).into_iter().flatten().flatten();
    folder.map(|entry| entry.path()).any(|interface| is_radio(&interface))
}

/// Whether an interface is one of Wi-Fi: kernels without the old extensions have the second name only.
pub(crate) fn is_radio(interface: &Path) -> bool {
    ["wireless", "phy80211"].iter().any(|name| interface.join(name).exists())
}

/// Reads blocks of `FIELD:VALUE`, one for each device.
fn devices(said: &str) -> Vec<Radio> {
    let blocks = said.split("\n\n").map(|block| {
        let lines = block.lines().filter_map(|line| line.split_once(':'));
        lines.collect::<BTreeMap<&str, &str>>()
    });
    let of = |block: &BTreeMap<&str, &str>, name: &str| block.get(name).copied().unwrap_or_default().to_owned();
    blocks
        .filter(|block| block.get("GENERAL.TYPE") == Some(&"wifi"))
        .map(|block| Radio {
            name: of(&block, "GENERAL.DEVICE"),
            // `30 (disconnected)`, of NMDeviceState; 120 is a failure, which ends in 30.
            state: match of(&block, "GENERAL.STATE").split(' ').next().and_then(|number| number.parse::<u32>().ok()) {
                Some(30 | 120) => State::Free,
                Some(31..=119) => State::Busy,
                _ => State::Away,
            },
            connection: of(&block, "GENERAL.CONNECTION"),
            can_be_hotspot: of(&block, "WIFI-PROPERTIES.AP") == "yes",
            can_mesh: of(&block, "WIFI-PROPERTIES.MESH") == "yes",
        })
        .collect()
}

/// Reads lines of `NAME:SIGNAL:SECURITY`, in which `\` stands before each `:` and `\` of a value ([nmcli](https://networkmanager.dev/docs/api/latest/nmcli.html),
/// `--terse`). Names are strangers': those that a person can't type are left out.
fn read(said: &str) -> Vec<WifiNetwork> {
    let mut strongest: BTreeMap<Ssid, WifiNetwork> = BTreeMap::new();
    for line in said.lines() {
        let values = split(line);
        let [name, signal, security] = values.as_slice() else { continue };
        let (Ok(name), Ok(signal)) = (name.parse::<Ssid>(), signal.parse::<u8>()) else { continue };
        let found = WifiNetwork { name: name.clone(), signal: signal.min(100), open: security.is_empty() };
        match strongest.get(&name) {
            Some(known) if known.signal >= found.signal => {}
            _ => drop(strongest.insert(name, found)),
        }
    }
    let mut all: Vec<WifiNetwork> = strongest.into_values().collect();
    all.sort_by(|one, other| other.signal.cmp(&one.signal).then_with(|| one.name.cmp(&other.name)));
    all.truncate(MOST);
    all
}

/// Counts the lines of `NAME:TYPE` that are somebody's networks.
fn count(said: &str) -> usize {
    let networks = said.lines().map(split).filter(|values| match values.as_slice() {
        [name, kind] => kind == "802-11-wireless" && ![HOTSPOT, TRIAL, PHONES, MEETING].contains(&name.as_str()),
        _ => false,
    });
    networks.count()
}

/// The values of a line.
fn split(line: &str) -> Vec<String> {
    let (mut values, mut escaped) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '\\' if !escaped => escaped = true,
            ':' if !escaped => values.push(String::new()),
            letter => {
                escaped = false;
                if let Some(value) = values.last_mut() {
                    value.push(letter);
                }
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radios_and_what_they_do() {
        let said = "GENERAL.DEVICE:enp0s1\nGENERAL.TYPE:ethernet\nGENERAL.STATE:100 (connected)\nGENERAL.CONNECTION:Wired\n\n\
            GENERAL.DEVICE:wlan0\nGENERAL.TYPE:wifi\nGENERAL.STATE:30 (disconnected)\nGENERAL.CONNECTION:\n\
            WIFI-PROPERTIES.AP:yes\nWIFI-PROPERTIES.MESH:yes\n\nGENERAL.DEVICE:wlan1\nGENERAL.TYPE:wifi\nGENERAL.STATE:100 (connected)\n\
            GENERAL.CONNECTION:ilanga-hotspot\nWIFI-PROPERTIES.AP:no\n\nGENERAL.DEVICE:wlan2\nGENERAL.TYPE:wifi\n";
        let radio = |name: &str, state, connection: &str, can_be_hotspot| Radio {
            name: name.into(),
            state,
            connection: connection.into(),
            can_be_hotspot,
            can_mesh: can_be_hotspot,
        };
        let expected = [
            radio("wlan0", State::Free, "", true),
            radio("wlan1", State::Busy, "ilanga-hotspot", false),
            radio("wlan2", State::Away, "", false),
        ];
        assert_eq!(devices(said), expected);
        assert!(devices("").is_empty());
    }

    #[test]
    fn networks_that_are_known() {
        let said = "Wired:802-3-ethernet\nilanga-wifi-1:802-11-wireless\nilanga-hotspot:802-11-wireless\nilanga-trial:802-11-wireless\n\
            ilanga-radio:802-11-wireless\nA\\:B:802-11-wireless\n";
        assert_eq!(count(said), 2);
        assert_eq!(count(""), 0);
    }

    #[test]
    fn what_is_in_range() {
        let said =
            "Staff:40:WPA2\nStaff:80:WPA1 WPA2\nGuests:95:\n:70:WPA2\nA\\:B\\\\C:10:WPA3\nx:999:\nbad\n\u{1b}[2J:50:\n";
        let found: Vec<(String, u8, bool)> =
            read(said).into_iter().map(|network| (network.name.to_string(), network.signal, network.open)).collect();
        let expected =
            [("Guests".to_owned(), 95, true), ("Staff".to_owned(), 80, false), ("A:B\\C".to_owned(), 10, false)];
        assert_eq!(found, expected);
        let many: String = (0..200).map(|number| format!("n{number}:{}:\n", number % 100)).collect();
        assert_eq!(read(&many).len(), MOST);
        assert!(read("").is_empty() && read("\\").is_empty());
    }
}
