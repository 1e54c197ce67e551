//! Whether a bundle may be given to RAUC. Whether its signature holds is RAUC's to say, before and after this.
//!
//! A pin stops what the node does by itself: it takes the pinned version and no other. A person may install what they
//! like, above the floor: versions below it have holes that are known, and no right of anybody's brings them back.

use formats::bundle::{BadBundle, Bundle};
use formats::size::Bytes;
use formats::version::Version;
use thiserror::Error;

use super::room::{self, Full};
use crate::sentence::Sentence;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// An administrator.
    Person {
        /// They know that the release is older than the one that runs.
        allow_downgrade: bool,
    },
    /// The node itself: a stick was plugged in, or something was fetched.
    Node,
}

/// What is known about the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// What its bundles are for.
    pub compatible: &'a str,
    /// The length of the slot that would be written.
    pub slot: Bytes,
    /// The release that runs.
    pub running: &'a Version,
    /// Whether that was judged good.
    pub judged_good: bool,
    /// The release that starts next, if that is another one.
    pub waiting: Option<&'a Version>,
    /// No release below this is installed.
    pub floor: Option<&'a Version>,
    /// The release that the node is to keep to.
    pub pinned: Option<&'a Version>,
    /// How long its kernel image is, if that can be told.
    pub kernel_image: Option<Bytes>,
    /// How much room the kernel image would find on the ESP, if that is known.
    pub room: Option<Bytes>,
    /// Why this release was left before, if it was.
    pub failure: Option<&'a Sentence>,
}

/// Why a bundle is not given to RAUC. Each sentence speaks of the bundle as 'it'.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// It is for other nodes, or too large.
    #[error(transparent)]
    Bundle(#[from] BadBundle),
    /// Nothing would change.
    #[error("it is release {0}, which runs already")]
    Runs(Version),
    /// Nothing would change, but for another start.
    #[error("it is release {0}, which is installed already and starts at the next restart")]
    Waits(Version),
    /// It would be a step back.
    #[error(
        "it is release {version}, which is older than {running}, which runs; an administrator may ask for that with --allow-downgrade"
    )]
    Downgrade {
        /// The bundle's.
        version: Version,
        /// The one that runs.
        running: Version,
    },
    /// It would be a step back too far.
    #[error("it is release {version}, and this node takes nothing older than {floor}, whoever asks")]
    BelowFloor {
        /// The bundle's.
        version: Version,
        /// The oldest.
        floor: Version,
    },
    /// It takes for granted what another release brings.
    #[error(
        "it is release {version}, which needs what release {needs} brings, and {running} runs: install {needs} first, and let \
         the node run it until it is judged good"
    )]
    Needs {
        /// The bundle's.
        version: Version,
        /// The one that must come first.
        needs: Version,
        /// The one that runs.
        running: Version,
    },
    /// The slot is needed.
    #[error(
        "release {0}, which runs, is not judged good yet, so the other slot is still needed; try again in some minutes"
    )]
    OnTrial(Version),
    /// A person wants another release.
    #[error(
        "this node is pinned to release {pinned}, so it does not update itself to {version}; `ilanga-update unpin` ends that"
    )]
    Pinned {
        /// The bundle's.
        version: Version,
        /// The release that the node is to keep to.
        pinned: Version,
    },
    /// Its kernel image would find no room.
    #[error(transparent)]
    Full(#[from] Full),
    /// It would fail again.
    #[error("it is release {version}, which this node has left before: {reason}")]
    Failed {
        /// The bundle's.
        version: Version,
        /// Why it was left.
        reason: Sentence,
    },
}

impl Refusal {
    /// Whether there is nothing to be done about it, or it passes by itself or by a person's word: of what the node tries by
    /// itself nobody needs to be told each time.
    pub const fn is_quiet(&self) -> bool {
        matches!(self, Self::Runs(_) | Self::Waits(_) | Self::OnTrial(_) | Self::Pinned { .. })
    }
}

