//! Every power cut: all states of a disk that a power cut in an update can leave, found from a record of its writes, and judged.
//!
//! ```text
//! disk as it was ─┐
//! record of writes├─► Recording ─► cuts (which states) ─► State (a disk as numbers) ─► Facts ─► Verdict
//! slot images ────┘   contents     pure                   set and taken back           table,    pure
//!                     as numbers                                                       ESP, settings
//! ```
//!
//! [`log`] reads the record, [`cuts`] says which states there are, [`enumerate()`] goes through them, [`verdict`] says what a good
//! one is. Nothing is mounted, and no disk is copied but by [`Recording::replay`], which makes one to start.
//!
//! What is not covered: a disk that writes part of a sector, or damages sectors that it does not write; writes that were on
//! their way when a flush was asked for, which the record can't tell from those that had ended; the second FAT, which neither firmware nor
//! Linux reads; more than a sample of the orders in which a long group can reach the disk; the machine's memory, firmware variables
//! and TPM.

pub mod contents;
pub mod cuts;
pub mod enumerate;
pub mod esp;
pub mod log;
pub mod recording;
pub mod release;
pub mod settings;
pub mod state;
pub mod table;
pub mod verdict;
mod view;

#[cfg(test)]
mod tests;

pub use enumerate::{Outcome, enumerate};
pub use recording::Recording;
