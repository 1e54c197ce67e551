//! The version of a release.
//!
//! Versions stand in file names of the ESP and in names of boot entries, so they are ASCII letters, digits, `.`, `-`
//! and `~`; `+` and `_` separate the other parts of such a name and are refused. Their order is that of the
//! [UAPI version format](https://uapi-group.org/specifications/specs/version_format_specification/), which
//! systemd-boot applies.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A release's version, such as `2026.11.0`. Not empty, at most 32 characters, starting with a digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(String);

/// The text is no version.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "'{0}' is not a version: up to 32 letters, digits, '.', '-' and '~' are expected, the first a digit, as in 2026.11.0"
)]
pub struct NotAVersion(String);

impl Version {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let fits = (1..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|c| c.is_ascii_alphanumeric() || b".-~".contains(&c));
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAVersion(text.to_owned())) }
    }
}

by_text!(Version, NotAVersion);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0.as_bytes(), other.0.as_bytes())
    }
}

/// The order of the UAPI version format, for the characters that a [`Version`] may have.
fn compare(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        // '~' sorts before everything, the end of the text included; then '-', then '.'.
        for separator in [b'~', b'-', b'.'] {
            match (a.first() == Some(&separator), b.first() == Some(&separator)) {
                (true, true) => {
                    (a, b) = (&a[1..], &b[1..]);
                    break;
                }
                (true, false) if separator == b'~' => return Ordering::Less,
                (false, true) if separator == b'~' => return Ordering::Greater,
                (true, false) => {
                    return if b.is_empty() { Ordering::Greater } else { Ordering::Less };
                }
                (false, true) => {
                    return if a.is_empty() { Ordering::Less } else { Ordering::Greater };
                }
                (false, false) => {}
            }
        }
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        let digits = a[0].is_ascii_digit() || b[0].is_ascii_digit();
        let (part_a, rest_a) = split(a, digits);
        let (part_b, rest_b) = split(b, digits);
        let order = if digits {
            let (x, y) = (trim_zeros(part_a), trim_zeros(part_b));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            part_a.cmp(part_b)
        };
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

fn split(text: &[u8], digits: bool) -> (&[u8], &[u8]) {
    let fits = |c: &u8| {
        if digits { c.is_ascii_digit() } else { c.is_ascii_alphabetic() }
    };
    text.split_at(text.iter().position(|c| !fits(c)).unwrap_or(text.len()))
}

fn trim_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|&&c| c == b'0').count()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_systemd_boots() {
        let ordered =
            ["1~rc1", "1", "1-2", "1.0", "1.1", "1.2", "1.10", "2", "2a", "2b", "10", "2026.11.0", "2026.11.1"];
        for pair in ordered.windows(2) {
            let (a, b): (Version, Version) = (pair[0].parse().unwrap(), pair[1].parse().unwrap());
            assert_eq!(a.cmp(&b), Ordering::Less, "{a} < {b}");
            assert_eq!(b.cmp(&a), Ordering::Greater, "{b} > {a}");
        }
    }

    #[test]
    fn refuses_what_file_names_cannot_carry() {
        for bad in ["", "v1", "1+2", "1_2", "1/2", "1 2", &"1".repeat(33)] {
            assert!(bad.parse::<Version>().is_err(), "{bad}");
        }
    }
}
