//! The release file of a suite: who made it, when, until when it holds, and the digests of the suite's indexes.
//!
//! [`Release::accept`] is the only way to get one, so a [`Release`] was signed, is of the suite that was asked for, is
//! not from the future, has not expired, and is not older than the last one. The fields are those of
//! [Debian's repository format](https://wiki.debian.org/DebianRepository/Format#A.22Release.22_files).

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use formats::digest::Digest;
use formats::size::Bytes;
use thiserror::Error;

use super::keyring::{Keyring, SignatureError, TOLERANCE};

/// An accepted release file.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// Who made it: `Debian`.
    pub(crate) origin: String,
    /// What they call it: `Debian`, `Debian-Security`.
    pub(crate) label: String,
    /// Which role it has: `stable`.
    pub(crate) suite: String,
    /// Its own name: `trixie`.
    pub(crate) codename: String,
    /// When it was made.
    pub(crate) date: DateTime<Utc>,
    /// Until when it holds.
    pub(crate) valid_until: Option<DateTime<Utc>>,
    /// Whether indexes can be fetched by their digest, too.
    pub(crate) by_hash: bool,
    /// The indexes, by their path from the suite's folder.
    pub(crate) indexes: BTreeMap<String, Index>,
}

/// An index of a suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    /// How long it is.
    pub(crate) size: Bytes,
    /// Its digest.
    pub(crate) sha256: Digest,
}

/// What a release file must be to be accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// The suite that was asked for, by its name or its role.
    pub(crate) suite: &'a str,
    /// What time it is.
    pub(crate) now: DateTime<Utc>,
    /// The date of the last accepted one.
    pub(crate) last: Option<DateTime<Utc>>,
    /// Whether one that no longer holds is refused.
    pub(crate) expiry: Expiry,
}

/// What becomes of a release file that no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// It is refused.
    Refuse,
    /// It is accepted: the mirror is a snapshot, or a lock names this very release.
    Accept,
}

/// A release file was refused.
#[derive(Debug, Error)]
pub(crate) enum ReleaseError {
    /// Nobody known vouches for it.
    #[error("the release file of {suite} is refused")]
    Signature {
        /// The suite that was asked for.
        suite: String,
        /// Why.
        source: SignatureError,
    },
    /// A field is missing or wrong.
    #[error("the release file of {suite} is refused: its {field} {problem}")]
    Field {
        /// The suite that was asked for.
        suite: String,
        /// The field.
        field: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// It is another suite's.
    #[error("the release file of {suite} is refused: it is that of {found}")]
    Suite {
        /// The suite that was asked for.
        suite: String,
        /// Whose it is.
        found: String,
    },
    /// It comes from the future, or this machine's clock is wrong.
    #[error(
        "the release file of {suite} is refused: it was made at {date}, and it is {now} here. If that is wrong, set the clock"
    )]
    Future {
        /// The suite that was asked for.
        suite: String,
        /// When it was made.
        date: DateTime<Utc>,
        /// What time it is.
        now: DateTime<Utc>,
    },
    /// It no longer holds.
    #[error(
        "the release file of {suite} is refused: it held until {until}, and it is {now} here. \
         The mirror is behind, somebody replays an old state, or the clock is wrong"
    )]
    Expired {
        /// The suite that was asked for.
        suite: String,
        /// Until when it held.
        until: DateTime<Utc>,
        /// What time it is.
        now: DateTime<Utc>,
    },
    /// It is older than the last one.
    #[error(
        "the release file of {suite} is refused: it was made at {date}, but one of {last} was seen before. \
         The mirror is behind, or somebody replays an old state"
    )]
    Older {
        /// The suite that was asked for.
        suite: String,
        /// When it was made.
        date: DateTime<Utc>,
        /// When the last one was made.
        last: DateTime<Utc>,
    },
    /// It has no such index.
    #[error("the release file of {suite} lists no {path}")]
    NoIndex {
        /// The suite.
        suite: String,
        /// What was looked for.
        path: String,
    },
}

