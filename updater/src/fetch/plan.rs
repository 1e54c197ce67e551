//! Decides which piece comes next from which source, and when a source is left.
//!
//! - **Cheapest first.** A source takes only what no cheaper one can give: a folder, then neighbours, then the publisher's
//!   servers, then servers that can't send parts of files. A cheaper one that is waiting after a failure still counts: it
//!   comes back or is left, within minutes.
//! - **A run** is what one request asks for: pieces that stand one after the other in the remote object, [`RUN`] bytes at
//!   most. So what is under way, and lost in a power cut, is that or one large piece.
//! - **A source that lies is left at once**, as is one that breaks the protocol. One that fails waits, twice as long each
//!   time, and is left after [`TRIES`] failures with nothing gained in between. One that is very slow is left if another
//!   one can go on; the only one may be as slow as it likes.
//!
//! Times are since the beginning of the download. Nothing here opens, waits or sleeps.

use std::fmt;
use std::time::Duration;

use formats::pieces::Piece;

use super::source::{SourceError, Way};

/// How many bytes one request asks for, unless a piece is longer.
pub const RUN: u64 = 256 << 10;

/// How often a source fails before it is left.
pub const TRIES: u32 = 8;

/// The first wait after a failure.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Slower than so many bytes a second is very slow.
const SLOW: u64 = 4096;

/// For so long a source must have been slow.
const SLOW_FOR: Duration = Duration::from_secs(30);

/// The most sources of a download.
pub const MOST_SOURCES: usize = 8;

/// The number of a source.
pub type SourceId = usize;

/// A piece that is wanted, as the scheduler sees it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    object: usize,
    at: u64,
    packed: u64,
    state: State,
    /// One bit for each source that does not have it.
    lacking: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Missing,
    Taken(SourceId),
    Here,
}

#[derive(Clone, Debug)]
struct Candidate {
    way: Way,
    /// It can send whole objects only.
    whole_only: bool,
    until: Duration,
    failures: u32,
    left: Option<Reason>,
    bytes: u64,
    took: Duration,
}

/// Why a source is left, as a sentence that begins after its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(pub String);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a source does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ask for these pieces, which stand one after the other in one object.
    Run(Vec<usize>),
    /// Read a whole object, and take these pieces out of it, in their order.
    Whole(Vec<usize>),
    /// Do nothing before this time.
    Wait(Duration),
    /// Do nothing before something changes.
    Idle,
    /// Nothing more comes from this source.
    End,
}

/// The state of a download.
#[derive(Clone, Debug)]
pub struct Board {
    entries: Vec<Entry>,
    sources: Vec<Candidate>,
    here: usize,
    /// No piece before this one is missing.
    first: usize,
}

impl Board {
    /// A download of pieces of numbered objects, from sources of these ways.
    pub fn new(pieces: &[(usize, Piece)], sources: &[Way]) -> Self {
        let entry = |&(object, piece): &(usize, Piece)| Entry {
            object,
            at: piece.at,
            packed: piece.packed,
            state: State::Missing,
            lacking: 0,
        };
        let candidate = |&way: &Way| Candidate {
            way,
            whole_only: false,
            until: Duration::ZERO,
            failures: 0,
            left: None,
            bytes: 0,
            took: Duration::ZERO,
        };
        let sources = sources.iter().take(MOST_SOURCES).map(candidate).collect();
        Self { entries: pieces.iter().map(entry).collect(), sources, here: 0, first: 0 }
    }

    /// Whether everything is here.
    pub fn is_done(&self) -> bool {
        self.here == self.entries.len()
    }

    /// How many pieces are not here.
    pub fn missing(&self) -> usize {
        self.entries.len() - self.here
    }

    /// Why a source was left, if it was.
    pub fn left(&self, source: SourceId) -> Option<&Reason> {
        self.sources[source].left.as_ref()
    }

    /// What a source does next. The pieces of an order are this source's until it says what became of them.
    pub fn next(&mut self, source: SourceId, now: Duration) -> Order {
        if self.is_done() || self.sources[source].left.is_some() {
            return Order::End;
        }
        if self.sources[source].until > now {
            return Order::Wait(self.sources[source].until);
        }
        while self.entries.get(self.first).is_some_and(|entry| entry.state == State::Here) {
            self.first += 1;
        }
        let found = (self.first..self.entries.len()).find(|&number| self.may_take(source, number));
        let Some(first) = found else {
            let hope = self.entries.iter().any(|entry| entry.state != State::Here && !self.lacks(source, entry));
            return if hope { Order::Idle } else { Order::End };
        };
        let whole = self.sources[source].whole_only;
        let mut run = vec![first];
        let mut bytes = self.entries[first].packed;
        let mut last = self.entries[first];
        for number in first + 1..self.entries.len() {
            let entry = self.entries[number];
            let follows = if whole {
                entry.object == last.object && entry.at >= last.at + last.packed
            } else {
                entry.object == last.object && entry.at == last.at + last.packed && bytes + entry.packed <= RUN
            };
            // Neighbours have pieces by their names: one request each.
            let several = self.sources[source].way != Way::Neighbour;
            if follows && several && self.may_take(source, number) {
                run.push(number);
                bytes += entry.packed;
                last = entry;
            } else if !whole {
                break;
            }
        }
        for number in &run {
            self.entries[*number].state = State::Taken(source);
        }
        if whole { Order::Whole(run) } else { Order::Run(run) }
    }

