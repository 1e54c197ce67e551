//! What each subcommand does: parses nothing, decides little, calls, prints.

mod addon;
mod answers;
mod boot;
mod build;
mod bundle;
mod clean;
mod delta;
mod keys;
mod lock;
mod man;
mod plan;
mod release;
mod test;
mod tools;

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::archive::store::Store;
use crate::build::Builder;
use crate::cache::Cache;
use crate::cli::{Cli, Command};
use crate::inspect::{self, Verdict};
use crate::packages::archives::Archives;
use crate::sandbox::privileges;
use crate::ui::Ui;
use crate::workspace::Workspace;

/// Runs a command; returns the exit code.
pub(crate) fn run(cli: Cli, ui: &Ui) -> Result<u8> {
    match &cli.command {
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "ilanga", &mut std::io::stdout());
            Ok(0)
        }
        Command::Man { directory } => man::run(directory),
        Command::Inspect(args) => {
            let mut out = std::io::stdout().lock();
            let verdict = inspect::run(args, &mut out, &mut |done, total| ui.bytes(done.0, total.0))?;
            out.flush().context("writing to standard output")?;
            Ok(u8::from(verdict == Verdict::Wrong))
        }
        Command::Answers { command } => answers::run(command),
        Command::Plan(args) => plan::run(args, &Workspace::find(&cli.directory)?),
        Command::Build(args) => build::run(args, &builder(&cli, ui)?),
        Command::Release(args) => release::run(args, &builder(&cli, ui)?),
        Command::Delta(args) => delta::run(args, ui),
        Command::Bundle(args) => bundle::run(args, &builder(&cli, ui)?),
        Command::Lock(args) => lock::run(args, &builder(&cli, ui)?),
        Command::Keys { command } => keys::run(command, &builder(&cli, ui)?),
        Command::Boot(args) => boot::run(args, &builder(&cli, ui)?),
        Command::Test(args) => test::run(args, &builder(&cli, ui)?),
        Command::Addon(args) => addon::run(args, &builder(&cli, ui)?),
        Command::Tools { command } => tools::run(command, &builder(&cli, ui)?),
        Command::Clean(args) => clean::run(args, ui),
    }
}

/// Whether a command makes trees, and so needs a user namespace where it is not root's.
pub(crate) fn needs_privileges(command: &Command) -> bool {
    match command {
        Command::Completions { .. }
        | Command::Man { .. }
        | Command::Answers { .. }
        | Command::Inspect(_)
        | Command::Plan(_)
        | Command::Delta(_) => false,
        // Keys that are there need no program.
        Command::Release(args) => args.keys.is_none(),
        _ => true,
    }
}

/// Gets the rights that commands need. Must be called before any thread is started.
pub(crate) fn acquire(command: &Command) -> Result<()> {
    if needs_privileges(command) { Ok(privileges::acquire()?) } else { Ok(()) }
}

fn builder(cli: &Cli, ui: &Ui) -> Result<Builder> {
    let cache = Cache::open()?;
    let store = Store::open(cache.root())?;
    let archives = Archives::new(&cli.network.mirror, cli.network.offline);
    Ok(Builder { workspace: Workspace::find(&cli.directory)?, cache, store, archives, ui: ui.clone() })
}
