//! The threads of a download: each asks the board, has that done, and tells the board what became of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use formats::pieces::Piece;

use super::{Ending, Event, Job, Outcome, Received};
use crate::fetch::clock::Stopwatch;
use crate::fetch::plan::{Board, Order, Reason, SourceId};
use crate::fetch::rate::Bucket;
use crate::fetch::source::{SourceError, Way};
use crate::store::StoreError;

/// What a request costs besides its body, about.
pub(super) const REQUEST: u64 = 600;

/// How long a thread waits at most before it looks again.
pub(super) const LOOK: Duration = Duration::from_millis(250);

/// A running download.
pub(super) struct Download<'a> {
    pub(super) job: &'a Job<'a>,
    /// The pieces, and the numbers of their objects.
    pub(super) pieces: Vec<(usize, Piece)>,
    pub(super) clock: Stopwatch,
    /// Bytes of all pieces, as they are packed, and those of them that are here.
    pub(super) of: u64,
    pub(super) done: AtomicU64,
    pub(super) bucket: Mutex<Bucket>,
    board: Mutex<Board>,
    /// Something on the board did.
    changed: Condvar,
    /// By [`Way`].
    received: [AtomicU64; 3],
    /// The store's error that ended it.
    broken: Mutex<Option<StoreError>>,
}

/// What came of a piece that is not whole.
#[derive(Default)]
pub(super) struct Partial {
    /// The piece.
    pub(super) number: usize,
    /// Its first bytes.
    pub(super) bytes: Vec<u8>,
}

/// Why an order ended early.
pub(super) enum Failure {
    /// The source.
    Source(SourceError),
    /// The store: the download ends.
    Store(StoreError),
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl<'a> Download<'a> {
    /// A download of pieces of which some are here.
    pub(super) fn new(job: &'a Job<'a>, pieces: Vec<(usize, Piece)>, board: Board, done: u64) -> Self {
        let clock = Stopwatch::start();
        Self {
            job,
            of: pieces.iter().map(|(_, piece)| piece.packed).sum(),
            pieces,
            clock,
            done: AtomicU64::new(done),
            bucket: Mutex::new(Bucket::new(job.limits.rate, clock.now())),
            board: Mutex::new(board),
            changed: Condvar::new(),
            received: Default::default(),
            broken: Mutex::default(),
        }
    }

    /// Takes the board.
    pub(super) fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of the board until something changes, or this time has passed.
    pub(super) fn pause(&self, board: MutexGuard<'_, Board>, most: Duration) {
        drop(self.changed.wait_timeout(board, most));
    }

    /// The store's error that ended it.
    pub(super) fn take_broken(&self) -> Option<StoreError> {
        self.broken.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether all threads should end.
    pub(super) fn ends(&self) -> bool {
        self.job.stop.asked() || self.broken.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// A source's thread.
    pub(super) fn work(&self, id: SourceId) {
        let mut partial = Partial::default();
        while !self.ends() {
            let mut board = self.board();
            let order = board.next(id, self.clock.now());
            let (list, whole) = match order {
                Order::End => break,
                Order::Wait(_) | Order::Idle => {
                    self.pause(board, LOOK);
                    continue;
                }
                Order::Run(list) => (list, false),
                Order::Whole(list) => (list, true),
            };
            if self.beyond_budget(id, &list, whole) {
                board.leave(id, &list, Reason("would cost more than the month's budget has left".to_owned()));
                drop(board);
                self.changed.notify_all();
                continue;
            }
            drop(board);
            let mut came = 0;
            if let Err(failure) = self.order(id, &list, whole, &mut partial, &mut came) {
                self.failed(id, &list, failure, came > 0);
            }
            self.changed.notify_all();
        }
        self.changed.notify_all();
    }

    fn beyond_budget(&self, id: SourceId, list: &[usize], whole: bool) -> bool {
        let Some(most) = self.job.limits.upstream.filter(|_| self.job.sources[id].way() == Way::Upstream) else {
            return false;
        };
        let end = list.last().map_or(0, |number| self.pieces[*number].1.at + self.pieces[*number].1.packed);
        let sum = list.iter().map(|number| self.pieces[*number].1.packed).sum();
        self.received(Way::Upstream) + REQUEST + if whole { end } else { sum } > most
    }

    fn failed(&self, id: SourceId, list: &[usize], failure: Failure, gained: bool) {
        let error = match failure {
            Failure::Source(error) => error,
            Failure::Store(error) => {
                *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                SourceError::Stopped
            }
        };
        let mut board = self.board();
        let error = if self.ends() { SourceError::Stopped } else { error };
        board.failed(id, list, &error, gained, self.clock.now());
        let left = board.left(id).is_some();
        drop(board);
        // That a neighbour does not have something is no failure.
        if !matches!(error, SourceError::Stopped | SourceError::Absent) {
            (self.job.tell)(&Event::Failed { from: self.job.sources[id].name(), error: &error, left });
        }
    }

    /// Counts bytes.
    pub(super) fn count(&self, way: Way, bytes: u64) {
        self.received[way as usize].fetch_add(bytes, Ordering::SeqCst);
    }

    /// What came by one way.
    pub(super) fn received(&self, way: Way) -> u64 {
        self.received[way as usize].load(Ordering::SeqCst)
    }

    /// What came.
    pub(super) fn all_received(&self) -> Received {
        let [folders, neighbours, upstream] =
            [Way::Folder, Way::Neighbour, Way::Upstream].map(|way| self.received(way));
        Received { upstream, neighbours, folders }
    }

    /// How it ended.
    pub(super) fn outcome(&self, sources: usize) -> Outcome {
        let board = self.board();
        let left = |id: usize| board.left(id).map(|reason| (self.job.sources[id].name().to_owned(), reason.clone()));
        let ending = if board.is_done() {
            Ending::Complete
        } else if self.job.stop.asked() {
            Ending::Stopped
        } else {
            let left = (0..sources).filter_map(left).collect();
            Ending::Stuck { missing: board.missing(), left }
        };
        Outcome { ending, received: self.all_received() }
    }
}
