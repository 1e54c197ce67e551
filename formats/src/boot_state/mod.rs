//! Which release starts: slots, tries, good, next.
//!
//! There is no other record than the disk itself: what the two slots hold, and the names of the kernel images on the
//! ESP ([`crate::boot_entry`]). An entry belongs to the slot whose verity tree has the root hash that stands on the
//! entry's command line; so the same entry is right for either slot, and an entry whose slot was overwritten belongs
//! to none.
//!
//! ```text
//!            install        start        judged good
//!  nothing ───────────► +3 ───────► +2-1 ───────────► no counter ──► set aside for an older release: +0
//!                                   +1-2
//!                                   +0-3   failed: three starts, none judged
//! ```
//!
//! [`Node`] is what is known. [`Node::next`] is what systemd-boot 257 would start. Each operation of
//! [`operations`] is a list of [`Step`]s, each of which is on the disk before the next one begins; whoever carries them
//! out decides nothing.
//!
//! Invariants, held by an exhaustive search (`tests/search.rs`) over every state that can be reached:
//! - Whatever is interrupted, and wherever: a whole slot that was not given up for an update has an entry.
//! - The release that was judged good last starts again after at most three failed starts of another one.
//! - Each start of a trial brings its end nearer, whatever is given back: it has at most [`TRIES`] + [`GIVE_BACKS`].
//! - An entry without a counter is the only one that may be alone: nobody renames it, neither these operations nor the
//!   boot loader.

use std::fmt;

use crate::boot_entry::{BootEntry, Tries};
use crate::digest::Digest;
use crate::slot::Slot;
use crate::version::Version;

pub mod operations;
#[cfg(test)]
mod tests;

pub use operations::Refusal;

/// How many starts a release on trial has.
pub const TRIES: u32 = 3;

/// How many starts are given back to one trial, as many as it has: a release that takes the power with it, or hangs where no
/// watchdog tells, is left after six starts.
pub const GIVE_BACKS: u32 = 3;

/// The name under which an entry is written before it gets its own. No boot loader looks at it.
pub const TEMPORARY: &str = "ilanga.new";

/// The counter of a new trial.
const TRIAL: Tries = Tries { left: TRIES, done: 0 };

/// The counter of a release that was set aside: it may not start before another one, and has not failed.
const ASIDE: Tries = Tries { left: 0, done: 0 };

/// A release, as its kernel image names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its version.
    pub version: Version,
    /// The root hash of its root file system.
    pub root: Digest,
}

/// What a slot holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A slot image whose parts belong together.
    Release(Release),
    /// No slot image, or one whose parts do not.
    Nothing,
    /// It can't be told: the disk does not answer.
    Unreadable,
}

impl Content {
    /// The release, if there is one.
    pub fn release(&self) -> Option<&Release> {
        match self {
            Self::Release(release) => Some(release),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

/// A kernel image of Ilanga's on the ESP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: BootEntry,
    /// The root hash on its command line; `None` if the file is no whole kernel image of that version.
    pub root: Option<Digest>,
}

impl Entry {
    /// Whether it has no tries left, so it starts only if there is nothing else.
    fn is_spent(&self) -> bool {
        self.name.tries.is_some_and(|tries| tries.left == 0)
    }
}

/// What runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// The slot under the root file system.
    pub slot: Slot,
    /// The root hash with which the kernel was started.
    pub root: Digest,
}

/// All that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What slot a holds.
    pub a: Content,
    /// What slot b holds.
    pub b: Content,
    /// The ESP's entries.
    pub entries: Vec<Entry>,
    /// There is something named [`TEMPORARY`] on the ESP.
    pub temporary: bool,
    /// What runs, if it runs from one of the slots.
    pub running: Option<Running>,
}

/// How a slot stands with the boot loader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No entry leads to it.
    NotStarted,
    /// It was judged good.
    Good,
    /// It is started this many times more, unless it is judged before.
    OnTrial(Tries),
    /// It was taken back for an older release. It starts if that one fails.
    SetAside,
    /// It was started this many times and failed.
    Bad {
        /// How often.
        starts: u32,
    },
}

impl State {
    /// The state of an entry with this counter.
    pub const fn of(tries: Option<Tries>) -> Self {
        match tries {
            None => Self::Good,
            Some(Tries { left: 0, done: 0 }) => Self::SetAside,
            Some(Tries { left: 0, done }) => Self::Bad { starts: done },
            Some(tries) => Self::OnTrial(tries),
        }
    }

    /// What RAUC calls it: bad is what failed, and what nothing starts.
    pub const fn is_good(self) -> bool {
        !matches!(self, Self::Bad { .. } | Self::NotStarted)
    }
}

