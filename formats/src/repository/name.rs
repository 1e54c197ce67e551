//! Names of files in a repository.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::digest::Digest;

/// The most bytes of a name.
const LONGEST: usize = 200;

/// A file's name below `targets/`: `/` between one to four parts of letters, digits and `.-_~+`, none of which begins with a dot.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TargetName(String);

/// The text is no name of a file in a repository.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not the name of a file in a repository: letters, digits and '.-_~+' with '/' between are expected")]
pub struct NotATarget(String);

impl TargetName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The path, relative to the repository, by which a file with this content is fetched.
    pub fn path(&self, digest: &Digest) -> String {
        match self.0.rsplit_once('/') {
            Some((folder, file)) => format!("{}/{folder}/{digest}.{file}", super::TARGETS),
            None => format!("{}/{digest}.{}", super::TARGETS, self.0),
        }
    }
}

/// The name of the document of a board's channel.
pub fn channel_name(board: &str, channel: &str) -> Result<TargetName, NotATarget> {
    format!("channels/{board}-{channel}.json").parse()
}

/// Whether a board or a channel may be called so: up to 32 of `a-z`, `0-9` and `-`, the first a letter.
pub fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
}

impl FromStr for TargetName {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_~+".contains(&c))
        };
        if text.len() <= LONGEST && text.split('/').count() <= 4 && text.split('/').all(plain) {
            return Ok(Self(text.to_owned()));
        }
        Err(NotATarget(text.chars().take(LONGEST).collect()))
    }
}

by_text!(TargetName, NotATarget);

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
