//! The whole course of a download: from what was checked to a bundle that is whole.
//!
//! ```text
//! index ─► what the slots and the store lack ─► Plan: what each way costs ─► may it cost that? ─► fetch ─► assemble
//! ```
//!
//! It installs nothing: the bundle lies in `bundles/`, and `ilanga-update install` asks the daemon to check and install it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use formats::expiry::Clock;
use formats::hints::BadHints;
use formats::pieces::BadIndex;
use formats::repository::{Offer, TargetName};
use formats::size::Bytes;
use thiserror::Error;

use super::assembler::{AssembleError, Assembler};
use super::budget::Ledger;
use super::check::Checked;
use super::cost::{Plan, Way as Route};
use super::engine::{self, DownloadError, Ending, Event, Job, Limits, Received, Stop, Wanted};
use super::file::{self, FileError};
use super::node::{Node, NodeError, ledger};
use super::paths::Paths;
use super::permit::{Circumstances, Consent, Hindrance, hindrances};
use super::settings::Settings;
use super::source::{Source, Way};
use super::spent::Spent;
use super::ways::Pieces;
use crate::error::{Context as _, IoError};
use crate::store::{Shelf, Store, StoreError};

/// How often pieces that turn out to be damaged in a slot are fetched.
const ROUNDS: u32 = 3;

/// All that a download is decided by.
pub struct Course<'a> {
    /// The files.
    pub paths: &'a Paths,
    /// The node.
    pub node: &'a Node,
    /// Its settings.
    pub settings: &'a Settings,
    /// Its clock.
    pub clock: Clock,
    /// Whether the link costs money by the megabyte, as far as is known.
    pub metered: Option<bool>,
    /// The minute of the day.
    pub minute: u32,
    /// What a person has agreed to.
    pub consent: Consent,
    /// Where it may come from.
    pub sources: &'a [Arc<dyn Source>],
    /// Who is told.
    pub tell: &'a (dyn Fn(&Told<'_>) + Sync),
}

