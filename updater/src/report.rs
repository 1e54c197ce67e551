//! The boot state as people and programs read it.

use std::fmt::Write as _;

use formats::boot_state::{Content, Node, State};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::slot::Slot;
use formats::version::Version;
use serde::{Deserialize, Serialize};

use crate::slot::Found;

/// The version of what [`Report`] is written as.
const FORMAT: u32 = 1;

/// Everything that `status` tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The format's version.
    pub format: u32,
    /// The slot that runs.
    pub running: Option<Slot>,
    /// The slot that starts next.
    pub next: Option<Slot>,
    /// The entry that starts next.
    pub next_entry: Option<String>,
    /// Both slots.
    pub slots: Vec<SlotReport>,
    /// The kernel images on the ESP.
    pub entries: Vec<String>,
    /// How much room a new kernel image would find on the ESP, if that is known.
    #[serde(default)]
    pub room: Option<Bytes>,
    /// What a person should know.
    pub problems: Vec<String>,
}

/// How a slot stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SlotReport {
    /// The slot.
    pub slot: Slot,
    /// The version of the release that it holds.
    pub version: Option<Version>,
    /// The root hash of that release.
    pub root_hash: Option<Digest>,
    /// The length of that release's kernel image.
    #[serde(default)]
    pub kernel_image: Option<Bytes>,
    /// Its state.
    pub state: Word,
    /// How often it was started on trial.
    pub starts: Option<u32>,
    /// The state in words.
    pub says: String,
}

/// The state of a slot in a word: [`State`] without its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Nothing leads to it.
    NotStarted,
    /// It was judged good.
    Good,
    /// It is started some times more.
    OnTrial,
    /// A person went back to an older release.
    SetAside,
    /// It failed.
    Bad,
}

impl From<State> for Word {
    fn from(state: State) -> Self {
        match state {
            State::NotStarted => Self::NotStarted,
            State::Good => Self::Good,
            State::OnTrial(_) => Self::OnTrial,
            State::SetAside => Self::SetAside,
            State::Bad { .. } => Self::Bad,
        }
    }
}

const fn starts(state: State) -> Option<u32> {
    match state {
        State::OnTrial(tries) => Some(tries.done),
        State::Bad { starts } => Some(starts),
        State::NotStarted | State::Good | State::SetAside => None,
    }
}

/// Puts a report together.
pub fn report(node: &Node, found: [&Found; 2], problems: &[String]) -> Report {
    let slots = Slot::ALL.into_iter().zip(found).map(|(slot, found)| {
        let state = node.state(slot);
        let release = found.content.release();
        let says = match &found.problem {
            Some(problem) if found.content == Content::Unreadable => format!("cannot be read: {problem}"),
            Some(problem) => format!("holds no release: {problem}"),
            None => state.to_string(),
        };
        SlotReport {
            slot,
            version: release.map(|release| release.version.clone()),
            root_hash: release.map(|release| release.root),
            kernel_image: found.payload.as_ref().map(|payload| Bytes(payload.length)),
            state: Word::from(state),
            starts: starts(state),
            says,
        }
    });
    let mut problems = problems.to_vec();
    if node.temporary {
        problems.push("a write to the ESP was cut off; `ilanga-boot-state repair` cleans up".to_owned());
    }
    if node.next().is_none() {
        problems.push("nothing can be started: `ilanga-boot-state repair` writes the kernel images again".to_owned());
    } else if node.primary().is_none() {
        problems.push("what starts next belongs to no slot: `ilanga-boot-state repair` takes it away".to_owned());
    }
    Report {
        format: FORMAT,
        running: node.running.map(|running| running.slot),
        next: node.primary(),
        next_entry: node.next().map(|entry| entry.name.to_string()),
        slots: slots.collect(),
        entries: node.entries.iter().map(|entry| entry.name.to_string()).collect(),
        room: None,
        problems,
    }
}

impl Report {
    /// How a slot stands.
    pub fn slot(&self, slot: Slot) -> Option<&SlotReport> {
        self.slots.iter().find(|report| report.slot == slot)
    }

    /// The slot that runs.
    pub fn running(&self) -> Option<&SlotReport> {
        self.slot(self.running?)
    }

    /// The release that starts next, if another one runs.
    pub fn waiting(&self) -> Option<&Version> {
        let next = self.next.filter(|next| Some(*next) != self.running)?;
        self.slot(next)?.version.as_ref()
    }

    /// The report in lines for people.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for slot in &self.slots {
            let mut marks = Vec::new();
            if self.running == Some(slot.slot) {
                marks.push("runs");
            }
            if self.next == Some(slot.slot) {
                marks.push("starts next");
            }
            let version = slot.version.as_ref().map_or("–", Version::as_str);
            let marks = if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) };
            // Writing to a string does not fail.
            let _ = writeln!(text, "slot {}  {version}  {}{marks}", slot.slot, slot.says);
        }
        for problem in &self.problems {
            let _ = writeln!(text, "! {problem}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::boot_state::{Entry, Release, Running};
    use formats::digest::Digest;

    fn found(version: &str) -> Found {
        let release = Release { version: version.parse().unwrap(), root: Digest::of(version) };
        Found { content: Content::Release(release), payload: None, problem: None }
    }

    #[test]
    fn lines_for_people_and_json() {
        let none = Found { content: Content::Nothing, payload: None, problem: Some("there is no partition".into()) };
        let entry = |name: &str, of: &str| Entry { name: name.parse().unwrap(), root: Some(Digest::of(of)) };
        let (a, b) = (found("1"), found("2"));
        let mut node = Node {
            a: a.content.clone(),
            b: b.content.clone(),
            entries: vec![entry("ilanga_1.efi", "1"), entry("ilanga_2+2-1.efi", "2")],
            temporary: true,
            running: Some(Running { slot: Slot::A, root: Digest::of("1") }),
        };
        let told = report(&node, [&a, &b], &[]);
        assert_eq!(
            told.to_text(),
            "slot a  1  good [runs]\n\
             slot b  2  on trial, 2 starts left [starts next]\n\
             ! a write to the ESP was cut off; `ilanga-boot-state repair` cleans up\n"
        );
        let json = serde_json::to_value(&told).unwrap();
        assert_eq!(serde_json::from_value::<Report>(json.clone()).unwrap(), told);
        assert_eq!(
            (&json["format"], &json["next"], &json["slots"][1]["state"]),
            (&1.into(), &"b".into(), &"on-trial".into())
        );
        node = Node { b: Content::Nothing, entries: Vec::new(), temporary: false, ..node };
        assert_eq!(
            report(&node, [&a, &none], &["x".into()]).to_text(),
            "slot a  1  not started by anything [runs]\n\
             slot b  –  holds no release: there is no partition\n\
             ! x\n\
             ! nothing can be started: `ilanga-boot-state repair` writes the kernel images again\n"
        );
    }
}
