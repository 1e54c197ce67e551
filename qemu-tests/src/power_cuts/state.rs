//! A disk as numbers, one for each sector, and what is known of it without looking at all of them again.
//!
//! Nothing here copies a disk: a state is the base disk's contents, and what was written since over it; each change can be
//! taken back. While sectors change one after the other, these are kept up to date:
//! - a digest of each [`Region`], a sum, so that what was found out about a region is not found out again;
//! - for each slot and release, how many sectors of the slot differ from the release's slot image. With none, the slot is
//!   verified: the release's tree was checked when it was read.
//!
//! The digests have 64 bits; among a million states, two that differ have the same one once in 37 million enumerations.

use std::ops::Range;
use std::rc::Rc;

use formats::layout::Role;
use formats::slot::Slot;

use super::contents::{Content, Contents};
use super::release::Release;

/// What a sector belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    /// The partition tables and the protective MBR.
    Table,
    /// The EFI system partition.
    Esp,
    /// A slot.
    Slot(Slot),
    /// The state partition.
    State,
    /// What nothing asks for.
    Rest,
}

impl Region {
    const COUNT: usize = 6;

    /// The place of its digest.
    fn place(self) -> usize {
        match self {
            Self::Table => 0,
            Self::Esp => 1,
            Self::Slot(Slot::A) => 2,
            Self::Slot(Slot::B) => 3,
            Self::State => 4,
            Self::Rest => 5,
        }
    }
}

/// Where the regions of a disk are.
#[derive(Clone, Debug)]
pub struct Regions {
    /// The first sector of each stretch, and what it is; in order, from sector 0 on.
    stretches: Vec<(u64, Region)>,
    partitions: Vec<(Role, Range<u64>)>,
    sectors: u64,
}

impl Regions {
    /// Of a disk of this length with these partitions, in sectors.
    pub fn new(sectors: u64, mut partitions: Vec<(Role, Range<u64>)>) -> Self {
        partitions.sort_by_key(|(_, range)| range.start);
        let mut stretches = vec![(0, Region::Table)];
        for (role, range) in &partitions {
            let region = match role {
                Role::Esp => Region::Esp,
                Role::Root(slot) => Region::Slot(*slot),
                Role::State => Region::State,
                Role::Data => Region::Rest,
            };
            stretches.extend([(range.start, region), (range.end, Region::Rest)]);
        }
        // The copy of the table at the disk's end.
        stretches.push((sectors.saturating_sub(33), Region::Table));
        stretches.sort_by_key(|(start, region)| (*start, *region == Region::Rest));
        // Where a partition begins as another one ends, it is the one that begins.
        stretches.dedup_by_key(|(start, _)| *start);
        Self { stretches, partitions, sectors }
    }

    /// How many sectors the disk has.
    pub fn sectors(&self) -> u64 {
        self.sectors
    }

    /// What a sector belongs to.
    pub fn of(&self, sector: u64) -> Region {
        let behind = self.stretches.partition_point(|(start, _)| *start <= sector);
        self.stretches.get(behind.wrapping_sub(1)).map_or(Region::Rest, |(_, region)| *region)
    }

    /// Where a partition is, in sectors.
    pub fn partition(&self, role: Role) -> Option<Range<u64>> {
        self.partitions.iter().find(|(other, _)| *other == role).map(|(_, range)| range.clone())
    }

    /// All partitions.
    pub fn partitions(&self) -> &[(Role, Range<u64>)] {
        &self.partitions
    }
}

/// A disk at one moment.
#[derive(Clone, Debug)]
pub struct State {
    regions: Rc<Regions>,
    contents: Rc<Contents>,
    releases: Rc<Vec<Release>>,
    now: Vec<Content>,
    digests: [u64; Region::COUNT],
    /// By slot and release: how many sectors differ.
    wrong: [Vec<u64>; 2],
    undo: Vec<(u64, Content)>,
}

impl State {
    /// A disk with these contents, by sector.
    pub fn new(regions: Rc<Regions>, contents: Rc<Contents>, releases: Rc<Vec<Release>>, base: Vec<Content>) -> Self {
        let mut digests = [0_u64; Region::COUNT];
        for (sector, content) in (0..).zip(&base).filter(|(_, content)| **content != Content::ZEROS) {
            let digest = &mut digests[regions.of(sector).place()];
            *digest = digest.wrapping_add(content.at(sector)).wrapping_sub(Content::ZEROS.at(sector));
        }
        let wrong = Slot::ALL.map(|slot| {
            let range = regions.partition(Role::Root(slot)).unwrap_or(0..0);
            let held = &base[index(range.start)..index(range.end)];
            let differs = |release: &Release| {
                let same = release.slot.iter().zip(held).filter(|(a, b)| a == b).count();
                (release.slot.len() - same) as u64
            };
            releases.iter().map(differs).collect()
        });
        Self { regions, contents, releases, now: base, digests, wrong, undo: Vec::new() }
    }

