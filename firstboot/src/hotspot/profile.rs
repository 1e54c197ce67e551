//! The hotspot's profile, as NetworkManager reads it
//! ([keyfile](https://networkmanager.dev/docs/api/latest/nm-settings-keyfile.html)).

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;

use formats::answers::Wifi;
use zeroize::Zeroizing;

use crate::random::{self, NotRandom};
use crate::store::{read, replace};

/// The node's address at its hotspot. Some phones don't look for a page where names have private addresses, so this is one of those
/// set aside for tests of networks ([RFC 2544](https://www.rfc-editor.org/rfc/rfc2544)): nftables and dnsmasq have it too.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 18, 23, 1);

/// The profile's name.
pub(super) use crate::wifi::HOTSPOT as NAME;

/// Its file; /run is gone with the power.
pub(super) const FILE: &str = "/run/NetworkManager/system-connections/ilanga-hotspot.nmconnection";

/// The name of the profile by which a network is tried, and its file.
pub(super) use crate::wifi::TRIAL;
pub(super) const TRIAL_FILE: &str = "/run/NetworkManager/system-connections/ilanga-trial.nmconnection";

/// The name of the profile of a phone's hotspot, and its file.
pub(super) use crate::wifi::PHONES;
pub(super) const PHONES_FILE: &str = "/run/NetworkManager/system-connections/ilanga-phone.nmconnection";

/// The profile for trying a network. Each byte of its name is a number, so that no name means anything to the file's format.
pub(super) fn trial(network: &Wifi) -> Zeroizing<String> {
    let mut text = Zeroizing::new(format!(
        "[connection]\nid={TRIAL}\nuuid=0d5c6a1e-3f57-4f0a-9c2b-7d0f6c1b2a94\ntype=wifi\nautoconnect=false\n\n[wifi]\nhidden={}\nssid=",
        network.hidden
    ));
    for byte in network.name.as_str().bytes() {
        let _ = write!(text, "{byte};");
    }
    text.push_str("\n\n[ipv4]\nmethod=link-local\n\n[ipv6]\nmethod=disabled\n");
    if let Some(key) = &network.key {
        let _ = write!(text, "\n[wifi-security]\nkey-mgmt=wpa-psk\npsk={}\n", escaped(key.as_str()).as_str());
    }
    text
}

/// A value of a keyfile, of which a blank at the front and backslashes would else mean something.
fn escaped(value: &str) -> Zeroizing<String> {
    let mut text = Zeroizing::new(value.replace('\\', "\\\\"));
    if let Some(rest) = text.strip_prefix(' ') {
        text = Zeroizing::new(format!("\\s{rest}"));
    }
    text
}

/// How many characters a key has: 49 bits, as each is one of 31.
const LENGTH: usize = 10;

/// What can be told apart when it is read from a screen.
const CHARACTERS: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// The key of the network: this set-up's, so that a phone that knew it before a power cut still does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Zeroizing<String>);

impl Key {
    /// The key that is kept in a file, or a new one. It opens nothing but the page, which a code guards.
    pub fn kept(path: &Path) -> Result<Self, NotRandom> {
        let kept = read(path, LENGTH).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
        if let Some(key) = kept.filter(|key| key.len() == LENGTH && key.bytes().all(|byte| CHARACTERS.contains(&byte)))
        {
            return Ok(Self(key.into()));
        }
        let mut key = Zeroizing::new(String::with_capacity(LENGTH));
        while key.len() < LENGTH {
            let [byte] = random::bytes::<1>()?;
            // Eight times 31 is 248: those above would favour the first characters.
            if byte < 248 {
                key.push(char::from(CHARACTERS[usize::from(byte) % CHARACTERS.len()]));
            }
        }
        if let Err(trouble) = replace(path, key.as_bytes()) {
            eprintln!("keeping the key of the hotspot: {trouble}");
        }
        Ok(Self(key))
    }

    /// What people type.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A hotspot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The network's name: the node's.
    pub name: String,
    /// Its key; without one it is open.
    pub key: Option<Key>,
}

