//! Reads an image back once it is written: its digest, and the runs of blocks that are not all zero.
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
use super::window::{BLOCK, Written, is_zero};

/// What an image holds.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) sha256: Digest,
    pub(super) mapped: Vec<MappedRange>,
}

const CHUNK: usize = 1 << 20;

/// Surveys `file`, of which only the blocks in `written` may be other than zeros.
pub(super) fn survey(file: &File, size: Bytes, written: &Written, advance: &mut dyn FnMut(u64)) -> io::Result<Survey> {
    let (to_whole, chunks) = mpsc::sync_channel::<Arc<Vec<u8>>>(4);
    thread::scope(|scope| {
        let whole = scope.spawn(move || {
            let mut hasher = Sha256::new();
            chunks.into_iter().for_each(|chunk| hasher.update(chunk.as_slice()));
            Digest::new(hasher.finalize().into())
        });
        let mut runs = Runs::default();
        let zeros = Arc::new(vec![0; CHUNK]);
        let mut offset = 0;
        while offset < size.0 {
            let length = usize::try_from(size.0 - offset).map_or(CHUNK, |left| left.min(CHUNK));
            let first = offset / BLOCK as u64;
            let blocks = first..(offset + length as u64).div_ceil(BLOCK as u64);
            let chunk = if length == CHUNK && !blocks.clone().any(|block| written.contains(block)) {
                Arc::clone(&zeros)
            } else {
                let mut chunk = vec![0; length];
                file.read_exact_at(&mut chunk, offset)?;
                for (block, bytes) in blocks.zip(chunk.chunks(BLOCK)) {
                    runs.add(block, bytes);
                }
                Arc::new(chunk)
            };
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

/// Collects runs of blocks that are not all zero.
#[derive(Default)]
struct Runs {
    done: Vec<MappedRange>,
    open: Option<(Range<u64>, Sha256)>,
}

impl Runs {
    fn add(&mut self, block: u64, bytes: &[u8]) {
        if is_zero(bytes) {
            return;
        }
        if self.open.as_ref().is_some_and(|(blocks, _)| blocks.end != block) {
            self.close();
        }
        let (blocks, hasher) = self.open.get_or_insert_with(|| (block..block, Sha256::new()));
        blocks.end = block + 1;
        hasher.update(bytes);
    }

    fn close(&mut self) {
        if let Some((blocks, hasher)) = self.open.take() {
            self.done.push(MappedRange { blocks, sha256: Digest::new(hasher.finalize().into()) });
        }
    }

    fn finish(mut self) -> Vec<MappedRange> {
        self.close();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let mut runs = Runs::default();
        for (block, byte) in [(0, 1), (1, 2), (2, 0), (3, 0), (4, 3)] {
            runs.add(block, &[byte; BLOCK]);
        }
        let runs = runs.finish();
        assert_eq!(runs.iter().map(|run| run.blocks.clone()).collect::<Vec<_>>(), [0..2, 4..5]);
        assert_eq!(runs[0].sha256, Digest::of([[1; BLOCK], [2; BLOCK]].concat()));
    }
}
