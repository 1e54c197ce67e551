//! Every state that can be reached from a flashed node, and every event in each of them.
//!
//! Events: a start, which may crash or lose its power before anything is judged; every operation, cut off before, in
//! and after each step; an update of any version, written in part or whole; damage of a slot, seen or unseen; an ESP
//! that is emptied. What holds in each state is in `check`; what holds after an operation in `check_done`.
//!
//! Two file systems are searched. On the first a renaming is one write: so it is on the node as long as a folder's
//! names share a sector (docs/boot.md). On the second a renaming, by the operations or by the boot loader, may once
//! leave both names or none; there a start may be lost, but never the last entry.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::world::{Disk, Held, Order, RELEASES, World, bumped, index, version};
use crate::boot_state::{Refusal, State};
use crate::slot::Slot;

/// The figures of a search.
#[derive(Default)]
struct Search {
    seen: HashSet<World>,
    queue: VecDeque<World>,
    transitions: usize,
    longest: usize,
    /// How often each operation had something to do.
    done: BTreeMap<String, usize>,
}

impl Search {
    fn add(&mut self, world: World) {
        self.transitions += 1;
        let world = world.settle();
        if !self.seen.contains(&world) {
            self.seen.insert(world.clone());
            self.queue.push_back(world);
        }
    }

    fn run(disk: Disk) -> Self {
        let mut search = Self::default();
        search.add(World::flashed());
        while let Some(world) = search.queue.pop_front() {
            let starts = check(&world, disk);
            search.longest = search.longest.max(starts);
            let next = match world.running {
                None => starts_of(&world, disk),
                Some((slot, release)) => events(&world, slot, release, disk, &mut search.done),
            };
            next.into_iter().for_each(|next| search.add(next));
        }
        search
    }
}

/// The states that a start leads to.
fn starts_of(world: &World, disk: Disk) -> Vec<World> {
    let mut next = Vec::new();
    for (name, release) in world.candidates() {
        world.torn(name, bumped(name), disk, &mut next);
        let counted = world.counted(name);
        for slot in Slot::ALL.into_iter().filter(|slot| world.slots[index(*slot)].seen() == Some(release)) {
            next.push(World { running: Some((slot, release)), ..counted.clone() });
        }
        // Where names go missing a start may not be counted.
        if let (0, Some(before)) = (disk.torn_names, world.starts_left(release)) {
            let after = counted.starts_left(release).unwrap_or(0);
            assert!(after < before || before == 0, "a start that brings no end nearer: {world:#?}");
        }
        // It crashes, loses its power, or its slot is not there.
        next.push(counted);
    }
    next
}

/// The states that follow while this slot runs.
fn events(world: &World, slot: Slot, release: u8, disk: Disk, carried_out: &mut BTreeMap<String, usize>) -> Vec<World> {
    let node = world.node();
    let mut next = vec![World { running: None, ..world.clone() }];
    for order in Order::all(slot) {
        // What is damaged passes no health check.
        if order == Order::JudgeGood && world.slots[index(slot)] != Held::Whole(release) {
            continue;
        }
        if let Ok(steps) = order.steps(&node, world.given, slot) {
            if !steps.is_empty() {
                let name = format!("{order:?}").split('(').next().unwrap().to_owned();
                *carried_out.entry(name).or_default() += 1;
            }
            let before = ordered(world, order, slot, release);
            let (cuts, done) = before.carry_out(&steps, disk);
            next.extend(cuts.into_iter().map(|cut| judged(cut, order, release)));
            let done = judged(done, order, release).settle();
            check_done(&done, order, slot, release);
            if disk.torn_names == 0 && matches!(order, Order::GiveBack(..)) {
                let left = |world: &World| RELEASES.map(|release| world.starts_left(release));
                assert!(left(&done) <= left(world), "what is given back is no more than is left: {world:#?}");
            }
            next.push(done);
        }
    }
    let other = index(slot.other());
    // RAUC writes the other slot once what it orders before is done.
    if Order::Bad.steps(&node, 0, slot).is_ok_and(|steps| steps.is_empty()) {
        let mut written = vec![Held::Torn];
        if world.slots[other] == Held::Torn {
            written.extend(RELEASES.map(Held::Whole));
        }
        for held in written {
            let mut world = world.clone();
            world.slots[other] = held;
            world.given_up[other] = true;
            next.push(world);
        }
    }
    // Two faults at once are not promised.
    for damaged in if disk.torn_names == 0 { 0..2 } else { 0..0 } {
        for held in [Held::Torn].into_iter().chain(world.slots[damaged].seen().map(Held::Damaged)) {
            let mut world = world.clone();
            world.slots[damaged] = held;
            next.push(world);
        }
    }
    let mut emptied = World { emptied: true, temporary: false, ..world.clone() };
    emptied.files.clear();
    emptied.given_up[other] = true;
    next.push(emptied);
    next
}

/// The world in which an operation has begun.
fn ordered(world: &World, order: Order, slot: Slot, release: u8) -> World {
    let mut world = world.clone();
    match order {
        Order::Bad => {
            world.given_up[index(slot.other())] = true;
            world.given = 0;
            // What runs was judged good, or was all that was left: it is what has to start from now on.
            world.anchor = Some(release);
        }
        // It is written down before the first step.
        Order::GiveBack(of, lost) => {
            let given = world.node().give_back(of, lost.into(), world.given.into());
            world.given += given.map_or(0, |(_, starts)| u8::try_from(starts).unwrap());
        }
        Order::JudgeBad => world.anchor = world.anchor.filter(|anchor| *anchor != release),
        Order::GiveUp => {
            world.given = 0;
            world.anchor = world.anchor.filter(|anchor| *anchor == release);
        }
        Order::Primary(_) => world.given = 0,
        Order::JudgeGood | Order::Repair => {}
    }
    world
}

