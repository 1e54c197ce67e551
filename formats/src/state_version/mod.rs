//! What releases know of a node, on the state partition: each version of it in a place of its own.
//!
//! ```text
//! /state/settings.toml   version 1, as releases have it that know of no versions
//! /state/v2/…            version 2: its files, and `origin`, which says what it was made from
//! /state/v3/…            of a newer release: never touched
//! /state/.v2.new/…       half-made: never read
//! /state/v2.aside/…      what was in the place of version 2 before it was made again, for people to look at
//! /state/good            which version the last good release used: [`Marker`]
//! ```
//!
//! A release of version N that finds an older one makes its own from that, by copying ([`Generation::forward`]), and never
//! changes the older one: it is what the old release starts with if the new one is left. While it is on trial it keeps what
//! it made, over all starts, unless the older one has changed since; only once it is judged good, the marker says N
//! ([`settle`]). [`look`] finds out what there is, [`decide`] says what is used and which [`Step`]s come before; whoever
//! carries them out decides nothing.
//!
//! Releases of version 1 can't move the marker, so it remembers the digest of their file: where that has changed, such a
//! release ran, and somebody changed something under it. That is the last word then.
//!
//! Invariants, held by an exhaustive search (`tests/search.rs`) over every state that starts, trials, judgements, changes by
//! people, power cuts between any two writes and full disks lead to:
//! - What the last good release left is, bit for bit, what it finds when it starts again.
//! - A release that starts on an older state has all that the last good release had.
//! - Nothing half-made is used, and no release changes the state of another version.
//! - The machine id stays the same in all versions once it was kept.
//! - What was changed on a trial that was left, in a state that was never judged good, no other release finds.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::digest::Digest;
use crate::settings::{self, Settings};

mod decide;
#[cfg(test)]
mod tests;

pub use decide::{NotSettled, Plan, Settlement, Step, decide, settle};

/// The version without a folder.
pub const FIRST: u32 = 1;

/// The marker's name.
pub const MARKER: &str = "good";

/// The name of what says from which state a folder was made.
pub const ORIGIN: &str = "origin";

/// No file of a state has more bytes.
pub const LONGEST: usize = settings::LONGEST;

/// The files of a version, by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a release knows of a version.
#[derive(Clone, Copy, Debug)]
pub struct Generation {
    /// The names of its files. Nothing else in its place is read or copied.
    pub files: &'static [&'static str],
    /// Whether a release of this version can start with them.
    pub whole: fn(&Files) -> bool,
    /// Makes them of the files of the version before.
    pub forward: fn(&Files) -> Files,
}

/// All versions up to this release's own, the first one first.
pub const OURS: &[Generation] = &[
    Generation { files: &[settings::FILE], whole: has_settings, forward: Files::clone },
    // It has the same files, in a place of its own.
    Generation { files: &[settings::FILE], whole: has_settings, forward: Files::clone },
];

fn has_settings(files: &Files) -> bool {
    files
        .get(settings::FILE)
        .and_then(|text| str::from_utf8(text).ok())
        .is_some_and(|text| Settings::parse(text).is_ok())
}

/// A state with these settings and nothing else: what a node begins with.
pub fn only(settings: &Settings) -> Files {
    Files::from([(settings::FILE.to_owned(), settings.to_text().into_bytes())])
}

/// This release's version.
pub const fn version() -> u32 {
    // A handful.
    OURS.len() as u32
}

/// The folder of a version, below `/state`; the first one has none.
pub fn folder(version: u32) -> Option<String> {
    (version != FIRST).then(|| format!("v{version}"))
}

/// Where a file of a version is, below `/state`.
pub fn path(version: u32, file: &str) -> String {
    folder(version).map_or_else(|| file.to_owned(), |folder| format!("{folder}/{file}"))
}

/// Where a version is made.
pub fn half(version: u32) -> String {
    format!(".v{version}.new")
}

/// Where a version goes that is made again.
pub fn aside(version: u32) -> String {
    format!("v{version}.aside")
}

/// What a version was made from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Origin {
    /// The version; none if the node began with this one.
    pub from: Option<u32>,
    /// The digest of its files, as they were then.
    pub digest: Option<Digest>,
    /// The root hash of the release that made it, until a release that uses it is judged good: what a release has made that
    /// was left is not for the one that mends it.
    pub by: Option<Digest>,
}

impl Origin {
    /// Understands the file's text.
    pub fn parse(text: &[u8]) -> Option<Self> {
        toml::from_str(str::from_utf8(text).ok()?).ok()
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let from = self.from.map(|from| format!("from = {from}\n")).unwrap_or_default();
        let line = |key: &str, digest: Option<Digest>| digest.map(|digest| format!("{key} = \"{digest}\"\n"));
        from + &line("digest", self.digest).unwrap_or_default() + &line("by", self.by).unwrap_or_default()
    }
}

