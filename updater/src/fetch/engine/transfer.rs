//! Carries out one order: reads, counts, waits as the rate asks for, unpacks, and keeps.

use std::io::Read as _;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use formats::pieces::{LONGEST, Piece};

use super::Event;
use super::work::{Download, Failure, LOOK, Partial, REQUEST};
use crate::fetch::plan::SourceId;
use crate::fetch::source::{Body, Form, SourceError, Way, read_error};
use crate::store::StoreError;

impl Download<'_> {
    /// Carries out an order; `came` counts its bytes.
    pub(super) fn order(
        &self,
        id: SourceId,
        list: &[usize],
        whole: bool,
        partial: &mut Partial,
        came: &mut u64,
    ) -> Result<(), Failure> {
        let source = &self.job.sources[id];
        let Some(first) = list.first() else { return Ok(()) };
        let object = &self.job.wanted[self.pieces[*first].0].object;
        let pieces: Vec<Piece> = list.iter().map(|number| self.pieces[*number].1).collect();
        let started = self.clock.now();
        if partial.number != *first || whole {
            partial.bytes.clear();
        }
        let skip = partial.bytes.len() as u64;
        self.count(source.way(), REQUEST);
        let mut body = if whole { source.file(object, u64::MAX - 1)? } else { source.run(object, &pieces, skip)? };
        let form = if whole { Form::Packed } else { source.form() };
        let mut place = 0;
        for (number, piece) in list.iter().zip(&pieces) {
            if whole {
                *came += self.skip(id, &mut body, piece.at - place)?;
                place = piece.at + piece.packed;
            }
            let wire = if form == Form::Plain { piece.length } else { piece.packed };
            partial.number = *number;
            self.fill(id, &mut body, &mut partial.bytes, wire, started, came)?;
            let content = unpack(form, piece, std::mem::take(&mut partial.bytes))?;
            match self.job.store.put(piece.digest, &content) {
                Ok(()) => {}
                Err(StoreError::NotThePiece(_)) => return Err(SourceError::Lied.into()),
                Err(error) => return Err(Failure::Store(error)),
            }
            let took = self.clock.now().saturating_sub(started);
            // The time is the order's, so it is told once, with the last piece.
            let (bytes, took) = if Some(number) == list.last() { (*came, took) } else { (0, Duration::ZERO) };
            self.board().kept(id, *number, bytes, took);
            let done = self.done.fetch_add(piece.packed, Ordering::SeqCst) + piece.packed;
            let received = self.all_received();
            (self.job.tell)(&Event::Kept { done, of: self.of, from: source.name(), received });
        }
        // To its end, so that the connection can be used again.
        if !whole && body.read(&mut [0]).map_err(read_error)? > 0 {
            return Err(SourceError::TooMuch.into());
        }
        Ok(())
    }

    /// Reads until there are `wire` bytes.
    fn fill(
        &self,
        id: SourceId,
        body: &mut Body<'_>,
        bytes: &mut Vec<u8>,
        wire: u64,
        started: Duration,
        came: &mut u64,
    ) -> Result<(), SourceError> {
        let way = self.job.sources[id].way();
        let mut buffer = [0; 16 << 10];
        bytes.reserve_exact((wire as usize).saturating_sub(bytes.len()));
        while (bytes.len() as u64) < wire {
            let gulp = (wire as usize - bytes.len()).min(buffer.len()).min(self.gulp(way));
            let count = match body.read(&mut buffer[..gulp]).map_err(read_error)? {
                0 => return Err(SourceError::Truncated),
                count => count,
            };
            bytes.extend_from_slice(&buffer[..count]);
            *came += count as u64;
            self.came(way, count as u64)?;
            let took = self.clock.now().saturating_sub(started);
            let fastest = self.job.limits.rate.filter(|_| way == Way::Upstream);
            if let Some(pace) = self.board().is_slow(id, *came, took, fastest) {
                return Err(SourceError::Slow(pace));
            }
        }
        Ok(())
    }

    /// Reads past what is not wanted.
    fn skip(&self, id: SourceId, body: &mut Body<'_>, length: u64) -> Result<u64, SourceError> {
        let way = self.job.sources[id].way();
        let mut buffer = [0; 16 << 10];
        let mut left = length;
        while left > 0 {
            let gulp = (left.min(buffer.len() as u64) as usize).min(self.gulp(way));
            let count = body.read(&mut buffer[..gulp]).map_err(read_error)?;
            if count == 0 {
                return Err(SourceError::Truncated);
            }
            left -= count as u64;
            self.came(way, count as u64)?;
        }
        Ok(length)
    }

    fn gulp(&self, way: Way) -> usize {
        match way {
            Way::Upstream => self.bucket.lock().unwrap_or_else(PoisonError::into_inner).gulp(),
            _ => usize::MAX,
        }
    }

    /// Counts bytes, and waits as the rate asks for.
    fn came(&self, way: Way, bytes: u64) -> Result<(), SourceError> {
        self.count(way, bytes);
        if way == Way::Upstream {
            let now = self.clock.now();
            let wait = self.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(bytes, now);
            let until = now + wait;
            while self.clock.now() < until && !self.ends() {
                thread::sleep(until.saturating_sub(self.clock.now()).min(LOOK));
            }
        }
        if self.ends() { Err(SourceError::Stopped) } else { Ok(()) }
    }
}

/// What a piece's bytes unpack to. That it is the piece, the store checks.
fn unpack(form: Form, piece: &Piece, bytes: Vec<u8>) -> Result<Vec<u8>, SourceError> {
    if form == Form::Plain || !piece.is_packed() {
        return Ok(bytes);
    }
    let most = usize::try_from(piece.length.min(LONGEST)).unwrap_or(0);
    zstd::bulk::decompress(&bytes, most).map_err(|_| SourceError::Lied)
}