/// As people read it.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: &u32| if *n == 1 { "" } else { "s" };
        match self {
            Self::NotStarted => f.write_str("not started by anything"),
            Self::Good => f.write_str("good"),
            Self::OnTrial(Tries { left, .. }) => write!(f, "on trial, {left} start{} left", plural(left)),
            Self::SetAside => f.write_str("set aside for an older release"),
            Self::Bad { starts } => write!(f, "failed after {starts} start{}", plural(starts)),
        }
    }
}

/// One change of the ESP. It is on the disk before the next one begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// What a write that was cut off left goes.
    RemoveTemporary,
    /// The kernel image in a slot is copied to the ESP under [`TEMPORARY`], flushed, and given its name.
    Write {
        /// Its name.
        entry: BootEntry,
        /// Where it comes from.
        slot: Slot,
    },
    /// An entry gets another counter.
    Rename {
        /// Its name until now.
        from: BootEntry,
        /// Its name from now on, which no other has.
        to: BootEntry,
    },
    /// An entry goes.
    Remove {
        /// Its name.
        entry: BootEntry,
    },
}

/// As the journal has it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoveTemporary => write!(f, "remove {TEMPORARY}"),
            Self::Write { entry, slot } => write!(f, "write {entry} from slot {slot}"),
            Self::Rename { from, to } => write!(f, "rename {from} to {to}"),
            Self::Remove { entry } => write!(f, "remove {entry}"),
        }
    }
}

impl Node {
    /// What a slot holds.
    pub fn content(&self, slot: Slot) -> &Content {
        match slot {
            Slot::A => &self.a,
            Slot::B => &self.b,
        }
    }

    /// The entry that systemd-boot 257 starts next: of those with tries left, or without a counter, the one of the
    /// highest version; one without tries left only if there is no other. (`boot_entry_compare` in
    /// `src/boot/boot.c`: it takes the version from the kernel image, which an entry's name repeats. Entries of one
    /// version differ in their counters only, so which of them is taken does not matter; it looks at the names.)
    pub fn next(&self) -> Option<&Entry> {
        let startable = self.entries.iter().filter(|entry| entry.root.is_some());
        startable.min_by(|a, b| {
            let counters = |entry: &Entry| entry.name.tries.map(|Tries { left, done }| (left, done));
            let order = a.is_spent().cmp(&b.is_spent());
            order.then_with(|| b.name.version.cmp(&a.name.version)).then_with(|| counters(b).cmp(&counters(a)))
        })
    }

    /// The slot that holds this release.
    pub fn slot_of(&self, version: &Version) -> Option<Slot> {
        Slot::ALL.into_iter().find(|slot| self.content(*slot).release().is_some_and(|held| held.version == *version))
    }

    /// The slot that the next start leads to. Where both hold the same release it is the running one.
    pub fn primary(&self) -> Option<Slot> {
        let root = self.next()?.root?;
        let running = self.running.filter(|running| running.root == root).map(|running| running.slot);
        let holds = |slot: &Slot| self.content(*slot).release().is_some_and(|release| release.root == root);
        running.or_else(|| Slot::ALL.into_iter().find(holds))
    }

    /// How a slot stands.
    pub fn state(&self, slot: Slot) -> State {
        self.root(slot).map_or(State::NotStarted, |root| self.state_of(root))
    }

    /// The root hash of what was started from a slot, or of what it holds.
    fn root(&self, slot: Slot) -> Option<Digest> {
        let running = self.running.filter(|running| running.slot == slot).map(|running| running.root);
        running.or(self.content(slot).release().map(|release| release.root))
    }

    /// How a release stands.
    fn state_of(&self, root: Digest) -> State {
        self.kept(root).map_or(State::NotStarted, |entry| State::of(entry.name.tries))
    }

    /// The entries of a release. More than one is left by an operation that was cut off.
    fn entries_of(&self, root: Digest) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.root == Some(root))
    }

    /// Which of a release's entries counts: the one without a counter, as it was judged; else the one with the fewest
    /// tries left.
    fn kept(&self, root: Digest) -> Option<&Entry> {
        self.entries_of(root).min_by_key(|entry| {
            let tries = entry.name.tries;
            tries.map(|Tries { left, done }| (left, u32::MAX - done))
        })
    }

    /// Whether an entry leads to a slot.
    fn leads_somewhere(&self, entry: &Entry) -> bool {
        let Some(root) = entry.root else { return false };
        let held = Slot::ALL.into_iter().filter_map(|slot| self.content(slot).release());
        held.map(|release| release.root).chain(self.running.map(|running| running.root)).any(|held| held == root)
    }
}
