//! `ilanga keys`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::build::{Builder, now};
use crate::cli;
use crate::keys::{self, change};

/// The name in the certificates of a maker who gives none.
const MAKER: &str = "Ilanga maker";

/// Makes keys, or says how far their change is.
pub(super) fn run(command: &cli::Keys, builder: &Builder) -> Result<u8> {
    match command {
        cli::Keys::New { directory } => {
            let directory = outside(directory, builder)?;
            let tools = builder.tools()?;
            let keys = builder.ui.stage("making keys", || {
                keys::create(&tools.root, &directory, MAKER, now()?).map_err(anyhow::Error::from)
            })?;
            builder.ui.finish();
            println!(
                "{} holds the keys. Whoever has them can sign for all your nodes, and nobody can make them again: \
                 keep a copy where fire and thieves can't reach both (docs/keys.md).",
                keys.folder.display()
            );
        }
        cli::Keys::Next { old, new } => {
            let new = outside(new, builder)?;
            let tools = builder.tools()?;
            let keys = builder.ui.stage("making keys", || {
                change::next(&tools.root, old, &new, MAKER, now()?).map_err(anyhow::Error::from)
            })?;
            builder.ui.finish();
            println!(
                "{folder} holds the new keys, and the old ones in 'previous'. A release that is built with --keys {folder} \
                 announces the new ones to nodes; then: ilanga keys phase {folder} switch --announced VERSION (docs/keys.md).",
                folder = keys.folder.display()
            );
        }
        cli::Keys::Phase { directory, phase, announced } => {
            let phase = if phase == "done" { None } else { Some(phase.parse().context("reading the phase")?) };
            let keys = change::advance(directory, phase, announced.clone())?;
            match keys.change {
                Some(change) => {
                    println!("Releases with {} are in the phase '{}'.", keys.folder.display(), change.phase)
                }
                None => println!(
                    "The change is over: {} is an ordinary set of keys. Put its folder 'previous' where nobody finds it.",
                    keys.folder.display()
                ),
            }
        }
    }
    Ok(0)
}

/// A folder for new keys, which is not in the workspace.
fn outside(directory: &Path, builder: &Builder) -> Result<PathBuf> {
    let directory = std::path::absolute(directory).with_context(|| format!("finding {}", directory.display()))?;
    if directory.starts_with(builder.workspace.root()) {
        anyhow::bail!(
            "{} is in the repository, where private keys must not be: name another folder",
            directory.display()
        );
    }
    Ok(directory)
}