    fn lacks(&self, source: SourceId, entry: &Entry) -> bool {
        entry.lacking & (1 << source) != 0
    }

    fn may_take(&self, source: SourceId, number: usize) -> bool {
        let entry = &self.entries[number];
        if entry.state != State::Missing || self.lacks(source, entry) {
            return false;
        }
        let price = self.price(source);
        let cheaper = |(id, other): (SourceId, &Candidate)| {
            other.left.is_none() && !self.lacks(id, entry) && self.price(id) < price
        };
        !self.sources.iter().enumerate().any(cheaper)
    }

    fn price(&self, source: SourceId) -> (bool, Way) {
        (self.sources[source].whole_only, self.sources[source].way)
    }

    /// A piece is kept. It came from `source`, with so many bytes in this time.
    pub fn kept(&mut self, source: SourceId, number: usize, bytes: u64, took: Duration) {
        let candidate = &mut self.sources[source];
        candidate.failures = 0;
        candidate.bytes += bytes;
        candidate.took += took;
        if candidate.took > SLOW_FOR * 2 {
            candidate.bytes /= 2;
            candidate.took /= 2;
        }
        self.mark_here(number);
    }

    /// A piece is here already.
    pub fn mark_here(&mut self, number: usize) {
        if self.entries[number].state != State::Here {
            self.entries[number].state = State::Here;
            self.here += 1;
        }
    }

    /// A source gives back what it has not brought of an order. `gained` says whether any byte of it came.
    pub fn failed(&mut self, source: SourceId, order: &[usize], error: &SourceError, gained: bool, now: Duration) {
        let mut first = None;
        for number in order {
            if self.entries[*number].state == State::Taken(source) {
                first = first.or(Some(*number));
                self.entries[*number].state = State::Missing;
                self.first = self.first.min(*number);
            }
        }
        let object = first.map(|first| self.entries[first].object);
        let reason = || Some(Reason(error.to_string()));
        let candidate = &mut self.sources[source];
        match error {
            SourceError::Absent if candidate.way == Way::Neighbour => {
                if let Some(first) = first {
                    self.entries[first].lacking |= 1 << source;
                }
            }
            SourceError::Absent => {
                // The object is not there: none of its pieces is.
                for entry in self.entries.iter_mut().filter(|entry| Some(entry.object) == object) {
                    entry.lacking |= 1 << source;
                }
            }
            SourceError::NoRanges if !candidate.whole_only => candidate.whole_only = true,
            SourceError::Stopped => {}
            error if !error.may_pass() => candidate.left = reason(),
            _ => {
                candidate.failures = if gained { 1 } else { candidate.failures + 1 };
                if candidate.failures >= TRIES {
                    candidate.left = reason();
                }
                let wait = FIRST_WAIT.saturating_mul(1 << (candidate.failures - 1).min(16));
                candidate.until = now + wait.min(LONGEST_WAIT);
            }
        }
    }

    /// Leaves a source for a reason that lies outside it.
    pub fn leave(&mut self, source: SourceId, order: &[usize], reason: Reason) {
        for number in order {
            if self.entries[*number].state == State::Taken(source) {
                self.entries[*number].state = State::Missing;
                self.first = self.first.min(*number);
            }
        }
        self.sources[source].left = Some(reason);
    }

    /// Whether a source is very slow and another one is there: then how many bytes a second. `bytes` came of what is
    /// under way, in the time `took`. `fastest` is what a limit lets through at all.
    pub fn is_slow(&self, source: SourceId, bytes: u64, took: Duration, fastest: Option<u64>) -> Option<u64> {
        let candidate = &self.sources[source];
        let slow = fastest.map_or(SLOW, |fastest| SLOW.min(fastest / 4));
        let others = self.sources.iter().enumerate().any(|(id, other)| id != source && other.left.is_none());
        // What is under way by itself, so that one that was fast for long is seen; and all of late, as runs may be short.
        let paces = [(bytes, took), (bytes + candidate.bytes, took + candidate.took)];
        let pace = |(bytes, took): (u64, Duration)| (took >= SLOW_FOR).then(|| bytes / took.as_secs().max(1));
        others.then(|| paces.into_iter().filter_map(pace).find(|pace| *pace < slow)).flatten()
    }
}

#[cfg(test)]
mod tests;
