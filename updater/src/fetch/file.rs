//! Fetches a whole file that has no pieces, such as a delta: from one source after the other, each going on where the last
//! one stopped.
//!
//! What came is appended to `partial/<sha256>` and flushed every [`PART`] bytes, so a power cut costs at most two parts. The
//! digest is looked at when it is whole. If it is wrong, it is not known whose fault that is: what came is dropped, and it is
//! tried once more from the best source alone.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::pieces::Piece;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::clock::Stopwatch;
use super::rate::Bucket;
use super::source::{Form, Source, SourceError, Way, read_error};
use crate::error::{Context as _, IoError};

/// How much is asked for, and flushed, at once.
const PART: u64 = 256 << 10;

/// How often a source may fail with nothing new of the file coming.
const TRIES: u32 = 3;

/// A file.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Its path below the repository's base.
    pub path: String,
    /// Its length.
    pub length: u64,
    /// Its digest.
    pub digest: Digest,
}

/// A file did not come.
#[derive(Debug, Error)]
pub enum FileError {
    /// The disk.
    #[error(transparent)]
    Io(#[from] IoError),
    /// No source has it whole.
    #[error("{path} did not come{reasons}")]
    NotGot {
        /// The file.
        path: String,
        /// What was wrong with each source.
        reasons: String,
    },
    /// What came is something else.
    #[error("what came as {path} has the digest {found}, and {expected} is signed: nothing of it is kept")]
    Other {
        /// The file.
        path: String,
        /// What came.
        found: Digest,
        /// What is signed.
        expected: Digest,
    },
}

/// How much of a file is there already.
pub fn there(folder: &Path, wanted: &Wanted) -> u64 {
    match fs::metadata(place(folder, wanted)).map_or(0, |metadata| metadata.len()) {
        whole if whole >= wanted.length => wanted.length,
        part => part / PART * PART,
    }
}

fn place(folder: &Path, wanted: &Wanted) -> PathBuf {
    folder.join(wanted.digest.to_string())
}

/// Fetches a file into a folder; the answer is where it is. `came` is told of bytes and by which way they came.
pub fn fetch(
    wanted: &Wanted,
    folder: &Path,
    sources: &[Box<dyn Source>],
    rate: Option<u64>,
    came: &dyn Fn(Way, u64),
) -> Result<PathBuf, FileError> {
    let path = place(folder, wanted);
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(&path).context("opening", &path)?;
    // What was not flushed may be anything.
    file.set_len(there(folder, wanted)).context("cutting off", &path)?;
    let clock = Stopwatch::start();
    let mut fetching = Fetching { wanted, path: &path, bucket: Bucket::new(rate, clock.now()), clock, came };
    let mut order: Vec<&dyn Source> =
        sources.iter().map(AsRef::as_ref).filter(|source| source.form() == Form::Packed).collect();
    order.sort_by_key(|source| source.way());
    let mut again = fetching.have(&mut file)? > 0 || order.len() > 1;
    loop {
        let mut reasons = String::new();
        for source in &order {
            match fetching.from(*source, &mut file)? {
                Ok(()) => break,
                Err(error) => reasons.push_str(&format!("; {} {error}", source.name())),
            }
        }
        if fetching.have(&mut file)? < wanted.length {
            return Err(FileError::NotGot { path: wanted.path.clone(), reasons });
        }
        let found = digest(&mut file).context("reading", &path)?;
        if found == wanted.digest {
            return Ok(path);
        }
        file.set_len(0).context("emptying", &path)?;
        if !again {
            return Err(FileError::Other { path: wanted.path.clone(), found, expected: wanted.digest });
        }
        again = false;
        // The publisher's, if it is there.
        order = order.pop().into_iter().collect();
    }
}

struct Fetching<'a> {
    wanted: &'a Wanted,
    path: &'a Path,
    bucket: Bucket,
    clock: Stopwatch,
    came: &'a dyn Fn(Way, u64),
}

impl Fetching<'_> {
    fn have(&self, file: &mut File) -> Result<u64, IoError> {
        file.seek(SeekFrom::End(0)).context("measuring", self.path)
    }

    /// Fetches what one source gives.
    fn from(&mut self, source: &dyn Source, file: &mut File) -> Result<Result<(), SourceError>, IoError> {
        let mut failures = 0;
        loop {
            let have = self.have(file)?;
            if have >= self.wanted.length {
                return Ok(Ok(()));
            }
            let (bytes, error) = self.part(source, have);
            file.write_all(&bytes).context("writing", self.path)?;
            file.sync_data().context("flushing", self.path)?;
            failures = if bytes.is_empty() { failures + 1 } else { 0 };
            match error {
                Some(error) if !error.may_pass() || failures >= TRIES => return Ok(Err(error)),
                Some(SourceError::Absent | SourceError::NoRanges) => return Ok(error.map_or(Ok(()), Err)),
                Some(_) => std::thread::sleep(std::time::Duration::from_secs(1 << failures.min(4))),
                None => {}
            }
        }
    }

    /// The next bytes, and what ended them too early.
    fn part(&mut self, source: &dyn Source, have: u64) -> (Vec<u8>, Option<SourceError>) {
        let length = (self.wanted.length - have).min(PART);
        let range = Piece { digest: self.wanted.digest, length, at: have, packed: length };
        let mut bytes = Vec::new();
        let mut body = match source.run(&self.wanted.path, &[range], 0) {
            Ok(body) => body,
            Err(error) => return (bytes, Some(error)),
        };
        let mut buffer = [0; 16 << 10];
        while (bytes.len() as u64) < length {
            let gulp = (length as usize - bytes.len()).min(buffer.len()).min(self.bucket.gulp());
            match body.read(&mut buffer[..gulp]) {
                Ok(0) => return (bytes, Some(SourceError::Truncated)),
                Ok(count) => {
                    bytes.extend_from_slice(&buffer[..count]);
                    (self.came)(source.way(), count as u64);
                    if source.way() == Way::Upstream {
                        std::thread::sleep(self.bucket.take(count as u64, self.clock.now()));
                    }
                }
                Err(error) => return (bytes, Some(read_error(error))),
            }
        }
        // To its end, so that the connection can be used again.
        let _ = body.read(&mut [0]);
        (bytes, None)
    }
}

fn digest(file: &mut File) -> std::io::Result<Digest> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    std::io::copy(file, &mut hasher)?;
    Ok(Digest::new(hasher.finalize().into()))
}
