//! Every state that a node can come to while keys change, whatever is installed, started, cut off or refused by its firmware.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// A release, by what it has to do with the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Release {
    Before,
    In(Phase),
    After,
}

impl Release {
    const ALL: [Self; 5] =
        [Self::Before, Self::In(Phase::Announce), Self::In(Phase::Switch), Self::In(Phase::Retire), Self::After];

    fn signed(self) -> Signed {
        match self {
            Self::Before => Signed { programs: Keys::OLD, policies: Keys::OLD },
            Self::In(phase) => Signed { programs: phase.programs(), policies: phase.policies() },
            Self::After => Signed { programs: Keys::NEW, policies: Keys::NEW },
        }
    }

    fn keyring(self) -> Keys {
        match self {
            Self::Before => Keys::OLD,
            Self::In(phase) => phase.keyring(),
            Self::After => Keys::NEW,
        }
    }

    fn bundle(self) -> Keys {
        match self {
            Self::Before | Self::In(Phase::Announce) => Keys::OLD,
            _ => Keys::NEW,
        }
    }
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    /// What can start: the slots that have an entry.
    slots: [Option<Release>; 2],
    running: usize,
    good: bool,
    firmware: Firmware,
    loader: Keys,
    enrolment: Generation,
    volume: Keys,
}

impl Node {
    /// A node that a release was flashed to.
    fn fresh(release: Release) -> Self {
        let (enrolled, sealed) = match release {
            Release::Before => (Keys::OLD, Keys::OLD),
            // What data is sealed to is the key in `.pcrpkey`.
            Release::In(Phase::Announce) => (Keys::OLD, Keys::OLD),
            Release::In(Phase::Switch) => (Keys::OLD, Keys::NEW),
            Release::In(Phase::Retire) | Release::After => (Keys::NEW, Keys::NEW),
        };
        Self {
            slots: [Some(release), None],
            running: 0,
            good: false,
            firmware: Firmware { db: enrolled, kek: enrolled, pk: enrolled },
            loader: release.signed().programs,
            enrolment: if enrolled.new { Generation::New } else { Generation::Old },
            volume: sealed,
        }
    }

    fn runs(&self) -> Release {
        self.slots[self.running].unwrap_or(Release::Before)
    }

    fn facts(&self, phase: Phase) -> Facts {
        Facts {
            phase,
            firmware: Some(self.firmware),
            loader: self.loader,
            enrolment: Some(self.enrolment),
            other: self.slots[1 - self.running].map(Release::signed),
            volumes: vec![self.volume],
        }
    }

    fn take(mut self, step: Step) -> Self {
        let variable = |variable, firmware: &mut Firmware, to: fn(&mut Keys)| match variable {
            Variable::Db => to(&mut firmware.db),
            Variable::Kek => to(&mut firmware.kek),
            Variable::Pk => to(&mut firmware.pk),
        };
        let brings = self.runs().signed().programs;
        match step {
            Step::Enrol(which) => variable(which, &mut self.firmware, |keys| keys.new = true),
            Step::Forget(which) => variable(which, &mut self.firmware, |keys| *keys = Keys::NEW),
            Step::ReplaceLoader => self.loader = brings,
            Step::ReplaceEnrolment => self.enrolment = Generation::New,
            Step::Seal(_) => self.volume.new = true,
            Step::Unseal(_) => self.volume.old = false,
        }
        self
    }

    fn may_start(&self, release: Release) -> bool {
        let signed = release.signed();
        may_start(self.firmware.db.meets(signed.programs), [opens(self.volume, signed.policies)]).is_ok()
    }

    /// What RAUC and the boot state would let be installed.
    fn takes(&self, release: Release) -> bool {
        self.good && self.runs().keyring().meets(release.bundle()) && self.may_start(release)
    }

    /// What can happen next; steps in `broken` never work on this node.
    fn events(&self, broken: &BTreeSet<Step>) -> Vec<Self> {
        let other = 1 - self.running;
        let mut events = vec![Self { good: true, ..*self }];
        if self.slots[other].is_some() {
            events.push(Self { running: other, good: false, ..*self });
        }
        if self.good {
            for release in Release::ALL {
                if self.runs().keyring().meets(release.bundle()) {
                    // RAUC takes the entry away first; a cut, or `may_start`, leaves it at that.
                    let mut node = *self;
                    node.slots[other] = None;
                    events.push(node);
                    if node.may_start(release) {
                        node.slots[other] = Some(release);
                        events.push(node);
                    }
                }
            }
            if let Release::In(phase) = self.runs() {
                let steps = next(&self.facts(phase)).into_iter().filter(|step| !broken.contains(step));
                events.extend(steps.map(|step| self.take(step)));
            }
        }
        events
    }

