//! Starts other programs: `ilanga-boot-state`, which mounts the ESP where nobody else sees it, and no other.

use std::io;
use std::process::Stdio;

use thiserror::Error;
use tokio::process::Command;

use crate::report::Report;

/// Its place on a node.
const BOOT_STATE: &str = "/usr/lib/ilanga/ilanga-boot-state";

/// The boot state could not be learnt.
#[derive(Debug, Error)]
pub enum ToolError {
    /// The program can't be started.
    #[error("starting {BOOT_STATE}")]
    Start {
        /// Why.
        source: io::Error,
    },
    /// It failed, and said this.
    #[error("{0}")]
    Failed(String),
    /// It printed something else.
    #[error("reading what {BOOT_STATE} prints")]
    Output {
        /// Why.
        source: serde_json::Error,
    },
}

/// What `ilanga-boot-state status` tells. Standard error, where a failure is explained, becomes the error.
pub async fn boot_state() -> Result<Report, ToolError> {
    let output = Command::new(BOOT_STATE)
        .args(["status", "--json"])
        .env_clear()
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| ToolError::Start { source })?;
    if !output.status.success() {
        return Err(ToolError::Failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|source| ToolError::Output { source })
}
