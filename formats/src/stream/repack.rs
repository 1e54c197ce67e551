//! A stream's image.

use super::trees::Trees;
use super::{Packer, StreamError};
use crate::frames::{Layout, Run};

/// Where zeros come from.
const ZEROS: [u8; 4096] = [0; 4096];

/// Packs a stream that comes in parts.
pub struct Repacker {
    layout: Layout,
    trees: Trees,
    packer: Packer,
    /// The run that the stream is in, and how many of its plain bytes have passed.
    run: usize,
    passed: u64,
    content: Vec<u8>,
}

impl Repacker {
    /// Packs a stream with this layout.
    pub fn new(layout: Layout) -> Self {
        let trees = Trees::new(layout.trees());
        Self { layout, trees, packer: Packer::new(), run: 0, passed: 0, content: Vec::new() }
    }

    /// Takes more of the stream; `image` gets more of the image.
    pub fn push<E: From<StreamError>>(
        &mut self,
        mut bytes: &[u8],
        image: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while !bytes.is_empty() {
            let Some(&Run { plain, frame }) = self.layout.runs().get(self.run) else {
                return Err(StreamError::End.into());
            };
            if self.passed < plain {
                let here = usize::try_from(plain - self.passed).map_or(bytes.len(), |left| left.min(bytes.len()));
                self.trees.push(&bytes[..here], image)?;
                self.passed += here as u64;
                bytes = &bytes[here..];
                continue;
            }
            let Some(frame) = frame else { return Err(StreamError::End.into()) };
            let here = (frame.content as usize - self.content.len()).min(bytes.len());
            self.content.extend(&bytes[..here]);
            bytes = &bytes[here..];
            if self.content.len() == frame.content as usize {
                let recipe = self.layout.recipes()[usize::from(frame.recipe)];
                let packed = self.packer.pack(&self.content, recipe)?;
                if packed.len() != frame.packed as usize {
                    return Err(StreamError::Frame { expected: frame.packed, found: packed.len() }.into());
                }
                self.trees.push(&ZEROS[..frame.zeros as usize], image)?;
                self.trees.push(packed, image)?;
                self.content.clear();
                self.passed = 0;
                self.run += 1;
            }
        }
        Ok(())
    }

    /// Whether the stream has ended where it should.
    pub fn finish(self) -> Result<(), StreamError> {
        let last = self.run + 1 == self.layout.runs().len();
        let whole = self.layout.runs().get(self.run).is_some_and(|run| run.plain == self.passed);
        if last && whole && self.content.is_empty() && self.trees.are_made() { Ok(()) } else { Err(StreamError::End) }
    }
}
