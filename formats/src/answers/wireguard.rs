//! A network of WireGuard's, as whoever looks after it hands it out: the file that
//! [wg-quick](https://git.zx2c4.com/wireguard-tools/about/src/man/wg-quick.8) reads, or what apps show as a QR code.
//!
//! Invariant: what is read is addresses, numbers and keys. Commands (`PostUp` and the like) and whatever else has a say about the computer are
//! refused by name, and never kept.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Interface;
use crate::community::Endpoint;

/// The longest text, in bytes.
pub const LONGEST: usize = 16 << 10;

/// The most computers that one talks to directly.
const MOST_PEERS: usize = 64;

/// The most addresses in one list.
const MOST_ADDRESSES: usize = 64;

/// A key: 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// As WireGuard's programs write it.
    pub fn text(&self) -> String {
        STANDARD.encode(self.0)
    }

    fn of(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Addresses: the first one, and how many bits are the same in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first one.
    pub address: IpAddr,
    /// The bits.
    pub prefix: u8,
}

impl Range {
    fn of(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let bits: u8 = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(bits), |prefix| prefix.parse().ok().filter(|prefix| *prefix <= bits))?;
        // WireGuard clears what is behind the bits, too.
        let address = match address {
            IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(
                address.to_bits() & u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0),
            )),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
                address.to_bits() & u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0),
            )),
        };
        Some(Self { address, prefix })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// Another computer of the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who it is.
    pub public_key: Key,
    /// What both know besides.
    pub shared_key: Option<Key>,
    /// Which addresses are behind it.
    pub allowed: Vec<Range>,
    /// Where it is reached.
    pub endpoint: Option<Endpoint>,
    /// How often it hears something, in seconds, so that a router in between keeps the way open.
    pub keepalive: Option<u16>,
}

/// The network, and this computer's place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WireGuard {
    /// Who this computer is.
    pub private_key: Key,
    /// Its addresses; at least one.
    pub addresses: Vec<Interface>,
    /// The UDP port at which others reach it.
    pub port: Option<u16>,
    /// The longest packet, in bytes.
    pub mtu: Option<u16>,
    /// Servers for names.
    pub dns: Vec<IpAddr>,
    /// The others; at least one.
    pub peers: Vec<Peer>,
}

