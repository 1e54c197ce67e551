//! A small world for [`super::search`]: four releases, two slots, an ESP, and all that can happen to them.

use std::collections::BTreeMap;

use crate::boot_entry::{BootEntry, Tries};
use crate::boot_state::{Content, Entry, GIVE_BACKS, Node, Refusal, Release, Running, Step, TRIES};
use crate::digest::Digest;
use crate::slot::Slot;

/// A release: 2 and 3 are builds of the same version.
pub(super) type R = u8;

/// All releases.
pub(super) const RELEASES: [R; 4] = [1, 2, 3, 4];

/// The version of a release.
pub(super) const fn version(release: R) -> u8 {
    [0, 1, 2, 2, 3][release as usize]
}

/// The starts beyond which the counter makes no difference.
const MOST_STARTS: u8 = 5;

/// What a slot really holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Held {
    /// Nothing, a part of a release, or one whose damage can be seen.
    Torn,
    /// A release.
    Whole(R),
    /// A release whose damage cannot be seen from outside.
    Damaged(R),
}

impl Held {
    /// The release as it seems to be.
    pub(super) fn seen(self) -> Option<R> {
        match self {
            Self::Torn => None,
            Self::Whole(release) | Self::Damaged(release) => Some(release),
        }
    }
}

/// An entry's name: version, and tries left and done.
pub(super) type Name = (u8, Option<(u8, u8)>);

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    /// The slots.
    pub(super) slots: [Held; 2],
    /// The ESP.
    pub(super) files: BTreeMap<Name, R>,
    /// A write was cut off.
    pub(super) temporary: bool,
    /// What runs.
    pub(super) running: Option<(Slot, R)>,
    /// How many starts were given back to the trial.
    pub(super) given: u8,
    /// The release that was judged good last, as long as nobody has damaged it or judged it bad.
    pub(super) anchor: Option<R>,
    /// Slots that were marked bad for an update, and have no entry yet.
    pub(super) given_up: [bool; 2],
    /// The ESP was emptied, and what runs has no entry yet.
    pub(super) emptied: bool,
    /// Names that went with a power cut.
    pub(super) lost: u8,
}

/// What may happen to a file system at a power cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Disk {
    /// How many renamings, in all, may leave both names or none when they are cut off.
    pub(super) torn_names: u8,
}

pub(super) const fn index(slot: Slot) -> usize {
    match slot {
        Slot::A => 0,
        Slot::B => 1,
    }
}

fn name_of(entry: &BootEntry) -> Name {
    let small = |n: u32| u8::try_from(n).unwrap();
    (entry.version.as_str().parse().unwrap(), entry.tries.map(|Tries { left, done }| (small(left), small(done))))
}

impl World {
    /// A node as it is flashed.
    pub(super) fn flashed() -> Self {
        Self {
            slots: [Held::Whole(1), Held::Torn],
            files: BTreeMap::from([((1, None), 1)]),
            temporary: false,
            running: None,
            given: 0,
            anchor: Some(1),
            given_up: [false, true],
            emptied: false,
            lost: 0,
        }
    }

    /// What the operations get to see.
    pub(super) fn node(&self) -> Node {
        let root = |release: R| Digest::new([release; 32]);
        let content = |held: Held| match held.seen() {
            Some(release) => Content::Release(Release {
                version: version(release).to_string().parse().unwrap(),
                root: root(release),
            }),
            None => Content::Nothing,
        };
        let entry = |(&(version, tries), &release): (&Name, &R)| {
            let tries = tries.map(|(left, done)| Tries { left: left.into(), done: done.into() });
            let name = BootEntry { version: version.to_string().parse().unwrap(), tries };
            Entry { name, root: Some(root(release)) }
        };
        Node {
            a: content(self.slots[0]),
            b: content(self.slots[1]),
            entries: self.files.iter().map(entry).collect(),
            temporary: self.temporary,
            running: self.running.map(|(slot, release)| Running { slot, root: root(release) }),
        }
    }

    /// The entries of which systemd-boot starts one: the best, and those that it can't tell from it by their version.
    pub(super) fn candidates(&self) -> Vec<(Name, R)> {
        let rank = |(version, tries): &Name| (tries.is_none_or(|(left, _)| left > 0), *version);
        let best = self.files.keys().map(rank).max();
        let best = self.files.iter().filter(|(name, _)| Some(rank(name)) == best);
        best.map(|(name, release)| (*name, *release)).collect()
    }

    /// The ESP after systemd-boot has counted a start of this entry. Where the new name is taken it can't rename.
    pub(super) fn counted(&self, name: Name) -> Self {
        let mut after = self.clone();
        let next = bumped(name);
        if let Some(release) = after.files.get(&name).copied().filter(|_| !self.files.contains_key(&next)) {
            after.files.remove(&name);
            after.files.insert(next, release);
        }
        after
    }

