//! What is done to the boot state, as lists of [`Step`]s.
//!
//! The order of the steps is what makes them safe: what is to start exists before anything else goes, and what is to be
//! left alone still starts until the last step.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{ASIDE, Content, Entry, GIVE_BACKS, Node, Release, Running, State, Step, TRIAL, TRIES};
use crate::boot_entry::{BootEntry, Tries};
use crate::digest::Digest;
use crate::slot::Slot;
use crate::version::Version;

/// Why nothing is done.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The system runs from elsewhere.
    #[error("this system does not run from one of the slots")]
    RunsFromElsewhere,
    /// There is nothing on the ESP that leads to a slot.
    #[error("nothing on the ESP leads to a slot")]
    NothingStarts,
    /// There is nothing to start.
    #[error("slot {0} holds no whole release")]
    NoRelease(Slot),
    /// The disk does not answer.
    #[error("slot {0} cannot be read")]
    Unreadable(Slot),
    /// The boot loader could not tell them apart.
    #[error("slot {slot} holds another build of {version} than slot {}: give one of them another version", .slot.other())]
    SameVersion {
        /// The slot that was to be started.
        slot: Slot,
        /// The version of both.
        version: Version,
    },
    /// Nothing known to be good would be left.
    #[error(
        "the release that runs, in slot {running}, is not judged good yet, so slot {} is still needed",
        .running.other()
    )]
    StillNeeded {
        /// The slot that runs.
        running: Slot,
    },
    /// It would make no difference, but for the risk of changing the only entry.
    #[error("slot {0} is the only one that can be started")]
    NothingElse(Slot),
    /// The ESP was emptied.
    #[error("the release that runs, in slot {running}, has no kernel image on the ESP: repair that first")]
    RepairFirst {
        /// The slot that runs.
        running: Slot,
    },
    /// Only what runs can be judged.
    #[error("slot {0} does not run, and only a release that runs can be judged good")]
    DoesNotRun(Slot),
    /// No start was lost.
    #[error("no start of slot {0} can be given back")]
    NothingToGiveBack(Slot),
    /// Power fails in each start, or what looks like it.
    #[error("{limit} starts were given back to slot {0} already", limit = GIVE_BACKS)]
    GivenBack(Slot),
}

impl Node {
    /// Makes a slot what starts next: on trial, unless it was judged good and the other was not. A newer release in the
    /// other slot is set aside, last of all: it starts if the older one fails.
    pub fn set_primary(&self, slot: Slot) -> Result<Vec<Step>, Refusal> {
        let release = self.release(slot)?;
        let other = self.root(slot.other()).filter(|root| *root != release.root);
        let whole = self.content(slot.other()).release();
        let started = other.and_then(|root| self.kept(root)).map(|entry| &entry.name.version);
        let versions = [whole.filter(|whole| whole.root != release.root).map(|whole| &whole.version), started];
        if versions.contains(&Some(&release.version)) {
            return Err(Refusal::SameVersion { slot, version: release.version.clone() });
        }
        if let Some(Running { slot: running, root }) = self.running
            && self.kept(root).is_none()
            && self.running_release().is_ok()
        {
            return Err(Refusal::RepairFirst { running });
        }
        let state = self.state(slot);
        let is_next = self.next().is_some_and(|next| next.root == Some(release.root));
        if is_next && matches!(state, State::Good | State::OnTrial(_)) {
            return Ok(Vec::new());
        }
        let first =
            |root| self.entries_of(root).find(|entry| !entry.is_spent() && entry.name.version > release.version);
        let rival = other.filter(|root| first(*root).is_some()).and_then(|root| self.kept(root));
        let surer = state == State::Good && rival.is_none_or(|rival| rival.name.tries.is_some());
        let mut steps = self.begin();
        self.place(&mut steps, slot, release, if surer { None } else { Some(TRIAL) });
        self.remove_strays(&mut steps);
        match rival {
            Some(rival) if whole.is_some() => self.count(&mut steps, rival, Some(ASIDE)),
            // What runs is no longer whole in its slot.
            Some(rival) => self.fail(&mut steps, rival),
            None => {}
        }
        Ok(steps)
    }

