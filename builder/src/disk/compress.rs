//! `.img.xz`: what Etcher, Raspberry Pi Imager, bmaptool and `xz` read.
//!
//! Threads encode the blocks of a batch, the caller's thread writes them in order; no more than a batch is in memory.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use formats::digest::Digest;
use formats::size::Bytes;
use sha2::{Digest as _, Sha256};

use super::output::Output;
use super::xz::{self, Block, Index};
use super::{DiskError, Progress};

/// Blocks in a batch.
const BATCH: usize = 32;

/// A compressed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Compressed {
    /// Its length.
    pub(crate) size: Bytes,
    /// Its digest.
    pub(crate) sha256: Digest,
}

/// Compresses the file `image` to `out`.
pub(crate) fn xz(image: &Path, out: &Path, progress: Progress<'_>) -> Result<Compressed, DiskError> {
    let source = File::open(image).map_err(DiskError::reading(image))?;
    let length = source.metadata().map_err(DiskError::reading(image))?.len();
    let output = Output::create(out)?;
    let (mut hasher, mut size) = (Sha256::new(), 0);
    let mut write = |bytes: &[u8]| {
        hasher.update(bytes);
        size += bytes.len() as u64;
        output.file().write_all(bytes).map_err(DiskError::writing(output.target()))
    };
    write(&xz::stream_header())?;
    let mut index = Index::default();
    let blocks = length.div_ceil(xz::BLOCK as u64);
    for first in (0..blocks).step_by(BATCH) {
        for block in encode(&source, image, length, first..blocks.min(first + BATCH as u64))? {
            index.add(&block);
            write(&block.bytes)?;
        }
        progress(Bytes(length.min((first + BATCH as u64) * xz::BLOCK as u64)), Bytes(length));
    }
    write(&index.finish())?;
    output.finish()?;
    Ok(Compressed { size: Bytes(size), sha256: Digest::new(hasher.finalize().into()) })
}

/// Encodes a batch of blocks with as many threads as there are processors.
fn encode(source: &File, image: &Path, length: u64, blocks: std::ops::Range<u64>) -> Result<Vec<Block>, DiskError> {
    let numbers: Vec<u64> = blocks.collect();
    let results: Vec<OnceLock<Result<Block, DiskError>>> = numbers.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut buffer = vec![0; xz::BLOCK];
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&at| at < numbers.len()) {
            let start = numbers[at] * xz::BLOCK as u64;
            let input = &mut buffer[..usize::try_from(length - start).map_or(xz::BLOCK, |left| left.min(xz::BLOCK))];
            let read = source.read_exact_at(input, start).map_err(DiskError::reading(image));
            let _ = results[at].set(read.and_then(|()| xz::block(input).map_err(DiskError::Xz)));
        }
    };
    thread::scope(|scope| {
        for _ in 1..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
        work();
    });
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn gives_the_same_back() {
        let folder = tempfile::tempdir().unwrap();
        let (image, out) = (folder.path().join("a.img"), folder.path().join("a.img.xz"));
        let bytes: Vec<u8> = (0..40_000_000_u64).map(|n| (n / 4096 * n % 251) as u8).collect();
        std::fs::write(&image, &bytes).unwrap();
        let mut last = Bytes(0);
        let compressed = xz(&image, &out, &mut |done, _| last = done).unwrap();
        assert_eq!(last, Bytes(40_000_000));
        let file = std::fs::read(&out).unwrap();
        assert_eq!(compressed, Compressed { size: Bytes(file.len() as u64), sha256: Digest::of(&file) });
        let mut back = Vec::new();
        liblzma::read::XzDecoder::new(file.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == bytes);
    }
}
