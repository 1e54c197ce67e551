//! `ilanga tools`: a program of the tools tree on the workspace, as formatting and lints need it.

use std::path::Path;

use anyhow::{Context as _, Result};

use crate::build::Builder;
use crate::programs;
use crate::test_target;

/// Runs the program with the builder's own terminal; returns its exit code.
pub(super) fn run(command: &[String], builder: &Builder) -> Result<u8> {
    let [program, arguments @ ..] = command else { return Ok(2) };
    let tools = builder.tools()?;
    let crates = programs::fetch_crates(&builder.cache, builder.workspace.root())?;
    let target = test_target::folder(&builder.cache, builder.workspace.root())?;
    builder.ui.finish();
    let shared = builder.workspace.root().join("../shared");
    let mut command = programs::in_workspace(&tools.root, program, builder.workspace.root(), &crates, &target)
        .args(arguments)
        .bind(builder.workspace.root(), Path::new(programs::SOURCE), true)
        .env("TERM", std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned()))
        .kvm();
    if shared.is_dir() {
        command = command.bind(&shared, Path::new("/shared"), false);
    }
    command.interactive().context("running a program of the tools tree")
}
