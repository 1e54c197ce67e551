//! What a node is, as far as fetching needs to know.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;

use formats::date::Date;
use formats::digest::Digest;
use formats::version::Version;
use thiserror::Error;

use super::budget::Ledger;
use super::paths::Paths;
use super::settings::{BadSettings, Settings};
use crate::error::{Context as _, IoError};
use formats::expiry::Clock;

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
    /// `os-release` is not one of Ilanga's.
    #[error("/usr/lib/os-release does not say which release of which image this is")]
    NotIlanga,
}

impl Node {
    /// Looks.
    pub fn look(paths: &Paths) -> Result<Self, NodeError> {
        let path = paths.os_release();
        let text = fs::read_to_string(&path).context("reading", &path)?;
        // Every file of a release has its date.
        let time = fs::metadata(&path).context("measuring", &path)?.mtime();
        let released = u64::try_from(time).ok().and_then(Date::of_seconds).ok_or(NodeError::NotIlanga)?;
        let (board, version) = image(&text).ok_or(NodeError::NotIlanga)?;
        let path = paths.machine_id();
        let machine = Digest::of(fs::read_to_string(&path).context("reading", &path)?.trim());
        Ok(Self { board, version, released, machine })
    }
}

/// Board and version of an `os-release`.
fn image(text: &str) -> Option<(String, Version)> {
    let value = |key: &str| {
        let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(value.trim_matches('"'))
    };
    let board = value("IMAGE_ID")?.strip_prefix("ilanga-")?;
    let version = value("IMAGE_VERSION")?.parse().ok()?;
    formats::repository::is_name(board).then(|| (board.to_owned(), version))
}

/// Reads the settings of both files, where they are.
pub fn settings(paths: &Paths) -> Result<Settings, NodeError> {
    let mut files = Vec::new();
    for path in [paths.maker_settings(), paths.owner_settings()] {
        match fs::read_to_string(&path) {
            Ok(text) => files.push((path.display().to_string(), text)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Err::<(), _>(error)
                    .context("reading", &path)
                    .map_or_else(Into::into, |()| NodeError::NotIlanga));
            }
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Settings::parse(&files)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_image_says_of_itself() {
        let text = "ID=debian\nIMAGE_ID=\"ilanga-mini-pc\"\nIMAGE_VERSION=2026.11.0\n";
        assert_eq!(image(text), Some(("mini-pc".to_owned(), "2026.11.0".parse().unwrap())));
        for text in [
            "",
            "IMAGE_ID=ilanga-mini-pc\n",
            "IMAGE_ID=debian\nIMAGE_VERSION=1\n",
            "IMAGE_ID=ilanga-../x\nIMAGE_VERSION=1\n",
        ] {
            assert_eq!(image(text), None, "{text}");
        }
    }
}
