//! A static delta: `formats::delta` draws it. [`steps`] decides what is in it.
//!
//! It starts from the slot image in the old bundle, as a node has no other, and makes the new bundle. Both streams are held in
//! memory. Invariant: the same two bundles give the same delta; it is made to prove itself before it gets its name.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::delta::{HEADER, Header, encode_steps, file_name};
use formats::digest::Digest;
use formats::frames::Layout;
use formats::size::Bytes;
use formats::stream::{Checks, patched, zstd_version};
use formats::version::Version;

use super::opened::Opened;
use super::{pieces, steps};
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

/// Two releases, unpacked.
pub(crate) struct Pair {
    from: Version,
    to: Version,
    old: PathBuf,
    /// The new bundle.
    pub(super) new: PathBuf,
    /// The old slot image: length and digest.
    image: (u64, Digest),
    /// Its stream.
    pub(super) old_stream: Vec<u8>,
    /// The new bundle's stream.
    pub(super) new_stream: Vec<u8>,
    layout: Layout,
    /// The new bundle: length and digest.
    pub(super) sum: (u64, Digest),
}

impl Pair {
    /// Reads two bundles.
    pub(crate) fn open(old: &Path, new: &Path, progress: Progress<'_>) -> Result<Self> {
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
        let (image, old_stream) = from.image()?;
        let mut new_stream = Vec::new();
        let (layout, sum) = pieces::unpack(new, Checks::Recipes(pieces::recipes()), progress, &mut |bytes| {
            new_stream.extend(bytes);
            Ok(())
        })?;
        let (from, to) = (before.version.clone(), after.version.clone());
        Ok(Self { from, to, old: old.to_owned(), new: new.to_owned(), image, old_stream, new_stream, layout, sum })
    }
}

/// Makes the delta, in `output` or beside the new bundle.
pub(crate) fn make(pair: &Pair, output: Option<&Path>) -> Result<Delta> {
    let Pair { image, old_stream, new_stream, layout, sum, .. } = pair;
    let path = match output {
        Some(path) => path.to_owned(),
        None => pair.new.with_file_name(file_name(&pair.from, &pair.to)),
    };
    let planned = steps::plan(old_stream, new_stream);
    let (steps, patches) = steps::patches(&planned, old_stream, new_stream, LEVEL)?;

    let [layout, table] = [layout.encode(), encode_steps(&steps)].map(|table| {
        let packed = zstd::bulk::compress(&table, LEVEL).context("packing the delta's tables")?;
        anyhow::Ok((packed, table.len() as u32))
    });
    let (layout, table) = (layout?, table?);
    let lengths = |(packed, length): &(Vec<u8>, u32)| (packed.len() as u32, *length);
    let header =
        Header { zstd: zstd_version(), from: *image, bundle: *sum, layout: lengths(&layout), steps: lengths(&table) };
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
            bail!("the delta does not make {} of {}", pair.new.display(), pair.old.display());
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
