//! Decisions about updates: facts in, a verdict or a sentence out. Nothing here opens a file, asks anybody or reads a
//! clock.
//!
//! - [`install`]: whether a bundle may be given to RAUC.
//! - [`restart`]: whether the node restarts by itself into a release that waits.
//! - [`rollback`]: what going back means.
//! - [`network`]: whether the network is as it was before the update.
//! - [`reason`]: why a release is judged bad, in a sentence.
//! - [`room`]: whether a kernel image has room on the ESP.
//! - [`stick`]: which of the bundles on a stick is for this node.
//! - [`start`]: what a start tells about the releases that ran before.

pub mod install;
pub mod network;
pub mod reason;
#[cfg(feature = "net")]
pub mod restart;
pub mod rollback;
pub mod room;
pub mod start;
pub mod stick;
