//! The disk image and the files beside it: pure transport, everything is decided in the plan.
//!
//! ```text
//! DiskSpec ─▶ write_image ─▶ .img ─┬▶ bmap::text ─▶ .bmap
//!                                  ├▶ compress::xz ─▶ .img.xz
//!                                  └▶ sums::text ─▶ SHA256SUMS
//! ```
//!
//! Invariants: the same [`DiskSpec`] gives the same bits; what does not fit is found before anything is written; blocks
//! of zeros are holes; a file appears under its name only when it is whole and on the disk. This module starts no
//! program and reads no clock.

pub(crate) mod bmap;
pub(crate) mod compress;
mod error;
pub(crate) mod esp;
pub(crate) mod esp_paths;
mod image;
mod output;
pub(crate) mod sums;
mod survey;
mod window;
mod xz;

pub(crate) use error::DiskError;
pub(crate) use image::{DiskSpec, RootSpec, write_image};
pub(crate) use output::{Output, write_file};

use formats::size::Bytes;

/// Told how many bytes of how many are done, from one thread at a time.
pub(crate) type Progress<'a> = &'a mut dyn FnMut(Bytes, Bytes);