    /// How often this release may still be started on trial, whatever is given back to it. One whose counter does not tell of
    /// a trial gets nothing back.
    pub(super) fn starts_left(&self, release: R) -> Option<u8> {
        let (left, done) =
            self.files.iter().find(|(_, other)| **other == release).and_then(|((_, tries), _)| *tries)?;
        let back = u8::try_from(GIVE_BACKS).unwrap() - self.given;
        (u32::from(left + done) == TRIES).then_some(left + back)
    }

    /// Whether an entry leads to this slot.
    pub(super) fn has_entry(&self, slot: Slot) -> bool {
        let held = self.slots[index(slot)].seen();
        held.is_some_and(|held| self.files.values().any(|release| *release == held))
    }

    /// Takes one step; the states in which a power cut may leave it are added to `cuts`.
    fn step(&mut self, step: &Step, disk: Disk, cuts: &mut Vec<Self>) {
        match step {
            Step::RemoveTemporary => {
                assert!(self.temporary, "there is no temporary file to remove");
                self.temporary = false;
            }
            Step::Write { entry, slot } => {
                cuts.push(Self { temporary: true, ..self.clone() });
                let release = self.slots[index(*slot)].seen().unwrap();
                let name = name_of(entry);
                assert_eq!(name.0, version(release), "another version's name");
                let over = self.files.insert(name, release);
                let stray = |release: R| self.slots.iter().all(|held| held.seen() != Some(release));
                assert!(over.is_none_or(stray), "a write over an entry that is needed");
            }
            Step::Rename { from, to } => {
                let (from, to) = (name_of(from), name_of(to));
                self.torn(from, to, disk, cuts);
                let release = self.files.remove(&from).unwrap();
                assert_eq!(self.files.insert(to, release), None, "a new name that is taken");
            }
            Step::Remove { entry } => {
                assert!(self.files.remove(&name_of(entry)).is_some(), "{entry} is not there to be removed");
            }
        }
        cuts.push(self.clone());
    }

    /// What a renaming that is cut off may leave on a file system where two names are two writes.
    pub(super) fn torn(&self, from: Name, to: Name, disk: Disk, cuts: &mut Vec<Self>) {
        if self.lost < disk.torn_names && !self.files.contains_key(&to) {
            let lost = self.lost + 1;
            let (mut both, mut none) = (Self { lost, ..self.clone() }, Self { lost, ..self.clone() });
            both.files.insert(to, both.files[&from]);
            none.files.remove(&from);
            cuts.extend([both, none]);
        }
    }

    /// Carries an operation out. Returns the states of every power cut on the way, switched off, and the end.
    pub(super) fn carry_out(&self, steps: &[Step], disk: Disk) -> (Vec<Self>, Self) {
        let (mut world, mut cuts) = (self.clone(), vec![self.clone()]);
        for step in steps {
            world.step(step, disk, &mut cuts);
        }
        for cut in &mut cuts {
            cut.running = None;
        }
        (cuts, world)
    }

    /// What is known of this world once it is so.
    pub(super) fn settle(mut self) -> Self {
        for slot in Slot::ALL {
            self.given_up[index(slot)] &= !self.has_entry(slot);
        }
        self.anchor = self.anchor.filter(|anchor| self.slots.contains(&Held::Whole(*anchor)));
        self.given = self.given.min(u8::try_from(GIVE_BACKS).unwrap());
        self
    }
}

/// The name that systemd-boot gives an entry when it starts it.
pub(super) fn bumped((version, tries): Name) -> Name {
    (version, tries.map(|(left, done)| (left.saturating_sub(1), (done + 1).min(MOST_STARTS))))
}

/// What a person, RAUC or the health check may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// [`Node::set_bad`] of the other slot.
    Bad,
    /// [`Node::set_primary`].
    Primary(Slot),
    /// [`Node::judge_good`].
    JudgeGood,
    /// [`Node::judge_bad`].
    JudgeBad,
    /// [`Node::give_back`], of so many starts.
    GiveBack(Slot, u8),
    /// [`Node::repair`].
    Repair,
    /// [`Node::give_up_others`].
    GiveUp,
}

impl Order {
    /// All of them, where this slot runs.
    pub(super) fn all(running: Slot) -> [Self; 11] {
        let other = running.other();
        [
            Self::Bad,
            Self::Primary(running),
            Self::Primary(other),
            Self::JudgeGood,
            Self::JudgeBad,
            Self::GiveBack(running, 1),
            Self::GiveBack(running, 3),
            Self::GiveBack(other, 1),
            Self::GiveBack(other, 3),
            Self::Repair,
            Self::GiveUp,
        ]
    }

    /// Its steps.
    pub(super) fn steps(self, node: &Node, given: u8, running: Slot) -> Result<Vec<Step>, Refusal> {
        match self {
            Self::Bad => node.set_bad(running.other()),
            Self::Primary(slot) => node.set_primary(slot),
            Self::JudgeGood => node.judge_good(),
            Self::JudgeBad => node.judge_bad(),
            Self::GiveBack(slot, lost) => node.give_back(slot, lost.into(), given.into()).map(|(steps, _)| steps),
            Self::Repair => node.repair(),
            Self::GiveUp => node.give_up_others(),
        }
    }
}
