//! Which states a power cut can leave: pure, from the record alone.
//!
//! The writes between two flushes are a group. While a group goes on, the disk has all of the groups before it, and
//! - **prefixes**: the group's writes up to one of them, each wholly;
//! - **torn**: of the last one only its first sectors, for each number of sectors;
//! - **reordered**: some of its writes and not others, though these ended earlier: a disk with a cache keeps its own order. All
//!   choices for a group of up to [`ALL`] writes. For a longer one: without one of them, one alone, those of metadata alone, those
//!   of slots alone, and random choices, every second with one write torn. The random numbers are the same each time.
//!
//! A discard is a write of zeros that isn't torn. A write that goes through the cache is there once it has ended, whatever else is.

use super::contents::mix;
use super::log::{Entry, Kind};

/// Groups of up to so many writes are reordered in all ways.
pub const ALL: usize = 8;

/// How many random choices are made of a longer group.
const RANDOM: u64 = 64;

/// Of how many writes one is left out, or is there alone.
const SINGLE: usize = 128;

/// A part of an entry: its number, and how many of its sectors are on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part {
    /// The entry's number.
    pub entry: usize,
    /// Its first sectors.
    pub sectors: u64,
}

/// A state, as what the disk has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Entries before this one are on the disk.
    pub whole: usize,
    /// Of the following ones these, in this order.
    pub parts: Vec<Part>,
}

/// The writes between two flushes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The first entry.
    pub start: usize,
    /// Behind the last one.
    pub end: usize,
}

/// The groups of a record, in order. None is empty.
pub fn groups(entries: &[Entry]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut start = 0;
    for (number, entry) in entries.iter().enumerate() {
        if entry.kind == Kind::Flush {
            groups.push(Group { start, end: number });
            start = number + 1;
        }
    }
    groups.push(Group { start, end: entries.len() });
    groups.retain(|group| group.start < group.end);
    groups
}

/// A number from a seed; the next one comes from the next seed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0)
    }
}

/// The reordered states of a group, without those that are prefixes. `bulk` tells which entries write to a slot.
pub fn reordered(entries: &[Entry], group: &Group, bulk: impl Fn(usize) -> bool) -> Vec<Cut> {
    let numbers: Vec<usize> = (group.start..group.end).collect();
    let length = |entry: usize| entries.get(entry).map_or(0, |entry| entry.sectors);
    let through = |entry: usize| {
        let kind = entries.get(entry).map(|entry| entry.kind);
        matches!(kind, Some(Kind::Write { through: true, .. }))
    };
    let mut cuts = Vec::new();
    let mut add = |chosen: &dyn Fn(usize) -> bool| {
        let last = numbers.iter().rposition(|entry| chosen(*entry));
        let Some(last) = last else { return };
        let parts: Vec<Part> = numbers[..=last]
            .iter()
            .filter(|entry| chosen(**entry) || through(**entry))
            .map(|&entry| Part { entry, sectors: length(entry) })
            .collect();
        // With nothing left out it is a prefix.
        if parts.len() <= last {
            cuts.push(Cut { whole: group.start, parts });
        }
    };
    if numbers.len() <= ALL {
        for choice in 1_u32..1 << numbers.len() {
            add(&|entry| choice >> (entry - group.start) & 1 == 1);
        }
    } else {
        add(&bulk);
        add(&|entry| !bulk(entry));
        let metadata = numbers.iter().copied().filter(|entry| !bulk(*entry));
        let data = numbers.iter().copied().filter(|entry| bulk(*entry));
        for single in metadata.chain(data).take(SINGLE) {
            add(&|entry| entry != single);
            add(&|entry| entry == single);
        }
        let mut random = Random(mix(group.start as u64));
        for _ in 0..RANDOM {
            let seed = random.next();
            add(&|entry| mix(seed ^ entry as u64) & 1 == 1);
        }
    }
    // Every second one with a torn write.
    let mut random = Random(mix(group.end as u64));
    for cut in cuts.iter_mut().skip(1).step_by(2) {
        let (which, sectors) = (random.next(), random.next());
        let count = cut.parts.len() as u64;
        if let Some(part) = cut.parts.get_mut(usize::try_from(which % count.max(1)).unwrap_or(0))
            && part.sectors > 1
            && numbers.len() > ALL
            && !through(part.entry)
            && matches!(entries.get(part.entry).map(|entry| entry.kind), Some(Kind::Write { .. }))
        {
            part.sectors = 1 + sectors % (part.sectors - 1);
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(sectors: u64) -> Entry {
        Entry { kind: Kind::Write { data: 0, through: false }, sector: 0, sectors }
    }

    const FLUSH: Entry = Entry { kind: Kind::Flush, sector: 0, sectors: 0 };

    #[test]
    fn flushes_end_groups() {
        let entries = [FLUSH, write(1), write(2), FLUSH, FLUSH, write(3)];
        let group = |start, end| Group { start, end };
        assert_eq!(groups(&entries), [group(1, 3), group(5, 6)]);
        assert_eq!(groups(&[]), []);
    }

    #[test]
    fn small_groups_are_reordered_in_all_ways() {
        let entries = [write(1), write(2), write(3)];
        let group = Group { start: 0, end: 3 };
        let chosen: Vec<Vec<usize>> = reordered(&entries, &group, |_| false)
            .into_iter()
            .map(|cut| cut.parts.iter().map(|part| part.entry).collect())
            .collect();
        assert_eq!(chosen, [vec![1], vec![2], vec![0, 2], vec![1, 2]]);
        // What goes through the cache can't be missing behind its end.
        let mut entries = entries;
        entries[0].kind = Kind::Write { data: 0, through: true };
        let cuts = reordered(&entries, &group, |_| false);
        assert!(cuts.iter().all(|cut| cut.parts[0].entry == 0));
    }

    #[test]
    fn large_groups_are_sampled_the_same_way_each_time() {
        let entries: Vec<Entry> = (1..=300).map(write).collect();
        let group = Group { start: 10, end: 300 };
        let cuts = reordered(&entries, &group, |entry| entry % 3 == 0);
        assert_eq!(cuts, reordered(&entries, &group, |entry| entry % 3 == 0));
        assert!(cuts.len() > 300, "{}", cuts.len());
        assert!(cuts.iter().all(|cut| cut.whole == 10 && cut.parts.len() < 290));
        let torn = cuts.iter().flat_map(|cut| &cut.parts).filter(|part| part.sectors < part.entry as u64 + 1);
        assert!(torn.count() > 100);
    }
}