    /// What RAUC orders before it writes a slot: nothing leads to it any more. For the slot that runs it is
    /// [`Node::judge_bad`].
    pub fn set_bad(&self, slot: Slot) -> Result<Vec<Step>, Refusal> {
        let Running { slot: running, root } = self.running()?;
        if running == slot {
            return self.judge_bad();
        }
        if self.state_of(root) != State::Good {
            return Err(Refusal::StillNeeded { running });
        }
        let mut steps = self.begin();
        steps.extend(self.entries.iter().filter(|entry| entry.root != Some(root)).map(remove));
        Ok(steps)
    }

    /// What RAUC orders for a slot that works: the same as [`Node::judge_good`].
    pub fn set_good(&self, slot: Slot) -> Result<Vec<Step>, Refusal> {
        if self.running()?.slot == slot {
            self.judge_good()
        } else if self.state(slot) == State::Good {
            Ok(Vec::new())
        } else {
            Err(Refusal::DoesNotRun(slot))
        }
    }

    /// The release that runs is good: its counter goes. One that was set aside while it ran stays so, unless it is what
    /// starts anyway.
    pub fn judge_good(&self) -> Result<Vec<Step>, Refusal> {
        let Running { slot, root } = self.running()?;
        let mut steps = self.begin();
        let Some(entry) = self.kept(root) else {
            self.place(&mut steps, slot, self.running_release()?, None);
            return Ok(steps);
        };
        let is_next = self.next().is_some_and(|next| next.root == Some(root));
        if State::of(entry.name.tries) == State::SetAside && !is_next {
            return Ok(Vec::new());
        }
        self.count(&mut steps, entry, None);
        Ok(steps)
    }

    /// The release that runs is bad: it starts only if there is nothing else.
    pub fn judge_bad(&self) -> Result<Vec<Step>, Refusal> {
        let Running { slot, root } = self.running()?;
        if !self.entries.iter().any(|entry| entry.root != Some(root) && self.leads_somewhere(entry)) {
            return Err(Refusal::NothingElse(slot));
        }
        let mut steps = self.begin();
        if let Some(entry) = self.kept(root) {
            self.fail(&mut steps, entry);
        }
        Ok(steps)
    }

    /// What should have started could not be, and `init` went to this release instead: from now on it starts, whatever
    /// else there is. It is judged again if it was set aside or had failed itself.
    pub fn give_up_others(&self) -> Result<Vec<Step>, Refusal> {
        let Running { slot, root } = self.running()?;
        let Some(own) = self.kept(root) else { return Err(Refusal::RepairFirst { running: slot }) };
        let mut steps = self.begin();
        if matches!(State::of(own.name.tries), State::SetAside | State::Bad { .. }) {
            self.count(&mut steps, own, Some(TRIAL));
        }
        let others: BTreeSet<Digest> = self.entries.iter().filter_map(|entry| entry.root).collect();
        for other in others.into_iter().filter(|other| *other != root).filter_map(|other| self.kept(other)) {
            if !matches!(State::of(other.name.tries), State::Bad { .. }) {
                self.fail(&mut steps, other);
            }
        }
        Ok(steps)
    }

    /// Starts of a trial were no fault of the release: it gets as many more, and how many that are is returned. `lost` says
    /// how many starts are to be given back, `given` how many were already. Never the start that goes on now.
    pub fn give_back(&self, slot: Slot, lost: u32, given: u32) -> Result<(Vec<Step>, u32), Refusal> {
        let root = self.release(slot)?.root;
        let own = u32::from(self.running.is_some_and(|running| running.root == root));
        let counts = |tries: &Tries| tries.left.saturating_add(tries.done) == TRIES && tries.done > own;
        let entry = self.kept(root);
        let tries = entry.and_then(|entry| entry.name.tries).filter(counts);
        let (Some(entry), Some(Tries { left, done }), 1..) = (entry, tries, lost) else {
            return Err(Refusal::NothingToGiveBack(slot));
        };
        let starts = lost.min(done - own).min(GIVE_BACKS.saturating_sub(given));
        if starts == 0 {
            return Err(Refusal::GivenBack(slot));
        }
        let mut steps = self.begin();
        self.count(&mut steps, entry, Some(Tries { left: left + starts, done: done - starts }));
        Ok((steps, starts))
    }