/// Whether the bundle may be given to RAUC.
pub fn install(bundle: &Bundle, facts: &Facts<'_>, who: Who) -> Result<(), Refusal> {
    let version = &bundle.manifest.version;
    bundle.fits(facts.compatible, facts.slot)?;
    if let Some(floor) = facts.floor
        && version < floor
    {
        return Err(Refusal::BelowFloor { version: version.clone(), floor: floor.clone() });
    }
    if version == facts.running {
        return Err(Refusal::Runs(version.clone()));
    }
    if let Some(needs) = bundle.manifest.release.as_ref().and_then(|release| release.needs.as_ref())
        && facts.running < needs
    {
        let (needs, running) = (needs.clone(), facts.running.clone());
        return Err(Refusal::Needs { version: version.clone(), needs, running });
    }
    if !facts.judged_good {
        return Err(Refusal::OnTrial(facts.running.clone()));
    }
    if facts.waiting == Some(version) {
        return Err(Refusal::Waits(version.clone()));
    }
    if version < facts.running && who != (Who::Person { allow_downgrade: true }) {
        return Err(Refusal::Downgrade { version: version.clone(), running: facts.running.clone() });
    }
    if who == Who::Node {
        if let Some(pinned) = facts.pinned
            && pinned != version
        {
            return Err(Refusal::Pinned { version: version.clone(), pinned: pinned.clone() });
        }
        if let Some(reason) = facts.failure {
            return Err(Refusal::Failed { version: version.clone(), reason: reason.clone() });
        }
    }
    if let (Some(length), Some(room)) = (facts.kernel_image, facts.room) {
        room::kernel_image(length, room)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::bundle::{Image, ImageName, Manifest, Verity};
    use formats::digest::Digest;

    fn bundle(version: &str, compatible: &str, size: u64) -> Bundle {
        let image = Image {
            name: ImageName::new("a.img").unwrap(),
            sha256: Digest::of(""),
            size: Bytes(size),
            block_hash_index: false,
        };
        let manifest = Manifest {
            compatible: compatible.to_owned(),
            version: version.parse().unwrap(),
            description: String::new(),
            build: String::new(),
            image,
            release: None,
        };
        let verity = Verity { root_hash: Digest::of(""), salt: [0; 32], size: Bytes(4096) };
        Bundle { squashfs: Bytes(8192), verity, manifest }
    }

    #[test]
    fn verdicts() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        let (v1, v2, v3, v4) = (version("1"), version("2"), version("3"), version("4"));
        let failed = Sentence::new("no network");
        let person = Who::Person { allow_downgrade: false };
        let back = Who::Person { allow_downgrade: true };
        let facts = Facts {
            compatible: "ilanga-mini-pc",
            slot: Bytes(1 << 20),
            running: &v2,
            judged_good: true,
            waiting: None,
            floor: None,
            pinned: None,
            kernel_image: None,
            room: None,
            failure: None,
        };
        let trial = Facts { judged_good: false, ..facts.clone() };
        let floor = Facts { floor: Some(&v2), ..facts.clone() };
        let waiting = Facts { waiting: Some(&v3), ..facts.clone() };
        let pinned = Facts { pinned: Some(&v2), ..facts.clone() };
        let failure = Facts { failure: Some(&failed), ..facts.clone() };
        let full = Facts { kernel_image: Some(Bytes::mib(60)), room: Some(Bytes::mib(50)), ..facts.clone() };
        let fits = Facts { room: Some(Bytes::mib(61)), ..full.clone() };
        let good = |version| bundle(version, "ilanga-mini-pc", 4096);
        let needing = |needs: &str| {
            let mut bundle = good("4");
            bundle.manifest.release = Some(formats::bundle::Release {
                board: "mini-pc".to_owned(),
                channel: "stable".to_owned(),
                date: "2026-11-21".parse().unwrap(),
                needs: Some(version(needs)),
                changelog: None,
            });
            bundle
        };
        for (bundle, facts, who, expected) in [
            (needing("2"), &facts, person, None),
            (
                needing("3"),
                &facts,
                back,
                Some("it is release 4, which needs what release 3 brings, and 2 runs: install 3"),
            ),
            (good("3"), &facts, person, None),
            (good("3"), &facts, Who::Node, None),
            (
                bundle("3", "ilanga-raspberry-pi", 4096),
                &facts,
                person,
                Some("it is for 'ilanga-raspberry-pi', and this node is 'ilanga-mini-pc'"),
            ),
            (bundle("3", "ilanga-mini-pc", (1 << 20) + 4096), &facts, person, Some("it")),
            (good("2"), &facts, back, Some("it is release 2, which runs already")),
            (good("1"), &facts, person, Some("it is release 1, which is older than 2")),
            (good("1"), &facts, Who::Node, Some("it is release 1, which is older than 2")),
            (good("1"), &facts, back, None),
            (good("1"), &floor, back, Some("it is release 1, and this node takes nothing older than 2, whoever asks")),
            (good("3"), &floor, person, None),
            (good("3"), &trial, person, Some("release 2, which runs, is not judged good yet")),
            (good("3"), &waiting, person, Some("it is release 3, which is installed already")),
            (good("4"), &waiting, person, None),
            (good("3"), &pinned, Who::Node, Some("this node is pinned to release 2")),
            (good("3"), &pinned, person, None),
            (good("3"), &Facts { pinned: Some(&v3), ..facts.clone() }, Who::Node, None),
            (good("4"), &Facts { pinned: Some(&v4), floor: Some(&v1), ..facts.clone() }, Who::Node, None),
            (good("3"), &failure, Who::Node, Some("it is release 3, which this node has left before: no network")),
            (good("3"), &failure, person, None),
            (good("3"), &full, person, Some("the ESP is full: 62.9 MB are needed and 52.4 MB are free. Nothing was")),
            (good("3"), &fits, person, None),
            (good("3"), &Facts { kernel_image: None, ..full.clone() }, person, None),
        ] {
            let verdict = install(&bundle, facts, who);
            let said = verdict.as_ref().err().map(ToString::to_string);
            match (expected, &said) {
                (None, None) => {}
                (Some(start), Some(said)) if said.starts_with(start) => {}
                _ => panic!("{} {who:?}: {said:?}, expected {expected:?}", bundle.manifest.version),
            }
        }
    }
}
