//! Which way to an update costs the fewest megabytes.

use thiserror::Error;

/// What each way would fetch, in bytes; none where there is no such way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ways {
    /// The whole bundle.
    pub whole: u64,
    /// The index, if it is not there yet, and the pieces that are in neither slot nor the cache.
    pub pieces: Option<u64>,
    /// A static delta from the release of a slot.
    pub delta: Option<u64>,
}

/// What a node has to spare, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Length of the bundle, which each way makes on the disk.
    pub bundle: u64,
    /// Free on the disk, without what was fetched for this update already.
    pub disk: u64,
    /// Free memory.
    pub memory: u64,
    /// Whether the zstd of this node makes the frames of the bundle.
    pub same_zstd: bool,
}

/// The way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The whole bundle.
    Whole,
    /// Pieces.
    Pieces,
    /// A static delta.
    Delta,
}

/// No way fits.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Bad {
    /// Too little room on the disk.
    #[error("the update needs {needed} bytes on the data partition, and {free} are free: remove something")]
    Disk {
        /// What the way with the smallest need would take.
        needed: u64,
        /// What there is.
        free: u64,
    },
}

/// What rebuilding a bundle takes of memory, at most: measured, see docs/updates.md.
pub const MEMORY: u64 = 64 << 20;

/// What is left free on the disk.
const SPARE: u64 = 16 << 20;

/// The cheapest way that fits, and what it fetches. Of two that fetch as much, the one that needs less of the node.
pub fn choose(ways: &Ways, facts: &Facts) -> Result<(Choice, u64), Bad> {
    let can_rebuild = facts.same_zstd && facts.memory >= MEMORY;
    let rebuilt = |cost: Option<u64>| cost.filter(|_| can_rebuild);
    let all = [
        (Choice::Whole, Some(ways.whole), facts.bundle),
        (Choice::Delta, rebuilt(ways.delta), facts.bundle.saturating_add(ways.delta.unwrap_or(0))),
        // Pieces are kept unpacked, about twice as long as they were fetched, beside the bundle that they make.
        (Choice::Pieces, rebuilt(ways.pieces), facts.bundle.saturating_add(ways.pieces.unwrap_or(0).saturating_mul(3))),
    ];
    let room = facts.disk.saturating_sub(SPARE);
    let fitting = all.iter().filter(|(_, _, disk)| *disk <= room);
    // Nothing that costs more than the whole is ever chosen: the whole comes first.
    let cheapest = fitting.filter_map(|&(choice, cost, _)| Some((choice, cost?))).min_by_key(|&(_, cost)| cost);
    cheapest.ok_or(Bad::Disk { needed: facts.bundle.saturating_add(SPARE), free: facts.disk })
}
