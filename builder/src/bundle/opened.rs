//! A bundle that is there, and the slot image in it.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::bundle::{Bundle, Parts, TRAILER, signed_content};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::stream::{Checks, Unpacker};
use sha2::{Digest as _, Sha256};

use super::{IMAGE_OFFSET, PIECE};

/// A bundle.
pub(super) struct Opened {
    path: PathBuf,
    /// The file.
    pub(super) file: File,
    /// What its end says.
    pub(super) bundle: Bundle,
}

impl Opened {
    /// Opens it, and reads its end. No signature is checked.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let reading = || format!("reading {}", path.display());
        let file = File::open(path).with_context(reading)?;
        let length = Bytes(file.metadata().with_context(reading)?.len());
        let mut trailer = [0; TRAILER as usize];
        file.read_exact_at(&mut trailer, length.0.saturating_sub(TRAILER)).with_context(reading)?;
        let parts = Parts::parse(length, trailer).with_context(reading)?;
        let mut message = vec![0; usize::try_from(parts.signature.0).unwrap_or_default()];
        file.read_exact_at(&mut message, parts.payload.0).with_context(reading)?;
        let bundle = Bundle::new(parts, &signed_content(&message).with_context(reading)?).with_context(reading)?;
        Ok(Self { path: path.to_owned(), file, bundle })
    }

    /// The slot image in it: length, digest, and the stream that a node finds.
    pub(super) fn image(&self) -> Result<((u64, Digest), Vec<u8>)> {
        let image = &self.bundle.manifest.image;
        let (mut unpacker, mut stream) = (Unpacker::new(0, Checks::None), Vec::new());
        let mut keep = |bytes: &[u8]| -> Result<()> {
            stream.extend(bytes);
            Ok(())
        };
        let (mut hasher, mut at, mut buffer) = (Sha256::new(), 0, vec![0; PIECE]);
        while at < image.size.0 {
            let part = usize::try_from(image.size.0 - at).map_or(PIECE, |left| left.min(PIECE));
            let place = IMAGE_OFFSET + at;
            let read = self.file.read_exact_at(&mut buffer[..part], place);
            read.with_context(|| format!("reading {}", self.path.display()))?;
            hasher.update(&buffer[..part]);
            unpacker.push(&buffer[..part], &mut keep)?;
            at += part as u64;
        }
        unpacker.finish(&mut keep)?;
        let digest = Digest::new(hasher.finalize().into());
        if digest != image.sha256 {
            bail!(
                "the slot image of {} is not at byte {IMAGE_OFFSET} in one piece: no delta starts from it",
                self.path.display()
            );
        }
        Ok(((image.size.0, digest), stream))
    }
}
