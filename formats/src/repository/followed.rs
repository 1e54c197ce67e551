//! What a release tells its node to follow: `/usr/share/ilanga/update/source.json` of the verified root.
//!
//! JSON, made by the builder beside the root of the update metadata. It says what runs, too: what an update must be newer than,
//! and the day before which no clock can be right. Unknown keys are refused: both sides are of one release.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::is_name;
use crate::date::Date;
use crate::version::Version;

/// Where a node finds it.
pub const FOLLOWED: &str = "/usr/share/ilanga/update/source.json";

/// Where a node finds the root of the update metadata that its release trusts.
pub const OWN_ROOT: &str = "/usr/share/ilanga/update/root.json";

/// The format's version; others are refused.
const FORMAT: u32 = 1;

/// The longest address.
const LONGEST: usize = 300;

/// What runs, and where its successors are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// The version of the format.
    format: u32,
    /// What the node is, such as `mini-pc`.
    pub board: String,
    /// What update bundles must name.
    pub compatible: String,
    /// The stream of releases, for a node whose people chose no other one.
    pub channel: String,
    /// The release that runs.
    pub version: Version,
    /// Its date.
    pub date: Date,
    /// Where the maker's repository is, if it is on a server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<BaseUrl>,
}

/// What a node follows can't be read.
#[derive(Debug, Error)]
pub enum BadFollowed {
    /// No JSON, or not that of this release.
    #[error("{FOLLOWED} can't be read")]
    Json(#[from] serde_json::Error),
    /// A value that is none.
    #[error("{FOLLOWED} has another format, or names no board and channel")]
    Value,
}

/// The address of a repository on a server, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BaseUrl(String);

/// The text is no address of a repository.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "{0:?} is not the address of a repository: https:// or http://, a server and plain folders are expected, as in \
     https://updates.example.org/ilanga"
)]
pub struct NotAnAddress(String);

impl Followed {
    /// What a release says.
    pub fn new(
        board: &str,
        compatible: &str,
        channel: &str,
        version: &Version,
        date: Date,
        url: Option<BaseUrl>,
    ) -> Self {
        let [board, compatible, channel] = [board, compatible, channel].map(str::to_owned);
        Self { format: FORMAT, board, compatible, channel, version: version.clone(), date, url }
    }

    /// Reads the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadFollowed> {
        let followed: Self = serde_json::from_slice(bytes)?;
        let fits = followed.format == FORMAT && is_name(&followed.board) && is_name(&followed.channel);
        if fits { Ok(followed) } else { Err(BadFollowed::Value) }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        // A struct of strings and numbers can't fail to become JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl BaseUrl {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of a file, by its path in the repository.
    pub fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.0)
    }
}

impl FromStr for BaseUrl {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let address = text.trim_end_matches('/');
        let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
        let mut parts = rest.unwrap_or_default().split('/');
        let server = parts.next().unwrap_or_default();
        let plain = |part: &str, more: &[u8]| {
            !part.is_empty() && part.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || more.contains(&c))
        };
        let fits = address.len() <= LONGEST
            && plain(server, b".:[]")
            && parts.all(|part| plain(part, b"._~") && !part.starts_with('.'));
        if fits { Ok(Self(address.to_owned())) } else { Err(NotAnAddress(text.chars().take(LONGEST).collect())) }
    }
}

by_text!(BaseUrl, NotAnAddress);

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, address) in [
            ("https://updates.example.org", "https://updates.example.org"),
            ("https://updates.example.org/ilanga//", "https://updates.example.org/ilanga"),
            ("http://[fd00::1]:8080/a/b_c~1.x", "http://[fd00::1]:8080/a/b_c~1.x"),
        ] {
            let url: BaseUrl = text.parse().unwrap();
            assert_eq!(url.join("metadata/timestamp.json"), format!("{address}/metadata/timestamp.json"));
        }
        for bad in [
            "",
            "https://",
            "ftp://a",
            "https://a b",
            "https://a/../b",
            "https://a//b",
            "https://u:p@a",
            "https://a/?x",
            "https://a#b",
            "a",
            "file:///a",
        ] {
            assert!(bad.parse::<BaseUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn text_and_back() {
        let (version, date) = ("2026.11.0".parse().unwrap(), "2026-11-21".parse().unwrap());
        for url in [None, Some("https://updates.example.org".parse().unwrap())] {
            let followed = Followed::new("mini-pc", "ilanga-mini-pc", "stable", &version, date, url);
            let text = followed.text();
            assert_eq!(Followed::parse(text.as_bytes()).unwrap(), followed);
            for (from, to) in [("\"format\": 1", "\"format\": 2"), ("mini-pc", "Mini PC"), ("date", "day"), ("{", "")] {
                assert!(Followed::parse(text.replacen(from, to, 1).as_bytes()).is_err(), "{to}");
            }
        }
    }
}
