//! Namespaces for everything that the builder does.
//!
//! ```text
//! builder        root, or an ordinary user who has become root of a user namespace   ([`privileges`])
//!  └─ __sandbox  mount, pid, ipc, uts and net namespaces of its own                 ([`child`])
//!      └─ PID 1  /proc and the signals; reaps, and ends with the program
//!          └─ the program
//! ```
//!
//! Invariants: a program sees its tree, what its [`Spec`] names, and a `/dev` of harmless nodes; it has no network
//! but its own loopback, unless that is what a person asked for (`ilanga boot --forward`); it dies with the builder.

pub(crate) mod child;
mod mounts;
pub(crate) mod privileges;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a program may see, as the builder tells it to its sandbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// The tree that the program sees as `/`.
    pub(crate) tree: PathBuf,
    /// An empty folder, over which the program's root is mounted.
    pub(crate) mount_point: PathBuf,
    /// Whether it may change that tree.
    pub(crate) writable: bool,
    /// What it sees of the host.
    pub(crate) binds: Vec<Bind>,
    /// Whether it sees the host's `/dev/kvm`, where there is one.
    pub(crate) kvm: bool,
    /// Whether it has the host's network.
    pub(crate) network: bool,
    /// Where it starts.
    pub(crate) directory: PathBuf,
    /// Its whole environment.
    pub(crate) env: Vec<(String, String)>,
    /// Its name and arguments.
    pub(crate) argv: Vec<String>,
}

/// A file or folder of the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Bind {
    /// Where it is on the host.
    pub(crate) host: PathBuf,
    /// Where the program sees it.
    pub(crate) inside: PathBuf,
    /// Whether the program may change it.
    pub(crate) writable: bool,
}
