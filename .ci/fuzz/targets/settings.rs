//! The typed settings of a state partition that a thief may have edited: what is rendered of them is harmless.
#![no_main]

use std::collections::BTreeSet;

use formats::settings::{Content, PROFILES, Settings, gone, is_profile, networks, networks_text, render};
use ilanga_fuzz::seeds;

const FULL: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\nhost-name = \"clinic-2\"\nlanguage = \"zu\"\n\
    keyboard = \"za\"\ntime-zone = \"Africa/Johannesburg\"\ncountry = \"ZA\"\n\n[networks.wired]\naddress = \"192.168.7.2/24\"\n\
    gateway = \"192.168.7.1\"\ndns = [\"192.168.7.1\", \"fd00::1\"]\nmetered = true\n\n[[networks.wifi]]\nname = \"Staff ; 1\"\n\
    key = \" a \\\\ key \"\nhidden = true\n\n[networks.mobile]\naccess-point = \"internet\"\nuser = \"u\"\npassword = \"p\"\npin = \"1234\"\n";

/// What profiles of NetworkManager may have.
const SECTIONS: [&str; 7] = ["connection", "ethernet", "wifi", "wifi-security", "gsm", "ipv4", "ipv6"];
const KEYS: [&str; 20] = [
    "id",
    "uuid",
    "type",
    "multi-connect",
    "metered",
    "method",
    "address1",
    "dns",
    "ignore-auto-dns",
    "autoconnect-priority",
    "mode",
    "ssid",
    "hidden",
    "key-mgmt",
    "psk",
    "apn",
    "auto-config",
    "username",
    "password",
    "pin",
];

fn start() {
    let networks = FULL.split_once("\n\n").map_or("", |(_, networks)| networks).replace("networks.", "");
    seeds([FULL, "version = 1\nhost-name = \"clinic-2\"\n", "version = 2", &networks]);
}

/// Each line is a section or a value that settings have, each once: nothing that somebody is called breaks out of its line.
fn profile(text: &str) {
    let (mut section, mut seen) = ("", BTreeSet::new());
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            assert!(SECTIONS.contains(&name), "{text}");
            section = name;
        } else if let Some((key, _)) = line.split_once('=') {
            assert!(KEYS.contains(&key) && seen.insert((section, key)), "{text}");
        } else {
            assert!(line.is_empty(), "{text}");
        }
    }
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(read) = networks(text) {
        assert_eq!(networks(&networks_text(&read)).expect("they are read again"), read);
    }
    let Ok(settings) = Settings::parse(text) else { return };
    assert_eq!(Settings::parse(&settings.to_text()).expect("it is read again"), settings);
    let made = render(&settings);
    let mut paths = BTreeSet::new();
    for made in &made {
        assert!(made.path.starts_with("/etc/") && !made.path.contains("..") && paths.insert(&made.path), "{made:?}");
        match &made.content {
            Content::Link { to } => {
                let zone = to.strip_prefix("../usr/share/zoneinfo/");
                assert!(zone.is_some_and(|zone| !zone.is_empty() && !zone.contains("..")), "{to}");
            }
            Content::File { text, .. } => {
                assert!(text.ends_with('\n') && !text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
                match made.path.strip_prefix(PROFILES).and_then(|name| name.strip_prefix('/')) {
                    Some(name) => {
                        assert!(is_profile(name) && !name.contains('/'));
                        profile(text);
                    }
                    None => {
                        let plain = |c: char| c.is_ascii_alphanumeric() || "-.: \n/_=+".contains(c);
                        assert!(text.chars().all(plain) && text.lines().count() <= 3, "{text:?}");
                    }
                }
            }
        }
    }
    let names = paths.iter().filter_map(|path| path.rsplit('/').next().map(str::to_owned));
    assert!(gone(&made, names).iter().all(|path| !paths.contains(path)));
});
