//! Starts other programs: `ilanga-boot-state`, which mounts the ESP where nobody else sees it, and `systemd-cryptenroll` and
//! `cryptsetup`, which seal data to the TPM and try whether it opens; and no other.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use thiserror::Error;

#[cfg(feature = "bus")]
use crate::report::Report;

/// Their places on a node.
#[cfg(feature = "bus")]
const BOOT_STATE: &str = "/usr/lib/ilanga/ilanga-boot-state";

const CRYPTENROLL: &str = "/usr/bin/systemd-cryptenroll";

/// What tries a token.
const CRYPTSETUP: &str = "/usr/sbin/cryptsetup";

/// A program did not do what it was started for.
#[derive(Debug, Error)]
pub enum ToolError {
    /// The program can't be started.
    #[error("starting {program}")]
    Start {
        /// Which.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// It failed, and said this.
    #[error("{0}")]
    Failed(String),
    /// It printed something else.
    #[error("reading what the program prints")]
    Output {
        /// Why.
        source: serde_json::Error,
    },
}

/// What `ilanga-boot-state status` tells. Standard error, where a failure is explained, becomes the error.
#[cfg(feature = "bus")]
pub async fn boot_state() -> Result<Report, ToolError> {
    let output = tokio::process::Command::new(BOOT_STATE)
        .args(["status", "--json"])
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| ToolError::Start { program: BOOT_STATE, source })?;
    if !output.status.success() {
        return Err(ToolError::Failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|source| ToolError::Output { source })
}

/// Changes what opens a volume. Standard error becomes the error.
pub fn cryptenroll<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Result<(), ToolError> {
    quietly(CRYPTENROLL, arguments)
}

/// Whether a token opens a volume; it is not opened by it. Standard error becomes the error.
pub fn test_token(device: &Path, token: u32) -> Result<(), ToolError> {
    let token = format!("--token-id={token}");
    let options = ["open", "--test-passphrase", "--token-only", "--batch-mode", &token].map(OsStr::new);
    quietly(CRYPTSETUP, options.into_iter().chain([device.as_os_str()]))
}

fn quietly<S: AsRef<OsStr>>(program: &'static str, arguments: impl IntoIterator<Item = S>) -> Result<(), ToolError> {
    let output = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/usr/sbin")
        .stdin(Stdio::null())
        .output()
        .map_err(|source| ToolError::Start { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(ToolError::Failed(format!("{program} ended with {}: {said}", output.status)))
}
