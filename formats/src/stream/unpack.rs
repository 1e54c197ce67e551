//! An image's stream and layout.

use zstd::zstd_safe;

use super::{Packer, StreamError, failed};
use crate::frames::{BLOCK, Frame, LONGEST_CONTENT, LONGEST_FRAME, Layout, Recipe, Run};

/// What tells a zstd frame ([RFC 8878](https://www.rfc-editor.org/rfc/rfc8878), 3.1.1), little-endian.
const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// How much must be there to judge what a block begins with.
const AHEAD: usize = (LONGEST_FRAME + BLOCK) as usize;

/// Whether frames are packed again at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checks {
    /// Those that none of these recipes gives back stay as they are: what a maker needs.
    Recipes(Vec<Recipe>),
    /// All are unpacked: what suffices to look for content.
    None,
}

/// Unpacks an image that comes in parts.
pub struct Unpacker {
    recipes: Vec<Recipe>,
    packer: Option<Packer>,
    context: zstd_safe::DCtx<'static>,
    buffer: Vec<u8>,
    /// What of the buffer has been handed on.
    done: usize,
    /// Bytes before the first block.
    lead: usize,
    content: Vec<u8>,
    plain: u64,
    runs: Vec<Run>,
    last: usize,
}

impl Unpacker {
    /// Unpacks an image whose first block begins behind `lead` bytes.
    pub fn new(lead: usize, checks: Checks) -> Self {
        let (recipes, packer) = match checks {
            Checks::Recipes(recipes) => (recipes, Some(Packer::new())),
            Checks::None => (vec![Recipe { level: 1, window: 0 }], None),
        };
        Self {
            recipes,
            packer,
            context: zstd_safe::DCtx::create(),
            buffer: Vec::new(),
            done: 0,
            lead,
            content: Vec::new(),
            plain: 0,
            runs: Vec::new(),
            last: 0,
        }
    }

    /// Takes more of the image; `stream` gets more of the stream.
    pub fn push<E: From<StreamError>>(
        &mut self,
        bytes: &[u8],
        stream: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for part in bytes.chunks(AHEAD) {
            self.buffer.extend(part);
            while self.buffer.len() - self.done >= AHEAD {
                self.step(stream)?;
            }
            self.buffer.drain(..self.done);
            self.done = 0;
        }
        Ok(())
    }

    /// The image is at its end.
    pub fn finish<E: From<StreamError>>(mut self, stream: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<Layout, E> {
        while self.done < self.buffer.len() {
            self.step(stream)?;
        }
        self.runs.push(Run { plain: self.plain, frame: None });
        Ok(Layout::new(self.recipes, Vec::new(), self.runs).map_err(StreamError::from)?)
    }

    /// Hands on what comes before the first block, a frame, or a block.
    fn step<E: From<StreamError>>(&mut self, stream: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let left = self.buffer.len() - self.done;
        if self.lead > 0 {
            let lead = std::mem::take(&mut self.lead).min(left);
            return self.plain(lead, stream);
        }
        match self.frame() {
            None => self.plain(left.min(BLOCK as usize), stream),
            Some(frame) => {
                stream(&self.content)?;
                self.runs.push(Run { plain: std::mem::take(&mut self.plain), frame: Some(frame) });
                self.done += (frame.zeros + frame.packed) as usize;
                Ok(())
            }
        }
    }

    fn plain<E>(&mut self, length: usize, stream: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        stream(&self.buffer[self.done..self.done + length])?;
        self.plain += length as u64;
        self.done += length;
        Ok(())
    }

    /// The frame that the next block begins with, its content in `self.content`.
    fn frame(&mut self) -> Option<Frame> {
        let bytes = &self.buffer[self.done..];
        let zeros = bytes.iter().take(BLOCK as usize).position(|&byte| byte != 0)?;
        let bytes = &bytes[zeros..];
        if !bytes.starts_with(&MAGIC) {
            return None;
        }
        let packed = zstd_safe::find_frame_compressed_size(bytes).ok()?;
        let content = zstd_safe::get_frame_content_size(bytes).ok()??;
        let fits = packed as u64 <= LONGEST_FRAME && (1..=LONGEST_CONTENT).contains(&content);
        if !fits || !((zeros + packed) as u64).is_multiple_of(BLOCK) {
            return None;
        }
        let packed = &bytes[..packed];
        self.content.clear();
        self.content.reserve(content as usize);
        self.context.decompress(&mut self.content, packed).ok()?;
        if self.content.len() as u64 != content {
            return None;
        }
        let recipe = match &mut self.packer {
            None => 0,
            Some(packer) => {
                // Neighbours are mostly made alike.
                let count = self.recipes.len();
                let mut order = (0..count).map(|step| (self.last + step) % count);
                order.find(|&at| packer.pack(&self.content, self.recipes[at]).is_ok_and(|made| made == packed))?
            }
        };
        self.last = recipe;
        Some(Frame { recipe: recipe as u8, zeros: zeros as u32, content: content as u32, packed: packed.len() as u32 })
    }
}

/// The content of a frame, which must be as long as `content`.
pub fn frame_content(frame: &[u8], content: usize) -> Result<Vec<u8>, StreamError> {
    let mut unpacked = Vec::with_capacity(content);
    zstd_safe::decompress(&mut unpacked, frame).map_err(failed)?;
    if unpacked.len() == content { Ok(unpacked) } else { Err(StreamError::Zstd("another length than was said")) }
}
