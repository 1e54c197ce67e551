//! Looks into every state that a power cut can leave.
//!
//! What is looked into again is what has changed: the partition table, the ESP and the settings by the digests of their regions,
//! the slots by whether they hold a release. States of which all of that is the same are equal here: those that differ in bytes of
//! a slot that is being written, above all. They are counted, and judged by the same facts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

use formats::layout::Role;
use formats::slot::Slot;

use super::contents::mix;
use super::cuts::{self, Cut, Part};
use super::esp::Esps;
use super::log::Kind;
use super::recording::Recording;
use super::settings::StatePartition;
use super::state::{Region, State};
use super::table::Table;
use super::verdict::{Facts, Problem, Promised, Verdict, judge};

/// How many states with problems are described.
const DESCRIBED: usize = 40;

/// How many stretches of the record states to start are chosen from: of all writes, and of those of metadata.
const STRETCHES: usize = 24;

/// How many states there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Writes and discards.
    pub writes: usize,
    /// Groups of writes between flushes.
    pub groups: usize,
    /// States behind a write.
    pub prefixes: u64,
    /// States within a write.
    pub torn: u64,
    /// States with a write missing that ended earlier.
    pub reordered: u64,
    /// How many of all these were looked into: the others were left out of a sample.
    pub judged: u64,
    /// How many different disks were among them.
    pub distinct: usize,
    /// How often something that matters had changed from one to the next.
    pub changes: u64,
    /// How many ESPs were read.
    pub esps: u64,
    /// How many state partitions e2fsck had to repair.
    pub repaired: u64,
    /// How many states have problems.
    pub bad: u64,
}

/// As a story tells it.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { writes, groups, prefixes, torn, reordered, judged, distinct, changes, esps, repaired, bad } = self;
        let states = prefixes + torn + reordered;
        writeln!(f, "{writes} writes in {groups} groups: {states} states, {judged} of them looked into")?;
        writeln!(f, "{prefixes} prefixes, {torn} torn, {reordered} reordered; {distinct} distinct disks")?;
        write!(
            f,
            "{changes} changes that matter, {esps} ESPs read, {repaired} state partitions repaired; {bad} bad states"
        )
    }
}

/// A state that is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Which.
    pub cut: Cut,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// What there was.
    pub facts: Facts,
}

/// A state to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub cut: Cut,
    /// What must run: release and slot.
    pub starts: (usize, Slot),
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many.
    pub counts: Counts,
    /// The first ones that are not good.
    pub bad: Vec<Bad>,
    /// How many states have each problem.
    pub problems: BTreeMap<Problem, u64>,
    /// Some to start, spread over the record.
    pub candidates: Vec<Candidate>,
    /// What was there for good at the end.
    pub promised: Promised,
}

/// What a state's facts follow from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    digests: [u64; 3],
    slots: [Vec<bool>; 2],
}

struct Course<'a> {
    recording: &'a Recording,
    one_in: u64,
    number: u64,
    esps: Esps,
    settings: StatePartition,
    tables: HashMap<u64, Result<(), String>>,
    last: Option<(Key, Facts, Verdict)>,
    seen: HashSet<u64>,
    chosen: BTreeMap<(bool, usize), (u64, Candidate)>,
    /// How many writes of metadata there are before each entry.
    metadata: Vec<usize>,
    outcome: Outcome,
}

/// Looks into one state of so many; into all of them with 1. Files are written into `scratch`.
pub fn enumerate(recording: &Recording, one_in: u64, scratch: &std::path::Path) -> Result<Outcome, String> {
    let mut state = recording.start().clone();
    state.settle();
    let mut metadata = vec![0];
    for number in 0..recording.entries().len() {
        let more = usize::from(recording.all_of(number).sectors > 0 && !recording.is_bulk(number));
        metadata.push(metadata.last().copied().unwrap_or(0) + more);
    }
    let mut course = Course {
        recording,
        one_in,
        number: 0,
        esps: Esps::of_image(&state)?,
        settings: StatePartition::new(scratch),
        tables: HashMap::new(),
        last: None,
        seen: HashSet::new(),
        chosen: BTreeMap::new(),
        metadata,
        outcome: Outcome::default(),
    };
    course.promise(&state);
    for group in cuts::groups(recording.entries()) {
        course.group(&mut state, &group);
    }
    Ok(course.end())
}

