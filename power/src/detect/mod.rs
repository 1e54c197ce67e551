//! What is tried on a port, in which order, and what follows when it fails. All of it is decided from facts; nothing is opened here.
//!
//! ```text
//!   facts of a port ([`port`]) ──► left alone, and why                                      ([`hints`]: who is what on USB)
//!                              └─► attempts, in their order ([`plan`]) ──► the course: try, rest, again, anew ([`course`])
//! ```
//!
//! Order: what the USB strings say; then listening; then questions that only read, from the slowest rate to the fastest. The first
//! reply whose checksum is right ends it.
//!
//! Invariants: a port that is clearly something else (a modem, a GPS receiver, a phone, a radio, a UPS, a keyboard) is never opened,
//! unless a person says so; what a person forbids is never opened; what comes of a plan is only what the table of protocols has.

pub mod course;
pub mod hints;
pub mod plan;
pub mod port;
