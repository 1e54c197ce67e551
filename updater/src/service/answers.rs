//! What the daemon answers, as JSON of the version [`FORMAT`].

use formats::bundle::Bundle;
use formats::version::Version;
use serde::{Deserialize, Serialize};

use super::Failure;
use super::node::Node;
use crate::decide::restart::Decision;
use crate::fetched::{self, Fetched};
use crate::history::{History, Record};
use crate::report::{Report, Word};
use crate::sentence::Sentence;

/// The version of all answers.
const FORMAT: u32 = 1;

/// What runs, what starts next, and what is being done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// The format's version.
    pub format: u32,
    /// What is most worth knowing.
    pub says: Sentence,
    /// The slots, and what starts next.
    pub boot: Report,
    /// The release that the node is kept to.
    pub pinned: Option<Version>,
    /// No release below this is installed.
    pub oldest: Option<Version>,
    /// Why what was fetched is not installed.
    #[serde(default)]
    pub waits: Option<Sentence>,
    /// When the release that waits starts.
    #[serde(default)]
    pub starts: Option<Sentence>,
    /// When the node may restart by itself.
    #[serde(default)]
    pub restart: Option<String>,
    /// What the part that fetches says.
    #[serde(default)]
    pub fetched: Option<Fetched>,
    /// `idle`, or what is being done.
    pub operation: String,
    /// How far that is, in percent.
    pub percent: i32,
    /// Why the last operation failed; empty if it did not.
    pub last_error: String,
}

impl Status {
    pub(super) fn new(boot: Report, node: &Node, restart: Decision) -> Self {
        let activity = node.activity();
        Self {
            format: FORMAT,
            says: says(&boot),
            boot,
            pinned: node.records.pin(),
            oldest: node.records.floor(),
            waits: node.memory.waits(),
            starts: match restart {
                Decision::Wait(said) => Some(said),
                Decision::Nothing | Decision::Restart(_) => None,
            },
            restart: node.records.restart().map(|hours| hours.to_string()),
            fetched: fetched::said(&node.tree.fetch_status()),
            operation: activity.operation.name().to_owned(),
            percent: activity.progress.0,
            last_error: activity.last_error,
        }
    }
}

fn says(report: &Report) -> Sentence {
    let Some(running) = report.running() else {
        return Sentence::new("It cannot be told which release runs.");
    };
    let version = running.version.as_ref().map_or("of an unknown version", Version::as_str);
    let text = match (report.waiting(), running.state) {
        (Some(next), _) => format!("Release {version} runs; {next} starts at the next restart."),
        (None, Word::OnTrial) => format!("Release {version} runs {}.", running.says),
        (None, _) => format!("Release {version} runs."),
    };
    Sentence::new(&text)
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Told {
    /// The format's version.
    pub format: u32,
    /// The events, the oldest first.
    pub events: Vec<Record>,
}

impl Told {
    pub(super) fn new(history: &History) -> Self {
        Self { format: FORMAT, events: history.records().cloned().collect() }
    }
}

/// What a bundle is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Checked {
    /// The format's version.
    pub format: u32,
    /// Its release.
    pub version: Version,
    /// The nodes that it is for.
    pub compatible: String,
    /// The release in a line.
    pub description: String,
    /// The stream of releases that it is in, if it says so.
    pub channel: Option<String>,
    /// Its date, if it says so.
    pub date: Option<String>,
    /// What it changes, if it says so.
    pub changelog: Option<String>,
    /// Why it would not be installed; nothing if it would.
    pub refused: Option<Sentence>,
}

impl Checked {
    pub(super) fn new(bundle: &Bundle, refused: Option<Sentence>) -> Self {
        let manifest = &bundle.manifest;
        let release = manifest.release.as_ref();
        Self {
            format: FORMAT,
            version: manifest.version.clone(),
            compatible: manifest.compatible.clone(),
            description: manifest.description.clone(),
            channel: release.map(|release| release.channel.clone()),
            date: release.map(|release| release.date.to_string()),
            changelog: release.and_then(|release| release.changelog.as_ref()).map(ToString::to_string),
            refused,
        }
    }
}

pub(super) fn json(answer: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(answer).map_err(|error| Failure::failed(&error))
}