/// The text is no configuration that can be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotWireGuard {
    /// It is something else.
    #[error("line {0}: '[Interface]', '[Peer]', or 'Name = value' is expected")]
    Line(usize),
    /// A name that is not taken.
    #[error("line {0}: '{1}' is not taken here")]
    Name(usize, String),
    /// A value that is none.
    #[error("line {0}: this is no value for '{1}'")]
    Value(usize, &'static str),
    /// What there is one of.
    #[error("line {0}: '{1}' is there already")]
    Twice(usize, &'static str),
    /// Something lacks.
    #[error("'{0}' is missing")]
    Missing(&'static str),
    /// It is too long, or has too many peers.
    #[error("it is too long")]
    Long,
}

/// What is read of a peer so far.
#[derive(Default)]
struct Half {
    public_key: Option<Key>,
    shared_key: Option<Key>,
    allowed: Vec<Range>,
    endpoint: Option<Endpoint>,
    keepalive: Option<u16>,
}

#[derive(Default)]
struct Reading {
    interface: bool,
    private_key: Option<Key>,
    addresses: Vec<Interface>,
    port: Option<u16>,
    mtu: Option<u16>,
    dns: Vec<IpAddr>,
    peers: Vec<Half>,
}

/// Keeps the only value of a name.
fn only<T>(place: &mut Option<T>, value: T, line: usize, name: &'static str) -> Result<(), NotWireGuard> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(NotWireGuard::Twice(line, name)),
    }
}

/// Adds to a list: values with commas between them.
fn add<T>(
    list: &mut Vec<T>,
    text: &str,
    read: impl Fn(&str) -> Option<T>,
    line: usize,
    name: &'static str,
) -> Result<(), NotWireGuard> {
    for one in text.split(',') {
        list.push(read(one.trim()).ok_or(NotWireGuard::Value(line, name))?);
    }
    if list.len() > MOST_ADDRESSES { Err(NotWireGuard::Long) } else { Ok(()) }
}

impl Reading {
    fn interface(&mut self, line: usize, name: &str, text: &str) -> Result<(), NotWireGuard> {
        let wrong = |name| NotWireGuard::Value(line, name);
        match name.to_ascii_lowercase().as_str() {
            "privatekey" => {
                let key = Key::of(text).ok_or(wrong("PrivateKey"))?;
                only(&mut self.private_key, key, line, "PrivateKey")
            }
            "address" => add(&mut self.addresses, text, interface, line, "Address"),
            "listenport" => {
                let port = text.parse().ok().filter(|port| *port > 0).ok_or(wrong("ListenPort"))?;
                only(&mut self.port, port, line, "ListenPort")
            }
            "mtu" => {
                // What IPv6 needs, and what the kernel takes.
                let mtu = text.parse().ok().filter(|mtu| (1280..=65455).contains(mtu)).ok_or(wrong("MTU"))?;
                only(&mut self.mtu, mtu, line, "MTU")
            }
            // Domains that are searched may stand there, too, and are not this computer's matter.
            "dns" => add(&mut self.dns, text, |one| one.parse().ok(), line, "DNS"),
            _ => Err(NotWireGuard::Name(line, name.to_owned())),
        }
    }

    fn peer(&mut self, line: usize, name: &str, text: &str) -> Result<(), NotWireGuard> {
        let wrong = |name| NotWireGuard::Value(line, name);
        let Some(peer) = self.peers.last_mut() else { return Err(NotWireGuard::Line(line)) };
        match name.to_ascii_lowercase().as_str() {
            "publickey" => only(&mut peer.public_key, Key::of(text).ok_or(wrong("PublicKey"))?, line, "PublicKey"),
            "presharedkey" => {
                only(&mut peer.shared_key, Key::of(text).ok_or(wrong("PresharedKey"))?, line, "PresharedKey")
            }
            "allowedips" => add(&mut peer.allowed, text, Range::of, line, "AllowedIPs"),
            "endpoint" => {
                let endpoint = text.to_ascii_lowercase().parse().map_err(|_| wrong("Endpoint"))?;
                only(&mut peer.endpoint, endpoint, line, "Endpoint")
            }
            "persistentkeepalive" => {
                let seconds = if text == "off" { Ok(0) } else { text.parse() };
                only(
                    &mut peer.keepalive,
                    seconds.map_err(|_| wrong("PersistentKeepalive"))?,
                    line,
                    "PersistentKeepalive",
                )
            }
            _ => Err(NotWireGuard::Name(line, name.to_owned())),
        }
    }

    fn end(self) -> Result<WireGuard, NotWireGuard> {
        let missing = NotWireGuard::Missing;
        if self.addresses.is_empty() {
            return Err(missing("Address"));
        }
        let peers = self.peers.into_iter().map(|half| {
            Ok(Peer {
                public_key: half.public_key.ok_or(missing("PublicKey"))?,
                shared_key: half.shared_key,
                allowed: half.allowed,
                endpoint: half.endpoint,
                keepalive: half.keepalive.filter(|seconds| *seconds > 0),
            })
        });
        let peers = peers.collect::<Result<Vec<_>, _>>()?;
        if peers.is_empty() {
            return Err(missing("[Peer]"));
        }
        Ok(WireGuard {
            private_key: self.private_key.ok_or(missing("PrivateKey"))?,
            addresses: self.addresses,
            port: self.port,
            mtu: self.mtu,
            dns: self.dns,
            peers,
        })
    }
}

/// An address of this computer; without bits it is alone in its network.
fn interface(text: &str) -> Option<Interface> {
    if text.contains('/') {
        return text.parse().ok();
    }
    let range = Range::of(text)?;
    format!("{range}").parse().ok()
}

impl FromStr for WireGuard {
    type Err = NotWireGuard;

    fn from_str(text: &str) -> Result<Self, NotWireGuard> {
        if text.len() > LONGEST {
            return Err(NotWireGuard::Long);
        }
        let mut reading = Reading::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            match line.to_ascii_lowercase().as_str() {
                "" => continue,
                "[interface]" if reading.interface => return Err(NotWireGuard::Twice(number, "[Interface]")),
                "[interface]" if reading.peers.is_empty() => reading.interface = true,
                "[peer]" if reading.peers.len() < MOST_PEERS => reading.peers.push(Half::default()),
                "[peer]" => return Err(NotWireGuard::Long),
                _ => {
                    let (name, value) = line.split_once('=').ok_or(NotWireGuard::Line(number))?;
                    let (name, value) = (name.trim(), value.trim());
                    match (reading.peers.is_empty(), reading.interface) {
                        (true, false) => return Err(NotWireGuard::Line(number)),
                        (true, true) => reading.interface(number, name, value)?,
                        (false, _) => reading.peer(number, name, value)?,
                    }
                }
            }
        }
        reading.end()
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    if values.is_empty() {
        return Ok(());
    }
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    writeln!(f, "{name} = {}", values.join(", "))
}

/// The same file, in one way of writing it.
impl fmt::Display for WireGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[Interface]\nPrivateKey = {}", self.private_key.text())?;
        list(f, "Address", &self.addresses)?;
        list(f, "ListenPort", self.port.as_slice())?;
        list(f, "MTU", self.mtu.as_slice())?;
        list(f, "DNS", &self.dns)?;
        for peer in &self.peers {
            writeln!(f, "\n[Peer]\nPublicKey = {}", peer.public_key.text())?;
            if let Some(key) = &peer.shared_key {
                writeln!(f, "PresharedKey = {}", key.text())?;
            }
            list(f, "AllowedIPs", &peer.allowed)?;
            list(f, "Endpoint", peer.endpoint.as_slice())?;
            list(f, "PersistentKeepalive", peer.keepalive.as_slice())?;
        }
        Ok(())
    }
}

