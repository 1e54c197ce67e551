//! A bundle from a static delta.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use formats::delta::{BadDelta, HEADER, Header, parse_steps};
use formats::frames::Layout;
use formats::stream::{Repacker, frame_content, patched};

use super::output::Output;
use super::{AssembleError, Old, check_zstd};
use crate::error::Context as _;

/// How much is copied at once.
const PART: u64 = 1 << 20;

/// Writes the bundle at `target`. The delta must have been verified.
pub fn apply_delta(delta: &Path, old: &mut Old, target: &Path) -> Result<(), AssembleError> {
    let mut file = BufReader::new(File::open(delta).context("opening", delta)?);
    let mut read = |length: usize| -> Result<Vec<u8>, AssembleError> {
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes).context("reading", delta)?;
        Ok(bytes)
    };
    let head = read(HEADER)?;
    let header = Header::parse(head.first_chunk().ok_or(BadDelta::Magic)?)?;
    check_zstd(header.zstd)?;
    if header.from.0 != old.length() {
        return Err(AssembleError::From { expected: header.from.0, found: old.length() });
    }
    let mut table = |(packed, length): (u32, u32)| -> Result<Vec<u8>, AssembleError> {
        Ok(frame_content(&read(packed as usize)?, length as usize)?)
    };
    let layout = Layout::parse(&table(header.layout)?)?;
    let steps = parse_steps(&table(header.steps)?, old.stream())?;

    let mut output = Output::create(target, header.bundle)?;
    let mut repacker = Repacker::new(layout);
    for step in steps {
        let mut put = |bytes: &[u8]| repacker.push(bytes, &mut |bytes: &[u8]| output.write(bytes));
        match step.patch {
            Some(patch) => {
                let patch = read(patch as usize)?;
                let prefix = old.read(step.from, usize::try_from(step.looks).unwrap_or(usize::MAX))?;
                put(&patched(&prefix, &patch, usize::try_from(step.makes).unwrap_or(usize::MAX))?)?;
            }
            None => {
                let mut at = 0;
                while at < step.looks {
                    let part = PART.min(step.looks - at);
                    put(&old.read(step.from + at, part as usize)?)?;
                    at += part;
                }
            }
        }
    }
    repacker.finish()?;
    output.finish()
}
