//! What a state is worth: pure, from what was found on it.
//!
//! A state is good if
//! - the boot loader and its settings are there as the image had them;
//! - what systemd-boot starts first ([`formats::boot_state`]) is, byte for byte, a release's kernel image, and a slot holds that
//!   release, every bit of it;
//! - the release that was judged good last is there in the same way, and nothing older is before it;
//! - once there were settings, the same are there.

use std::collections::BTreeSet;
use std::fmt;

use formats::boot_state::{Content, Entry, Node};
use formats::digest::Digest;
use formats::settings::MachineId;
use formats::slot::Slot;
use formats::version::Version;

use super::esp::{Esp, Listed};
use super::release::Release;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Why there is no partition table, or one that leads elsewhere.
    pub table: Result<(), String>,
    /// What is on the ESP, or why that can't be told.
    pub esp: Result<Esp, String>,
    /// Which releases each slot holds whole.
    pub slots: [Vec<bool>; 2],
    /// The settings' machine id, if there are settings; or why that can't be told.
    pub settings: Result<Option<MachineId>, String>,
}

/// What was on the disk for good before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Promised {
    /// The release that was judged good last.
    pub judged: Option<usize>,
    /// The machine id.
    pub machine: Option<MachineId>,
}

/// What is wrong with a state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// No partition is found, or not where it is.
    Table(String),
    /// The ESP can't be read.
    Esp(String),
    /// The boot loader is gone or changed.
    BootLoader(String),
    /// Nothing starts at all.
    Nothing,
    /// What would start first is broken.
    First {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// The release that was judged good last could not start any more.
    Lost(String),
    /// Something older starts.
    Older(String),
    /// The settings are gone, or others.
    Settings(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(what) | Self::Esp(what) | Self::Settings(what) => f.write_str(what),
            Self::BootLoader(what) => write!(f, "the boot loader: {what}"),
            Self::Nothing => f.write_str("nothing starts"),
            Self::First { name, why } => write!(f, "{name} would start, and {why}"),
            Self::Lost(version) => write!(f, "{version} was judged good, and could not start"),
            Self::Older(versions) => write!(f, "an older release starts: {versions}"),
        }
    }
}

/// What a state is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What starts first, if that is a release in a slot.
    pub starts: Option<(usize, Slot)>,
    /// What is wrong.
    pub problems: BTreeSet<Problem>,
    /// The newest release with an entry without a counter that could start: judged good.
    pub good: Option<usize>,
    /// The machine id.
    pub machine: Option<MachineId>,
}

/// Judges a state.
pub fn judge(facts: &Facts, releases: &[Release], promised: &Promised) -> Verdict {
    let mut verdict = Verdict::default();
    let mut wrong = |problem| {
        verdict.problems.insert(problem);
    };
    match (&facts.settings, promised.machine) {
        (Ok(found), Some(promised)) if *found != Some(promised) => {
            let found = found.map_or("no machine id".to_owned(), |id| id.to_string());
            wrong(Problem::Settings(format!("the settings have {found}, they had {promised}")));
        }
        (Err(error), Some(_)) => wrong(Problem::Settings(format!("the settings can't be read: {error}"))),
        (Ok(found), _) => verdict.machine = *found,
        (Err(_), None) => {}
    }
    if let Err(error) = &facts.table {
        wrong(Problem::Table(error.clone()));
        return verdict;
    }
    let esp = match &facts.esp {
        Ok(esp) => esp,
        Err(error) => {
            wrong(Problem::Esp(error.clone()));
            return verdict;
        }
    };
    for what in &esp.damaged {
        wrong(Problem::BootLoader(what.clone()));
    }
    let leads = |listed: &Listed| {
        let release = listed.release.ok_or("is no release's kernel image")?;
        let holds = |slot: &Slot| facts.slots[*slot as usize].get(release) == Some(&true);
        let slot = Slot::ALL.into_iter().find(holds).ok_or("no slot holds all of its root file system")?;
        Ok::<_, &str>((release, slot))
    };
    let order = order(esp, releases);
    match order.first().map(|first| (first, leads(first))) {
        None => wrong(Problem::Nothing),
        Some((_, Ok(starts))) => verdict.starts = Some(starts),
        Some((first, Err(why))) => wrong(Problem::First { name: first.name.to_string(), why: why.to_owned() }),
    }
    let version = |release: usize| -> Option<&Version> { releases.get(release).map(|release| &release.name.version) };
    if let Some(judged) = promised.judged {
        let there = order.iter().any(|listed| leads(listed).is_ok_and(|(release, _)| release == judged));
        let name = version(judged).map(ToString::to_string).unwrap_or_default();
        if !there {
            wrong(Problem::Lost(name.clone()));
        }
        if let Some((starts, _)) = verdict.starts
            && version(starts) < version(judged)
        {
            let starts = version(starts).map(ToString::to_string).unwrap_or_default();
            verdict.problems.insert(Problem::Older(format!("{starts}, and {name} was judged good")));
        }
    }
    let good = order.iter().filter(|listed| listed.name.tries.is_none());
    verdict.good = good.filter_map(|listed| Some(leads(listed).ok()?.0)).max_by_key(|release| version(*release));
    verdict
}

