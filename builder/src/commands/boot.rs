//! `ilanga boot`: the machine of the stories, for a person.

use anyhow::{Context as _, Result, bail};

use crate::build::Builder;
use crate::cli;
use crate::programs;
use crate::test_target;

/// Starts the image that was built last; the machine's options go to `ilanga-machine`.
pub(super) fn run(args: &cli::Boot, builder: &Builder) -> Result<u8> {
    let plan = builder.plan(&args.board)?;
    let folder = builder.workspace.out().join(&args.board);
    let image = folder.join(&plan.artefacts.image);
    if !image.exists() {
        bail!("{} is not there: run `ilanga build {}` first", image.display(), args.board);
    }
    let tools = builder.tools()?;
    let keys = builder.keys(None, &tools)?;
    let root = builder.workspace.root();
    let crates = programs::fetch_crates(&builder.cache, root)?;
    let target = test_target::folder(&builder.cache, root)?;
    builder.ui.stage("compiling the machine", || {
        programs::in_workspace(&tools.root, "cargo", root, &crates, &target)
            .args(["build", "--release", "--locked", "--offline", "--package", "ilanga-qemu-tests", "--bins"])
            .run()
            .context("compiling the machine")
    })?;
    let scratch = tempfile::Builder::new()
        .prefix("boot-")
        .tempdir_in(builder.cache.root())
        .context("making a folder for the machine's disk")?;
    builder.ui.finish();
    let current = std::env::current_dir().context("finding the current folder")?;
    let mut machine = programs::in_workspace(&tools.root, "/target/release/ilanga-machine", root, &crates, &target)
        .arg("--image")
        .arg(&image)
        .args(&args.machine)
        .read(&folder)
        .read(&keys.folder)
        .write(&current)
        .write(scratch.path())
        .directory(&current)
        .env("ILANGA_IMAGE", &image)
        .env("ILANGA_OUT", &folder)
        .env("ILANGA_KEYS", &keys.folder)
        .env("ILANGA_SCRATCH", scratch.path())
        .env("TERM", std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned()))
        .kvm();
    if args.machine.iter().any(|option| needs_network(option)) {
        machine = machine.network();
    }
    machine.interactive().context("running the machine")
}

/// Whether an option of the machine is of use only with the host's network.
fn needs_network(option: &str) -> bool {
    let name = option.split_once('=').map_or(option, |(name, _)| name);
    matches!(name, "--forward" | "--network" | "--graphic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_person_asks_for_gets_the_network() {
        assert!(["--forward", "--forward=2222:22", "--network", "--graphic"].into_iter().all(needs_network));
        assert!(!["--memory", "2222:22", "--shell"].into_iter().any(needs_network));
    }
}
