//! Makes a computer nobody's again: what people put on it can't be read any more, and it asks to be set up at its next start.
//!
//! ```text
//!   settings and what is known of the set-up ─► the keyslots ─► the header ─► the next start asks
//! ```
//!
//! Invariant: wherever the power goes, the next start understands what it finds. Without settings the data still open, and nothing is
//! lost; without keyslots nothing opens them, and nobody is asked for a key that there is no more ([`crate::start`]: a record without
//! an answer lets a person begin); without a header there are none.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::node::Node;
use crate::tool::{Program, ToolError, run};
use crate::volume::{self, VolumeError, elsewhere};

/// The settings that people made. The computer keeps its own: its machine id.
const SETTINGS: [&str; 6] = ["host-name", "language", "keyboard", "time-zone", "country", "networks"];

/// It is not, or not wholly, anew.
#[derive(Debug, Error)]
pub enum ResetError {
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The data partition.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// What is known of the set-up.
    #[error("removing {path}")]
    Remove {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Erases. The data may be open: nothing can open them afterwards.
pub fn reset(node: &Node) -> Result<(), ResetError> {
    let words: Vec<&OsStr> = ["unset"].iter().chain(&SETTINGS).map(OsStr::new).collect();
    run(Program::Settings, &words, b"")?;
    forget(node)?;
    match volume::partition(node) {
        Ok(device) => volume::destroy(&device)?,
        // A disk that was too small for data, or that somebody has taken.
        Err(VolumeError::NoPartition | VolumeError::Away(_)) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(elsewhere::remember(node, None)?)
}

/// Starts the computer again.
pub fn restart() -> Result<(), ResetError> {
    run(Program::Systemctl, &["reboot"].map(OsStr::new), b"")?;
    Ok(())
}

/// Forgets the set-up.
fn forget(node: &Node) -> Result<(), ResetError> {
    let path = node.setup();
    let removed = match fs::remove_dir_all(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    };
    let flushed = removed.and_then(|()| fs::File::open(path.parent().unwrap_or(&path))?.sync_all());
    flushed.map_err(|source| ResetError::Remove { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_is_forgotten_once_and_again() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        fs::create_dir_all(node.setup()).unwrap();
        fs::write(node.setup().join("record.json"), "{}").unwrap();
        forget(&node).unwrap();
        assert!(!node.setup().exists());
        forget(&node).unwrap();
    }
}
