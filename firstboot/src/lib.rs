//! The wizard that makes a flashed disk somebody's node.
//!
//! ```text
//!   screen ─┐                        ┌─► record on the state partition, before the next question
//!   phone  ─┼─► answer ─► machine ───┤
//!   file   ─┘   (with facts)         └─► changes (a plan) ─► applied one by one, each of them again if need be
//! ```
//!
//! Invariants: [`machine`] and [`changes`] are pure: facts and answers are values, nothing is read or written; whatever front an answer
//! comes from, the same answers make the same record and the same changes; no secret is in a record: a password is one as a
//! hash, a passphrase and the recovery key not at all.

pub mod apply;
pub mod capacity;
pub mod changes;
pub mod claim;
pub mod clock;
pub mod desk;
pub mod disks;
pub mod error;
pub mod facts;
pub mod file;
pub mod form;
pub mod gather;
pub mod hashes;
pub mod header;
pub mod hotspot;
pub mod install;
mod journal;
pub mod machine;
pub mod medium;
pub mod mesh;
pub mod neighbours;
pub mod networks;
pub mod node;
pub mod order;
pub mod password;
pub mod pen;
pub mod people;
pub mod portal;
pub mod random;
pub mod recovery_key;
pub mod reset;
pub mod screen;
pub mod seal;
pub mod settings;
pub mod site;
pub mod speed;
pub mod start;
pub mod steward;
pub mod stick;
pub mod store;
pub mod summary;
pub mod systemd;
pub mod texts;
pub mod tokens;
mod tool;
pub use tool::become_program;
pub mod volume;
mod wifi;
pub mod wire;
