//! Why a source gave no release: each with the sentence that a person reads.

use std::error::Error;
use std::sync::Arc;

use formats::repository::{BadChannel, TargetName};
use thiserror::Error;

use super::source::{Adapter, GetError};
use crate::error::IoError;

/// No release could be had, or none that is to be believed. Nothing was changed by it.
#[derive(Debug, Error)]
pub enum RepositoryError {
    /// The node's own root is not usable: a fault of the release that runs.
    #[error("the keys that this release trusts can't be read: install another release from a stick")]
    OwnRoot(#[source] Box<dyn Error + Send + Sync>),
    /// A file was not got.
    #[error("getting {path}")]
    Get {
        /// The file's path in the repository.
        path: String,
        /// Why.
        source: Arc<GetError>,
    },
    /// A file is longer than it may be.
    #[error("{path} has more than {most} bytes: it is not what a maker publishes")]
    Long {
        /// The file.
        path: String,
        /// The most that it may have.
        most: u64,
    },
    /// Somebody else's signature, or none.
    #[error("{role}.json is not signed by the maker whose keys this node trusts")]
    Signature {
        /// The role.
        role: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something older than what was accepted before.
    #[error("{role}.json is older than what this node has seen before: version {offered}, and it knows {known}")]
    Replayed {
        /// The role.
        role: String,
        /// Its version there.
        offered: u64,
        /// The version that is known.
        known: u64,
    },
    /// Files that do not belong together, or were changed.
    #[error("{0} is not the file that the signed list names: files of different days, or changed ones")]
    Mixed(String),
    /// A file that is none.
    #[error("{role}.json can't be read")]
    Damaged {
        /// The role.
        role: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The list is too old.
    #[error("{0}")]
    Ended(String),
    /// Nothing for this node.
    #[error("there is no channel {channel} for {board} there")]
    NoChannel {
        /// The board.
        board: String,
        /// The channel.
        channel: String,
    },
    /// The channel's document is not usable.
    #[error("reading {name}")]
    Channel {
        /// The document.
        name: TargetName,
        /// Why.
        source: BadChannel,
    },
    /// The channel's document names what the list does not.
    #[error("the channel's document names {name}, which the signed list does not")]
    Unlisted {
        /// The file.
        name: TargetName,
    },
    /// What was accepted before could not be read, or what is accepted now not be kept.
    #[error("keeping what this node has seen of releases")]
    Store(#[from] IoError),
    /// The names of a repository's folders are no addresses.
    #[error("naming the repository")]
    Base(#[source] url::ParseError),
    /// Nothing could be started.
    #[error("preparing to read metadata")]
    Runtime(#[source] std::io::Error),
    /// Anything else that the metadata's reader does not like.
    #[error("the metadata are not usable")]
    Other(#[source] Box<tough::error::Error>),
}

impl RepositoryError {
    /// What an error of `tough` says.
    pub(super) fn of(error: tough::error::Error, adapter: &Adapter) -> Self {
        use tough::error::Error as Tough;
        match error {
            Tough::ParseTrustedMetadata { source, .. } => Self::OwnRoot(Box::new(source)),
            Tough::VerifyTrustedMetadata { source, .. } => Self::OwnRoot(Box::new(source)),
            Tough::VerifyMetadata { role, source, .. } => {
                Self::Signature { role: role.to_string(), source: Box::new(source) }
            }
            Tough::OlderMetadata { role, current_version, new_version, .. } => {
                Self::Replayed { role: role.to_string(), offered: new_version, known: current_version }
            }
            Tough::OlderSnapshotInTimestamp { snapshot_new, snapshot_old, .. } => {
                Self::Replayed { role: "snapshot".to_owned(), offered: snapshot_new, known: snapshot_old }
            }
            Tough::SnapshotRoleRollback { old_role_version, new_role_version, .. } => {
                Self::Replayed { role: "targets".to_owned(), offered: new_role_version, known: old_role_version }
            }
            Tough::VersionMismatch { role, .. } => Self::Mixed(format!("{role}.json")),
            Tough::ParseMetadata { role, source, .. } => Self::Damaged { role: role.to_string(), source },
            Tough::Transport { url, source, backtrace } => match adapter.failure() {
                Some((path, failure)) => match *failure {
                    GetError::Long(most) => Self::Long { path, most },
                    _ => Self::Get { path, source: failure },
                },
                None if is_mismatch(&source) => Self::Mixed(url.path().trim_start_matches('/').to_owned()),
                None => Self::Other(Box::new(Tough::Transport { url, source, backtrace })),
            },
            error => Self::Other(Box::new(error)),
        }
    }
}

/// Whether a file was got that is not the one that another file names.
fn is_mismatch(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        use tough::error::Error as Tough;
        if matches!(error.downcast_ref(), Some(Tough::HashMismatch { .. } | Tough::MaxSizeExceeded { .. })) {
            return true;
        }
        next = error.source();
    }
    false
}
