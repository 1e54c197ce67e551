//! A network of [Nebula](https://nebula.defined.net/docs/)'s, as whoever looks after it hands it out: the files that `nebula-cert` has made, one behind
//! the other, and a line for each lighthouse.
//!
//! ```text
//! -----BEGIN NEBULA CERTIFICATE-----          the authority's; of several, each
//! …
//! -----BEGIN NEBULA CERTIFICATE-----          this computer's
//! …
//! -----BEGIN NEBULA X25519 PRIVATE KEY-----   this computer's
//! …
//! lighthouse 10.42.0.1 school.example.org:4242
//! port 4242                                   where others reach this computer; without it, wherever the kernel likes
//! ```
//!
//! Who is a lighthouse has `lighthouse here`, and a port. Invariants: the computer's certificate is signed by one of the authorities, and its
//! key is the certificate's, so a file of another computer's or network's is known as such before anything is done with it; what is
//! read and written again is the same.

mod certificate;
#[cfg(test)]
pub(super) mod tests;

use core::net::Ipv4Addr;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use curve25519_dalek::MontgomeryPoint;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

pub use certificate::Certificate;

use crate::community::Endpoint;
use crate::date::Date;

/// The longest text, in bytes.
pub const LONGEST: usize = 16 << 10;

/// The most authorities, and the most lighthouses.
const MOST: usize = 16;

/// Letters in a line of PEM.
const WIDTH: usize = 64;

/// What a certificate's block is called.
const CERTIFICATE: &str = "NEBULA CERTIFICATE";

/// What a key's block is called.
const KEY: &str = "NEBULA X25519 PRIVATE KEY";

/// A secret key.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Zeroizing<[u8; 32]>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A computer that knows where the others are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lighthouse {
    /// Its address in the network.
    pub address: Ipv4Addr,
    /// Where it is reached.
    pub endpoint: Endpoint,
}

/// The network, and this computer's place in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Nebula {
    /// Who says who is in it; at least one.
    authorities: Vec<Certificate>,
    /// Who this computer is.
    certificate: Certificate,
    /// Its key.
    key: Key,
    /// Those that know where the others are; none only if this is one.
    pub lighthouses: Vec<Lighthouse>,
    /// Whether this is one.
    pub is_lighthouse: bool,
    /// The UDP port at which others reach it.
    pub port: Option<u16>,
}

