//! Fetches all pieces that the store lacks, from several sources at once.
//!
//! One thread a source asks the [`Board`] what to do, and does that. A piece is kept once it is unpacked and its digest is
//! right, so it makes no difference who sent it. What came of a piece before a connection broke is kept in memory, and
//! the same source goes on behind it. A download can be stopped, or killed, at any moment: the next one goes on with
//! what the store has.
//!
//! Memory: a source has one piece, packed and unpacked, at a time: 2 MiB, and [`MOST_SOURCES`] of them.

mod transfer;
mod work;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use formats::pieces::Piece;
use formats::size::Bytes;
use thiserror::Error;

use super::plan::{Board, MOST_SOURCES, Reason};
use super::source::{Source, SourceError, Way};
use crate::store::{Keep, Store, StoreError};
use work::{Download, LOOK};

/// The pieces that are wanted of one remote object.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its path below the repository's base.
    pub object: String,
    /// The pieces; a piece may appear more than once.
    pub pieces: Vec<Piece>,
}

/// What a download may use.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Bytes a second from upstream.
    pub rate: Option<u64>,
    /// Bytes from upstream altogether: what the month has left.
    pub upstream: Option<u64>,
}

/// Bytes that came, wasted ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// From the publisher's servers.
    pub upstream: u64,
    /// From neighbours.
    pub neighbours: u64,
    /// From folders.
    pub folders: u64,
}

/// What a download tells.
#[derive(Debug)]
pub enum Event<'a> {
    /// A piece was kept.
    Kept {
        /// Bytes of the download that are here, as they were packed.
        done: u64,
        /// Bytes of the whole download.
        of: u64,
        /// The source.
        from: &'a str,
        /// All that came so far.
        received: Received,
    },
    /// A source failed, and is asked again later or left.
    Failed {
        /// The source.
        from: &'a str,
        /// What happened.
        error: &'a SourceError,
        /// Whether it is left.
        left: bool,
    },
}

/// How a download ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything is here.
    Complete,
    /// It was stopped.
    Stopped,
    /// No source has what is missing.
    Stuck {
        /// How many pieces are missing.
        missing: usize,
        /// The sources that were left, and why.
        left: Vec<(String, Reason)>,
    },
}

/// What a download did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What came.
    pub received: Received,
}

/// A download that could not go on, whatever the sources do.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks a running download to stop.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Asks. It ends within a second, unless it is connecting.
    pub fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// How many bytes of pieces the store lacks, as they are packed and unpacked.
pub fn lacking(wanted: &[Wanted], store: &Store) -> (u64, u64) {
    let mut seen = BTreeSet::new();
    let pieces = wanted.iter().flat_map(|wanted| &wanted.pieces);
    let missing = pieces.filter(|piece| seen.insert(piece.digest) && !store.has(piece.digest, piece.length));
    missing.fold((0, 0), |(packed, length), piece| (packed + piece.packed, length + piece.length))
}

/// What is to be fetched, and how.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// What.
    pub wanted: &'a [Wanted],
    /// Where to.
    pub store: &'a Store,
    /// Where from: the first [`MOST_SOURCES`] are used.
    pub sources: &'a [Box<dyn Source>],
    /// What it may use.
    pub limits: Limits,
    /// Who stops it.
    pub stop: &'a Stop,
    /// Who is told.
    pub tell: &'a (dyn Fn(&Event<'_>) + Sync),
}

/// Fetches what the store lacks.
pub fn download(job: &Job<'_>) -> Result<Outcome, DownloadError> {
    let Job { wanted, store, .. } = *job;
    let sources = &job.sources[..job.sources.len().min(MOST_SOURCES)];
    let mut seen = Keep::new();
    let mut pieces: Vec<(usize, Piece)> = Vec::new();
    for (object, wanted) in wanted.iter().enumerate() {
        pieces.extend(wanted.pieces.iter().filter(|piece| seen.insert(piece.digest)).map(|piece| (object, *piece)));
    }
    pieces.sort_by_key(|(object, piece)| (*object, piece.at));
    let (_, needed) = lacking(wanted, store);
    store.make_room(Bytes(needed), &seen)?;
    let ways: Vec<Way> = sources.iter().map(|source| source.way()).collect();
    let mut board = Board::new(&pieces, &ways);
    let mut done = 0;
    for (number, (_, piece)) in pieces.iter().enumerate() {
        if store.has(piece.digest, piece.length) {
            board.mark_here(number);
            done += piece.packed;
        }
    }
    let download = Download::new(job, pieces, board, done);
    thread::scope(|scope| {
        let download = &download;
        let threads: Vec<_> = (0..sources.len()).map(|id| scope.spawn(move || download.work(id))).collect();
        while !threads.iter().all(|thread| thread.is_finished()) {
            if download.ends() {
                sources.iter().for_each(|source| source.stop());
                break;
            }
            download.pause(download.board(), LOOK);
        }
    });
    let flushed = store.flush();
    if let Some(error) = download.take_broken() {
        return Err(error.into());
    }
    flushed?;
    Ok(download.outcome(sources.len()))
}