impl Profile {
    /// The profile for an interface.
    pub(super) fn text(&self, interface: &str) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!(
            "[connection]\nid={NAME}\nuuid=5f0c1d0a-6b0e-4d5c-8a0b-0d1f6c7a1e57\ntype=wifi\ninterface-name={interface}\n\
             autoconnect=false\n\n[wifi]\nmode=ap\nband=bg\nssid={}\n\n[ipv4]\nmethod=shared\naddress1={ADDRESS}/24\n\n\
             [ipv6]\nmethod=disabled\n",
            self.name
        ));
        if let Some(key) = &self.key {
            // Protected management frames keep some radios from being a hotspot at all.
            let _ = write!(
                text,
                "\n[wifi-security]\nkey-mgmt=wpa-psk\nproto=rsn\npairwise=ccmp\ngroup=ccmp\npmf=1\npsk={}\n",
                key.as_str()
            );
        }
        text
    }

    /// The profile for joining a phone's hotspot of this name and key, on whichever radio. It costs its owner by the megabyte.
    pub(super) fn of_phone(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(format!(
            "[connection]\nid={PHONES}\nuuid=b2a9c7de-64a7-4d0b-8a35-1c0a1f0a6a3d\ntype=wifi\nmetered=1\n\n[wifi]\nssid={}\n\n\
             [ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
            self.name
        ));
        if let Some(key) = &self.key {
            let _ = write!(text, "\n[wifi-security]\nkey-mgmt=wpa-psk\npsk={}\n", key.as_str());
        }
        text
    }

    /// What phones' cameras read: a network's name and key.
    pub fn code(&self) -> Zeroizing<String> {
        Zeroizing::new(match &self.key {
            Some(key) => format!("WIFI:T:WPA;S:{};P:{};;", self.name, key.as_str()),
            None => format!("WIFI:T:nopass;S:{};;", self.name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_until_it_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hotspot-key");
        let key = Key::kept(&path).unwrap();
        assert_eq!(key.as_str().len(), LENGTH);
        assert_eq!(Key::kept(&path).unwrap(), key);
        for planted in ["", "short", "abcdefghi\n", "abcdefghij\u{e9}", "ABCDEFGHJK", "abcdefghjkm"] {
            std::fs::write(&path, planted).unwrap();
            let other = Key::kept(&path).unwrap();
            assert!(other != key && other.as_str() != planted, "{planted}");
        }
        // Without a place for it, there is one for this start.
        assert_ne!(Key::kept(Path::new("/proc/no/such")).unwrap(), key);
    }

    #[test]
    fn what_a_stranger_calls_a_network_is_no_line_of_its_profile() {
        let network = |name: &str, key: &str| Wifi {
            name: name.parse().unwrap(),
            key: Some(key.parse().unwrap()),
            hidden: false,
            metered: false,
        };
        let text = trial(&network("a;b]\\é", " \\secret key"));
        assert!(text.contains("\nssid=97;59;98;93;92;195;169;\n"), "{}", text.as_str());
        assert!(text.ends_with("\npsk=\\s\\\\secret key\n"), "{}", text.as_str());
    }

    #[test]
    fn profiles() {
        let open = Profile { name: "ilanga-0a1b2c".into(), key: None };
        let text = open.text("wlan0");
        assert!(text.contains("\nssid=ilanga-0a1b2c\n") && text.contains("\ninterface-name=wlan0\n"));
        assert!(text.contains("\naddress1=198.18.23.1/24\n") && !text.contains("security"));
        assert_eq!(open.code().as_str(), "WIFI:T:nopass;S:ilanga-0a1b2c;;");
        let folder = tempfile::tempdir().unwrap();
        let key = Key::kept(&folder.path().join("key")).unwrap();
        let psk = format!("\npsk={}\n", key.as_str());
        let closed = Profile { key: Some(key), ..open };
        assert!(closed.text("wlan0").ends_with(&psk));
        assert!(closed.code().starts_with("WIFI:T:WPA;S:ilanga-0a1b2c;P:"));
    }
}
