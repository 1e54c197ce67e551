//! An image's root file system as a tree: packages unpacked, configured, and what the image adds.
//!
//! ```text
//! lower    hard links to the unpacked packages, in the order in which apt installs them      [`link`]
//! upper    what their scripts made and changed: an overlay's upper folder                    [`configure`]
//! ────── the configured base tree, cached by the lock
//! top      overlays, scripts, presets, what is removed: made anew by each build              [`finish`]
//! ```
//!
//! Invariant: nothing writes into `lower`, whose files are those of the cache.

pub(crate) mod base;
mod configure;
mod database;
pub(crate) mod finish;
mod link;
pub(crate) mod overlay;
pub(crate) mod rauc;
pub(crate) mod updates;
mod var;