    /// Puts the entries in order: what runs has one, each release has one at most, and none leads nowhere.
    ///
    /// If what runs has none, the ESP was lost, and nothing tells how the releases stood. What runs is taken for good,
    /// and gets its entry first. An older release in the other slot is taken for good too: it starts only where the
    /// running one is marked bad. A newer one is set aside, whether it failed, was set aside or was never started: a
    /// person or the next update makes it primary again.
    pub fn repair(&self) -> Result<Vec<Step>, Refusal> {
        let Running { slot, root } = self.running()?;
        let mut steps = self.begin();
        if self.kept(root).is_none() {
            let release = self.running_release()?;
            self.place(&mut steps, slot, release, None);
            let other = self.content(slot.other()).release();
            if let Some(other) = other.filter(|other| other.version != release.version && other.root != root)
                && self.kept(other.root).is_none()
            {
                let tries = if other.version < release.version { None } else { Some(ASIDE) };
                self.place(&mut steps, slot.other(), other, tries);
            }
        }
        for entry in &self.entries {
            let kept = entry.root.and_then(|root| self.kept(root));
            if kept.is_some_and(|kept| kept.name != entry.name) {
                steps.push(remove(entry));
            }
        }
        self.remove_strays(&mut steps);
        Ok(steps)
    }

    /// The steps that every operation begins with.
    fn begin(&self) -> Vec<Step> {
        if self.temporary { vec![Step::RemoveTemporary] } else { Vec::new() }
    }

    fn running(&self) -> Result<Running, Refusal> {
        self.running.ok_or(Refusal::RunsFromElsewhere)
    }

    fn release(&self, slot: Slot) -> Result<&Release, Refusal> {
        match self.content(slot) {
            Content::Release(release) => Ok(release),
            Content::Nothing => Err(Refusal::NoRelease(slot)),
            Content::Unreadable => Err(Refusal::Unreadable(slot)),
        }
    }

    /// The release that runs, if its slot still holds it.
    fn running_release(&self) -> Result<&Release, Refusal> {
        let Running { slot, root } = self.running()?;
        let release = self.release(slot)?;
        if release.root == root { Ok(release) } else { Err(Refusal::NoRelease(slot)) }
    }

    /// Gives a release one entry with this counter. Never two at once: systemd-boot can't count a start where the name
    /// that would tell of it is taken, so a release that fails would start for ever.
    fn place(&self, steps: &mut Vec<Step>, slot: Slot, release: &Release, tries: Option<Tries>) {
        match self.kept(release.root) {
            Some(entry) => self.count(steps, entry, tries),
            None => {
                let entry = BootEntry { version: release.version.clone(), tries };
                steps.push(Step::Write { entry, slot });
            }
        }
    }

    /// Gives the entry that counts another counter, once the others of its release are gone.
    fn count(&self, steps: &mut Vec<Step>, kept: &Entry, tries: Option<Tries>) {
        let others = self.entries.iter().filter(|other| other.root == kept.root && other.name != kept.name);
        steps.extend(others.map(remove));
        let to = BootEntry { tries, ..kept.name.clone() };
        if to != kept.name {
            steps.push(Step::Rename { from: kept.name.clone(), to });
        }
    }

    /// Marks a release as failed, after the starts that its entry tells of.
    fn fail(&self, steps: &mut Vec<Step>, entry: &Entry) {
        let done = entry.name.tries.map_or(1, |tries| tries.done.max(1));
        self.count(steps, entry, Some(Tries { left: 0, done }));
    }

    /// Takes away what leads nowhere, if it is known what the slots hold: started, it would end the start. A name
    /// that a step before has written over stays.
    fn remove_strays(&self, steps: &mut Vec<Step>) {
        if Slot::ALL.into_iter().any(|slot| *self.content(slot) == Content::Unreadable) {
            return;
        }
        for entry in self.entries.iter().filter(|entry| !self.leads_somewhere(entry)) {
            let written = |step: &Step| matches!(step, Step::Write { entry: name, .. } if *name == entry.name);
            if !steps.iter().any(written) {
                steps.push(remove(entry));
            }
        }
    }
}

fn remove(entry: &Entry) -> Step {
    Step::Remove { entry: entry.name.clone() }
}