/// The text is no place in a network.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum NotNebula {
    /// It is something else.
    #[error(
        "line {0}: a block that begins with '-----BEGIN', 'lighthouse ADDRESS HOST:PORT' or 'port NUMBER' is expected"
    )]
    Line(usize),
    /// A block that is not taken.
    #[error("line {0}: '{1}' is not taken here")]
    Name(usize, String),
    /// What stands for something is none.
    #[error("line {0}: this is no value for '{1}'")]
    Value(usize, &'static str),
    /// What there is one of.
    #[error("line {0}: '{1}' is there already")]
    Twice(usize, &'static str),
    /// Something lacks.
    #[error("'{0}' is missing")]
    Missing(&'static str),
    /// The certificate is of another network.
    #[error("this computer's certificate is not signed by the authority")]
    Foreign,
    /// The key is another computer's.
    #[error("the key does not belong to this computer's certificate")]
    Key,
    /// It is too long.
    #[error("it is too long")]
    Long,
}

#[derive(Default)]
struct Reading {
    authorities: Vec<Certificate>,
    certificate: Option<Certificate>,
    key: Option<Key>,
    lighthouses: Vec<Lighthouse>,
    is_lighthouse: bool,
    port: Option<u16>,
}

impl Reading {
    /// A block, with the number of the line that begins it.
    fn block(&mut self, line: usize, name: &str, text: &str) -> Result<(), NotNebula> {
        match name {
            CERTIFICATE => {
                let wrong = NotNebula::Value(line, CERTIFICATE);
                let bytes = STANDARD.decode(text).map_err(|_| wrong.clone())?;
                let certificate = Certificate::of(bytes).ok_or(wrong)?;
                match certificate.authority {
                    true if self.authorities.len() == MOST => Err(NotNebula::Long),
                    true => {
                        self.authorities.push(certificate);
                        Ok(())
                    }
                    false if self.certificate.is_some() => Err(NotNebula::Twice(line, CERTIFICATE)),
                    false => {
                        self.certificate = Some(certificate);
                        Ok(())
                    }
                }
            }
            KEY if self.key.is_some() => Err(NotNebula::Twice(line, KEY)),
            KEY => {
                let bytes = STANDARD.decode(text).map(Zeroizing::new).ok();
                let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok());
                self.key = Some(Key(Zeroizing::new(key.ok_or(NotNebula::Value(line, KEY))?)));
                Ok(())
            }
            other => Err(NotNebula::Name(line, other.to_owned())),
        }
    }

    fn line(&mut self, number: usize, words: &[&str]) -> Result<(), NotNebula> {
        match words {
            ["lighthouse", "here"] if self.is_lighthouse => Err(NotNebula::Twice(number, "lighthouse here")),
            ["lighthouse", "here"] => {
                self.is_lighthouse = true;
                Ok(())
            }
            ["lighthouse", address, endpoint] => {
                let wrong = NotNebula::Value(number, "lighthouse");
                let address = address.parse().map_err(|_| wrong.clone())?;
                let endpoint = endpoint.to_ascii_lowercase().parse().map_err(|_| wrong)?;
                if self.lighthouses.len() == MOST {
                    return Err(NotNebula::Long);
                }
                self.lighthouses.push(Lighthouse { address, endpoint });
                Ok(())
            }
            ["port", _] if self.port.is_some() => Err(NotNebula::Twice(number, "port")),
            ["port", port] => {
                let port = port.parse().ok().filter(|port| *port > 0);
                self.port = Some(port.ok_or(NotNebula::Value(number, "port"))?);
                Ok(())
            }
            _ => Err(NotNebula::Line(number)),
        }
    }

    fn end(self) -> Result<Nebula, NotNebula> {
        let certificate = self.certificate.ok_or(NotNebula::Missing(CERTIFICATE))?;
        let key = self.key.ok_or(NotNebula::Missing(KEY))?;
        if !self.authorities.iter().any(|authority| authority.has_signed(&certificate)) {
            return Err(NotNebula::Foreign);
        }
        if MontgomeryPoint::mul_base_clamped(*key.0).to_bytes() != certificate.public_key {
            return Err(NotNebula::Key);
        }
        if self.lighthouses.is_empty() && !self.is_lighthouse {
            return Err(NotNebula::Missing("lighthouse"));
        }
        if self.is_lighthouse && self.port.is_none() {
            return Err(NotNebula::Missing("port"));
        }
        Ok(Nebula {
            authorities: self.authorities,
            certificate,
            key,
            lighthouses: self.lighthouses,
            is_lighthouse: self.is_lighthouse,
            port: self.port,
        })
    }
}

impl FromStr for Nebula {
    type Err = NotNebula;

    fn from_str(text: &str) -> Result<Self, NotNebula> {
        if text.len() > LONGEST {
            return Err(NotNebula::Long);
        }
        let mut reading = Reading::default();
        let mut lines = (1..).zip(text.lines().map(str::trim));
        while let Some((number, line)) = lines.next() {
            if let Some(name) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) {
                let end = format!("-----END {name}-----");
                let mut block = Zeroizing::new(String::with_capacity(LONGEST));
                loop {
                    match lines.next() {
                        Some((_, line)) if line == end => break,
                        Some((_, line)) => block.push_str(line),
                        None => return Err(NotNebula::Line(number)),
                    }
                }
                reading.block(number, name, &block)?;
                continue;
            }
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            if !words.is_empty() {
                reading.line(number, &words)?;
            }
        }
        reading.end()
    }
}

/// A block of PEM.
fn pem(name: &str, bytes: &[u8]) -> Zeroizing<String> {
    let letters = Zeroizing::new(STANDARD.encode(bytes));
    let mut text = Zeroizing::new(String::with_capacity(2 * letters.len() + 100));
    text.push_str(&format!("-----BEGIN {name}-----\n"));
    for (number, letter) in letters.chars().enumerate() {
        if number > 0 && number % WIDTH == 0 {
            text.push('\n');
        }
        text.push(letter);
    }
    text.push_str(&format!("\n-----END {name}-----\n"));
    text
}

impl Nebula {
    /// The authorities, as PEM.
    pub fn authorities(&self) -> String {
        self.authorities.iter().map(|authority| pem(CERTIFICATE, &authority.bytes).to_string()).collect()
    }

    /// This computer's certificate, as PEM.
    pub fn certificate(&self) -> String {
        pem(CERTIFICATE, &self.certificate.bytes).to_string()
    }

    /// This computer's key, as PEM.
    pub fn key(&self) -> Zeroizing<String> {
        pem(KEY, &self.key.0[..])
    }

    /// The last day on which the others let this computer in: that of its certificate, or of the authority that has signed it.
    /// `None` after 2099.
    pub fn last_day(&self) -> Option<Date> {
        let signed_by = self.authorities.iter().filter(|authority| authority.has_signed(&self.certificate));
        let authority = signed_by.map(|authority| authority.until).max().unwrap_or(0);
        Date::of_seconds(authority.min(self.certificate.until))
    }
}

/// The same file, in one way of writing it.
impl fmt::Display for Nebula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authorities())?;
        f.write_str(&self.certificate())?;
        f.write_str(&self.key())?;
        for Lighthouse { address, endpoint } in &self.lighthouses {
            writeln!(f, "lighthouse {address} {endpoint}")?;
        }
        if self.is_lighthouse {
            writeln!(f, "lighthouse here")?;
        }
        self.port.iter().try_for_each(|port| writeln!(f, "port {port}"))
    }
}

by_text!(Nebula, NotNebula);
