//! What brings update bundles onto the other slot, and judges whether the new release is good.
//!
//! So far: the boot state. `formats::boot_state` decides which release starts and what has to be done for it; this crate
//! finds out what there is and does that. [`session::Session`] is the way in: it holds the lock, has looked at the
//! slots and the ESP, and carries steps out, each of which is on the disk before the next one begins.
//!
//! ```text
//! device  which partitions ─► slot  what they hold ─┐
//!                 mount ─► esp  which entries ──────┴─► formats::boot_state::Node ─► steps ─► esp
//! ```

pub mod backend;
pub mod device;
pub mod error;
pub mod esp;
pub mod kernel_image;
pub mod mount;
pub mod report;
pub mod rescue;
pub mod session;
pub mod slot;
pub mod spare;
pub mod tree;
pub mod variable;
