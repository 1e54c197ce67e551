//! What people say about networks.

use core::net::IpAddr;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::values::{hidden, shown, text};

text!(
    /// The name of a Wi-Fi network: 1 to 32 bytes.
    Ssid, NotAnSsid, "not a Wi-Fi network's name: 1 to 32 bytes without control characters are expected",
    |text| (1..=32).contains(&text.len()) && !text.chars().any(char::is_control)
);
text!(
    /// The key of a Wi-Fi network: WPA's passphrase, or its 64 hexadecimal digits.
    WifiKey, NotAWifiKey, "not a Wi-Fi key: 8 to 63 characters of a plain keyboard, or 64 hexadecimal digits, are expected",
    |text| ((8..=63).contains(&text.len()) && text.bytes().all(|c| (b' '..=b'~').contains(&c)))
        || (text.len() == 64 && text.bytes().all(|c| c.is_ascii_hexdigit()))
);
text!(
    /// The access point of a mobile network.
    AccessPoint, NotAnAccessPoint, "not an access point's name: up to 100 of a-z, A-Z, 0-9, '.', '-' and '_' are expected",
    |text| (1..=100).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_".contains(&c))
);
text!(
    /// What a mobile network wants to know: a user's name or a password.
    MobileWord, NotAMobileWord, "not a word for a mobile network: up to 64 characters of a plain keyboard are expected",
    |text| (1..=64).contains(&text.len()) && text.bytes().all(|c| (b' '..=b'~').contains(&c))
);
text!(
    /// A SIM's PIN.
    Pin, NotAPin, "not a PIN: 4 to 8 digits are expected",
    |text| (4..=8).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit())
);
shown!(Ssid, AccessPoint);
hidden!(WifiKey, MobileWord, Pin);

/// An address, and how many of its bits are the network's: `192.168.7.2/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interface {
    /// The address.
    pub address: IpAddr,
    /// The network's bits.
    pub prefix: u8,
}

/// The text is no address with its network.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an address of a computer in its network: one such as 192.168.7.2/24 is expected")]
pub struct NotAnInterface;

impl FromStr for Interface {
    type Err = NotAnInterface;

    fn from_str(text: &str) -> Result<Self, NotAnInterface> {
        let (address, prefix) = text.split_once('/').ok_or(NotAnInterface)?;
        let address: IpAddr = address.parse().map_err(|_| NotAnInterface)?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u8 = prefix.parse().map_err(|_| NotAnInterface)?;
        let usable = !address.is_unspecified() && !address.is_multicast() && !address.is_loopback();
        if usable && (1..=bits).contains(&prefix) { Ok(Self { address, prefix }) } else { Err(NotAnInterface) }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

by_text!(Interface, NotAnInterface);

/// The networks of a node. All of them are optional: a node works without any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Network {
    /// The cable, where its addresses don't come by themselves or it costs money.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wired: Option<Wired>,
    /// Wi-Fi networks, the preferred first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wifi: Vec<Wifi>,
    /// A mobile network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Mobile>,
}

impl Network {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A cable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Wired {
    /// The node's address; without one it asks the network for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Interface>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<IpAddr>,
    /// Who knows names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<IpAddr>,
    /// Whether it costs money by the megabyte.
    pub metered: bool,
}

/// A Wi-Fi network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Wifi {
    /// Its name.
    pub name: Ssid,
    /// Its key; none if it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<WifiKey>,
    /// Whether it does not say its name.
    #[serde(default)]
    pub hidden: bool,
    /// Whether it costs money by the megabyte: a phone's hotspot does.
    #[serde(default)]
    pub metered: bool,
}

/// A mobile network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Mobile {
    /// Its access point; without one, the network's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_point: Option<AccessPoint>,
    /// The user's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<MobileWord>,
    /// The password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<MobileWord>,
    /// The SIM's PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Pin>,
    /// Whether it costs money by the megabyte.
    #[serde(default = "yes")]
    pub metered: bool,
}

const fn yes() -> bool {
    true
}
