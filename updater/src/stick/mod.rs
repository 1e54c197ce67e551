//! Sticks: found, read without trusting them, and given a report to take home.
//!
//! ```text
//! watch ── udev says that there is a partition ─► ilanga-stick@sdb1.service ─► mount ─► rights go ─► find ─► the updater
//!                                                                             mount ─► rights go ─► report
//! ```
//!
//! Invariants: a file system of a stick is mounted in the mounts of one process, which loses every right before it opens a
//! file; no link is followed, nothing on it can be run or be a device; what is opened is given to the updater as an open file,
//! and the updater judges it as any other. A stick is written to only if it has the folder `ilanga/reports`.

pub mod devices;
pub mod find;
pub mod mount;
pub mod report;
