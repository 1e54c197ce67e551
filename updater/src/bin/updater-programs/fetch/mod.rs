//! What talks to the network for updates: [`updater::fetch`] behind a command line. It can't write a slot.

mod asked;
mod cli;
mod work;

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command};
use updater::fetch::paths::Paths;
use updater::fetch::permit::Consent;

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let paths = Paths::below(&cli.root);
    let done = match cli.command {
        Command::Check(sources) => work::check(&paths, &sources, cli.json),
        Command::Download { sources, now, beyond_budget } => {
            work::download(&paths, &sources, Consent { now, budget: beyond_budget }, cli.json)
        }
        Command::Asked => asked::run(&paths, cli.json),
        Command::Serve { listen } => work::serve(&paths, listen),
        Command::Status => work::status(&paths, cli.json),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ilanga-fetch: {error:#}");
            ExitCode::FAILURE
        }
    }
}
