//! From an image to its stream and back, and a stream to its pieces: what the maker and the node must do alike.
//!
//! ```text
//! image ─► Unpacker ─► stream ─► Cutter ─► pieces ─► … ─► pieces ─► Repacker ─► image
//!              └─────► layout ──────────────────────────────────────────┘
//! ```
//!
//! All of them take bytes as they come and hand on bytes as they are ready: no part holds more than a few of the longest
//! frames, and the lowest levels of dm-verity trees, 32 bytes for each 4096. None of them does I/O. Trees are left out before an
//! image is unpacked, by who knows where they are, and the layout is told ([`Layout::with_trees`](crate::frames::Layout::with_trees)).
//! Invariant: what a repacker is given back, an unpacker with [`Checks::Recipes`] has made of the same image, bit for bit.

mod cut;
mod patch;
mod repack;
#[cfg(test)]
mod tests;
mod trees;
mod unpack;

pub use cut::Cutter;
pub use patch::{patch, patched};
pub use repack::Repacker;
pub use unpack::{Checks, Unpacker, frame_content};

use thiserror::Error;

use crate::frames::{BadLayout, Recipe};

/// What went wrong between an image and its stream.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StreamError {
    /// zstd failed.
    #[error("zstd: {0}")]
    Zstd(&'static str),
    /// A frame came out in another length than it had.
    #[error("a frame of {expected} bytes came out with {found}: it was made by another zstd, or the stream is another")]
    Frame {
        /// As the layout says.
        expected: u32,
        /// As zstd made it.
        found: usize,
    },
    /// The stream is shorter or longer than its layout.
    #[error("the stream does not end where its layout does")]
    End,
    /// The layout has a tree over data that has none.
    #[error("its layout has a dm-verity tree over something that has none")]
    Tree,
    /// The image can't be described.
    #[error("its layout: {0}")]
    Layout(#[from] BadLayout),
}

/// The zstd of this program: frames are the same bits only if they are made by the same one.
pub fn zstd_version() -> u32 {
    zstd::zstd_safe::version_number()
}

/// What packs frames, for any recipe.
struct Packer {
    context: zstd::zstd_safe::CCtx<'static>,
    frame: Vec<u8>,
}

impl Packer {
    fn new() -> Self {
        Self { context: zstd::zstd_safe::CCtx::create(), frame: Vec::new() }
    }

    /// The frame of `content`, as mkfs.erofs makes it.
    fn pack(&mut self, content: &[u8], recipe: Recipe) -> Result<&[u8], StreamError> {
        use zstd::zstd_safe::{CParameter, ResetDirective};
        self.context.reset(ResetDirective::SessionAndParameters).map_err(failed)?;
        self.context.set_parameter(CParameter::CompressionLevel(recipe.level.into())).map_err(failed)?;
        if recipe.window != 0 {
            self.context.set_parameter(CParameter::WindowLog(recipe.window.into())).map_err(failed)?;
        }
        self.frame.clear();
        self.frame.reserve(zstd::zstd_safe::compress_bound(content.len()));
        self.context.compress2(&mut self.frame, content).map_err(failed)?;
        Ok(&self.frame)
    }
}

fn failed(code: usize) -> StreamError {
    StreamError::Zstd(zstd::zstd_safe::get_error_name(code))
}
