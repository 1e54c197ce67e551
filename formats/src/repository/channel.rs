//! A channel's document: what a node reads to know which release is the newest, and by which ways it can be had.
//!
//! JSON. It is a target of the repository, so its signature has been checked before it is parsed; the limits here bound what
//! a maker's mistake, or the thief of a maker's key, can ask of a node. Keys that are not known are passed over: nodes in the
//! field must be able to read what later makers write, or they could never be updated. What they must not pass over gets
//! another [`FORMAT`].

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{LONGEST_CHANNEL, LONGEST_FILE, MOST_DELTAS, Percentage, TargetName, chosen, is_name};
use crate::bundle::Changelog;
use crate::date::Date;
use crate::digest::Digest;
use crate::size::Bytes;
use crate::version::Version;

/// The format's version; others are refused.
pub const FORMAT: u32 = 1;

/// The most characters of a headline.
const LONGEST_HEADLINE: usize = 200;

/// The newest release of a board's channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// [`FORMAT`].
    pub format: u32,
    /// What it is made for, such as `mini-pc`.
    pub board: String,
    /// The stream of releases, such as `stable`.
    pub channel: String,
    /// The release.
    pub version: Version,
    /// Its date.
    pub date: Date,
    /// The oldest release that may run where it is installed, if any: that brings what this one takes for granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Version>,
    /// What it changes, in a line for people.
    pub headline: Headline,
    /// How many of all nodes shall take it.
    pub rollout: Percentage,
    /// The update bundle.
    pub bundle: File,
    /// The index of its pieces, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<File>,
    /// The pieces, packed, if there is an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<File>,
    /// Which pieces can be made from older ones, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hints: Option<File>,
    /// The patches that make them, if there are hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patches: Option<File>,
    /// From older releases to this one, each from another one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
}

/// A file of the repository.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name.
    pub name: TargetName,
    /// Its length.
    pub length: Bytes,
    /// Its digest.
    pub sha256: Digest,
}

/// A way from an older release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The older release.
    pub from: Version,
    /// The file.
    #[serde(flatten)]
    pub file: File,
}

/// One line for people: not blank, at most 200 characters, none of which steers a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Headline(String);

/// What a node makes of the newest release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It is newer than what runs, and for this node.
    Update,
    /// It is newer than what runs, but not for this node yet.
    NotYet,
    /// It needs what a release in between brings, which must come from a stick or by hand.
    Needs,
    /// It runs.
    Current,
    /// What runs is newer.
    Older,
}

/// A channel's document is not usable.
#[derive(Debug, Error)]
pub enum BadChannel {
    /// It is too long.
    #[error("it has {0} bytes; {LONGEST_CHANNEL} are the most")]
    Long(usize),
    /// It is no JSON, or a value is not what it should be.
    #[error("it can't be read: {0}")]
    Json(String),
    /// Another version of the format.
    #[error("it has format {0}, and this node knows format {FORMAT}: it needs a release in between, from a stick")]
    Format(u32),
    /// It is for something else.
    #[error("it is for {found}, and {expected} was asked for")]
    Other {
        /// Board and channel that it names.
        found: String,
        /// Those that were asked for.
        expected: String,
    },
    /// A file of another board, or of another kind.
    #[error("{name} can't be {what}")]
    File {
        /// The file.
        name: TargetName,
        /// What the document says that it is.
        what: &'static str,
    },
    /// A file that no node could hold.
    #[error("{name} would have {length}")]
    Length {
        /// The file.
        name: TargetName,
        /// Its length.
        length: Bytes,
    },
    /// There are too many deltas, or two from one release, or one from the release itself.
    #[error("its deltas are not each from another release, or more than {MOST_DELTAS}")]
    Deltas,
    /// Pieces that nothing leads to.
    #[error("it names packed pieces, but no index of them")]
    Pack,
    /// Hints without patches, or the other way round, or without an index.
    #[error("it names hints, patches and an index, but not all three")]
    Hints,
}

