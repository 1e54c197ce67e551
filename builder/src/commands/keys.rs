//! `ilanga keys`.

use anyhow::{Context as _, Result};

use crate::build::{Builder, now};
use crate::{cli, keys};

/// The name in the certificates of a maker who gives none.
const MAKER: &str = "Ilanga maker";

/// Makes keys.
pub(super) fn run(command: &cli::Keys, builder: &Builder) -> Result<u8> {
    let cli::Keys::New { directory } = command;
    let directory = std::path::absolute(directory).with_context(|| format!("finding {}", directory.display()))?;
    if directory.starts_with(builder.workspace.root()) {
        anyhow::bail!(
            "{} is in the repository, where private keys must not be: name another folder",
            directory.display()
        );
    }
    let tools = builder.tools()?;
    let keys = builder
        .ui
        .stage("making keys", || keys::create(&tools.root, &directory, MAKER, now()?).map_err(anyhow::Error::from))?;
    builder.ui.finish();
    println!(
        "{} holds the keys. Whoever has them can sign for all your nodes, and nobody can make them again: \
         keep a copy where fire and thieves can't reach both (docs/keys.md).",
        keys.folder.display()
    );
    Ok(0)
}
