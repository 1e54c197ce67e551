//! What the node's updater is told: whom to believe, and what to follow. Both lie in the verified root, beside RAUC's keyring.

use std::path::PathBuf;

use formats::repository::{FOLLOWED, Followed, OWN_ROOT};

/// The files' paths in a tree and what is in them, for a release that trusts this root of the update metadata.
pub(crate) fn files(followed: &Followed, root: Vec<u8>) -> [(PathBuf, Vec<u8>); 2] {
    [(PathBuf::from(FOLLOWED), followed.text().into_bytes()), (PathBuf::from(OWN_ROOT), root)]
}
