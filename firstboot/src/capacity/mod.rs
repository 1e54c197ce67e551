//! Whether a disk has all the room that it claims: counterfeit cards and sticks have memory for a part of it, and lose what is written
//! behind that, or write it over what is at the beginning.
//!
//! A quick check, as [f3probe](https://fight-flash-fraud.readthedocs.io/en/stable/introduction.html) does it: blocks with a mark of their
//! own are written at chosen places, and read back from the device; then each place gets back what it had. Where the mark of another
//! place is read, the disk wraps around; where none is, it ends. [`places`] and [`judge`] decide that; [`check`] does it.
//!
//! Invariants: what is read first is written back last, whatever was found; so a disk that is refused has lost nothing, as long as the
//! power does not go in this second. A disk that can't be written to is refused before anything else is asked of it.
//!
//! What it does not find: memory that fails in single places, and a disk that wraps at a length which is neither a power of two nor the
//! distance of two places. No such counterfeit is known to f3.

use std::io;

use formats::digest::Digest;
use formats::size::Bytes;
use thiserror::Error;

use crate::medium::Medium;

mod places;

pub use places::{Read, judge, places};

/// How long a mark is.
pub const BLOCK: usize = 4096;

/// What is written behind the marks, so that a disk's own memory has to let go of them.
const FILLING: u64 = 8 << 20;

/// Where that is, from the start of what is checked: between two places.
const FILLING_AT: u64 = (8 << 20) + BLOCK as u64;

/// A disk is not to be used.
#[derive(Debug, Error)]
pub enum NotWhole {
    /// It lies about its length.
    #[error("the disk claims to have {claims}, and keeps nothing behind {there}: it is a counterfeit, or broken")]
    Counterfeit {
        /// What it claims.
        claims: Bytes,
        /// What it may have, at most.
        there: Bytes,
    },
    /// It can't be read or written.
    #[error("the disk can't be {doing}")]
    Fails {
        /// What was tried.
        doing: &'static str,
        /// Why it did not work.
        source: io::Error,
    },
}

fn fails(doing: &'static str) -> impl FnOnce(io::Error) -> NotWhole {
    move |source| NotWhole::Fails { doing, source }
}

/// Checks so many bytes from `start` on. `seed` is random, so that a mark of an earlier check is not taken for one of this.
pub fn check(medium: &dyn Medium, start: Bytes, length: Bytes, seed: [u8; 16]) -> Result<(), NotWhole> {
    let places = places(start, length);
    let read = |at: u64, length: usize| {
        let mut bytes = vec![0; length];
        medium.read_back(&mut bytes, at).map(|()| bytes).map_err(fails("read"))
    };
    let mut before = Vec::new();
    for &place in &places {
        before.push((place, read(place, BLOCK)?));
    }
    if length.0 > 4 * FILLING {
        before.push((start.0 + FILLING_AT, read(start.0 + FILLING_AT, FILLING as usize - 2 * BLOCK)?));
    }
    let marked = mark(medium, &before, &places, seed);
    let found = marked.and_then(|()| {
        let found = places.iter().map(|&place| Ok((place, which(&read(place, BLOCK)?, &places, seed))));
        found.collect::<Result<Vec<_>, NotWhole>>()
    });
    // The last first: where two places are one, the first had the right content.
    let restored = before.iter().rev().try_for_each(|(at, bytes)| medium.write(bytes, *at));
    let restored = restored.and_then(|()| medium.flush()).map_err(fails("written"));
    let found = found?;
    restored?;
    match judge(&found) {
        Some(there) => Err(NotWhole::Counterfeit { claims: medium.length(), there }),
        None => Ok(()),
    }
}

/// Writes a mark at each place, and the filling with something else behind them.
fn mark(medium: &dyn Medium, before: &[(u64, Vec<u8>)], places: &[u64], seed: [u8; 16]) -> Result<(), NotWhole> {
    for (at, bytes) in before {
        let marks = bytes.chunks(BLOCK).zip((*at..).step_by(BLOCK));
        let new: Vec<u8> = marks.flat_map(|(_, place)| self::block(place, seed)).collect();
        medium.write(&new, *at).map_err(fails("written"))?;
        if places.last() == Some(at) {
            medium.flush().map_err(fails("written"))?;
        }
    }
    medium.flush().map_err(fails("written"))
}

/// A block with the mark of a place.
fn block(place: u64, seed: [u8; 16]) -> Vec<u8> {
    let mark = Digest::of_parts([&seed[..], &place.to_le_bytes()]);
    mark.as_bytes().repeat(BLOCK / 32)
}

/// Whose mark is in a block.
fn which(found: &[u8], places: &[u64], seed: [u8; 16]) -> Read {
    match places.iter().find(|&&place| found == block(place, seed)) {
        Some(&place) => Read::MarkOf(place),
        None => Read::NoMark,
    }
}

#[cfg(test)]
mod tests;