by_text!(WireGuard, NotWireGuard);

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
    const OTHER: &str = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

    fn text(interface: &str, peer: &str) -> String {
        format!(
            "[Interface]\nPrivateKey = {KEY}\nAddress = 10.7.0.2/24\n{interface}\n[Peer]\nPublicKey={OTHER}\n{peer}\n"
        )
    }

    #[test]
    fn what_is_handed_out_is_read_and_written_again() {
        let all = text(
            "# of the district\nListenPort = 51820\nMTU=1400\nDNS = 10.7.0.1, fd00::1\nAddress = fd00::2/64",
            "PresharedKey = AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nAllowedIPs = 10.7.0.5/24, ::/0\nEndpoint = VPN.example.org:51820\n\
             PersistentKeepalive = 25",
        );
        let read: WireGuard = all.parse().unwrap();
        assert_eq!(read.to_string().parse(), Ok(read.clone()));
        assert_eq!((read.port, read.mtu, read.dns.len(), read.addresses.len()), (Some(51820), Some(1400), 2, 2));
        let [peer] = read.peers.as_slice() else { panic!("{read:?}") };
        assert_eq!((peer.allowed[0].to_string().as_str(), peer.keepalive), ("10.7.0.0/24", Some(25)));
        assert_eq!(peer.endpoint.as_ref().unwrap().to_string(), "vpn.example.org:51820");
        assert!(!format!("{read:?}").contains(KEY), "a secret is shown");
        // As phones write it: without bits, in other letters.
        let phone = format!(
            "[interface]\nprivatekey={KEY}\naddress=10.7.0.2\n[peer]\npublickey={OTHER}\npersistentkeepalive=off"
        );
        let read: WireGuard = phone.parse().unwrap();
        assert_eq!((read.addresses[0].to_string().as_str(), read.peers[0].keepalive), ("10.7.0.2/32", None));
    }

    #[test]
    fn what_is_refused_is_named() {
        for (text, expected) in [
            (String::new(), "'Address' is missing"),
            ("PrivateKey = x".into(), "line 1: '[Interface]', '[Peer]', or 'Name = value' is expected"),
            (text("PostUp = rm -rf /", ""), "line 4: 'PostUp' is not taken here"),
            (text("Table = off", ""), "line 4: 'Table' is not taken here"),
            (text("DNS = example.org", ""), "line 4: this is no value for 'DNS'"),
            (text("hello", ""), "line 4: '[Interface]', '[Peer]', or 'Name = value' is expected"),
            (text(&format!("PrivateKey = {KEY}"), ""), "line 4: 'PrivateKey' is there already"),
            (text("ListenPort = 0", ""), "line 4: this is no value for 'ListenPort'"),
            (text("", "AllowedIPs = 10.0.0.0/33"), "line 7: this is no value for 'AllowedIPs'"),
            (text("", "Endpoint = nowhere"), "line 7: this is no value for 'Endpoint'"),
            (text("", "[Interface]"), "line 7: '[Interface]' is there already"),
            (format!("[Interface]\nPrivateKey = {KEY}\nAddress = 10.7.0.2/24"), "'[Peer]' is missing"),
            (
                format!("[Interface]\nPrivateKey = {}\nAddress = 10.7.0.2/24", &KEY[1..]),
                "line 2: this is no value for 'PrivateKey'",
            ),
            (" ".repeat(LONGEST + 1), "it is too long"),
            (text("", &"[Peer]\n".repeat(MOST_PEERS)), "it is too long"),
        ] {
            assert_eq!(text.parse::<WireGuard>().unwrap_err().to_string(), expected, "{text}");
        }
    }
}
