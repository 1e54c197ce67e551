//! What an invitation and a list have beside keys.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::symbols;

/// What people call a community: 1 to 32 bytes of text without control characters, and no space at its ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommunityName(String);

/// The text is no community's name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not a community's name: up to 32 letters are expected (fewer where they have accents)")]
pub struct NotACommunityName;

impl FromStr for CommunityName {
    type Err = NotACommunityName;

    fn from_str(text: &str) -> Result<Self, NotACommunityName> {
        let fits = (1..=32).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(NotACommunityName) }
    }
}

impl CommunityName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes a secret of so many bytes, written as Base32 in small letters.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $error:ident, $bytes:literal, $said:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $bytes]);

        #[doc = concat!("The text is no [`", stringify!($name), "`].")]
        #[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
        #[error($said)]
        pub struct $error;

        impl $name {
            /// The secret with these bytes.
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Its text: small letters and digits.
            pub fn text(&self) -> String {
                symbols::text(&self.0).to_lowercase().replace('-', "")
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }

        impl FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                symbols::bytes(text).ok().and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or($error)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(secret: $name) -> Self {
                secret.text()
            }
        }
    };
}

secret!(
    /// What links of a community's nodes ask each other for: 80 random bits, as whoever listens may try as many as they like.
    LinkPassword, NotALinkPassword, 10, "not a password of a community's links"
);
secret!(
    /// What an invitation is redeemed by: 64 random bits, of which the founder lets nobody try many.
    Token, NotAToken, 8, "not an invitation's token"
);

/// Where a node is reached from elsewhere: `school.example.org:7367`, `[2001:db8::7]:7367`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// The port, which is not 0.
    pub port: u16,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// By its address.
    Address(IpAddr),
    /// By its name in DNS, in small letters.
    Name(String),
}

/// The text names no host and port.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "not an address with a port: one such as 192.168.7.2:7367, [fd00::7]:7367 or school.example.org:7367 is expected"
)]
pub struct NotAnEndpoint;

/// The longest name of a host that fits an invitation.
const LONGEST_HOST: usize = 63;

impl Host {
    fn name(text: &str) -> Option<Self> {
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        };
        // What ends in digits would be read as an address elsewhere.
        let last = text.rsplit('.').next().unwrap_or_default();
        let fits =
            text.len() <= LONGEST_HOST && text.split('.').all(label) && last.bytes().any(|c| c.is_ascii_lowercase());
        fits.then(|| Self::Name(text.to_owned()))
    }
}

impl Endpoint {
    /// The bytes in an invitation: a kind (4, 6, or 128 and a name's length), the host, the port.
    pub(super) fn write(&self, to: &mut Vec<u8>) {
        match &self.host {
            Host::Address(IpAddr::V4(address)) => {
                to.push(4);
                to.extend(address.octets());
            }
            Host::Address(IpAddr::V6(address)) => {
                to.push(6);
                to.extend(address.octets());
            }
            Host::Name(name) => {
                to.push(0x80 | name.len() as u8);
                to.extend(name.bytes());
            }
        }
        to.extend(self.port.to_be_bytes());
    }

    /// The opposite; `take` gives so many bytes.
    pub(super) fn read<'b>(mut take: impl FnMut(usize) -> Option<&'b [u8]>) -> Option<Self> {
        let host = match *take(1)?.first()? {
            4 => Host::Address(Ipv4Addr::from(<[u8; 4]>::try_from(take(4)?).ok()?).into()),
            6 => Host::Address(Ipv6Addr::from(<[u8; 16]>::try_from(take(16)?).ok()?).into()),
            kind @ 0x81.. => Host::name(std::str::from_utf8(take(usize::from(kind & 0x7f))?).ok()?)?,
            _ => return None,
        };
        let port = u16::from_be_bytes(take(2)?.try_into().ok()?);
        (port > 0).then_some(Self { host, port })
    }
}

impl FromStr for Endpoint {
    type Err = NotAnEndpoint;

    fn from_str(text: &str) -> Result<Self, NotAnEndpoint> {
        let (host, port) = text.rsplit_once(':').ok_or(NotAnEndpoint)?;
        let fits = !port.is_empty() && !port.starts_with('0') && port.bytes().all(|c| c.is_ascii_digit());
        let port = port.parse().ok().filter(|_| fits).ok_or(NotAnEndpoint)?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(host) => host.parse::<Ipv6Addr>().map(|address| Host::Address(address.into())).ok(),
            None => match host.parse::<Ipv4Addr>() {
                Ok(address) => Some(Host::Address(address.into())),
                Err(_) => Host::name(&host.to_ascii_lowercase()),
            },
        };
        Ok(Self { host: host.ok_or(NotAnEndpoint)?, port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Address(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            Host::Address(address) => write!(f, "{address}:{}", self.port),
            Host::Name(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

by_text!(Endpoint, NotAnEndpoint);

impl fmt::Display for CommunityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

by_text!(CommunityName, NotACommunityName);
