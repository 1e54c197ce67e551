//! What brings update bundles onto the other slot, and judges whether the new release is good.
//!
//! First the boot state: `formats::boot_state` decides which release starts and what has to be done for it; this crate
//! finds out what there is and does that. [`session::Session`] is the way in: it holds the lock, has looked at the
//! slots and the ESP, and carries steps out, each of which is on the disk before the next one begins.
//!
//! ```text
//! device  which partitions ─► slot  what they hold ─┐
//!                 mount ─► esp  which entries ──────┴─► formats::boot_state::Node ─► steps ─► esp
//! ```
//!
//! Then the judgement: [`decide`] says whether a bundle may be installed, what going back means, and what a person is told;
//! [`history`] and [`records`] remember it.
//!
//! Behind the feature `bus` is what speaks over D-Bus: `service` is the daemon, `rauc` what it asks for installations,
//! `health` what checks a new release, `client` what people use. Behind the feature `net` is what fetches.

#[cfg(feature = "net")]
pub mod assemble;
pub mod backend;
pub mod beneath;
#[cfg(feature = "bus")]
pub mod bundle_file;
#[cfg(feature = "bus")]
pub mod client;
pub mod clock;
pub mod decide;
pub mod device;
pub mod error;
pub mod esp;
#[cfg(feature = "net")]
pub mod fetch;
#[cfg(all(feature = "bus", feature = "net"))]
pub mod fetched;
#[cfg(feature = "bus")]
pub mod health;
pub mod history;
pub mod judged;
pub use formats::kernel_image;
pub mod key_change;
#[cfg(feature = "bus")]
pub mod login;
pub mod mount;
mod node_state;
#[cfg(feature = "bus")]
pub mod polkit;
#[cfg(feature = "bus")]
pub mod rauc;
pub mod records;
pub mod report;
#[cfg(feature = "net")]
pub mod repository;
pub mod rescue;
pub mod screen;
pub mod sentence;
#[cfg(all(feature = "bus", feature = "net"))]
pub mod service;
pub mod session;
pub mod slot;
pub mod spare;
#[cfg(feature = "sticks")]
pub mod stick;
#[cfg(feature = "net")]
pub mod store;
#[cfg(feature = "bus")]
pub mod systemd;
pub mod tool;
pub mod tree;
mod trial;
pub mod variable;
