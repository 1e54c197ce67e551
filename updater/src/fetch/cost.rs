//! What each way to a release costs in megabytes, which of them this node can go, and which is the cheapest.

use std::fmt;

use formats::size::Bytes;
use serde::Serialize;

use crate::assemble::MEMORY;

/// What part of the cost of the cheapest way pieces may cost more.
const NEARLY: u64 = 10;

/// What is left free on the data partition.
const SPARE: u64 = 16 << 20;

/// A way to a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The pieces that neither the store nor a slot has.
    Pieces,
    /// A static delta from the release that runs.
    Delta,
    /// The whole bundle.
    Whole,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pieces => "missing pieces",
            Self::Delta => "delta",
            Self::Whole => "whole bundle",
        })
    }
}

/// A way that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The way.
    pub way: Way,
    /// What is left to fetch.
    pub cost: Bytes,
    /// What it still takes of the data partition.
    pub disk: Bytes,
    /// The zstd that the frames of the bundle are made with, if the way makes them; else 0.
    pub zstd: u32,
}

/// What a node has to spare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spare {
    /// Free on the data partition.
    pub disk: Bytes,
    /// Free memory; not known on every machine.
    pub memory: Option<Bytes>,
    /// The zstd that this node makes frames with.
    pub zstd: u32,
}

/// Why a way can't be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Unfit {
    /// Too little room on the data partition.
    Disk {
        /// What it would take.
        needed: Bytes,
        /// What there is.
        free: Bytes,
    },
    /// Too little memory to put the bundle together.
    Memory {
        /// What there is.
        free: Bytes,
    },
    /// The bundle is packed by another zstd than the node's.
    Zstd,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk { needed, free } => write!(f, "needs {needed} on the data partition, and {free} are free"),
            Self::Memory { free } => write!(f, "needs {} of memory, and {free} are free", Bytes(MEMORY)),
            Self::Zstd => f.write_str("is packed by another zstd than this node's"),
        }
    }
}

/// What is left to fetch by each way that there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    ways: Vec<(Way, Bytes)>,
    unfit: Vec<(Way, Unfit)>,
}

impl Plan {
    /// The ways that a node can go, each with what it still costs.
    pub fn new(candidates: impl IntoIterator<Item = Candidate>, spare: &Spare) -> Self {
        let mut plan = Self::default();
        for candidate in candidates {
            match unfit(&candidate, spare) {
                None => plan.ways.push((candidate.way, candidate.cost)),
                Some(why) => plan.unfit.push((candidate.way, why)),
            }
        }
        plan.ways.sort_by_key(|(way, cost)| (*cost, *way));
        // Of two that cost nearly the same, pieces: a cut costs least there, and they are what neighbours have from each other.
        if let (Some(&(_, least)), Some(pieces)) =
            (plan.ways.first(), plan.ways.iter().position(|(way, _)| *way == Way::Pieces))
            && plan.ways[pieces].1.0 <= least.0 + least.0 / NEARLY
        {
            plan.ways[..=pieces].rotate_right(1);
        }
        plan.unfit.sort_by_key(|(way, _)| *way);
        plan
    }

    /// One way, whatever the node has.
    pub fn only(way: Way, cost: Bytes) -> Self {
        Self { ways: vec![(way, cost)], unfit: Vec::new() }
    }

    /// The cheapest way, or pieces, if they cost hardly more.
    pub fn cheapest(&self) -> Option<(Way, Bytes)> {
        self.ways.first().copied()
    }
}

fn unfit(candidate: &Candidate, spare: &Spare) -> Option<Unfit> {
    let needed = Bytes(candidate.disk.0.saturating_add(SPARE));
    if needed > spare.disk {
        return Some(Unfit::Disk { needed, free: spare.disk });
    }
    if candidate.way == Way::Whole {
        return None;
    }
    if candidate.zstd != 0 && candidate.zstd != spare.zstd {
        return Some(Unfit::Zstd);
    }
    spare.memory.filter(|memory| memory.0 < MEMORY).map(|free| Unfit::Memory { free })
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ways = self.ways.iter().map(|(way, cost)| format!("{way}: {cost}"));
        let unfit = self.unfit.iter().map(|(way, why)| format!("{way}: {why}"));
        f.write_str(&ways.chain(unfit).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;
    const SPARE: Spare = Spare { disk: Bytes(2000 * MB), memory: Some(Bytes(1 << 30)), zstd: 1 };

    fn way(way: Way, cost: u64) -> Candidate {
        let disk = if way == Way::Whole { cost } else { 329 + cost };
        Candidate { way, cost: Bytes(cost * MB), disk: Bytes(disk * MB), zstd: 1 }
    }

    #[test]
    fn the_cheapest_that_fits_wins() {
        let all = vec![way(Way::Whole, 329), way(Way::Delta, 31), way(Way::Pieces, 48)];
        let narrow = Spare { disk: Bytes(350 * MB), ..SPARE };
        let small = Spare { memory: Some(Bytes(MEMORY - 1)), ..SPARE };
        let old = Spare { zstd: 2, ..SPARE };
        for (ways, spare, cheapest, text) in [
            (vec![], SPARE, None, ""),
            (
                all.clone(),
                SPARE,
                Some((Way::Delta, 31)),
                "delta: 31.0 MB, missing pieces: 48.0 MB, whole bundle: 329.0 MB",
            ),
            // After a major upgrade.
            (
                vec![way(Way::Delta, 400), way(Way::Whole, 329)],
                SPARE,
                Some((Way::Whole, 329)),
                "whole bundle: 329.0 MB, delta: 400.0 MB",
            ),
            // After half of the pieces have come.
            (
                vec![way(Way::Delta, 31), way(Way::Pieces, 34)],
                SPARE,
                Some((Way::Pieces, 34)),
                "missing pieces: 34.0 MB, delta: 31.0 MB",
            ),
            (
                vec![way(Way::Delta, 31), way(Way::Pieces, 35)],
                SPARE,
                Some((Way::Delta, 31)),
                "delta: 31.0 MB, missing pieces: 35.0 MB",
            ),
            (
                all.clone(),
                narrow,
                Some((Way::Whole, 329)),
                "whole bundle: 329.0 MB, missing pieces: needs 393.7 MB on the data partition, and 350.0 MB are free, \
                 delta: needs 376.7 MB on the data partition, and 350.0 MB are free",
            ),
            (
                all.clone(),
                small,
                Some((Way::Whole, 329)),
                "whole bundle: 329.0 MB, missing pieces: needs 67.1 MB of memory, and 67.1 MB are free, \
                 delta: needs 67.1 MB of memory, and 67.1 MB are free",
            ),
            (
                all.clone(),
                old,
                Some((Way::Whole, 329)),
                "whole bundle: 329.0 MB, missing pieces: is packed by another zstd than this node's, \
                 delta: is packed by another zstd than this node's",
            ),
            (
                vec![way(Way::Whole, 329)],
                Spare { disk: Bytes(MB), ..SPARE },
                None,
                "whole bundle: needs 345.7 MB on the data partition, and 1.0 MB are free",
            ),
        ] {
            let plan = Plan::new(ways, &spare);
            let expected = cheapest.map(|(way, cost)| (way, Bytes(cost * MB)));
            assert_eq!((plan.cheapest(), plan.to_string().as_str()), (expected, text));
        }
    }
}
