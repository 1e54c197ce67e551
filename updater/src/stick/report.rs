//! The report that a stick takes home: `ilanga/reports/<node>.json`.
//!
//! It says which releases the node has and what happened to them. It names no person, no place and no file of anybody's; the
//! node is called by a digest of its id, which is the same in each report and leads nowhere else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::version::Version;
use serde::Serialize;

use crate::history::Event;
use crate::records::replace;
use crate::report::Word;
use crate::sentence::Sentence;
use crate::service::{Status, Told};

/// The format's version.
const FORMAT: u32 = 1;

/// The most events, the newest.
const MOST_EVENTS: usize = 40;

/// The report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    format: u32,
    node: String,
    board: String,
    says: Sentence,
    slots: Vec<Slot>,
    pinned: Option<Version>,
    waits: Option<Sentence>,
    events: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Slot {
    slot: formats::slot::Slot,
    version: Option<Version>,
    state: Word,
}

/// An event without what names a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Line {
    time: u64,
    says: Sentence,
}

/// What a node is called in reports, by its machine id.
pub fn name(machine_id: &str) -> String {
    Digest::of(format!("ilanga report {}", machine_id.trim())).to_string()[..12].to_owned()
}

/// Puts a report together.
pub fn report(name: &str, board: &str, status: Status, told: &Told) -> Report {
    let slots = status.boot.slots.into_iter();
    let slots = slots.map(|slot| Slot { slot: slot.slot, version: slot.version, state: slot.state });
    let skipped = told.events.len().saturating_sub(MOST_EVENTS);
    let events = told.events[skipped..].iter();
    let events = events.map(|record| Line { time: record.time, says: without_names(&record.event) });
    Report {
        format: FORMAT,
        node: name.to_owned(),
        board: board.to_owned(),
        says: status.says,
        slots: slots.collect(),
        pinned: status.pinned,
        waits: status.waits,
        events: events.collect(),
    }
}

fn without_names(event: &Event) -> Sentence {
    Sentence::new(&match event {
        Event::Installed { version, .. } => format!("Release {version} was installed."),
        Event::Refused { reason, .. } => format!("A bundle was refused: {reason}."),
        event => event.to_string(),
    })
}

/// The folder of reports on a stick, if its owner has made one.
pub fn folder(stick: &Path) -> Option<PathBuf> {
    let is_folder = |path: &Path| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let (ours, reports) = (stick.join(super::find::FOLDER), stick.join(super::find::FOLDER).join("reports"));
    (is_folder(&ours) && is_folder(&reports)).then_some(reports)
}

/// Writes it: the one of the last time is replaced as a whole.
pub fn write(folder: &Path, report: &Report) -> io::Result<()> {
    // Lines and numbers can't fail to become JSON.
    let text = serde_json::to_string_pretty(report).unwrap_or_default();
    replace(&folder.join(format!("{}.json", report.node)), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Record;

    #[test]
    fn says_what_happened_and_names_nobody() {
        let status: Status = serde_json::from_str(
            r#"{"format":1,"says":"Release 1 runs.","boot":{"format":1,"running":"a","next":"a","next-entry":null,
                "slots":[{"slot":"a","version":"1","root-hash":null,"state":"good","starts":null,"says":"good"}],
                "entries":[],"problems":[]},"pinned":null,"oldest":null,"operation":"idle","percent":0,"last-error":""}"#,
        )
        .unwrap();
        let installed = Event::Installed {
            version: "2".parse().unwrap(),
            build: Sentence::default(),
            from: Sentence::new("/home/thandi/x.raucb"),
        };
        let refused =
            Event::Refused { bundle: Sentence::new("/home/thandi/y"), reason: Sentence::new("it is too short") };
        let mut events = vec![Record::new(7, Event::Unpinned); 2 * MOST_EVENTS];
        events.extend([Record::new(8, installed), Record::new(9, refused)]);
        let told = Told { format: 1, events };
        let name = name("0123456789abcdef\n");
        let report = report(&name, "mini-pc", status, &told);
        assert_eq!((report.events.len(), report.slots.len(), name.len()), (MOST_EVENTS, 1, 12));

        let stick = tempfile::tempdir().unwrap();
        assert_eq!(folder(stick.path()), None);
        fs::create_dir_all(stick.path().join("ilanga/reports")).unwrap();
        let folder = folder(stick.path()).unwrap();
        for _ in 0..2 {
            write(&folder, &report).unwrap();
        }
        let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        assert!(text.contains("Release 2 was installed.") && text.contains("A bundle was refused: it is too short."));
        assert!(!text.contains("thandi") && text.len() < 64 << 10, "{text}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }
}
