//! Sizes as values, so that bytes, blocks and sectors are never confused.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A number of bytes. In text a whole number with an optional binary unit: `512M`, `3G`, `4096`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

/// The text is not a size.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a size: a whole number with K, M, G or T (powers of 1024) is expected, as in 512M")]
pub struct NotASize(String);

impl Bytes {
    /// `n` binary megabytes.
    pub const fn mib(n: u64) -> Self {
        Self(n << 20)
    }

    /// The next multiple of `unit`, which must not be zero.
    pub const fn align_up(self, unit: Self) -> Self {
        Self(self.0.div_ceil(unit.0) * unit.0)
    }

    /// The multiple of `unit` at or below this; `unit` must not be zero.
    pub const fn align_down(self, unit: Self) -> Self {
        Self(self.0 / unit.0 * unit.0)
    }

    /// How many whole 512-byte sectors fit.
    pub const fn sectors(self) -> u64 {
        self.0 / 512
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Bytes {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl FromStr for Bytes {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let error = || NotASize(text.to_owned());
        let (number, shift) = match text.char_indices().last() {
            Some((at, 'K')) => (&text[..at], 10),
            Some((at, 'M')) => (&text[..at], 20),
            Some((at, 'G')) => (&text[..at], 30),
            Some((at, 'T')) => (&text[..at], 40),
            _ => (text, 0),
        };
        let number: u64 = number.parse().map_err(|_| error())?;
        number.checked_mul(1 << shift).map(Self).ok_or_else(error)
    }
}

/// Decimal megabytes with one digit, as people read them; bytes below one megabyte.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            n if n < 1_000_000 => write!(f, "{n} bytes"),
            n if n < 10_000_000_000 => write!(f, "{}.{} MB", n / 1_000_000, n / 100_000 % 10),
            n => write!(f, "{}.{} GB", n / 1_000_000_000, n / 100_000_000 % 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_binary_units() {
        assert_eq!("512M".parse(), Ok(Bytes::mib(512)));
        assert_eq!("3G".parse(), Ok(Bytes::mib(3072)));
        assert_eq!("4096".parse(), Ok(Bytes(4096)));
        for bad in ["", "M", "1.5G", "-1", "99999999999T", "3GB"] {
            assert!(bad.parse::<Bytes>().is_err(), "{bad}");
        }
    }

    #[test]
    fn shows_decimal_megabytes() {
        assert_eq!(Bytes(1_550_000).to_string(), "1.5 MB");
        assert_eq!(Bytes(999).to_string(), "999 bytes");
        assert_eq!(Bytes(16_000_000_000).to_string(), "16.0 GB");
    }
}
