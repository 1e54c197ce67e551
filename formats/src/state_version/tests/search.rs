//! Every state that can be reached from a flashed node, and every event in each of them.
//!
//! Four releases, of version 1, 2, 3 and 3 of the state; two slots. Events: a start, on trial or good, cut off between any
//! two writes; a judgement; an update; a crash; a change by a person; a disk that is full or not any more. What must hold is
//! said of what people would see (`World::left`), not of files.
//!
//! Releases of version 1 know of nothing: one that runs and changes nothing leaves no trace, so it counts as the last good
//! one only from a change on, on trial too. And while the disk is so full that a judgement can't be written down, the release
//! before counts.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::world::{Content, Disk, FILE, RELEASES, Running, World};
use crate::state_version::{FIRST, Files, decide};

/// What is searched: which releases there are, how many changes people make, and whether the disk may be full.
#[derive(Clone, Copy)]
struct Scope {
    releases: &'static [usize],
    changes: u8,
    full: bool,
}

impl World {
    fn flashed(release: usize) -> Self {
        let mut good = [false; RELEASES.len()];
        good[release] = true;
        let disk = Disk::default();
        let tried = [0; RELEASES.len()];
        Self { disk, full: false, running: None, good, trial: None, left: None, id: None, ids: 0, changes: 0, tried }
    }

    fn off(&self, disk: Disk) -> Self {
        Self { disk: disk.settle_halves(), running: None, ..self.clone() }
    }

    /// What a start leads to: cut off somewhere, and the release that runs.
    fn start(&self, release: usize, good: bool, next: &mut Vec<Self>) {
        let version = RELEASES[release];
        let fresh: Content = [(self.ids + 1).min(2), 0];
        let (mut disk, mut cuts) = (self.disk.clone(), Vec::new());
        let (uses, kept) = if version == FIRST {
            let found = disk.content(FIRST);
            if found.is_none() && !self.full {
                disk.put(FIRST, fresh);
            }
            (found.unwrap_or(fresh), disk.content(FIRST).is_some())
        } else {
            let plan = decide(&disk.look(release), &Files::from([(FILE.to_owned(), fresh.to_vec())]));
            let done = disk.carry_out(&plan.steps, self.full, &mut cuts);
            (plan.uses[FILE].as_slice().try_into().expect("nothing half-made is used"), plan.kept && done)
        };
        let ids = self.ids.max(uses[0]);
        let world = Self { ids, disk, running: Some(Running { release, good, kept }), ..self.clone() };
        self.others_stay(&world.disk, version);
        self.check(release, uses);
        next.extend(cuts.into_iter().map(|cut| Self { ids, ..self.off(cut) }));
        let id = if kept { Some(uses[0]) } else { world.id };
        // Once there is one, a second one is one too many.
        let ids = id.unwrap_or(ids);
        Self { id, ids, ..world }.settled(uses, next);
    }

    /// No release changes what belongs to another version.
    fn others_stay(&self, now: &Disk, own: u32) {
        let files = |disk: &Disk| -> BTreeMap<String, Vec<u8>> {
            let others = |path: &String| !path.starts_with(&format!("v{own}")) && !path.starts_with('.');
            disk.0.clone().into_iter().filter(|(path, _)| others(path)).collect()
        };
        let (before, mut now) = (files(&self.disk), files(now));
        if !before.contains_key(FILE) {
            now.remove(FILE);
        }
        assert_eq!(before, now, "version {own} changes another one: {self:#?}");
    }

    /// What a release of this version finds is what it must.
    fn check(&self, release: usize, uses: Content) {
        let version = RELEASES[release];
        assert!(
            self.id.is_none_or(|id| id == uses[0]),
            "version {version} has another machine id: {uses:?}, {self:#?}"
        );
        match self.left {
            Some((last, left)) if last == version => assert_eq!(uses, left, "what it left is not there: {self:#?}"),
            Some((last, left)) if last < version => {
                assert_eq!(uses[1] & left[1], left[1], "version {version} lacks changes: {uses:?}, {self:#?}");
                for (other, tried) in self.tried.iter().enumerate().filter(|(other, _)| *other != release) {
                    assert_eq!(uses[1] & tried, 0, "{other} was left, and {release} has its changes: {self:#?}");
                }
            }
            _ => {}
        }
    }

