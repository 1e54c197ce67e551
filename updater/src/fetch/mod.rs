//! How updates come onto a node: the part that talks to the network, and can't write a slot.
//!
//! ```text
//! plan   which piece next from which source ─┐        source: web servers, neighbours, folders
//! rate   how fast                            ├─► engine ◄──────────┘
//! budget what the month has left             │     └─► store (verified pieces)
//! hours  when                                ┘
//! ```
//!
//! Whatever a source sends is checked against digests that somebody signed before it is kept. So the worst that a source
//! can do is to send nothing, or too much of nothing.

pub mod beneath;
pub mod budget;
pub mod clock;
pub mod engine;
pub mod hours;
pub mod neighbours;
pub mod plan;
pub mod rate;
pub mod serve;
pub mod source;
