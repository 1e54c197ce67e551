//! Versions of Debian packages and their order.
//!
//! `[epoch:]upstream[-revision]`, compared as
//! [deb-version(7)](https://manpages.debian.org/trixie/dpkg-dev/deb-version.7.en.html) says: parts without digits by
//! character (`~` before the end of the text, letters before all others), parts of digits as numbers. Two versions that
//! differ in spelling only (`1.0` and `0:1.00`) are equal.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The version of a Debian package.
#[derive(Clone)]
pub(crate) struct DebianVersion(String);

/// The text is no version of a Debian package.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not the version of a Debian package: [epoch:]upstream[-revision] is expected")]
pub(crate) struct NotADebianVersion(String);

impl DebianVersion {
    /// Epoch, upstream version, revision.
    fn parts(&self) -> (&str, &str, &str) {
        let (epoch, rest) = self.0.split_once(':').unwrap_or(("0", &self.0));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
        (epoch, upstream, revision)
    }
}

impl FromStr for DebianVersion {
    type Err = NotADebianVersion;

    fn from_str(text: &str) -> Result<Self, NotADebianVersion> {
        let version = Self(text.to_owned());
        let (epoch, upstream, revision) = version.parts();
        let made_of = |part: &str, others: &[u8]| {
            !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || others.contains(&c))
        };
        let fits = !epoch.is_empty()
            && epoch.bytes().all(|c| c.is_ascii_digit())
            && made_of(upstream, b".+-~:")
            && made_of(revision, b".+~");
        if fits { Ok(version) } else { Err(NotADebianVersion(text.to_owned())) }
    }
}

impl fmt::Display for DebianVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DebianVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for DebianVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for DebianVersion {}

impl PartialOrd for DebianVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DebianVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.parts(), other.parts());
        compare(a.0, b.0).then_with(|| compare(a.1, b.1)).then_with(|| compare(a.2, b.2))
    }
}

/// The order of two epochs, upstream versions or revisions.
fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let (text_a, rest_a) = split(a, |c| !c.is_ascii_digit());
        let (text_b, rest_b) = split(b, |c| !c.is_ascii_digit());
        for i in 0..text_a.len().max(text_b.len()) {
            let order = weight(text_a.get(i)).cmp(&weight(text_b.get(i)));
            if order != Ordering::Equal {
                return order;
            }
        }
        let (digits_a, rest_a) = split(rest_a, |c| c.is_ascii_digit());
        let (digits_b, rest_b) = split(rest_b, |c| c.is_ascii_digit());
        let (number_a, number_b) = (split(digits_a, |c| c == b'0').1, split(digits_b, |c| c == b'0').1);
        let order = number_a.len().cmp(&number_b.len()).then_with(|| number_a.cmp(number_b));
        if order != Ordering::Equal {
            return order;
        }
        if rest_a.is_empty() && rest_b.is_empty() {
            return Ordering::Equal;
        }
        (a, b) = (rest_a, rest_b);
    }
}

fn split(text: &[u8], fits: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().position(|&c| !fits(c)).unwrap_or(text.len()))
}

/// Where a character of a part without digits sorts; `None` is the end of that part.
fn weight(character: Option<&u8>) -> i32 {
    match character {
        Some(b'~') => -1,
        None => 0,
        Some(c) if c.is_ascii_alphabetic() => i32::from(*c),
        Some(c) => 256 + i32::from(*c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> DebianVersion {
        text.parse().unwrap()
    }

    #[test]
    fn order_is_dpkgs() {
        let ordered = [
            "0~~",
            "0~~a",
            "0~",
            "0",
            "0a",
            "0+",
            "0.1",
            "1.0~beta1~svn1245",
            "1.0~beta1",
            "1.0~beta1-1",
            "1.0",
            "1.0-1~bpo12+1",
            "1.0-1",
            "1.0-1+b1",
            "1.0-1+deb13u1",
            "1.0-1.1",
            "1.0-2",
            "1.0-10",
            "1.0a-1",
            "1.0+dfsg-1",
            "1.2.3",
            "1.2.24",
            "1.20",
            "6.12.57-1",
            "6.12.117-1",
            "6.12.117-1+x",
            "2026.1",
            "1:0.1",
            "2:0",
            "10:0",
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(version(a).cmp(&version(b)), i.cmp(&j), "{a} against {b}");
            }
        }
    }

    #[test]
    fn spelling_does_not_count() {
        for (a, b) in [("1.0", "0:1.0"), ("1.0", "1.0-0"), ("1.02", "1.2"), ("1.0", "1.00"), ("1.a", "1.a0")] {
            assert_eq!(version(a), version(b), "{a} against {b}");
        }
    }

    /// All short texts over a few characters: the order must be total, or sorting would depend on the input's order.
    #[test]
    fn order_is_total() {
        let characters = ["", "0", "1", "a", "~", "+", "-", "."];
        let mut versions = Vec::new();
        for a in characters {
            for b in characters {
                for c in characters {
                    versions.extend(format!("1{a}{b}{c}").parse::<DebianVersion>());
                }
            }
        }
        for a in &versions {
            for b in &versions {
                assert_eq!(a.cmp(b), b.cmp(a).reverse(), "{a} {b}");
            }
        }
        versions.sort();
        versions.dedup();
        for (i, a) in versions.iter().enumerate() {
            for (j, b) in versions.iter().enumerate() {
                assert_eq!(a.cmp(b), i.cmp(&j), "{a} {b}");
            }
        }
    }

    #[test]
    fn refuses_others() {
        for bad in ["", ":1", "a:1", "1:", "1-", "-1", "1 2", "1_2", "1-2_3", "1/2"] {
            assert!(bad.parse::<DebianVersion>().is_err(), "{bad}");
        }
    }
}
