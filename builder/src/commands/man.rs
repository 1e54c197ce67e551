//! `ilanga man`.

use std::path::Path;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::cli::Cli;

/// Writes a manual page for each command.
pub(super) fn run(directory: &Path) -> Result<u8> {
    std::fs::create_dir_all(directory).with_context(|| format!("making {}", directory.display()))?;
    clap_mangen::generate_to(Cli::command(), directory)
        .with_context(|| format!("writing manual pages to {}", directory.display()))?;
    Ok(0)
}
