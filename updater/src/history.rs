//! What happened to a node's releases: `history.jsonl` on the state partition.
//!
//! ```text
//! {"format":1,"time":1795219200,"event":"installed","version":"2026.11.1","from":"stick"}
//! {"format":1,"time":1795220000,"event":"judged-good","version":"2026.11.1"}
//! ```
//!
//! One event a line, the oldest first. Invariants: at most [`MOST_LINES`] lines and [`MOST_BYTES`] bytes, the oldest go
//! first; a line that is no event of this release's is kept as it is if it is JSON (a newer release wrote it, and may run
//! again) and dropped otherwise (a torn write); no right comes from what stands here.

use serde::{Deserialize, Serialize};

use formats::version::Version;

use crate::sentence::Sentence;

/// The format's version.
pub const FORMAT: u32 = 1;

/// The most lines.
pub const MOST_LINES: usize = 200;

/// The most bytes.
pub const MOST_BYTES: usize = 64 << 10;

/// The longest line that is kept.
const LONGEST_LINE: usize = 2 << 10;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A bundle was installed; its release starts next.
    Installed {
        /// The release.
        version: Version,
        /// What tells builds of a version apart.
        #[serde(default)]
        build: Sentence,
        /// Where the bundle came from.
        from: Sentence,
    },
    /// RAUC did not install a bundle that it was given.
    Failed {
        /// The release.
        version: Version,
        /// Why.
        reason: Sentence,
    },
    /// A bundle was not given to RAUC.
    Refused {
        /// The bundle.
        bundle: Sentence,
        /// Why.
        reason: Sentence,
    },
    /// A release was started on trial.
    TrialStarted {
        /// The release.
        version: Version,
        /// Which of its starts it was, from 1.
        start: u32,
    },
    /// Starts of a release on trial ended without a trace, as if the power had failed. They are not counted.
    GivenBack {
        /// The release.
        version: Version,
        /// How many.
        starts: u32,
    },
    /// A trial ended well.
    JudgedGood {
        /// The release.
        version: Version,
    },
    /// A release was judged bad, on trial or later.
    JudgedBad {
        /// The release.
        version: Version,
        /// Why.
        reason: Sentence,
    },
    /// Another release runs again, and nobody had asked for it.
    RolledBack {
        /// The release that was no good.
        from: Version,
        /// The one that runs.
        to: Version,
        /// Why.
        reason: Sentence,
    },
    /// A person chose what starts next.
    Chosen {
        /// What ran.
        from: Version,
        /// What starts next.
        to: Version,
    },
    /// A person wants this release and no other.
    Pinned {
        /// The release.
        version: Version,
    },
    /// That ended.
    Unpinned,
    /// The node restarts by itself into a release that waited.
    Restarted {
        /// The release.
        version: Version,
    },
}

/// As people read it.
impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Installed { version, from, .. } => write!(f, "Release {version} was installed from {from}."),
            Self::Failed { version, reason } => write!(f, "Release {version} could not be installed: {reason}."),
            Self::Refused { bundle, reason } => write!(f, "The bundle {bundle} was refused: {reason}."),
            Self::TrialStarted { version, start } => {
                write!(f, "Release {version} was started on trial, start {start}.")
            }
            Self::GivenBack { version, starts: 1 } => {
                write!(f, "Release {version} lost a start with the power; it is not counted.")
            }
            Self::GivenBack { version, starts } => {
                write!(f, "Release {version} lost {starts} starts with the power; they are not counted.")
            }
            Self::JudgedGood { version } => write!(f, "Release {version} works and is kept."),
            Self::JudgedBad { version, reason } => write!(f, "Release {version} was judged bad: {reason}."),
            Self::RolledBack { from, to, reason } => {
                write!(f, "Release {from} was left: {reason}; release {to} runs again.")
            }
            Self::Chosen { from, to } => write!(f, "Release {to} was chosen to start next, in the place of {from}."),
            Self::Pinned { version } => write!(f, "This node was pinned to release {version}."),
            Self::Restarted { version } => write!(f, "This node restarted by itself into release {version}."),
            Self::Unpinned => f.write_str("This node was unpinned."),
        }
    }
}

