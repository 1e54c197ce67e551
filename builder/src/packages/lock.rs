//! The lock: exactly which packages a build consists of, so that two builds of it give the same bits.
//!
//! Version 1 is TOML: `format = 1` and a `[[package]]` for each, in the order in which apt would unpack them.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The version of the format; others are refused.
const FORMAT: u32 = 1;

/// Packages, each by its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Lock {
    format: u32,
    /// The digest of what was asked for: packages, suites, options. Another request needs another lock.
    pub(crate) request: Digest,
    /// The packages in apt's order.
    #[serde(rename = "package")]
    pub(crate) packages: Vec<Locked>,
}

/// A package of a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Locked {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its architecture, or `all`.
    pub(crate) architecture: String,
    /// Which archive of the mirror has it: `debian` or `debian-security`.
    pub(crate) archive: String,
    /// Where it is in that archive.
    pub(crate) filename: String,
    /// How long it is, in bytes.
    pub(crate) size: u64,
    /// The digest of the `.deb`.
    pub(crate) sha256: Digest,
}

/// A lock could not be read or written.
#[derive(Debug, Error)]
pub(crate) enum LockError {
    /// The file itself.
    #[error("{operation} the lock {path}", path = path.display())]
    File {
        /// What was tried.
        operation: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Its text.
    #[error("{path}: not a lock of this version of ilanga; `ilanga lock` makes it anew", path = path.display())]
    Text {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Lock {
    /// A lock of these packages for a request.
    pub(crate) fn new(request: Digest, packages: Vec<Locked>) -> Self {
        Self { format: FORMAT, request, packages }
    }

    /// Reads a lock; `None` if the file is not there.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, LockError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(LockError::File { operation: "reading", path: path.to_owned(), source }),
        };
        let lock: Self =
            toml::from_str(&text).map_err(|error| LockError::Text { path: path.to_owned(), source: error.into() })?;
        if lock.format != FORMAT {
            let source = format!("its format is {}, this is for {FORMAT}", lock.format).into();
            return Err(LockError::Text { path: path.to_owned(), source });
        }
        Ok(Some(lock))
    }

    /// Writes the lock, whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> Result<(), LockError> {
        let text =
            toml::to_string(self).map_err(|error| LockError::Text { path: path.to_owned(), source: error.into() })?;
        let text = format!("# Made by ilanga: exactly which packages, each by its digest.\n{text}");
        let write = || {
            let folder = path.parent().unwrap_or(Path::new("."));
            let everybody = fs::Permissions::from_mode(0o644);
            let mut file = tempfile::Builder::new().permissions(everybody).tempfile_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|source| LockError::File { operation: "writing", path: path.to_owned(), source })
    }

    /// What identifies the packages: their digests in their order.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of_parts(self.packages.iter().map(|package| package.sha256.as_bytes().as_slice()))
    }
}