    /// It is what a good release left.
    fn holds(self, left: Option<(u32, Content)>) -> Self {
        let good = left.map_or(0, |(_, content)| content[1]);
        Self { left, tried: self.tried.map(|tried| tried & !good), ..self }
    }

    /// What `ilanga-boot-state` does with the state where what runs is good.
    fn settled(&self, uses: Content, next: &mut Vec<Self>) -> Self {
        let mut world = self.clone();
        let running = world.running.unwrap();
        let version = RELEASES[running.release];
        if running.good && version != FIRST && !running.kept {
            // It may have room now; what is in its place is not what it uses.
            assert!(!self.disk.clone().settle(running.release, false, &mut Vec::new()), "it is not kept: {self:#?}");
        } else if running.good {
            let left = Some((version, uses));
            if version == FIRST {
                if running.kept && world.left.is_none_or(|(last, _)| last == FIRST) {
                    world.left = left;
                }
            } else {
                let mut cuts = Vec::new();
                let marked = world.disk.settle(running.release, world.full, &mut cuts);
                for (cut, marked) in cuts {
                    let off = world.off(cut);
                    next.push(if marked { off.holds(left) } else { off });
                }
                if marked {
                    world = world.holds(left);
                }
            }
        }
        next.push(world.clone());
        world
    }

    /// What can happen.
    fn events(&self, scope: Scope) -> Vec<Self> {
        let mut next = Vec::new();
        if scope.full {
            next.push(Self { full: !self.full, ..self.clone() });
        }
        let Some(running) = self.running else {
            let good = (0..RELEASES.len()).filter(|release| self.good[*release]);
            good.for_each(|release| self.start(release, true, &mut next));
            self.trial.into_iter().for_each(|release| self.start(release, false, &mut next));
            return next;
        };
        let Running { release, good, kept } = running;
        let version = RELEASES[release];
        // A crash, or a power cut.
        next.push(self.off(self.disk.clone()));
        if kept && !self.full && self.changes < scope.changes {
            let mut world = self.clone();
            let mut content = self.disk.content(version).unwrap();
            content[1] |= 1 << self.changes;
            world.disk.put(version, content);
            world.changes += 1;
            if version == FIRST || self.left.is_some_and(|(last, _)| last == version) {
                world.left = Some((version, content));
            } else if !good && !self.disk.was_good(version) {
                world.tried[release] |= 1 << self.changes;
            }
            next.push(world);
        }
        let uses = self.disk.content(version).filter(|_| kept);
        if !good {
            // It is judged good, or left.
            let mut world = self.clone();
            (world.good[release], world.trial) = (true, None);
            world.running = Some(Running { good: true, ..running });
            match uses {
                Some(uses) => drop(world.settled(uses, &mut next)),
                None => next.push(world),
            }
            next.push(Self { trial: None, ..self.off(self.disk.clone()) });
        } else {
            if self.good.iter().filter(|good| **good).count() > 1 {
                let mut world = self.off(self.disk.clone());
                world.good[release] = false;
                next.push(world);
            }
            // Another one comes into the other slot, or what is there is to start again.
            let ready = uses.map_or_else(|| self.clone(), |uses| self.settled(uses, &mut next));
            for other in scope.releases.iter().copied().filter(|other| *other != release) {
                let mut world = ready.off(ready.disk.clone());
                world.good = [false; RELEASES.len()];
                (world.good[release], world.trial) = (true, Some(other));
                next.push(world);
            }
        }
        next
    }
}

fn search(scope: Scope) -> usize {
    let (mut seen, mut queue, mut events) = (HashSet::new(), VecDeque::new(), 0);
    queue.extend(scope.releases.iter().copied().map(World::flashed));
    while let Some(world) = queue.pop_front() {
        for next in world.events(scope) {
            events += 1;
            if seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
    println!("{:?}, {} changes: {} states, {events} events", scope.releases, scope.changes, seen.len());
    seen.len()
}

#[test]
fn whatever_happens_the_old_release_finds_what_it_left() {
    for scope in [
        Scope { releases: &[0, 1], changes: 3, full: true },
        Scope { releases: &[1, 2, 3], changes: 1, full: true },
        Scope { releases: &[0, 1, 2], changes: 2, full: false },
        Scope { releases: &[0, 1, 2, 3], changes: 1, full: false },
    ] {
        assert!(search(scope) > 1000, "the search ended early");
    }
}