/// An event with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    format: u32,
    /// When, by the node's clock, in seconds since 1970.
    pub time: u64,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

impl Record {
    /// What happened at this time.
    pub fn new(time: u64, event: Event) -> Self {
        Self { format: FORMAT, time, event }
    }
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Known(Box<Record>),
    /// Of a release that knows more.
    Other(String),
}

/// What happened, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    lines: Vec<Line>,
}

impl History {
    /// Reads the file, whatever is in it.
    pub fn parse(bytes: &[u8]) -> Self {
        // Of a file that is too long the end counts.
        let bytes = &bytes[bytes.len().saturating_sub(2 * MOST_BYTES)..];
        let mut lines: Vec<Line> = bytes.split(|byte| *byte == b'\n').filter_map(line).collect();
        lines.drain(..lines.len().saturating_sub(MOST_LINES));
        Self { lines }
    }

    /// The events that this release knows, the oldest first.
    pub fn records(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.lines.iter().filter_map(|line| match line {
            Line::Known(record) => Some(&**record),
            Line::Other(_) => None,
        })
    }

    /// The same, without times.
    pub fn events(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.records().map(|record| &record.event)
    }

    /// Adds an event. This is in memory only.
    pub fn add(&mut self, record: Record) {
        self.lines.push(Line::Known(Box::new(record)));
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut texts: Vec<String> = Vec::new();
        let mut length = 0;
        for line in self.lines.iter().rev().take(MOST_LINES) {
            let text = match line {
                // Neither numbers nor texts of a record can fail to be written.
                Line::Known(record) => serde_json::to_string(record).unwrap_or_default(),
                Line::Other(text) => text.clone(),
            };
            length += text.len() + 1;
            if length > MOST_BYTES {
                break;
            }
            texts.push(text);
        }
        texts.iter().rev().map(|text| format!("{text}\n")).collect()
    }

    /// Why a build of a release was left, if it was and has not been judged good since. A build that is not named
    /// stands for all.
    pub fn failure(&self, version: &Version, build: &str) -> Option<&Sentence> {
        let (mut same, mut failure) = (true, None);
        for event in self.events() {
            match event {
                Event::Installed { version: installed, build: named, .. } if installed == version => {
                    same = named.is_empty() || build.is_empty() || named.as_str() == build;
                    if !same {
                        failure = None;
                    }
                }
                Event::JudgedGood { version: judged } if judged == version => failure = None,
                Event::JudgedBad { version: left, reason } | Event::RolledBack { from: left, reason, .. }
                    if left == version && same =>
                {
                    failure = Some(reason);
                }
                _ => {}
            }
        }
        failure
    }
}

