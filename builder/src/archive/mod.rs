//! From a Debian mirror to verified packages and unpacked trees.
//!
//! ```text
//! mirror ──► release (InRelease, signed) ──► packages (Packages.xz, by hash) ──► solve ──► fetch ──► deb (unpacked)
//!            keyring::Keyring                                                              └── store::Store
//! ```
//!
//! Nothing is used that a key of the [`keyring`] does not vouch for: the keyring signs the release file, the release
//! file holds the digests of the indexes, an index holds the digests of the packages.

pub(crate) mod deb;
pub(crate) mod fetch;
pub(crate) mod keyring;
pub(crate) mod packages;
pub(crate) mod parallel;
pub(crate) mod relation;
pub(crate) mod release;
pub(crate) mod solve;
pub(crate) mod store;
#[cfg(test)]
mod test_key;
pub(crate) mod tree;
mod unflushed;
pub(crate) mod version;
