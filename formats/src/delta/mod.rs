//! Static deltas (`.delta`): from one release's slot image to another's update bundle.
//!
//! ```text
//! ┌────────┬─────────────┬─────────────────────────────────────────────────────────────────────┐
//! │ offset │ length      │ header                                                              │
//! ├────────┼─────────────┼─────────────────────────────────────────────────────────────────────┤
//! │ 0      │ 8           │ magic: `ildelta1`                                                   │
//! │ 8      │ u32         │ the zstd that the layout's frames are made with                     │
//! │ 12     │ u64, 32     │ length and SHA-256 of the slot image that it starts from            │
//! │ 52     │ u64, 32     │ length and SHA-256 of the bundle                                    │
//! │ 92     │ u32 u32     │ the bundle's layout: packed and unpacked length                     │
//! │ 100    │ u32 u32     │ the steps: packed and unpacked length                               │
//! │ 108    │             │ layout, steps, and the steps' patches one after the other: all zstd │
//! └────────┴─────────────┴─────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Numbers are little-endian. Steps make the bundle's stream out of the slot image's (`formats::frames`): each is four numbers
//! of 7 bits a byte, the lowest first: how many bytes it makes; where in the old stream it looks, from the end of where the
//! last one looked, as `2n`, or `-2n - 1` if that is before; how many bytes it looks at; the length of its patch. Without a
//! patch these bytes are copied; with one they are the prefix that the zstd frame refers to (`zstd --patch-from`).
//!
//! Whoever applies a delta has checked its digest. Invariants all the same: no bytes make the parsers panic; what a step needs
//! in memory is bounded by [`LONGEST_WINDOW`] and [`LONGEST_PREFIX`]; no step looks behind the old stream's end.

#[cfg(test)]
mod tests;

use thiserror::Error;

use crate::digest::Digest;
use crate::frames::{number, put};
use crate::version::Version;

/// The bytes of a header.
pub const HEADER: usize = 108;

/// The most bytes that a step with a patch makes.
pub const LONGEST_WINDOW: u64 = 4 << 20;

/// The most bytes of the old stream that a patch refers to.
pub const LONGEST_PREFIX: u64 = 8 << 20;

/// The most bytes of a layout or of steps, unpacked.
pub const LONGEST_TABLE: u32 = 16 << 20;

const MAGIC: &[u8; 8] = b"ildelta1";

/// The most steps.
const MOST: usize = 1 << 20;

/// Which parts a delta has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The zstd that the layout's frames are made with.
    pub zstd: u32,
    /// Length and digest of the slot image that it starts from.
    pub from: (u64, Digest),
    /// Length and digest of the bundle.
    pub bundle: (u64, Digest),
    /// The layout's length, packed and unpacked.
    pub layout: (u32, u32),
    /// The steps' length, packed and unpacked.
    pub steps: (u32, u32),
}

/// What makes the next bytes of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// How many bytes it makes.
    pub makes: u64,
    /// Where in the old stream it looks.
    pub from: u64,
    /// How many bytes it looks at.
    pub looks: u64,
    /// The length of its patch; none if it copies.
    pub patch: Option<u32>,
}

/// This is no delta. Each sentence speaks of the delta as 'it'.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadDelta {
    /// Something else, another version, or cut off in its header.
    #[error("it is no delta of version 1")]
    Magic,
    /// Its tables are too long.
    #[error("its tables are too long")]
    Tables,
    /// Its steps are cut off, or too many.
    #[error("its steps are cut off, or too many")]
    End,
    /// A step is impossible.
    #[error("its step {0} is impossible")]
    Step(usize),
}

impl Header {
    /// Reads a header.
    pub fn parse(bytes: &[u8; HEADER]) -> Result<Self, BadDelta> {
        if !bytes.starts_with(MAGIC) {
            return Err(BadDelta::Magic);
        }
        let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| bytes[at + i]));
        let target = |at: usize| {
            let mut digest = [0; 32];
            digest.copy_from_slice(&bytes[at + 8..at + 40]);
            (u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32, Digest::new(digest))
        };
        let header = Self {
            zstd: u32_at(8),
            from: target(12),
            bundle: target(52),
            layout: (u32_at(92), u32_at(96)),
            steps: (u32_at(100), u32_at(104)),
        };
        let fits = [header.layout, header.steps].iter().all(|&(packed, length)| packed.max(length) <= LONGEST_TABLE);
        if fits { Ok(header) } else { Err(BadDelta::Tables) }
    }

    /// The header's bytes.
    pub fn encode(&self) -> [u8; HEADER] {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(self.zstd.to_le_bytes());
        for (length, digest) in [self.from, self.bundle] {
            bytes.extend(length.to_le_bytes());
            bytes.extend(digest.as_bytes());
        }
        for (packed, length) in [self.layout, self.steps] {
            bytes.extend(packed.to_le_bytes());
            bytes.extend(length.to_le_bytes());
        }
        let mut header = [0; HEADER];
        header.copy_from_slice(&bytes);
        header
    }
}

/// The name of a delta's file, from one release to a newer one.
pub fn file_name(from: &Version, to: &Version) -> String {
    format!("{from}-{to}.delta")
}

/// Reads steps over an old stream of this length.
pub fn parse_steps(mut bytes: &[u8], old: u64) -> Result<Vec<Step>, BadDelta> {
    let (mut steps, mut last) = (Vec::new(), 0_u64);
    while !bytes.is_empty() {
        if steps.len() == MOST {
            return Err(BadDelta::End);
        }
        let mut next = || number(&mut bytes).ok_or(BadDelta::End);
        let (makes, way, looks, patch) = (next()?, next()?, next()?, next()?);
        let away = way / 2;
        let from = if way % 2 == 0 { last.checked_add(away) } else { last.checked_sub(away + 1) };
        let step = from.and_then(|from| {
            let end = from.checked_add(looks).filter(|&end| end <= old)?;
            let fits = match patch {
                0 => makes == looks && makes > 0,
                _ => (1..=LONGEST_WINDOW).contains(&makes) && looks <= LONGEST_PREFIX && patch <= 2 * LONGEST_WINDOW,
            };
            last = end;
            let patch = (patch != 0).then_some(u32::try_from(patch).ok()?);
            fits.then_some(Step { makes, from, looks, patch })
        });
        steps.push(step.ok_or(BadDelta::Step(steps.len()))?);
    }
    Ok(steps)
}

/// Steps as bytes.
pub fn encode_steps(steps: &[Step]) -> Vec<u8> {
    let (mut bytes, mut last) = (Vec::new(), 0);
    for step in steps {
        let way = if step.from >= last { (step.from - last) * 2 } else { (last - step.from - 1) * 2 + 1 };
        last = step.from + step.looks;
        for number in [step.makes, way, step.looks, step.patch.unwrap_or(0).into()] {
            put(&mut bytes, number);
        }
    }
    bytes
}
