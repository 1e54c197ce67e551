//! A slot image's stream: read once from front to back to learn what is where, then here and there.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::frames::Frame;
use formats::pieces::Cutting;
use formats::stream::{Checks, Cutter, Unpacker, frame_content};

use super::AssembleError;
use crate::error::Context as _;

/// How much is read at once.
const PART: usize = 1 << 18;

/// A slot image, or a bundle, that something new is made from.
#[derive(Debug)]
pub struct Old {
    file: File,
    path: PathBuf,
    length: u64,
    runs: Vec<Placed>,
    stream: u64,
    pieces: HashMap<Digest, (u64, u32)>,
    /// The frame that was unpacked last, and its content.
    last: Option<(usize, Vec<u8>)>,
}

/// A run, where it is.
#[derive(Clone, Copy, Debug)]
struct Placed {
    stream: u64,
    image: u64,
    plain: u64,
    frame: Option<Frame>,
}

impl Old {
    /// Reads the first `length` bytes of a file or device: a slot image has nothing in front of its first block, a bundle 96
    /// bytes. With a `cutting`, finds its pieces too.
    pub fn scan(path: &Path, length: u64, lead: usize, cutting: Option<Cutting>) -> Result<Self, AssembleError> {
        let file = File::open(path).context("opening", path)?;
        let (mut pieces, mut place) = (HashMap::new(), 0);
        let mut keep = |piece: &[u8]| -> Result<(), AssembleError> {
            pieces.entry(Digest::of(piece)).or_insert((place, piece.len() as u32));
            place += piece.len() as u64;
            Ok(())
        };
        let mut cutter = cutting.map(Cutter::new);
        let mut take = |bytes: &[u8]| match &mut cutter {
            Some(cutter) => cutter.push(bytes, &mut keep),
            None => Ok(()),
        };
        let mut unpacker = Unpacker::new(lead, Checks::None);
        let (mut buffer, mut at) = (vec![0; PART], 0);
        while at < length {
            let part = usize::try_from(length - at).map_or(PART, |left| left.min(PART));
            file.read_exact_at(&mut buffer[..part], at).context("reading", path)?;
            unpacker.push(&buffer[..part], &mut take)?;
            at += part as u64;
        }
        let layout = unpacker.finish(&mut take)?;
        if let Some(cutter) = cutter {
            cutter.finish(&mut keep)?;
        }
        let (mut stream, mut image) = (0, 0);
        let runs = layout.runs().iter().map(|run| {
            let placed = Placed { stream, image, plain: run.plain, frame: run.frame };
            let frame = |length: fn(Frame) -> u64| run.frame.map_or(0, length);
            stream += run.plain + frame(|frame| frame.content.into());
            image += run.plain + frame(|frame| u64::from(frame.zeros) + u64::from(frame.packed));
            placed
        });
        let runs = runs.collect();
        Ok(Self { file, path: path.to_owned(), length, runs, stream, pieces, last: None })
    }

    /// The length of what was read.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The length of its stream.
    pub fn stream(&self) -> u64 {
        self.stream
    }

    /// Whether it had this piece when it was looked through.
    pub fn has(&self, digest: Digest) -> bool {
        self.pieces.contains_key(&digest)
    }

    /// A piece, if it is there as it was.
    pub(super) fn piece(&mut self, digest: Digest) -> Option<Vec<u8>> {
        let &(at, length) = self.pieces.get(&digest)?;
        // Frames that can't be unpacked, and sectors that can't be read, are as if they were not there.
        let piece = self.read(at, length as usize).ok();
        piece.filter(|piece| Digest::of(piece) == digest)
    }

    /// Bytes of the stream: fewer, if it ends there.
    pub(super) fn read(&mut self, at: u64, length: usize) -> Result<Vec<u8>, AssembleError> {
        let mut bytes = Vec::with_capacity(length);
        let mut run = self.runs.partition_point(|run| run.stream <= at).saturating_sub(1);
        while bytes.len() < length {
            let Some(&placed) = self.runs.get(run) else { break };
            let here = at + bytes.len() as u64 - placed.stream;
            let left = length - bytes.len();
            if here < placed.plain {
                let part = usize::try_from(placed.plain - here).map_or(left, |there| there.min(left));
                let start = bytes.len();
                bytes.resize(start + part, 0);
                self.file.read_exact_at(&mut bytes[start..], placed.image + here).context("reading", &self.path)?;
            } else if let Some(frame) = placed.frame {
                let content = self.content(run, placed, frame)?;
                let skip = usize::try_from(here - placed.plain).unwrap_or(usize::MAX);
                bytes.extend(content.iter().skip(skip).take(left));
                run += 1;
            } else {
                break;
            }
        }
        Ok(bytes)
    }

    fn content(&mut self, run: usize, placed: Placed, frame: Frame) -> Result<&[u8], AssembleError> {
        let content = match self.last.take() {
            Some((last, content)) if last == run => content,
            _ => {
                let mut packed = vec![0; frame.packed as usize];
                let at = placed.image + placed.plain + u64::from(frame.zeros);
                self.file.read_exact_at(&mut packed, at).context("reading", &self.path)?;
                frame_content(&packed, frame.content as usize)?
            }
        };
        Ok(&self.last.insert((run, content)).1)
    }
}
