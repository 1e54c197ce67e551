//! The front for who sets up many nodes: a file of answers on the FAT partition of each (`formats::answers`).
//!
//! ```text
//!   FAT partition ─► place ─► Answers ─► given ─► desk, as from any other front
//! ```
//!
//! It answers as far as it goes, and nobody else is at work; what it does not answer, or what does not fit this computer, people are
//! asked. Invariants: what was answered is kept on the state partition before the file is cleared; the file is cleared with the last
//! change of a set-up, whoever has answered.

mod given;
mod place;

pub use given::given;
pub use place::{Place, PlaceError};
