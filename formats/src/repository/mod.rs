//! The repository that makers publish and nodes follow: static files below one address.
//!
//! ```text
//! metadata/N.root.json            who may sign what; every N stays, nodes walk from theirs to the newest
//! metadata/N.targets.json         what there is: length and digest of every file below targets/
//! metadata/N.snapshot.json        which targets.json is meant
//! metadata/timestamp.json         which snapshot.json is the newest; the only file that is ever replaced
//! targets/channels/<digest>.<board>-<channel>.json      the newest release of a channel: [`Channel`]
//! targets/<board>/<digest>.<bundle>.raucb  .chunks  .pack            a release, its index, its pieces
//! targets/<board>/<digest>.<bundle>.hints  .patches     which pieces can be made from older ones, and how
//! targets/<board>/<digest>.<from>-<to>.delta            from one release to another
//! ```
//!
//! The metadata are those of [The Update Framework](https://theupdateframework.github.io/specification/latest/), with
//! consistent snapshots: a file's digest is in the name that it is fetched by, so what a reader has begun to read never
//! changes under it.
//!
//! Invariants: a [`TargetName`] is a path of plain names and can't leave the folder that it is joined to; a [`Channel`] that
//! was parsed names only files of its own board, is at most [`LONGEST_CHANNEL`] bytes long, and holds nothing that steers a
//! terminal.

mod channel;
mod followed;
mod name;
mod rollout;
#[cfg(test)]
mod tests;

pub use channel::{BadChannel, Channel, Delta, FORMAT, File, Headline, Offer};
pub use followed::{BadFollowed, BaseUrl, FOLLOWED, Followed, NotAnAddress, OWN_ROOT};
pub use name::{NotATarget, TargetName, channel_name, is_name};
pub use rollout::{NotAPercentage, Percentage, chosen};

/// The folder of metadata.
pub const METADATA: &str = "metadata";

/// The folder of everything else.
pub const TARGETS: &str = "targets";

/// The one file of metadata that is replaced.
pub const TIMESTAMP: &str = "timestamp.json";

/// The most bytes of a `N.root.json`.
pub const LONGEST_ROOT: u64 = 64 << 10;

/// The most bytes of `timestamp.json` and of a `N.snapshot.json`.
pub const LONGEST_SNAPSHOT: u64 = 16 << 10;

/// The most bytes of a `N.targets.json`.
pub const LONGEST_TARGETS: u64 = 1 << 20;

/// The most bytes of a [`Channel`].
pub const LONGEST_CHANNEL: u64 = 64 << 10;

/// The most steps from one `N.root.json` to the next that a node takes at once.
pub const MOST_ROOTS: u64 = 64;

/// The most bytes of any file that a channel names.
pub const LONGEST_FILE: u64 = 16 << 30;

/// The most deltas that a channel names.
pub const MOST_DELTAS: usize = 64;