impl Release {
    /// Checks and reads an `InRelease` file.
    pub(crate) fn accept(in_release: &[u8], keyring: &Keyring, expected: &Expected<'_>) -> Result<Self, ReleaseError> {
        let suite = || expected.suite.to_owned();
        let text = keyring
            .signed_text(in_release, expected.now)
            .map_err(|source| ReleaseError::Signature { suite: suite(), source })?;
        let release =
            Self::parse(&text).map_err(|(field, problem)| ReleaseError::Field { suite: suite(), field, problem })?;
        release.check(expected)?;
        Ok(release)
    }

    /// Whether it is the suite's, and of which time.
    fn check(&self, expected: &Expected<'_>) -> Result<(), ReleaseError> {
        let suite = || expected.suite.to_owned();
        let Self { date, valid_until, .. } = *self;
        let now = expected.now;
        if ![&self.codename, &self.suite].iter().any(|name| *name == expected.suite) {
            let found = format!("{} ({}) of {}", self.codename, self.suite, self.origin);
            return Err(ReleaseError::Suite { suite: suite(), found });
        }
        if date > now + TOLERANCE {
            return Err(ReleaseError::Future { suite: suite(), date, now });
        }
        if let Some(until) = valid_until.filter(|&until| until < now && expected.expiry == Expiry::Refuse) {
            return Err(ReleaseError::Expired { suite: suite(), until, now });
        }
        if let Some(last) = expected.last.filter(|&last| date < last) {
            return Err(ReleaseError::Older { suite: suite(), date, last });
        }
        Ok(())
    }

    /// The index at `path`, such as `main/binary-amd64/Packages.xz`.
    pub(crate) fn index(&self, path: &str) -> Result<Index, ReleaseError> {
        let missing = || ReleaseError::NoIndex { suite: self.codename.clone(), path: path.to_owned() };
        self.indexes.get(path).copied().ok_or_else(missing)
    }

    /// Reads the text that was signed; an error is a field and what is wrong with it.
    fn parse(text: &str) -> Result<Self, (&'static str, String)> {
        let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut last = None;
        for line in text.lines().filter(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                let Some(field) = last.and_then(|last| fields.get_mut(last)) else {
                    return Err(("first line", "continues none".to_owned()));
                };
                field.push(line.trim());
            } else if let Some((name, value)) = line.split_once(':') {
                if fields.insert(name, vec![value.trim()]).is_some() {
                    return Err(("text", format!("has two fields {name}")));
                }
                last = Some(name);
            } else {
                return Err(("text", format!("has the line '{line}', which is no field")));
            }
        }
        let optional = |name| fields.get(name).and_then(|lines| lines.first()).map(|value| (*value).to_owned());
        let needed = |name| optional(name).ok_or((name, "is missing".to_owned()));
        let date = |name, value: String| {
            read_date(&value).ok_or((name, format!("'{value}' is no date such as Sat, 12 Sep 2026 07:55:41 UTC")))
        };
        let mut indexes = BTreeMap::new();
        for line in fields.get("SHA256").map(|lines| &lines[1..]).ok_or(("SHA256", "is missing".to_owned()))? {
            let index = || {
                let mut parts = line.split_ascii_whitespace();
                let sha256 = parts.next()?.parse().ok()?;
                let size = parts.next()?.parse().ok()?;
                let path = parts.next().filter(|path| !path.starts_with('/') && !path.contains(".."))?;
                parts.next().is_none().then(|| (path.to_owned(), Index { size: Bytes(size), sha256 }))
            };
            let (path, index) =
                index().ok_or_else(|| ("SHA256", format!("has the line '{line}', which is no index")))?;
            indexes.insert(path, index);
        }
        Ok(Self {
            origin: needed("Origin")?,
            label: optional("Label").unwrap_or_default(),
            suite: needed("Suite")?,
            codename: needed("Codename")?,
            date: date("Date", needed("Date")?)?,
            valid_until: optional("Valid-Until").map(|value| date("Valid-Until", value)).transpose()?,
            by_hash: optional("Acquire-By-Hash").as_deref() == Some("yes"),
            indexes,
        })
    }
}

fn read_date(text: &str) -> Option<DateTime<Utc>> {
    let text = ["UTC", "GMT", "+0000", "Z"].iter().find_map(|zone| text.strip_suffix(zone))?.trim_end();
    NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S").ok().map(|date| date.and_utc())
}

#[cfg(test)]
mod tests;