/// What is told.
#[derive(Debug)]
pub enum Told<'a> {
    /// What each way costs.
    Plan(&'a Plan),
    /// The publisher's servers are not asked, for these reasons.
    Hindered(&'a [Hindrance]),
    /// How far it is.
    Event(&'a Event<'a>),
    /// All is there; the bundle is put together.
    Assembling,
    /// A way is left, for this reason, and another one taken.
    Left(&'a CourseError),
}

/// How it went.
#[derive(Debug)]
pub enum Done {
    /// There is nothing to fetch.
    Nothing(Offer),
    /// The bundle is there.
    Bundle(PathBuf),
}

/// It did not go.
#[derive(Debug, Error)]
pub enum CourseError {
    /// A file.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The node.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A download.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A file did not come.
    #[error(transparent)]
    File(#[from] FileError),
    /// The index of pieces is wrong.
    #[error("the index of pieces: {0}")]
    Index(#[from] BadIndex),
    /// The hints are wrong.
    #[error("the hints: {0}")]
    Hints(#[from] BadHints),
    /// The node has too little room, or memory, for any way.
    #[error("this node has no room for the update: {0}; remove something from the data partition")]
    NoWay(Plan),
    /// The bundle could not be put together.
    #[error(transparent)]
    Assemble(#[from] AssembleError),
    /// A delta is of no use here.
    #[error("the delta: {0}")]
    Delta(#[source] AssembleError),
    /// A file that the list of releases names.
    #[error("{name} did not come{reasons}")]
    NotGot {
        /// The file.
        name: TargetName,
        /// What was wrong with each source.
        reasons: String,
    },
    /// It waits.
    #[error("it waits, and what came is kept: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Waiting(Vec<Hindrance>),
    /// No source has what is missing.
    #[error("{missing} pieces are missing, and nobody gives them; what came is kept{reasons}")]
    Stuck {
        /// How many.
        missing: usize,
        /// What was wrong with each source.
        reasons: String,
    },
    /// Pieces of a slot are damaged, and what came in their place too.
    #[error("the bundle can't be put together: pieces that were there are damaged again and again")]
    Damaged,
}

impl Course<'_> {
    /// Fetches what a check has found.
    pub fn run(&self, checked: &Checked, assembler: &mut dyn Assembler) -> Result<Done, CourseError> {
        let channel = &checked.latest.channel;
        let offer = channel.offer(&self.node.version, &self.node.machine);
        if offer != Offer::Update {
            return Ok(Done::Nothing(offer));
        }
        let target = self.paths.bundles().join(channel.bundle.name.file_name());
        if target.exists() {
            // It got its name when it was whole; the daemon looks at it again.
            return Ok(Done::Bundle(target));
        }
        let store = Store::open(&self.paths.chunks(), self.settings.store)?;
        let mut deltas = assembler.takes_deltas();
        let mut pieces = self.known_pieces(checked, deltas);
        for _ in 0..ROUNDS {
            match self.once(checked, (pieces.as_ref(), deltas), &store, &target, assembler) {
                // The slot has changed, or its bundle is packed by another zstd.
                Err(error @ CourseError::Delta(_)) => {
                    (self.tell)(&Told::Left(&error));
                    deltas = false;
                    pieces = self.known_pieces(checked, deltas);
                }
                // Whoever only reads the store leaves a damaged piece where it is.
                Err(CourseError::Assemble(AssembleError::Missing(digest))) => drop(store.read(digest)?),
                Err(error) => return Err(error),
                Ok(()) => {
                    self.clean(&target)?;
                    return Ok(Done::Bundle(target));
                }
            }
        }
        Err(CourseError::Damaged)
    }

    /// What a download of what a check has found would cost, and why the publisher's servers would not be asked; `None`
    /// if there is nothing to fetch.
    pub fn cost(
        &self,
        checked: &Checked,
        assembler: &mut dyn Assembler,
    ) -> Result<Option<(Plan, Vec<Hindrance>)>, CourseError> {
        let channel = &checked.latest.channel;
        let target = self.paths.bundles().join(channel.bundle.name.file_name());
        if channel.offer(&self.node.version, &self.node.machine) != Offer::Update || target.exists() {
            return Ok(None);
        }
        let store = Store::open(&self.paths.chunks(), self.settings.store)?;
        let deltas = assembler.takes_deltas();
        let pieces = self.known_pieces(checked, deltas);
        let plan = self.ways(checked, (pieces.as_ref(), deltas), &store, assembler)?.plan;
        let cost = plan.cheapest().map(|(_, cost)| cost).unwrap_or_default();
        let ledger = ledger(self.paths, self.clock, self.node.released)?;
        let hindrances = hindrances(self.settings, &self.circumstances(cost, &ledger), self.consent);
        Ok(Some((plan, hindrances)))
    }

    /// Plans, fetches, and puts together.
    fn once(
        &self,
        checked: &Checked,
        known: (Option<&Pieces>, bool),
        store: &Store,
        target: &Path,
        assembler: &mut dyn Assembler,
    ) -> Result<(), CourseError> {
        let ways = self.ways(checked, known, store, assembler)?;
        let plan = ways.plan;
        (self.tell)(&Told::Plan(&plan));
        let Some((route, cost)) = plan.cheapest() else { return Err(CourseError::NoWay(plan)) };
        let before = ledger(self.paths, self.clock, self.node.released)?;
        let spent = Spent::new(self.paths, before);
        let (sources, hindrances, limits) = self.permitted(cost, &before);
        let fetched = match (route, ways.pieces, ways.delta, ways.whole) {
            (Route::Pieces, Some((Pieces { index, hints }, wanted)), _, _) => {
                self.pieces(&wanted, store, &sources, limits, &spent).and_then(|()| {
                    (self.tell)(&Told::Assembling);
                    Ok(assembler.assemble_pieces(index, hints.as_ref(), store.shelf(), target)?)
                })
            }
            (Route::Delta, _, Some(delta), _) => self.file(&delta, &sources, limits, &spent).and_then(|path| {
                (self.tell)(&Told::Assembling);
                assembler.apply_delta(&path, target).map_err(CourseError::Delta)
            }),
            (_, _, _, Some(whole)) => self.file(&whole, &sources, limits, &spent).and_then(|path| {
                fs::rename(&path, target).context("naming", target)?;
                let folder = self.paths.bundles();
                Ok(File::open(&folder).and_then(|folder| folder.sync_all()).context("flushing", &folder)?)
            }),
            _ => Err(self.stuck(0, String::new())),
        };
        spent.write()?;
        match fetched {
            // Nobody that may be asked has it.
            Err(CourseError::Stuck { .. } | CourseError::File(FileError::NotGot { .. })) if !hindrances.is_empty() => {
                Err(CourseError::Waiting(hindrances))
            }
            fetched => fetched,
        }
    }

    fn circumstances(&self, cost: Bytes, ledger: &Ledger) -> Circumstances {
        let left = ledger.left(self.settings.monthly);
        Circumstances { cost, metered: self.metered, minute: self.minute, month: ledger.month, left }
    }

    fn stuck(&self, missing: usize, reasons: String) -> CourseError {
        CourseError::Stuck { missing, reasons }
    }

    /// The sources that may be asked for something of this cost, why not the others, and the limits.
    fn permitted(&self, cost: Bytes, ledger: &Ledger) -> (Vec<Box<dyn Source>>, Vec<Hindrance>, Limits) {
        let circumstances = self.circumstances(cost, ledger);
        let found = hindrances(self.settings, &circumstances, self.consent);
        if !found.is_empty() {
            (self.tell)(&Told::Hindered(&found));
        }
        let allowed = self.sources.iter().filter(|source| found.is_empty() || source.way() != Way::Upstream);
        let sources = allowed.map(|source| Box::new(Arc::clone(source)) as Box<dyn Source>).collect();
        let upstream = circumstances.left.filter(|_| !self.consent.budget);
        (sources, found, Limits { rate: self.settings.rate, upstream })
    }

    fn pieces(
        &self,
        wanted: &[Wanted],
        store: &Store,
        sources: &[Box<dyn Source>],
        limits: Limits,
        spent: &Spent<'_>,
    ) -> Result<(), CourseError> {
        let stop = Stop::default();
        let tell = |event: &Event<'_>| {
            if let Event::Kept { received, .. } = event {
                spent.note(*received);
            }
            (self.tell)(&Told::Event(event));
        };
        let outcome = engine::download(&Job { wanted, store, sources, limits, stop: &stop, tell: &tell })?;
        spent.note(outcome.received);
        match outcome.ending {
            Ending::Complete => Ok(()),
            Ending::Stopped => Err(self.stuck(0, String::new())),
            Ending::Stuck { missing, left } => {
                let reasons = left.iter().map(|(name, reason)| format!("; {name} {reason}")).collect();
                Err(self.stuck(missing, reasons))
            }
        }
    }

    fn file(
        &self,
        wanted: &file::Wanted,
        sources: &[Box<dyn Source>],
        limits: Limits,
        spent: &Spent<'_>,
    ) -> Result<PathBuf, CourseError> {
        let received = Mutex::new(Received::default());
        let came = |way: Way, bytes: u64| {
            let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
            match way {
                Way::Upstream => received.upstream += bytes,
                Way::Neighbour => received.neighbours += bytes,
                Way::Folder => received.folders += bytes,
            }
            spent.note(*received);
        };
        Ok(file::fetch(wanted, &self.paths.partial(), sources, limits.rate, &came)?)
    }

    /// Removes the bundles of older releases, and what was under way.
    fn clean(&self, target: &Path) -> Result<(), IoError> {
        for folder in [self.paths.bundles(), self.paths.partial()] {
            for entry in fs::read_dir(&folder).context("listing", &folder)? {
                let path = entry.context("listing", &folder)?.path();
                if path != target {
                    fs::remove_file(&path).context("removing", &path)?;
                }
            }
        }
        Ok(())
    }
}

/// The store that neighbours are served from.
pub fn shelf(paths: &Paths) -> Shelf {
    Shelf::at(&paths.chunks())
}