/// A judgement counts from the moment at which its name is on the disk.
fn judged(mut world: World, order: Order, release: u8) -> World {
    let good = world.files.get(&(version(release), None)) == Some(&release);
    if good && (order == Order::JudgeGood || world.emptied && order == Order::Repair) {
        world.anchor = Some(release);
    }
    world.emptied &= !world.files.values().any(|entry| *entry == release);
    world
}

/// What holds in every state. Returns after how many failed starts what was judged good last starts again.
fn check(world: &World, disk: Disk) -> usize {
    if world.emptied {
        // Named in docs/boot.md: an ESP that was emptied, and power lost before it was rebuilt.
        return 0;
    }
    assert!(!world.candidates().is_empty(), "nothing to start: {world:#?}");
    let entries = Slot::ALL.map(|slot| world.has_entry(slot));
    let whole = Slot::ALL.map(|slot| matches!(world.slots[index(slot)], Held::Whole(_)));
    let missing = [0, 1].into_iter().filter(|&slot| whole[slot] && !world.given_up[slot] && !entries[slot]).count();
    assert!(missing <= usize::from(world.lost), "a whole slot has no entry: {world:#?}");
    assert!(world.given_up != [true, true], "both slots given up: {world:#?}");
    if disk.torn_names > 0 {
        assert!((0..2).any(|slot| whole[slot] && entries[slot]), "no whole slot starts: {world:#?}");
        return 0;
    }
    let starts = world.anchor.map_or(0, |anchor| until(world, anchor, 0));
    assert!(starts <= 3, "{starts} starts until what is good: {world:#?}");
    let releases: HashSet<_> = world.files.values().collect();
    assert_eq!(releases.len(), world.files.len(), "two entries for one release: {world:#?}");
    settles(world);
    starts
}

/// After how many failed starts of others this release starts, at the worst.
fn until(world: &World, release: u8, starts: usize) -> usize {
    assert!(starts < 10, "release {release} was judged good and never starts again: {world:#?}");
    let others = world.candidates().into_iter().filter(|(_, other)| *other != release);
    others.map(|(name, _)| until(&world.counted(name), release, starts + 1)).max().unwrap_or(starts)
}

/// Where every start fails, the node goes from one release to another at most twice: to and fro is no end.
fn settles(world: &World) {
    let (mut world, mut last, mut changes) = (world.clone(), None, 0);
    for _ in 0..20 {
        let (name, release) = world.candidates()[0];
        changes += usize::from(last.is_some_and(|last| last != release));
        last = Some(release);
        world = world.counted(name);
    }
    assert!(changes <= 2, "{changes} changes: {world:#?}");
}

/// What holds once an operation is done.
fn check_done(world: &World, order: Order, slot: Slot, release: u8) {
    let node = world.node();
    let next = world.candidates();
    let primary = |slot: Slot| next.iter().all(|(_, next)| world.slots[index(slot)].seen() == Some(*next));
    match order {
        Order::Primary(slot) => assert!(primary(slot), "{order:?}: {world:#?}"),
        Order::Bad => {
            let shared = world.slots[index(slot.other())].seen() == Some(release);
            assert!(shared || !world.has_entry(slot.other()), "{order:?}: {world:#?}");
            assert_eq!(node.state(slot), State::Good, "{order:?}: {world:#?}");
        }
        Order::JudgeGood => {
            let aside = matches!(node.state(slot), State::SetAside) && !primary(slot);
            assert!(aside || node.state(slot) == State::Good, "{order:?}: {world:#?}");
        }
        Order::JudgeBad => {
            let others = world
                .files
                .iter()
                .any(|((_, tries), other)| *other != release && tries.is_none_or(|(left, _)| left > 0));
            assert!(!others || !next.iter().any(|(_, next)| *next == release), "{order:?}: {world:#?}");
        }
        Order::Repair => {
            assert!(!world.temporary && node.repair() == Ok(Vec::new()), "{order:?}: {world:#?}");
            assert_ne!(node.state(slot), State::NotStarted, "{order:?}: {world:#?}");
            let releases: HashSet<_> = world.files.values().collect();
            assert_eq!(releases.len(), world.files.len(), "two entries for one release: {world:#?}");
        }
        Order::GiveUp => assert!(next.iter().all(|(_, next)| *next == release), "{order:?}: {world:#?}"),
        Order::GiveBack(..) => {}
    }
    let refused = matches!(order.steps(&node, world.given, slot), Err(Refusal::SameVersion { .. }));
    assert!(!refused, "{order:?} is refused once it is done: {world:#?}");
}

fn search(torn_names: u8, at_least: usize) {
    let search = Search::run(Disk { torn_names });
    let (states, transitions) = (search.seen.len(), search.transitions);
    println!("torn names {torn_names}: {states} states, {transitions} transitions");
    println!("at most {} failed starts before what was judged good; {:?}", search.longest, search.done);
    assert!(states > at_least && transitions > 4 * states, "{states} states, {transitions} transitions");
    assert_eq!(search.done.len(), 7, "an operation was never carried out: {:?}", search.done);
}

#[test]
fn every_state_has_something_to_start() {
    search(0, 50_000);
}

#[test]
fn one_torn_renaming_leaves_something_to_start() {
    search(1, 50_000);
}
