//! Solar and battery hardware: what is there, and what it says. Nothing here ever changes a setting of a device.
//!
//! ```text
//!   port ──bytes──► conversation (a protocol's, pure) ──► Reading ──► the wizard, the daemon
//!     ▲                      │
//!     └──── a request ◄──────┘   only such as `protocol` lists: each of them reads
//! ```
//!
//! Invariants: protocols do no I/O and know no clock; what a device says is never trusted (no bytes make a parser panic, loop
//! or keep more than [`conversation::MOST_KEPT`] bytes); a number that a device does not give is `None`, never zero; no conversation
//! sends anything but the requests of its protocol's list, and these only read.

pub mod battery;
#[cfg(feature = "people")]
pub mod book;
#[cfg(feature = "drive")]
pub mod clock;
pub mod conversation;
pub mod detect;
#[cfg(feature = "daemon")]
pub mod devices;
#[cfg(feature = "drive")]
pub mod drive;
#[cfg(feature = "people")]
pub mod hub;
pub mod line;
pub mod protocol;
pub mod reading;
pub mod readings;
pub mod sentence;
#[cfg(feature = "people")]
pub mod settings;
pub mod units;
