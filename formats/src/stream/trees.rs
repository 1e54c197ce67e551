//! The dm-verity trees of an image, made while the image without them passes.

use std::collections::VecDeque;

use super::StreamError;
use crate::frames::{BLOCK, Tree};
use crate::verity_tree::Builder;

/// Adds an image's trees to what comes.
pub(super) struct Trees {
    /// Those that are not there yet, in the order in which they stand.
    waiting: VecDeque<(Tree, Builder)>,
    /// How long the image is so far.
    at: u64,
}

impl Trees {
    pub(super) fn new(trees: &[Tree]) -> Self {
        let waiting = trees.iter().map(|tree| (tree.clone(), Builder::new(tree.salt.clone()))).collect();
        Self { waiting, at: 0 }
    }

    /// Hands on more of the image, and the trees that stand before, between and behind these bytes.
    pub(super) fn push<E: From<StreamError>>(
        &mut self,
        mut bytes: &[u8],
        image: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        loop {
            let until = self.waiting.front().map_or(u64::MAX, |(tree, _)| tree.at - self.at);
            if until == 0 {
                self.tree(image)?;
                continue;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            let (now, later) =
                bytes.split_at(usize::try_from(until).map_or(bytes.len(), |until| until.min(bytes.len())));
            self.note(now);
            image(now)?;
            bytes = later;
        }
    }

    /// Whether no tree is missing.
    pub(super) fn are_made(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Makes the next tree, which is data of those that come later.
    fn tree<E: From<StreamError>>(&mut self, image: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let Some((_, builder)) = self.waiting.pop_front() else { return Ok(()) };
        let tree = builder.finish().map_err(|_| StreamError::Tree)?;
        self.note(&tree.bytes);
        image(&tree.bytes)
    }

    /// Lets all trees know of bytes that they may be over.
    fn note(&mut self, bytes: &[u8]) {
        let (from, to) = (self.at, self.at + bytes.len() as u64);
        for (tree, builder) in &mut self.waiting {
            let (start, end) = (tree.start.max(from), (tree.start + tree.blocks * BLOCK).min(to));
            if start < end {
                builder.update(&bytes[(start - from) as usize..(end - from) as usize]);
            }
        }
        self.at = to;
    }
}
