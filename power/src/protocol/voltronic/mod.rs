//! Voltronic's inverters under their many names (Axpert, Mecer, Kodak, MPP Solar, InfiniSolar, Easun, …): text with a checksum, over a
//! serial line or as a HID device (0665:5161).
//!
//! [`frame`] makes requests and finds replies, [`pi30`] and [`pi18`] say what is in them, [`Talk`] asks. How the bytes and the fields
//! look is drawn there.
//!
//! Invariants: only inquiries are sent, each of which [`requests`] lists. A reply without a right checksum is refused: there are devices
//! that send none, and they are not read.

pub mod fields;
pub mod frame;
pub mod pi18;
pub mod pi30;
mod talk;
#[cfg(test)]
mod tests;

pub use talk::{Dialect, Talk, requests};

use crate::line::Line;

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Hid, Line::Serial(2400)];
