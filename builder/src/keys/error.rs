//! What can be wrong with keys.

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::tool::ToolError;

/// Keys could not be made or used.
#[derive(Debug, Error)]
pub(crate) enum KeyError {
    /// A file of the set is not there.
    #[error("{} is missing: `ilanga keys new {}` makes a new set of keys; for an old one, restore your backup", .0.display(), folder(.0))]
    Missing(PathBuf),
    /// Others can read a private key.
    #[error("the private key {path} can be read by others: run `chmod 600 {path}`", path = .0.display())]
    Exposed(PathBuf),
    /// A file holds something else.
    #[error("{} is not {expected}: {reason}", .path.display())]
    Kind {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// Why it is not.
        reason: String,
    },
    /// A certificate or public key belongs to another private key.
    #[error("{} does not belong to {}", .public.display(), .private.display())]
    Mismatch {
        /// The certificate or public key.
        public: PathBuf,
        /// The private key.
        private: PathBuf,
    },
    /// A certificate is not signed by its authority.
    #[error("{} is not signed by {}", .leaf.display(), .authority.display())]
    Unsigned {
        /// The certificate.
        leaf: PathBuf,
        /// The authority's.
        authority: PathBuf,
    },
    /// The certificate for update bundles is for something else.
    #[error("{} is not for signing code: nodes would refuse all that it signs", .0.display())]
    Purpose(PathBuf),
    /// The root of the update metadata is not usable.
    #[error("{} does not say which keys to trust", .path.display())]
    Root {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<formats::metadata::BadMetadata>,
    },
    /// A root key is kept elsewhere.
    #[error("{} is not there, and no spare one: put it back for as long as keys change", .0.display())]
    NoRoot(PathBuf),
    /// What says how far a change of keys is says something else.
    #[error("{} does not say how far the change of keys is: {reason}", .path.display())]
    Change {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A change is going on already.
    #[error("{} is in a change of keys: end it first, `ilanga keys phase` (docs/keys.md)", .0.display())]
    Changing(PathBuf),
    /// There is no change.
    #[error("{} is in no change of keys: `ilanga keys next` begins one", .0.display())]
    NoChange(PathBuf),
    /// A phase would be left out, or come again.
    #[error("the change is at '{from}', and '{to}' does not follow: the order is announce, switch, retire, done")]
    Order {
        /// Where it is.
        from: &'static str,
        /// What was asked for.
        to: &'static str,
    },
    /// It is not known what nodes need.
    #[error(
        "which release announced the new keys? Name it with --announced: nodes must run it before they take the next one"
    )]
    Announced,
    /// The clock is far off.
    #[error("this computer's clock is wrong: set it before making keys")]
    Clock,
    /// The folder for new keys has something in it.
    #[error("{} is not empty: keys are never overwritten; choose another folder", .0.display())]
    NotEmpty(PathBuf),
    /// The folder for new keys is in a repository, from where they would be published.
    #[error("{} is in the repository {}: private keys do not belong there; choose a folder elsewhere", .folder.display(), .repository.display())]
    Repository {
        /// The folder.
        folder: PathBuf,
        /// The repository.
        repository: PathBuf,
    },
    /// A name that certificates cannot carry.
    #[error(
        "'{0}' cannot be the name in certificates: 1 to 40 letters, digits, spaces, '-', '.' and apostrophes are expected"
    )]
    Name(String),
    /// A file could not be read.
    #[error("reading {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file or folder could not be written.
    #[error("writing {}", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// OpenSSL could not make one.
    #[error("making {}", .path.display())]
    Make {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ToolError,
    },
}

fn folder(file: &Path) -> String {
    file.parent().unwrap_or(file).display().to_string()
}

impl KeyError {
    /// For `map_err` of what reads `path`.
    pub(super) fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| match source.kind() {
            std::io::ErrorKind::NotFound => Self::Missing(path.to_owned()),
            _ => Self::Read { path: path.to_owned(), source },
        }
    }

    /// For `map_err` of what writes `path`.
    pub(super) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// For `map_err` of what makes `path`.
    pub(super) fn making(path: &Path) -> impl FnOnce(ToolError) -> Self {
        move |source| Self::Make { path: path.to_owned(), source }
    }
}
