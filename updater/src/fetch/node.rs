//! What a node is, as far as fetching needs to know.

use std::fs;
use std::io::ErrorKind;

use formats::date::Date;
use formats::digest::Digest;
use formats::expiry::Clock;
use formats::repository::{BadFollowed, Followed};
use formats::version::Version;
use thiserror::Error;

use super::budget::Ledger;
use super::paths::Paths;
use super::settings::{BadSettings, Settings};
use crate::error::{Context as _, IoError};

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is, such as `mini-pc`.
    pub board: String,
    /// The release that runs.
    pub version: Version,
    /// The release's date.
    pub released: Date,
    /// The digest of its machine id: which nodes of a staged rollout it is among.
    pub machine: Digest,
}

/// Something about the node can't be told.
#[derive(Debug, Error)]
pub enum NodeError {
    /// A file.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Settings.
    #[error(transparent)]
    Settings(#[from] BadSettings),
    /// The release does not say what it is.
    #[error(transparent)]
    Followed(#[from] BadFollowed),
}

impl Node {
    /// Looks.
    pub fn look(paths: &Paths) -> Result<Self, NodeError> {
        let followed = followed(paths)?;
        let path = paths.machine_id();
        let machine = Digest::of(fs::read_to_string(&path).context("reading", &path)?.trim());
        Ok(Self { board: followed.board, version: followed.version, released: followed.date, machine })
    }
}

fn followed(paths: &Paths) -> Result<Followed, NodeError> {
    let path = paths.followed();
    Ok(Followed::parse(&fs::read(&path).context("reading", &path)?)?)
}

/// What bundles for this node are for.
pub fn compatible(paths: &Paths) -> Result<String, NodeError> {
    Ok(followed(paths)?.compatible)
}

/// What the release follows, and what the owner says.
pub fn settings(paths: &Paths) -> Result<Settings, NodeError> {
    let settings = Settings::following(&followed(paths)?);
    let path = paths.owner_settings();
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(settings),
        text => text.context("reading", &path)?,
    };
    Ok(settings.with(&path.display().to_string(), &text)?)
}

/// Reads the ledger; one that is damaged is begun anew.
pub fn ledger(paths: &Paths, clock: Clock, floor: Date) -> Result<Ledger, IoError> {
    let path = paths.budget();
    let text = match fs::read(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        text => text.context("reading", &path)?,
    };
    let ledger = Ledger::parse(&String::from_utf8_lossy(&text)).unwrap_or_else(|_| Ledger::new(clock, floor));
    Ok(ledger.at(clock, floor))
}
