//! Which nodes get a release that is not for all of them yet.
//!
//! A node's place in the queue for a release follows from its machine id and the release's version alone: it is the same at each
//! look, another one for the next release, and whoever is in at 10 % is in at 20 %.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::Digest;
use crate::version::Version;

/// A whole number from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Percentage(u8);

/// The text or number is no percentage.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a percentage: a whole number from 0 to 100 is expected, as in 10%")]
pub struct NotAPercentage(String);

impl Percentage {
    /// All nodes.
    pub const ALL: Self = Self(100);

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percentage {
    type Error = NotAPercentage;

    fn try_from(number: u8) -> Result<Self, NotAPercentage> {
        if number <= 100 { Ok(Self(number)) } else { Err(NotAPercentage(number.to_string())) }
    }
}

impl From<Percentage> for u8 {
    fn from(percentage: Percentage) -> Self {
        percentage.0
    }
}

impl FromStr for Percentage {
    type Err = NotAPercentage;

    fn from_str(text: &str) -> Result<Self, NotAPercentage> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let number = digits.bytes().all(|c| c.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        number.and_then(|number: u8| Self::try_from(number).ok()).ok_or_else(|| NotAPercentage(text.to_owned()))
    }
}

impl fmt::Display for Percentage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

/// Whether the node whose machine id has this digest is among the first `percentage` of all nodes for this version.
pub fn chosen(machine: &Digest, version: &Version, percentage: Percentage) -> bool {
    let parts = [b"ilanga rollout".as_slice(), machine.as_bytes(), version.as_str().as_bytes()];
    let place = Digest::of_parts(parts).as_bytes().iter().take(4).fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    // Of 2^32 places, the first so many.
    place < (u64::from(percentage.get()) << 32) / 100
}