/// Which version the last good release used. All releases read it, so what it says now it says for ever; keys may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Marker {
    /// The version.
    pub version: u32,
    /// The digest of version 1 when that was written, if it was whole.
    pub first: Option<Digest>,
}

impl Marker {
    /// Understands the file's text.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let marker: Self = toml::from_str(str::from_utf8(text).ok()?).ok()?;
        (marker.version >= FIRST).then_some(marker)
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let first = self.first.map(|first| format!("first = \"{first}\"\n")).unwrap_or_default();
        format!("version = {}\n{first}", self.version)
    }
}

/// What is under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Absent,
    /// A plain file, and its first [`LONGEST`] bytes and one more.
    File(Vec<u8>),
    /// A folder, a link, a pipe, or the like; or it is behind one.
    Other,
    /// The disk does not say.
    Unreadable,
}

/// What there is of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Absent,
    /// All that a release needs.
    Whole {
        /// Its files.
        files: Files,
        /// What it was made from, if that is known.
        origin: Option<Origin>,
    },
    /// Something else.
    Broken,
    /// The disk does not say.
    Unreadable,
}

/// All that is known of a state partition.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    generations: &'a [Generation],
    /// The root hash of the release that runs.
    by: Option<Digest>,
    marker: Option<Marker>,
    /// From version 1 to the own one.
    held: Vec<Held>,
    /// Of which versions something half-made is there.
    halves: Vec<u32>,
}

/// Looks at a state partition for the release with this root hash, whose version is that of the last one of `generations`.
/// `read` says what is under a name below `/state`, without following any link.
pub fn look(generations: &[Generation], by: Option<Digest>, mut read: impl FnMut(&str) -> Found) -> Seen<'_> {
    let marker = match read(MARKER) {
        Found::File(text) => Marker::parse(&text),
        _ => None,
    };
    let numbered = || (FIRST..).zip(generations);
    let held = numbered().map(|(version, generation)| look_at(version, generation, &mut read)).collect();
    let later = numbered().map(|(version, _)| version).filter(|version| *version != FIRST);
    let halves = later.filter(|version| read(&half(*version)) != Found::Absent).collect();
    Seen { generations, by, marker, held, halves }
}

fn look_at(version: u32, generation: &Generation, read: &mut impl FnMut(&str) -> Found) -> Held {
    match folder(version).map(|folder| read(&folder)) {
        Some(Found::Absent) => return Held::Absent,
        Some(Found::Unreadable) => return Held::Unreadable,
        _ => {}
    }
    let (mut files, mut others) = (Files::new(), false);
    for name in generation.files {
        match read(&path(version, name)) {
            Found::Absent => {}
            Found::File(bytes) => drop(files.insert((*name).to_owned(), bytes)),
            Found::Other => others = true,
            Found::Unreadable => return Held::Unreadable,
        }
    }
    if version == FIRST && files.is_empty() && !others {
        return Held::Absent;
    }
    if others || files.values().any(|bytes| bytes.len() > LONGEST) || !(generation.whole)(&files) {
        return Held::Broken;
    }
    let origin = match read(&path(version, ORIGIN)) {
        Found::File(text) if version != FIRST => Origin::parse(&text),
        _ => None,
    };
    Held::Whole { files, origin }
}

impl Seen<'_> {
    /// The own version.
    pub fn version(&self) -> u32 {
        u32::try_from(self.generations.len()).unwrap_or(u32::MAX)
    }

    /// What there is of a version; nothing is known of newer ones.
    pub fn held(&self, version: u32) -> &Held {
        let place = usize::try_from(version).unwrap_or(usize::MAX).wrapping_sub(1);
        self.held.get(place).unwrap_or(&Held::Absent)
    }

    /// The digest of a version's files, if it is whole.
    fn digest(&self, version: u32) -> Option<Digest> {
        let Held::Whole { files, .. } = self.held(version) else { return None };
        let mut text = Vec::new();
        for (name, bytes) in files {
            text.extend(format!("{name} {}\n", bytes.len()).into_bytes());
            text.extend(bytes);
        }
        Some(Digest::of(text))
    }

    /// These files of one version as those of the own one.
    fn forward(&self, from: u32, files: &Files) -> Files {
        let later = (FIRST..).zip(self.generations).filter(|(version, _)| *version > from);
        later.fold(files.clone(), |files, (_, generation)| (generation.forward)(&files))
    }
}
