//! Reads an image back once it is written: its digest, and those of the runs of blocks that have to be flashed.
//!
//! Only blocks that were written to are read; the others are zeros. The digest of the file and the digests of the runs
//! are computed by a thread each.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use formats::digest::Digest;
use formats::size::Bytes;
use sha2::{Digest as _, Sha256};

use super::image::MappedRange;
use super::window::{BLOCK, Written};

/// What an image holds.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) sha256: Digest,
    pub(super) mapped: Vec<MappedRange>,
}

const CHUNK: usize = 1 << 20;

/// Surveys `file`, of which only the blocks in `written` may be other than zeros. `mapped` are runs of blocks, in order.
pub(super) fn survey(
    file: &File,
    size: Bytes,
    written: &Written,
    mapped: Vec<Range<u64>>,
    advance: &mut dyn FnMut(u64),
) -> io::Result<Survey> {
    let (to_whole, chunks) = mpsc::sync_channel::<Arc<Vec<u8>>>(4);
    thread::scope(|scope| {
        let whole = scope.spawn(move || {
            let mut hasher = Sha256::new();
            chunks.into_iter().for_each(|chunk| hasher.update(chunk.as_slice()));
            Digest::new(hasher.finalize().into())
        });
        let mut runs = Runs::new(mapped);
        let zeros = Arc::new(vec![0; CHUNK]);
        let mut offset = 0;
        while offset < size.0 {
            let length = usize::try_from(size.0 - offset).map_or(CHUNK, |left| left.min(CHUNK));
            let first = offset / BLOCK as u64;
            let mut blocks = first..(offset + length as u64).div_ceil(BLOCK as u64);
            let chunk = if length == CHUNK && !blocks.any(|block| written.contains(block)) {
                Arc::clone(&zeros)
            } else {
                let mut chunk = vec![0; length];
                file.read_exact_at(&mut chunk, offset)?;
                Arc::new(chunk)
            };
            runs.add(first, &chunk);
            if to_whole.send(chunk).is_err() {
                break;
            }
            offset += length as u64;
            advance(length as u64);
        }
        drop(to_whole);
        let sha256 = whole.join().map_err(|_| io::Error::other("the thread that computes the digest ended"))?;
        Ok(Survey { sha256, mapped: runs.finish() })
    })
}

/// Computes the digests of runs of blocks from chunks in order.
struct Runs {
    left: std::vec::IntoIter<Range<u64>>,
    open: Option<(Range<u64>, Sha256)>,
    done: Vec<MappedRange>,
}

impl Runs {
    fn new(runs: Vec<Range<u64>>) -> Self {
        let mut left = runs.into_iter();
        let open = left.next().map(|run| (run, Sha256::new()));
        Self { left, open, done: Vec::new() }
    }

    /// Takes the chunk that begins with block `first`.
    fn add(&mut self, first: u64, chunk: &[u8]) {
        let end = first + chunk.len().div_ceil(BLOCK) as u64;
        while let Some((run, hasher)) = self.open.as_mut().filter(|(run, _)| run.start < end) {
            let from = (run.start.max(first) - first) as usize * BLOCK;
            let to = ((run.end.min(end) - first) as usize * BLOCK).min(chunk.len());
            hasher.update(&chunk[from..to]);
            if run.end > end {
                return;
            }
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some((blocks, hasher)) = self.open.take() {
            self.done.push(MappedRange { blocks, sha256: Digest::new(hasher.finalize().into()) });
        }
        self.open = self.left.next().map(|run| (run, Sha256::new()));
    }

    fn finish(mut self) -> Vec<MappedRange> {
        while self.open.is_some() {
            self.close();
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let bytes: Vec<u8> = (0..10 * BLOCK).map(|at| (at / BLOCK) as u8).collect();
        let wanted = [0..1, 2..3, 3..7, 9..10];
        for chunk in [1, 2, 3, 4, 10] {
            let mut runs = Runs::new(wanted.to_vec());
            for (at, bytes) in bytes.chunks(chunk * BLOCK).enumerate() {
                runs.add((at * chunk) as u64, bytes);
            }
            let runs = runs.finish();
            for (run, wanted) in runs.iter().zip(&wanted) {
                let bytes = &bytes[wanted.start as usize * BLOCK..wanted.end as usize * BLOCK];
                assert_eq!(*run, MappedRange { blocks: wanted.clone(), sha256: Digest::of(bytes) });
            }
            assert_eq!(runs.len(), 4);
        }
    }
}
