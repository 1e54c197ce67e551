//! Which state a release uses, what is done for it, and when it counts as that of a good one.

use std::fmt;

use thiserror::Error;

use super::{FIRST, Files, Held, Marker, Origin, Seen, aside, folder, half};

/// Something that is done on the state partition; each is on the disk before the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// What is half-made of a version goes.
    Clear(u32),
    /// A node begins: version 1 gets these files, so that every release finds the same machine id.
    Begin(Files),
    /// A version is made, under its temporary name.
    Make {
        /// Which.
        version: u32,
        /// Its files.
        files: Files,
        /// What it is made from.
        origin: Origin,
    },
    /// What is in the version's place goes aside, and what is aside goes.
    Aside(u32),
    /// What was made gets its name.
    Publish(u32),
}

/// As people read it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = |version: &u32| folder(*version).unwrap_or_default();
        match self {
            Self::Clear(version) => write!(f, "{}, which is half-made, goes", half(*version)),
            Self::Begin(_) => f.write_str("the node's machine id is made"),
            Self::Make { version, origin: Origin { from: Some(from), .. }, .. } => {
                write!(f, "version {version} of the state is made from version {from}")
            }
            Self::Make { version, .. } => write!(f, "version {version} of the state is made"),
            Self::Aside(version) => write!(f, "{} becomes {}", place(version), aside(*version)),
            Self::Publish(version) => write!(f, "{} becomes {}", half(*version), place(version)),
        }
    }
}

/// What a release does with the state before it uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What it uses: if a step fails, for this start only.
    pub uses: Files,
    /// The steps.
    pub steps: Vec<Step>,
    /// Whether, once they are done, what it uses is in its own place.
    pub kept: bool,
}

impl Plan {
    /// Whether the own version is there already, as it is to be used.
    fn is_there(&self) -> bool {
        self.kept && self.steps.iter().all(|step| matches!(step, Step::Clear(_)))
    }
}

/// Where the state comes from that a release uses.
enum Source {
    /// Its own place.
    Own(Files),
    /// That of an older version.
    Older(u32, Files),
    /// There is none.
    Nowhere,
}

impl Seen<'_> {
    /// The version whose state holds: that of the last good release.
    fn truth(&self) -> u32 {
        let Some(marker) = self.marker else {
            // Nobody was good but releases that know no marker; or it is lost, and then what was judged good once is.
            let settled = |version: &u32| {
                matches!(self.held(*version), Held::Whole { origin: Some(Origin { by: None, .. }), .. })
            };
            return (FIRST..=self.version()).rev().find(settled).unwrap_or(FIRST);
        };
        // A release of version 1 ran, and what it has was changed.
        let changed = |first| self.digest(FIRST).is_some_and(|now| now != first);
        if marker.first.is_some_and(changed) { FIRST } else { marker.version }
    }

    /// Whether what is in the own place was made from what is now in the older one's, and may be used.
    fn fits(&self, origin: Option<&Origin>, older: u32) -> bool {
        origin.is_some_and(|origin| {
            origin.from == Some(older)
                && origin.digest == self.digest(older)
                && (origin.by.is_none() || origin.by == self.by)
        })
    }

    fn source(&self) -> Source {
        let (own, truth) = (self.version(), self.truth());
        let older = match self.held(truth) {
            Held::Whole { files, .. } if truth < own => Some((truth, files)),
            _ => None,
        };
        if let Held::Whole { files, origin } = self.held(own)
            && older.is_none_or(|(older, _)| self.fits(origin.as_ref(), older))
        {
            return Source::Own(files.clone());
        }
        let whole = |version: u32| match self.held(version) {
            Held::Whole { files, .. } => Some((version, files)),
            _ => None,
        };
        let older = older.or_else(|| (FIRST..own).rev().find_map(whole));
        older.map_or(Source::Nowhere, |(version, files)| Source::Older(version, files.clone()))
    }
}

/// What the release uses, and what is done before. `fresh` are version 1's files for a node that begins.
pub fn decide(seen: &Seen<'_>, fresh: &Files) -> Plan {
    let version = seen.version();
    let mut steps: Vec<Step> = seen.halves.iter().copied().map(Step::Clear).collect();
    let (from, files) = match seen.source() {
        Source::Own(uses) => return Plan { uses, steps, kept: true },
        Source::Older(from, files) => (Some(from), files),
        Source::Nowhere => (None, fresh.clone()),
    };
    let uses = seen.forward(from.unwrap_or(FIRST), &files);
    // Where the disk does not answer, what is there may be better than what could be made.
    if seen.held.contains(&Held::Unreadable) {
        return Plan { uses, steps: Vec::new(), kept: false };
    }
    let (mut from, mut digest) = (from, from.and_then(|from| seen.digest(from)));
    if from.is_none() && *seen.held(FIRST) == Held::Absent {
        steps.push(Step::Begin(files.clone()));
        let begun = Held::Whole { files, origin: None };
        (from, digest) = (Some(FIRST), Seen { held: vec![begun], ..seen.clone() }.digest(FIRST));
    }
    let origin = Origin { from, digest, by: seen.by };
    steps.push(Step::Make { version, files: uses.clone(), origin });
    if *seen.held(version) != Held::Absent {
        steps.push(Step::Aside(version));
    }
    steps.push(Step::Publish(version));
    Plan { uses, steps, kept: true }
}

/// What is written once the release that runs is good; in this order, each on the disk before the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// The marker.
    Marker(Marker),
    /// The own version's origin: whoever made it, it is good.
    Origin(Origin),
}

/// The state of the release that runs does not count as that of a good one.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotSettled {
    /// It is not there: the partition was full, or does not answer.
    #[error("version {0} of the state is not kept: the next start makes it again")]
    NotKept(u32),
}

/// What makes the own version the one that holds.
pub fn settle(seen: &Seen<'_>) -> Result<Vec<Settlement>, NotSettled> {
    let version = seen.version();
    if seen.held.contains(&Held::Unreadable) || !decide(seen, &Files::new()).is_there() {
        return Err(NotSettled::NotKept(version));
    }
    let marker = Marker { version, first: seen.digest(FIRST) };
    let mut settlement = Vec::new();
    if seen.marker != Some(marker) {
        settlement.push(Settlement::Marker(marker));
    }
    if let Held::Whole { origin: Some(origin @ Origin { by: Some(_), .. }), .. } = seen.held(version) {
        settlement.push(Settlement::Origin(Origin { by: None, ..origin.clone() }));
    }
    Ok(settlement)
}
