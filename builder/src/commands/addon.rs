//! `ilanga addon`.

use anyhow::{Context as _, Result};

use crate::build::Builder;
use crate::cli;
use crate::kernel::addon;

/// Makes a signed add-on.
pub(super) fn run(args: &cli::Addon, builder: &Builder) -> Result<u8> {
    let tools = builder.tools()?;
    let keys = builder.keys(args.keys.as_deref(), &tools)?;
    let output = std::path::absolute(&args.output).with_context(|| format!("finding {}", args.output.display()))?;
    addon::make(&tools.root, &keys, &args.cmdline, &output, crate::build::now()?)?;
    Ok(0)
}
