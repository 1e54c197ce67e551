//! `ilanga plan`.

use anyhow::{Context as _, Result};

use crate::plan::Plan;
use crate::workspace::Workspace;
use crate::{cli, config};

/// Prints the plan.
pub(super) fn run(args: &cli::Plan, workspace: &Workspace) -> Result<u8> {
    let plan = Plan::new(&config::load(&workspace.image(&args.board)?)?)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&plan).context("writing the plan")?);
    } else {
        print!("{plan}");
    }
    Ok(0)
}
