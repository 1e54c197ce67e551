//! The state of the release that runs becomes the one that holds, once that release is good: `formats::state_version`
//! decides. What makes it is `ilanga-render-settings`, early in each start.
//!
//! The partition is anyone's: nothing is read or written but plain files below it.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use formats::command_line::CommandLine;
use formats::digest::Digest;
use formats::state_version::{
    self, Found, LONGEST, MARKER, NotSettled, ORIGIN, OURS, Settlement, folder, settle, version,
};
use nix::libc;
use thiserror::Error;

use crate::beneath;
use crate::error::{Context as _, IoError};
use crate::records::replace;
use crate::tree::Tree;

/// The state of a good release does not hold yet; the one of the good release before does.
#[derive(Debug, Error)]
pub(crate) enum StateError {
    /// It is not there.
    #[error(transparent)]
    NotSettled(#[from] NotSettled),
    /// It could not be written down.
    #[error(transparent)]
    Io(#[from] IoError),
}

/// Writes down that the state of the release that runs is that of a good one. Whether there was something to write.
pub(crate) fn keep(tree: &Tree) -> Result<bool, StateError> {
    let state = tree.state();
    let opened = File::open(&state).context("opening", &state)?;
    // So does who makes it, or changes it.
    opened.lock().context("locking", &state)?;
    let line = std::fs::read_to_string(tree.command_line()).context("reading", &tree.command_line())?;
    let by: Option<Digest> = line.parse::<CommandLine>().ok().map(|line| line.root);
    let settlement = settle(&state_version::look(OURS, by, |name| look(&state, name)))?;
    for settled in &settlement {
        match settled {
            Settlement::Marker(marker) => {
                let path = state.join(MARKER);
                replace(&path, marker.to_text().as_bytes()).context("writing", &path)?;
            }
            Settlement::Origin(origin) => {
                let name = folder(version()).unwrap_or_default();
                let path = state.join(&name).join(ORIGIN);
                let folder = beneath::folder(&state, &name).context("opening", &path)?;
                // What was opened, whatever has its name.
                let opened = PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()));
                replace(&opened.join(ORIGIN), origin.to_text().as_bytes()).context("writing", &path)?;
            }
        }
    }
    Ok(!settlement.is_empty())
}

fn look(state: &Path, name: &str) -> Found {
    let read = || {
        let mut bytes = Vec::new();
        beneath::open(state, name)?.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
        Ok::<_, io::Error>(bytes)
    };
    match read() {
        Ok(bytes) => Found::File(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => Found::Absent,
        // What is no plain file is InvalidInput.
        Err(error) if error.kind() == ErrorKind::InvalidInput && error.raw_os_error().is_none() => Found::Other,
        Err(error) => match error.raw_os_error() {
            Some(libc::ELOOP | libc::ENXIO | libc::ENOTDIR | libc::EXDEV) => Found::Other,
            _ => Found::Unreadable,
        },
    }
}