fn line(bytes: &[u8]) -> Option<Line> {
    if bytes.len() > LONGEST_LINE {
        return None;
    }
    let text = str::from_utf8(bytes).ok()?.trim();
    match serde_json::from_str::<Record>(text) {
        Ok(record) if record.format == FORMAT => Some(Line::Known(Box::new(record))),
        _ => {
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text).ok()?;
            Some(Line::Other(text.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    fn installed(of: &str, build: &str) -> Event {
        Event::Installed { version: version(of), build: Sentence::new(build), from: Sentence::new("a file") }
    }

    fn left(from: &str, reason: &str) -> Event {
        Event::RolledBack { from: version(from), to: version("1"), reason: Sentence::new(reason) }
    }

    fn history(events: impl IntoIterator<Item = Event>) -> History {
        let mut history = History::default();
        events.into_iter().for_each(|event| history.add(Record::new(7, event)));
        history
    }

    #[test]
    fn lines_and_back() {
        let all = [
            installed("2", "b"),
            Event::TrialStarted { version: version("2"), start: 1 },
            Event::GivenBack { version: version("2"), starts: 1 },
            Event::JudgedGood { version: version("2") },
            Event::JudgedBad { version: version("2"), reason: Sentence::new("no network") },
            left("2", "no network"),
            Event::Refused { bundle: Sentence::new("x.raucb"), reason: Sentence::new("it is too short") },
            Event::Failed { version: version("2"), reason: Sentence::new("no space") },
            Event::Chosen { from: version("2"), to: version("1") },
            Event::Pinned { version: version("1") },
            Event::Unpinned,
            Event::Restarted { version: version("2") },
        ];
        let text = history(all.clone()).to_text();
        assert_eq!(text.lines().count(), all.len());
        assert!(
            text.starts_with(r#"{"format":1,"time":7,"event":"installed","version":"2","build":"b","from":"a file"}"#)
        );
        let back = History::parse(text.as_bytes());
        assert_eq!(back.events().cloned().collect::<Vec<_>>(), all);
        assert_eq!(all[5].to_string(), "Release 2 was left: no network; release 1 runs again.");
    }

    #[test]
    fn what_others_wrote_stays_and_what_was_torn_goes() {
        let known = r#"{"format":1,"time":1,"event":"unpinned"}"#;
        let newer = r#"{"format":1,"time":1,"event":"rescued","by":"stick"}"#;
        let newest = r#"{"format":2,"what":[]}"#;
        let text = format!("{newer}\n{known}\n\nnoise\n[1]\n{newest}\n{}", &known[..20]);
        let history = History::parse(text.as_bytes());
        assert_eq!(history.to_text(), format!("{newer}\n{known}\n{newest}\n"));
        assert_eq!(history.records().count(), 1);
    }

    #[test]
    fn stays_small() {
        let reason = Sentence::new(&"x".repeat(290));
        let event = |n: u32| Event::JudgedBad { version: version(&n.to_string()), reason: reason.clone() };
        let many = history((0..300).map(event));
        let text = many.to_text();
        assert!(text.len() <= MOST_BYTES && text.lines().count() <= MOST_LINES, "{}", text.len());
        assert!(text.ends_with("\n") && text.contains(r#""version":"299""#) && !text.contains(r#""version":"1""#));
        assert!(History::parse(many.to_text().repeat(5).as_bytes()).lines.len() <= MOST_LINES);
        assert_eq!(History::parse(&vec![b'x'; 10 << 20]).to_text(), "");
    }

    #[test]
    fn remembers_what_failed() {
        let bad = |of: &str| Event::JudgedBad { version: version(of), reason: Sentence::new("no network") };
        let good = |of: &str| Event::JudgedGood { version: version(of) };
        for (events, build, expected) in [
            (vec![installed("2", "b"), bad("2")], "b", Some("no network")),
            (vec![installed("2", "b"), bad("2")], "other", None),
            (vec![installed("2", "b"), bad("2")], "", Some("no network")),
            (vec![installed("2", ""), left("2", "it did not start")], "b", Some("it did not start")),
            (vec![installed("2", "b"), bad("2"), good("2")], "b", None),
            (vec![installed("2", "b"), bad("2"), installed("2", "c")], "c", None),
            (vec![installed("3", "b"), bad("3")], "b", None),
        ] {
            let history = history(events);
            let failure = history.failure(&version("2"), build).map(Sentence::as_str);
            assert_eq!(failure, expected);
        }
    }

    #[test]
    fn arbitrary_bytes_do_no_harm() {
        let text = history([installed("2", "b"), left("2", "no network"), Event::Unpinned]).to_text();
        let mut state = 0xA076_1D64_78BD_642F_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        };
        for _ in 0..5_000 {
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..1 + next() % 6 {
                let at = next() % bytes.len();
                bytes[at] = next() as u8;
            }
            let written = History::parse(&bytes).to_text();
            assert_eq!(History::parse(written.as_bytes()).to_text(), written);
        }
    }
}