/// In which order systemd-boot would start them, were each to fail at once and for good.
fn order(esp: &Esp, releases: &[Release]) -> Vec<Listed> {
    let root = |listed: &Listed| match listed.release.and_then(|release| releases.get(release)) {
        Some(release) => release.name.root,
        // It looks like a kernel image, so it is one to the boot loader.
        None => Digest::of(listed.name.to_string()),
    };
    let entry = |listed: &Listed| Entry { name: listed.name.clone(), root: Some(root(listed)) };
    let entries = esp.listed.iter().map(entry).collect();
    let (a, b) = (Content::Nothing, Content::Nothing);
    let mut node = Node { a, b, entries, temporary: esp.temporary, running: None };
    let mut order = Vec::new();
    while let Some(next) = node.next().map(|entry| entry.name.clone()) {
        node.entries.retain(|entry| entry.name != next);
        order.extend(esp.listed.iter().filter(|listed| listed.name == next).cloned());
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str) -> Release {
        let name = formats::boot_state::Release { version: version.parse().unwrap(), root: Digest::of(version) };
        Release { name, slot: Vec::new(), kernel: 0..0, end: Vec::new() }
    }

    #[test]
    fn judges() {
        let releases = [release("1"), release("2")];
        let listed = |name: &str, release| Listed { name: name.parse().unwrap(), release };
        let good = Facts {
            table: Ok(()),
            esp: Ok(Esp {
                listed: vec![listed("ilanga_1.efi", Some(0)), listed("ilanga_2+3.efi", Some(1))],
                ..Esp::default()
            }),
            slots: [vec![true, false], vec![false, true]],
            settings: Ok(None),
        };
        let promised = Promised { judged: Some(0), machine: None };
        let verdict = judge(&good, &releases, &promised);
        assert_eq!((verdict.starts, verdict.good, verdict.problems.len()), (Some((1, Slot::B)), Some(0), 0));
        let said = |change: &dyn Fn(&mut Facts), promised: &Promised| {
            let mut facts = good.clone();
            change(&mut facts);
            let verdict = judge(&facts, &releases, promised);
            verdict.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let esp = |facts: &mut Facts, names: &[(&str, Option<usize>)]| {
            let listed = names.iter().map(|(name, release)| listed(name, *release)).collect();
            facts.esp = Ok(Esp { listed, ..Esp::default() });
        };
        assert_eq!(said(&|facts| esp(facts, &[]), &Promised::default()), "nothing starts");
        assert_eq!(
            said(&|facts| facts.slots[1][1] = false, &promised),
            "ilanga_2+3.efi would start, and no slot holds all of its root file system"
        );
        assert_eq!(
            said(&|facts| esp(facts, &[("ilanga_2+3.efi", None), ("ilanga_1.efi", Some(0))]), &promised),
            "ilanga_2+3.efi would start, and is no release's kernel image"
        );
        // What has no tries left is passed over as long as there is something else.
        assert_eq!(said(&|facts| esp(facts, &[("ilanga_2+0-3.efi", None), ("ilanga_1.efi", Some(0))]), &promised), "");
        assert_eq!(said(&|facts| facts.slots[0][0] = false, &promised), "1 was judged good, and could not start");
        assert_eq!(
            said(&|facts| esp(facts, &[("ilanga_1.efi", Some(0))]), &Promised { judged: Some(1), machine: None }),
            "2 was judged good, and could not start; an older release starts: 1, and 2 was judged good"
        );
        assert_eq!(said(&|facts| facts.table = Err("no table".into()), &promised), "no table");
        let machine = Some("0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b".parse().unwrap());
        let promised = Promised { machine, ..Promised::default() };
        assert!(said(&|_| (), &promised).contains("the settings have no machine id"));
        assert_eq!(said(&|facts| facts.settings = Ok(machine), &promised), "");
    }
}
