//! The boot state as people and programs read it.

use std::fmt::Write as _;

use formats::boot_state::{Content, Node, State};
use formats::slot::Slot;
use serde::Serialize;

use crate::slot::Found;

/// The version of what [`Report`] is written as.
const FORMAT: u32 = 1;

/// Everything that `status` tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    format: u32,
    /// The slot that runs.
    running: Option<Slot>,
    /// The slot that starts next.
    next: Option<Slot>,
    /// The entry that starts next.
    next_entry: Option<String>,
    slots: Vec<SlotReport>,
    /// The kernel images on the ESP.
    entries: Vec<String>,
    /// What a person should know.
    problems: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct SlotReport {
    slot: Slot,
    version: Option<String>,
    root_hash: Option<String>,
    state: &'static str,
    /// The state in words.
    says: String,
}

const fn word(state: State) -> &'static str {
    match state {
        State::NotStarted => "not-started",
        State::Good => "good",
        State::OnTrial(_) => "on-trial",
        State::SetAside => "set-aside",
        State::Bad { .. } => "bad",
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
            version: release.map(|release| release.version.to_string()),
            root_hash: release.map(|release| release.root.to_string()),
            state: word(state),
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
        problems,
    }
}

impl Report {
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
            let version = slot.version.as_deref().unwrap_or("–");
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