    /// Where its regions are.
    pub fn regions(&self) -> &Regions {
        &self.regions
    }

    /// The releases that its slots are compared with.
    pub fn releases(&self) -> &[Release] {
        &self.releases
    }

    /// The contents of its sectors.
    pub fn contents(&self) -> &Rc<Contents> {
        &self.contents
    }

    /// The contents of a stretch of sectors.
    pub fn sectors(&self, range: Range<u64>) -> &[Content] {
        &self.now[index(range.start)..index(range.end)]
    }

    /// Writes a sector.
    pub fn set(&mut self, sector: u64, content: Content) {
        let old = self.now[index(sector)];
        if old != content {
            self.undo.push((sector, old));
            self.change(sector, old, content);
        }
    }

    fn change(&mut self, sector: u64, old: Content, new: Content) {
        self.now[index(sector)] = new;
        let region = self.regions.of(sector);
        let digest = &mut self.digests[region.place()];
        *digest = digest.wrapping_add(new.at(sector)).wrapping_sub(old.at(sector));
        let Region::Slot(slot) = region else { return };
        let start = self.regions.partition(Role::Root(slot)).map_or(0, |range| range.start);
        let place = index(sector - start);
        for (wrong, release) in self.wrong[slot as usize].iter_mut().zip(self.releases.iter()) {
            if let Some(right) = release.slot.get(place) {
                *wrong = *wrong + u64::from(new != *right) - u64::from(old != *right);
            }
        }
    }

    /// How far one can go back to now.
    pub fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Takes back what was written since the mark.
    pub fn back_to(&mut self, mark: usize) {
        while self.undo.len() > mark
            && let Some((sector, old)) = self.undo.pop()
        {
            self.change(sector, self.now[index(sector)], old);
        }
    }

    /// What was written until now can't be taken back any more.
    pub fn settle(&mut self) {
        self.undo.clear();
    }

    /// A digest of a region.
    pub fn digest(&self, region: Region) -> u64 {
        self.digests[region.place()]
    }

    /// A digest of all of it.
    pub fn digest_of_all(&self) -> u64 {
        self.digests.iter().fold(0, |sum, digest| sum.wrapping_add(*digest))
    }

    /// Whether a slot holds a release, every bit of it.
    pub fn holds(&self, slot: Slot, release: usize) -> bool {
        self.wrong[slot as usize].get(release) == Some(&0)
    }

    /// In how many sectors a slot differs from a release.
    pub fn differs(&self, slot: Slot, release: usize) -> u64 {
        self.wrong[slot as usize].get(release).copied().unwrap_or(u64::MAX)
    }
}

/// A sector's place in memory; no disk has more than that.
fn index(sector: u64) -> usize {
    usize::try_from(sector).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_follow_the_table() {
        let partitions = vec![(Role::Root(Slot::A), 200..300), (Role::Esp, 100..200), (Role::State, 310..320)];
        let regions = Regions::new(1000, partitions);
        let expected = [
            (0, Region::Table),
            (99, Region::Table),
            (100, Region::Esp),
            (199, Region::Esp),
            (200, Region::Slot(Slot::A)),
            (299, Region::Slot(Slot::A)),
            (300, Region::Rest),
            (310, Region::State),
            (320, Region::Rest),
            (966, Region::Rest),
            (967, Region::Table),
            (999, Region::Table),
        ];
        for (sector, region) in expected {
            assert_eq!(regions.of(sector), region, "{sector}");
        }
    }

    #[test]
    fn goes_there_and_back() {
        let regions = Rc::new(Regions::new(1000, vec![(Role::Esp, 100..200), (Role::Root(Slot::A), 200..300)]));
        let mut contents = Contents::default();
        let [one, two] = [[1; 512], [2; 512]].map(|sector| contents.number(&sector, true));
        let mut base = vec![Content::ZEROS; 1000];
        base[150] = one;
        let mut state = State::new(Rc::clone(&regions), Rc::new(contents), Rc::new(Vec::new()), base.clone());
        let start = state.digest_of_all();
        state.set(150, two);
        let mark = state.mark();
        let middle = state.digest(Region::Esp);
        state.set(151, one);
        state.set(150, one);
        state.set(250, one);
        assert_ne!(state.digest(Region::Esp), middle);
        state.back_to(mark);
        assert_eq!((state.digest(Region::Esp), state.digest(Region::Slot(Slot::A))), (middle, 0));
        state.back_to(0);
        assert_eq!(state.digest_of_all(), start);
        assert_eq!(state.sectors(0..1000), base);
        state.set(150, Content::ZEROS);
        assert_eq!(state.digest(Region::Esp), 0);
    }
}
