//! `.img.xz`: what Etcher, Raspberry Pi Imager, bmaptool and `xz` read.
//!
//! An [.xz](https://tukaani.org/xz/xz-file-format.txt) stream with blocks of a fixed size, compressed by as many threads
//! as there are processors: each block is compressed by itself, so the bits do not depend on how many threads there are.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::thread;

use formats::digest::Digest;
use formats::size::Bytes;
use liblzma::read::XzEncoder;
use liblzma::stream::{Check, MtStreamBuilder};
use sha2::{Digest as _, Sha256};

use super::output::Output;
use super::{DiskError, Progress};

/// Bytes of input in a block. Each thread holds about three times this.
const BLOCK: u64 = 8 << 20;

/// liblzma's preset.
const PRESET: u32 = 1;

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
    let threads = thread::available_parallelism().map_or(1, |n| n.get().min(16) as u32);
    let stream = MtStreamBuilder::new()
        .threads(threads)
        .block_size(BLOCK)
        .preset(PRESET)
        .check(Check::Crc64)
        .encoder()
        .map_err(DiskError::Xz)?;
    let mut encoder = XzEncoder::new_stream(io::BufReader::with_capacity(1 << 20, source), stream);
    let mut hasher = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = encoder.read(&mut buffer).map_err(DiskError::reading(image))?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        output.file().write_all(&buffer[..read]).map_err(DiskError::writing(output.target()))?;
        size += read as u64;
        progress(Bytes(encoder.total_in()), Bytes(length));
    }
    output.finish()?;
    Ok(Compressed { size: Bytes(size), sha256: Digest::new(hasher.finalize().into()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_same_back() {
        let folder = tempfile::tempdir().unwrap();
        let (image, out) = (folder.path().join("a.img"), folder.path().join("a.img.xz"));
        let bytes: Vec<u8> = (0..20_000_000_u64).map(|n| (n / 4096 * n % 251) as u8).collect();
        std::fs::write(&image, &bytes).unwrap();
        let mut last = Bytes(0);
        let compressed = xz(&image, &out, &mut |done, _| last = done).unwrap();
        assert_eq!(last, Bytes(20_000_000));
        let file = std::fs::read(&out).unwrap();
        assert_eq!(compressed, Compressed { size: Bytes(file.len() as u64), sha256: Digest::of(&file) });
        let mut back = Vec::new();
        liblzma::read::XzDecoder::new(file.as_slice()).read_to_end(&mut back).unwrap();
        assert!(back == bytes);
    }
}