impl Course<'_> {
    fn group(&mut self, state: &mut State, group: &cuts::Group) {
        self.outcome.counts.groups += 1;
        for entry in group.start..group.end {
            let all = self.recording.all_of(entry);
            let tears = matches!(self.recording.entries().get(entry).map(|entry| entry.kind), Some(Kind::Write { .. }));
            self.outcome.counts.writes += 1;
            for sector in 0..all.sectors {
                self.recording.apply_sector(state, entry, sector);
                if tears && sector + 1 < all.sectors {
                    self.outcome.counts.torn += 1;
                    if self.is_next() {
                        let parts = || vec![Part { entry, sectors: sector + 1 }];
                        self.visit(state, || Cut { whole: entry, parts: parts() });
                    }
                }
            }
            self.outcome.counts.prefixes += 1;
            if self.is_next() {
                self.visit(state, || Cut { whole: entry + 1, parts: Vec::new() });
            }
        }
        let mut reordered = cuts::reordered(self.recording.entries(), group, |entry| self.recording.is_bulk(entry));
        self.outcome.counts.reordered += reordered.len() as u64;
        reordered.retain(|_| self.is_next());
        if !reordered.is_empty() {
            state.back_to(0);
            for cut in reordered {
                cut.parts.iter().for_each(|part| self.recording.apply(state, *part));
                self.visit(state, || cut.clone());
                state.back_to(0);
            }
            (group.start..group.end).for_each(|entry| self.recording.apply(state, self.recording.all_of(entry)));
        }
        state.settle();
        self.promise(state);
    }

    /// Whether the next state is in the sample.
    fn is_next(&mut self) -> bool {
        self.number += 1;
        mix(self.number).is_multiple_of(self.one_in)
    }

    /// Looks into a state.
    fn visit(&mut self, state: &State, cut: impl Fn() -> Cut) {
        self.outcome.counts.judged += 1;
        self.seen.insert(state.digest_of_all());
        self.look(state);
        let Some((_, facts, verdict)) = &self.last else { return };
        if let Some(starts) = verdict.starts {
            let whole = cut().whole;
            let all = self.recording.entries().len().max(1);
            let of = self.metadata.last().copied().unwrap_or(0).max(1);
            let before = self.metadata.get(whole).copied().unwrap_or(0);
            let rank = mix(!self.number);
            for place in [(false, whole * STRETCHES / all), (true, before * STRETCHES / of)] {
                if self.chosen.get(&place).is_none_or(|(best, _)| rank < *best) {
                    self.chosen.insert(place, (rank, Candidate { cut: cut(), starts }));
                }
            }
        }
        if !verdict.problems.is_empty() {
            self.outcome.counts.bad += 1;
            for problem in &verdict.problems {
                *self.outcome.problems.entry(problem.clone()).or_default() += 1;
            }
            if self.outcome.bad.len() < DESCRIBED {
                let problems = verdict.problems.iter().cloned().collect();
                self.outcome.bad.push(Bad { cut: cut(), problems, facts: facts.clone() });
            }
        }
    }

    /// Finds out what there is, if anything that matters has changed.
    fn look(&mut self, state: &State) {
        let holds = |slot| (0..state.releases().len()).map(|release| state.holds(slot, release)).collect();
        let digests = [Region::Table, Region::Esp, Region::State].map(|region| state.digest(region));
        let key = Key { digests, slots: Slot::ALL.map(holds) };
        if self.last.as_ref().is_some_and(|(last, _, _)| *last == key) {
            return;
        }
        self.outcome.counts.changes += 1;
        let table = self.tables.entry(digests[0]).or_insert_with(|| table(state)).clone();
        let settings = self.settings.read(state, self.outcome.promised.machine.is_some());
        let facts = Facts { table, esp: self.esps.read(state), slots: key.slots.clone(), settings };
        let verdict = judge(&facts, state.releases(), &self.outcome.promised);
        self.last = Some((key, facts, verdict));
    }

    /// What the disk has now has been flushed: it must be there from now on.
    fn promise(&mut self, state: &State) {
        self.look(state);
        let Some((_, _, verdict)) = &self.last else { return };
        let promised = &mut self.outcome.promised;
        promised.judged = verdict.good.or(promised.judged);
        promised.machine = verdict.machine.or(promised.machine);
        // It has to be judged anew by what is promised now.
        self.last = None;
    }

    fn end(self) -> Outcome {
        let mut outcome = self.outcome;
        outcome.counts.distinct = self.seen.len();
        outcome.counts.esps = self.esps.read;
        outcome.counts.repaired = self.settings.repaired;
        let mut candidates: Vec<Candidate> = self.chosen.into_values().map(|(_, candidate)| candidate).collect();
        candidates.sort_by(|a, b| (a.cut.whole, &a.cut.parts).cmp(&(b.cut.whole, &b.cut.parts)));
        candidates.dedup();
        outcome.candidates = candidates;
        outcome
    }
}

/// Whether the state has a partition table, and its partitions are where they are to be. Before the first start there is neither
/// slot b nor a state partition, and slot a is as long as its content.
fn table(state: &State) -> Result<(), String> {
    let table = Table::read(state)?;
    for (role, range) in state.regions().partitions() {
        let needed = matches!(role, Role::Esp | Role::Root(Slot::A));
        match table.partition(*role) {
            None if needed => return Err(format!("the partition table has no {}", role.name())),
            Some(found) if found.start != range.start || found.end > range.end => {
                return Err(format!(
                    "{} is at sectors {found:?} by the table, and was made for {range:?}",
                    role.name()
                ));
            }
            None | Some(_) => {}
        }
    }
    Ok(())
}
