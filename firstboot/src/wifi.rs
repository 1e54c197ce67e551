//! The Wi-Fi networks in range, as NetworkManager knows them.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use formats::answers::Ssid;

use crate::facts::WifiNetwork;
use crate::tool::{Program, run};

/// The most networks that are listed: the strongest.
const MOST: usize = 40;

/// Asks NetworkManager what it has seen; nothing where there is no radio, or it does not answer.
pub(crate) fn networks() -> Vec<WifiNetwork> {
    let arguments = ["--terse", "--fields", "SSID,SIGNAL,SECURITY", "device", "wifi", "list", "--rescan", "no"];
    match run(Program::NetworkManager, &arguments.map(OsStr::new), b"") {
        Ok(said) => read(&String::from_utf8_lossy(&said)),
        Err(_) => Vec::new(),
    }
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