    fn check(&self) {
        let trusted = |programs: Keys| self.firmware.db.meets(programs);
        assert!(trusted(self.loader), "the firmware refuses the boot loader: {self:?}");
        for release in self.slots.into_iter().flatten() {
            assert!(trusted(release.signed().programs), "the firmware refuses {release:?}: {self:?}");
            assert!(opens(self.volume, release.signed().policies), "{release:?} can't open the data: {self:?}");
        }
        let further = Release::ALL.into_iter().filter(|release| *release >= self.runs());
        assert!(!self.good || further.into_iter().any(|release| self.takes(release)), "nothing to install: {self:?}");
    }

    fn is_done(&self) -> bool {
        let all = Firmware { db: Keys::NEW, kek: Keys::NEW, pk: Keys::NEW };
        // An old signature beside the new one on the boot loader opens nothing.
        self.loader.new && (self.firmware, self.enrolment, self.volume) == (all, Generation::New, Keys::NEW)
    }
}

/// Every state that follows from the ones of nodes flashed with any release, and which states lead to it.
fn reached(broken: &BTreeSet<Step>) -> BTreeMap<Node, Vec<Node>> {
    let mut states: BTreeMap<Node, Vec<Node>> = Release::ALL.map(|release| (Node::fresh(release), Vec::new())).into();
    let mut left: Vec<Node> = states.keys().copied().collect();
    while let Some(node) = left.pop() {
        node.check();
        for event in node.events(broken) {
            let known = states.contains_key(&event);
            states.entry(event).or_default().push(node);
            if !known {
                left.push(event);
            }
        }
    }
    states
}

#[test]
fn nobody_is_locked_out() {
    let states = reached(&BTreeSet::new());
    // From every one of them the change can be ended.
    let mut ends: BTreeSet<Node> = states.keys().copied().filter(Node::is_done).collect();
    let mut left: Vec<Node> = ends.iter().copied().collect();
    while let Some(node) = left.pop() {
        left.extend(states[&node].iter().copied().filter(|before| ends.insert(*before)));
    }
    assert_eq!(ends.len(), states.len());
    assert!(states.len() > 300, "{} states are too few to be all", states.len());
}

/// Firmware that takes no variable, a TPM that gives nothing out, an ESP that can't be written: in all combinations.
#[test]
fn nobody_is_locked_out_where_steps_fail() {
    let steps = [
        Step::Enrol(Variable::Db),
        Step::Enrol(Variable::Kek),
        Step::ReplaceLoader,
        Step::ReplaceEnrolment,
        Step::Seal(0),
        Step::Forget(Variable::Db),
        Step::Forget(Variable::Kek),
        Step::Forget(Variable::Pk),
        Step::Unseal(0),
    ];
    for choice in 0..1_u32 << steps.len() {
        let broken = steps.iter().enumerate().filter(|(number, _)| choice >> number & 1 == 1);
        reached(&broken.map(|(_, step)| *step).collect());
    }
}

/// The way that a maker goes, in the order in which the steps come.
#[test]
fn three_updates() {
    let mut node = Node { good: true, ..Node::fresh(Release::Before) };
    let mut done = Vec::new();
    for phase in Phase::ALL {
        assert!(node.takes(Release::In(phase)), "{phase}: {node:?}");
        node.slots[1 - node.running] = Some(Release::In(phase));
        node.running = 1 - node.running;
        while let Some(step) = next(&node.facts(phase)).first() {
            done.push(*step);
            node = node.take(*step);
        }
    }
    assert!(node.is_done(), "{node:?}");
    assert_eq!(
        done,
        [
            Step::Enrol(Variable::Db),
            Step::Enrol(Variable::Kek),
            Step::Seal(0),
            Step::ReplaceLoader,
            Step::Unseal(0),
            Step::ReplaceEnrolment,
            Step::Forget(Variable::Db),
            Step::Forget(Variable::Kek),
            Step::Forget(Variable::Pk),
        ][..]
    );
}

#[test]
fn phases_have_words() {
    for phase in Phase::ALL {
        assert_eq!(format!("{phase}\n").parse(), Ok(phase));
    }
    assert!("later".parse::<Phase>().is_err());
}
