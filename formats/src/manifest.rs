//! `manifest.json`: what a release consists of.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::digest::Digest;
use crate::version::Version;

/// The format's version; others are refused.
pub const FORMAT: u32 = 1;

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// What it is made for, such as `mini-pc`.
    pub board: String,
    /// Its version.
    pub version: Version,
    /// Its date, in seconds since 1970.
    pub date: u64,
    /// Present and true if it is signed with development keys, which nobody may trust.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub development_keys: bool,
    /// The slot image's parts.
    pub root: Root,
    /// The files of the release, by name.
    pub artefacts: Vec<Artefact>,
    /// The Debian packages in the root file system, by name.
    pub packages: Vec<Package>,
}

/// The root file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Root {
    /// The EROFS's UUID.
    pub uuid: Uuid,
    /// The root hash of its dm-verity tree.
    pub root_hash: Digest,
    /// Length of the EROFS in bytes.
    pub size: u64,
}

/// A file of the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Artefact {
    /// Its name, without a folder.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Digest,
}

/// A Debian package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture, or `all`.
    pub architecture: String,
    /// The digest of its `.deb`.
    pub sha256: Digest,
}
