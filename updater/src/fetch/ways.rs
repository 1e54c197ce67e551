//! The ways to a release: which there are, what each still costs, and what it takes of the node.

use std::fs;

use formats::hints::Hints;
use formats::metadata::Listed;
use formats::pieces::Index;
use formats::repository::{File, TargetName};
use formats::size::Bytes;
use formats::stream::zstd_version;
use nix::sys::statvfs::statvfs;

use super::assembler::Assembler;
use super::check::Checked;
use super::cost::{Candidate, Plan, Spare, Way};
use super::course::{Course, CourseError, Told};
use super::engine::{self, Wanted};
use super::file;
use super::listed;
use super::paths::Paths;
use crate::error::{Context as _, IoError};
use crate::store::Store;

/// How many times shorter than the bundle hints are, at least: longer ones can't save anything worth their length.
const HINTS: u64 = 50;

/// What is known of a release's pieces.
#[derive(Debug)]
pub(super) struct Pieces {
    pub(super) index: Index,
    /// Which of them can be made from older ones.
    pub(super) hints: Option<Hints>,
}

/// The ways, each with what it still costs.
pub(super) struct Ways<'p> {
    pub(super) pieces: Option<(&'p Pieces, Vec<Wanted>)>,
    pub(super) delta: Option<file::Wanted>,
    pub(super) whole: Option<file::Wanted>,
    /// What they cost.
    pub(super) plan: Plan,
}

impl Course<'_> {
    /// Fetches the index of pieces, and the hints, if they may be of use. No node needs them: where they don't come, or are of
    /// a later form than it knows, there are other ways.
    pub(super) fn known_pieces(&self, checked: &Checked, deltas: bool) -> Option<Pieces> {
        let channel = &checked.latest.channel;
        let file = channel.index.as_ref()?;
        let get = |file: &File| listed::get(self.paths, self.sources, checked, &file.name);
        // Nothing is gained by pieces where a delta is shorter than their index.
        let mut shorter = channel.deltas.iter().filter(|delta| deltas && delta.file.length <= file.length);
        if shorter.any(|delta| delta.from == self.node.version) {
            return None;
        }
        let index = self.helps(get(file).and_then(|bytes| Ok(Index::parse(&bytes)?)))?;
        let short = |hints: &&File| hints.length.0 <= channel.bundle.length.0 / HINTS;
        let hints = channel.hints.as_ref().filter(short);
        let hints = hints.and_then(|file| self.helps(get(file).and_then(|bytes| Ok(Hints::parse(&bytes, &index)?))));
        Some(Pieces { index, hints })
    }

    fn helps<T>(&self, got: Result<T, CourseError>) -> Option<T> {
        got.inspect_err(|error| (self.tell)(&Told::Left(error))).ok()
    }

    /// The ways to a release, of what is known of its pieces and whether deltas can be used.
    pub(super) fn ways<'p>(
        &self,
        checked: &Checked,
        (pieces, deltas): (Option<&'p Pieces>, bool),
        store: &Store,
        assembler: &mut dyn Assembler,
    ) -> Result<Ways<'p>, CourseError> {
        let channel = &checked.latest.channel;
        let file = |name: &TargetName| checked.latest.file(name).map(|(path, listed)| wanted(path, listed));
        let partial = self.paths.partial();
        let left = |wanted: &file::Wanted| Bytes(wanted.length - file::there(&partial, wanted));
        let bundle = channel.bundle.length.0;
        let zstd = pieces.map_or(0, |pieces| pieces.index.zstd);
        let mut candidates = Vec::new();

        let whole = file(&channel.bundle.name);
        candidates.extend(whole.as_ref().map(|wanted| {
            let cost = left(wanted);
            Candidate { way: Way::Whole, cost, disk: cost, zstd: 0 }
        }));
        let delta = channel.deltas.iter().find(|delta| delta.from == self.node.version);
        let delta = delta.filter(|_| deltas).and_then(|delta| file(&delta.file.name));
        candidates.extend(delta.as_ref().map(|wanted| {
            let cost = left(wanted);
            Candidate { way: Way::Delta, cost, disk: Bytes(cost.0.saturating_add(bundle)), zstd }
        }));
        let object =
            |file: &Option<File>| file.as_ref().and_then(|file| checked.latest.file(&file.name)).map(|(path, _)| path);
        let pieces = pieces.zip(object(&channel.pack)).and_then(|(pieces, pack)| {
            let patches = object(&channel.patches);
            let hints = pieces.hints.as_ref().filter(|_| patches.is_some());
            let lacking = assembler.lacking(&pieces.index, hints, store.shelf())?;
            let mut wanted = vec![Wanted { object: pack, pieces: lacking.pieces }];
            wanted.extend(patches.map(|object| Wanted { object, pieces: lacking.patches }));
            Some((pieces, wanted))
        });
        candidates.extend(pieces.as_ref().map(|(_, wanted)| {
            let (cost, length) = engine::lacking(wanted, store);
            Candidate { way: Way::Pieces, cost: Bytes(cost), disk: Bytes(length.saturating_add(bundle)), zstd }
        }));
        let plan = Plan::new(candidates, &spare(self.paths)?);
        Ok(Ways { pieces, delta, whole, plan })
    }
}

fn wanted(path: String, listed: &Listed) -> file::Wanted {
    file::Wanted { path, length: listed.length.0, digest: listed.sha256 }
}

/// What the node has to spare.
fn spare(paths: &Paths) -> Result<Spare, IoError> {
    let data = paths.data();
    let found = statvfs(&data).context("measuring", &data)?;
    let memory = fs::read_to_string(paths.memory()).ok().and_then(|text| available(&text));
    Ok(Spare { disk: Bytes(found.blocks_available() * found.fragment_size()), memory, zstd: zstd_version() })
}

/// What `/proc/meminfo` says is free, or can be made free.
fn available(text: &str) -> Option<Bytes> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(Bytes(kibibytes.saturating_mul(1024)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_memory() {
        let text = "MemTotal:         498324 kB\nMemFree:          111 kB\nMemAvailable:     321000 kB\n";
        assert_eq!(available(text), Some(Bytes(321_000 << 10)));
        assert_eq!(available("MemTotal: 1 kB\nMemAvailable: x kB\n"), None);
    }
}
