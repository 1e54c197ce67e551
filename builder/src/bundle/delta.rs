//! A static delta: `formats::delta` draws it. [`steps`] decides what is in it.
//!
//! It starts from the slot image in the old bundle, as a node has no other, and makes the new bundle. Both streams are held in
//! memory. Invariant: the same two bundles give the same delta; it is made to prove itself before it gets its name.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::bundle::{Bundle, Parts, TRAILER, signed_content};
use formats::delta::{HEADER, Header, encode_steps};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::stream::{Checks, Unpacker, patched, zstd_version};
use formats::version::Version;
use sha2::{Digest as _, Sha256};

use super::{IMAGE_OFFSET, PIECE, pieces, steps};
use crate::disk::{Output, Progress};

/// How patches are packed: once, and fetched often.
const LEVEL: i32 = 19;

/// A delta that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delta {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its length.
    pub(crate) length: Bytes,
    /// The length of the bundle that it makes.
    pub(crate) bundle: Bytes,
}

/// Makes the delta, in `output` or beside the new bundle.
pub(crate) fn make(old: &Path, new: &Path, output: Option<&Path>, progress: Progress<'_>) -> Result<Delta> {
    let (from, to) = (Opened::open(old)?, Opened::open(new)?);
    let [before, after] = [&from, &to].map(|opened| &opened.bundle.manifest);
    if before.compatible != after.compatible {
        bail!("{} is for '{}' and {} for '{}'", old.display(), before.compatible, new.display(), after.compatible);
    }
    if before.version >= after.version {
        bail!(
            "{} is version {}, and {} is {}: nodes never go back",
            old.display(),
            before.version,
            new.display(),
            after.version
        );
    }
    let path = match output {
        Some(path) => path.to_owned(),
        None => new.with_file_name(name(&before.version, &after.version)),
    };

    let (image, old_stream) = from.image()?;
    let mut new_stream = Vec::new();
    let (layout, sum) = pieces::unpack(new, Checks::Recipes(pieces::recipes()), progress, &mut |bytes| {
        new_stream.extend(bytes);
        Ok(())
    })?;
    let planned = steps::plan(&old_stream, &new_stream);
    let (steps, patches) = steps::patches(&planned, &old_stream, &new_stream, LEVEL)?;

    let [layout, table] = [layout.encode(), encode_steps(&steps)].map(|table| {
        let packed = zstd::bulk::compress(&table, LEVEL).context("packing the delta's tables")?;
        anyhow::Ok((packed, table.len() as u32))
    });
    let (layout, table) = (layout?, table?);
    let lengths = |(packed, length): &(Vec<u8>, u32)| (packed.len() as u32, *length);
    let header =
        Header { zstd: zstd_version(), from: image, bundle: sum, layout: lengths(&layout), steps: lengths(&table) };
    // What a node would make of it.
    let (mut at, mut rest) = (0, patches.as_slice());
    for step in &steps {
        let looks = &old_stream[step.from as usize..][..step.looks as usize];
        let (patch, after) = rest.split_at(step.patch.unwrap_or(0) as usize);
        rest = after;
        let expected = &new_stream[at..at + step.makes as usize];
        let right = match step.patch {
            None => looks == expected,
            Some(_) => patched(looks, patch, expected.len())? == expected,
        };
        if !right {
            bail!("the delta does not make {} of {}", new.display(), old.display());
        }
        at += step.makes as usize;
    }
    let file = Output::create(&path)?;
    for bytes in [&header.encode()[..], &layout.0, &table.0, &patches] {
        file.file().write_all(bytes).with_context(|| format!("writing {}", path.display()))?;
    }
    file.finish()?;
    let length = (HEADER + layout.0.len() + table.0.len() + patches.len()) as u64;
    Ok(Delta { path, length: Bytes(length), bundle: Bytes(sum.0) })
}

/// The name of a delta between two releases.
fn name(from: &Version, to: &Version) -> String {
    format!("{from}-{to}.delta")
}

/// A bundle.
struct Opened {
    path: PathBuf,
    file: File,
    bundle: Bundle,
}

impl Opened {
    fn open(path: &Path) -> Result<Self> {
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
    fn image(&self) -> Result<((u64, Digest), Vec<u8>)> {
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
