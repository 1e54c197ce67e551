//! Networks as profiles of NetworkManager: its keyfile format ([nm-settings-keyfile]), which is GLib's.
//!
//! Nothing breaks out of its line: addresses, access points and PINs are made of harmless characters by their types; keys and
//! words, which have the characters of a plain keyboard, are escaped as GLib does it; a Wi-Fi network's name that is not made of
//! letters and digits is a list of its bytes.
//!
//! [nm-settings-keyfile]: https://networkmanager.dev/docs/api/latest/nm-settings-keyfile.html

use core::net::IpAddr;
use std::fmt::Write as _;

use uuid::Builder;

use crate::answers::{Mobile, Network, Ssid, Wifi, Wired};
use crate::digest::Digest;

/// The folder of profiles.
pub const PROFILES: &str = "/etc/NetworkManager/system-connections";

/// Whether a file there is one that settings make.
pub fn is_profile(name: &str) -> bool {
    name.starts_with("ilanga-") && name.ends_with(".nmconnection")
}

/// The profiles of these networks: the names of their files, and what is in them.
pub(super) fn profiles(networks: &Network) -> Vec<(String, String)> {
    let mut profiles = Vec::new();
    let mut add = |name: String, text| profiles.push((format!("{name}.nmconnection"), text));
    if let Some(wired) = &networks.wired {
        add("ilanga-wired".to_owned(), self::wired(wired));
    }
    for (number, wifi) in (1..).zip(&networks.wifi) {
        add(format!("ilanga-wifi-{number}"), self::wifi(number, wifi));
    }
    if let Some(mobile) = &networks.mobile {
        add("ilanga-mobile".to_owned(), self::mobile(mobile));
    }
    profiles
}

/// A cable. Without an address of its own the profile is for every port; with one it can be for one only.
fn wired(wired: &Wired) -> String {
    let mut text = connection("ilanga-wired", "ethernet", "");
    if wired.address.is_none() {
        text.push_str("multi-connect=3\n");
    }
    if wired.metered {
        text.push_str("metered=1\n");
    }
    text.push_str("\n[ethernet]\n");
    for (section, kind) in
        [("ipv4", IpAddr::is_ipv4 as fn(&IpAddr) -> bool), ("ipv6", IpAddr::is_ipv6 as fn(&IpAddr) -> bool)]
    {
        let _ = write!(text, "\n[{section}]\n");
        if let Some(own) = wired.address.filter(|own| kind(&own.address)) {
            // A way out is refused without an address of the same kind.
            let gateway = wired.gateway.filter(kind).map(|gateway| format!(",{gateway}")).unwrap_or_default();
            let _ = write!(text, "method=manual\naddress1={own}{gateway}\n");
        } else {
            text.push_str("method=auto\n");
        }
        let servers: String =
            wired.dns.iter().filter(|server| kind(server)).map(|server| format!("{server};")).collect();
        if !servers.is_empty() {
            // Instead of what the network says.
            let _ = write!(text, "dns={servers}\nignore-auto-dns=true\n");
        }
    }
    text
}

/// A Wi-Fi network; of those in reach the first one in the settings is joined.
fn wifi(number: usize, wifi: &Wifi) -> String {
    let mut text = connection(&format!("ilanga-wifi-{number}"), "wifi", wifi.name.as_str());
    let _ = writeln!(text, "autoconnect-priority={}", 900_usize.saturating_sub(number));
    if wifi.metered {
        text.push_str("metered=1\n");
    }
    let _ = write!(text, "\n[wifi]\nmode=infrastructure\nssid={}\n", ssid(&wifi.name));
    if wifi.hidden {
        text.push_str("hidden=true\n");
    }
    if let Some(key) = &wifi.key {
        // WPA2 and WPA3, whichever the network has.
        let _ = write!(text, "\n[wifi-security]\nkey-mgmt=wpa-psk\npsk={}\n", escaped(key.as_str()));
    }
    text.push_str("\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n");
    text
}

/// A mobile network.
fn mobile(mobile: &Mobile) -> String {
    let mut text = connection("ilanga-mobile", "gsm", "");
    // NetworkManager takes a modem's for one that costs money unless it is told.
    let _ = write!(text, "metered={}\n\n[gsm]\n", if mobile.metered { 1 } else { 2 });
    match &mobile.access_point {
        Some(name) => {
            let _ = writeln!(text, "apn={name}");
        }
        None => text.push_str("auto-config=true\n"),
    }
    let user = mobile.user.as_ref().map(|word| ("username", word.as_str()));
    let password = mobile.password.as_ref().map(|word| ("password", word.as_str()));
    let pin = mobile.pin.as_ref().map(|pin| ("pin", pin.as_str()));
    for (key, word) in [user, password, pin].into_iter().flatten() {
        let _ = writeln!(text, "{key}={}", escaped(word));
    }
    text.push_str("\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n");
    text
}

/// The first section. The id stays the same as long as the network is the same one.
fn connection(id: &str, kind: &str, network: &str) -> String {
    let digest = Digest::of_parts([b"ilanga network profile ".as_slice(), id.as_bytes(), b" ", network.as_bytes()]);
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
    let uuid = Builder::from_custom_bytes(bytes).into_uuid();
    format!("[connection]\nid={id}\nuuid={uuid}\ntype={kind}\n")
}

/// A Wi-Fi network's name. Between them, NetworkManager and GLib understand `\`, `;`, digits and spaces in several ways: only
/// names that can't be misunderstood are written as they are.
fn ssid(name: &Ssid) -> String {
    let name = name.as_str();
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_');
    if plain { name.to_owned() } else { name.bytes().map(|byte| format!("{byte};")).collect() }
}

/// A text as a value, as `g_key_file_set_string` writes it; spaces at the end too, which editors take away.
fn escaped(text: &str) -> String {
    let (begin, end) = (text.len() - text.trim_start_matches(' ').len(), text.trim_end_matches(' ').len());
    let mut value = String::new();
    for (at, c) in text.char_indices() {
        match c {
            '\\' => value.push_str("\\\\"),
            ' ' if at < begin || at >= end => value.push_str("\\s"),
            '\t' => value.push_str("\\t"),
            '\n' => value.push_str("\\n"),
            '\r' => value.push_str("\\r"),
            c => value.push(c),
        }
    }
    value
}