impl Channel {
    /// Reads the document of a board's channel.
    pub fn parse(bytes: &[u8], board: &str, channel: &str) -> Result<Self, BadChannel> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        if bytes.len() as u64 > LONGEST_CHANNEL {
            return Err(BadChannel::Long(bytes.len()));
        }
        let json = |error: serde_json::Error| BadChannel::Json(error.to_string());
        let Format { format } = serde_json::from_slice(bytes).map_err(json)?;
        if format != FORMAT {
            return Err(BadChannel::Format(format));
        }
        let document: Self = serde_json::from_slice(bytes).map_err(json)?;
        if (document.board.as_str(), document.channel.as_str()) != (board, channel) {
            let found = format!("{:?}, channel {:?}", document.board, document.channel);
            return Err(BadChannel::Other { found, expected: format!("{board}, channel {channel}") });
        }
        document.check()?;
        Ok(document)
    }

    /// Whether everything in it belongs together. [`Channel::parse`] has asked it.
    pub fn check(&self) -> Result<(), BadChannel> {
        if !is_name(&self.board) || !is_name(&self.channel) {
            let found = format!("{:?}, channel {:?}", self.board, self.channel);
            return Err(BadChannel::Other { found, expected: "a board and a channel".to_owned() });
        }
        self.check_file(&self.bundle, ".raucb", "the update bundle")?;
        if let Some(index) = &self.index {
            self.check_file(index, ".chunks", "the index")?;
        }
        if let Some(pack) = &self.pack {
            self.check_file(pack, ".pack", "the packed pieces")?;
        }
        if let Some(hints) = &self.hints {
            self.check_file(hints, ".hints", "the hints")?;
        }
        if let Some(patches) = &self.patches {
            self.check_file(patches, ".patches", "the patches")?;
        }
        let mut from = BTreeSet::new();
        for delta in &self.deltas {
            self.check_file(&delta.file, ".delta", "a delta")?;
            if delta.from == self.version || !from.insert(delta.from.as_str()) {
                return Err(BadChannel::Deltas);
            }
        }
        if self.deltas.len() > MOST_DELTAS {
            return Err(BadChannel::Deltas);
        }
        if self.hints.is_some() != self.patches.is_some() || self.hints.is_some() && self.index.is_none() {
            return Err(BadChannel::Hints);
        }
        if self.pack.is_some() && self.index.is_none() { Err(BadChannel::Pack) } else { Ok(()) }
    }

    fn check_file(&self, file: &File, suffix: &str, what: &'static str) -> Result<(), BadChannel> {
        let own = file.name.as_str().strip_prefix(self.board.as_str()).is_some_and(|rest| rest.starts_with('/'));
        if !own || !file.name.as_str().ends_with(suffix) {
            return Err(BadChannel::File { name: file.name.clone(), what });
        }
        if file.length.0 == 0 || file.length.0 > LONGEST_FILE {
            return Err(BadChannel::Length { name: file.name.clone(), length: file.length });
        }
        Ok(())
    }

    /// The document's text.
    pub fn text(&self) -> String {
        // A struct of strings and numbers can't fail to become JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Every file that it names.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        let deltas = self.deltas.iter().map(|delta| &delta.file);
        let pieces = [&self.index, &self.pack, &self.hints, &self.patches].into_iter().flatten();
        std::iter::once(&self.bundle).chain(pieces).chain(deltas)
    }

    /// What the release is for a node with a machine id of this digest, where `running` runs.
    pub fn offer(&self, running: &Version, machine: &Digest) -> Offer {
        match self.version.cmp(running) {
            std::cmp::Ordering::Less => Offer::Older,
            std::cmp::Ordering::Equal => Offer::Current,
            std::cmp::Ordering::Greater if self.needs.as_ref().is_some_and(|needs| running < needs) => Offer::Needs,
            std::cmp::Ordering::Greater if chosen(machine, &self.version, self.rollout) => Offer::Update,
            std::cmp::Ordering::Greater => Offer::NotYet,
        }
    }
}

impl Headline {
    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first line of a changelog, shortened if it is too long.
    pub fn of(changelog: &Changelog) -> Self {
        let line = changelog.headline();
        if line.chars().count() <= LONGEST_HEADLINE {
            return Self(line.to_owned());
        }
        Self(line.chars().take(LONGEST_HEADLINE - 1).chain(['…']).collect())
    }
}

impl FromStr for Headline {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('\n') || text.chars().count() > LONGEST_HEADLINE {
            return Err(format!("a headline of one line and at most {LONGEST_HEADLINE} characters is expected"));
        }
        let changelog: Changelog = text.parse().map_err(|error| format!("the headline is not usable: {error}"))?;
        Ok(Self(changelog.as_str().to_owned()))
    }
}

by_text!(Headline, String);

impl fmt::Display for Headline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
