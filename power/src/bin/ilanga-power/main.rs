//! `ilanga-power`: what people ask about solar devices. `list` and `watch` read what the daemon has written; `probe` opens a port itself.

mod cli;
mod decode;
mod probe;
mod show;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{CommandFactory as _, Parser as _};
use power::clock;
use power::hub::read_small;
use power::protocol::registry::ALL;
use power::readings::{LARGEST, Readings};

use cli::{Cli, Command};

/// The exit status where no device was found.
const NOTHING: u8 = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(status) => status,
        Err(error) => {
            eprintln!("ilanga-power: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::List => {
            let readings = read(&cli.readings)?;
            print!("{}", if cli.json { readings.text()? } else { show::table(&readings, clock::up()) });
            Ok(ExitCode::SUCCESS)
        }
        Command::Watch => show::watch(cli.json, &cli.readings).await,
        Command::Probe { port, protocol, listen, ask, verbose } => {
            let how = probe::How { protocol, listen, ask, verbose, json: cli.json };
            Ok(if probe::probe(&port, how).await? { ExitCode::SUCCESS } else { ExitCode::from(NOTHING) })
        }
        Command::Decode { file, protocol } => {
            let bytes = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let found = decode::decode(&bytes, protocol);
            print!("{}", decode::shown(&found, cli.json)?);
            Ok(if found.iter().any(Result::is_ok) { ExitCode::SUCCESS } else { ExitCode::from(NOTHING) })
        }
        Command::Protocols => {
            for entry in ALL {
                let lines: Vec<String> = entry.lines.iter().map(|line| show::line(*line)).collect();
                if cli.json {
                    println!(
                        "{}",
                        serde_json::json!({ "name": entry.name, "title": entry.title, "lines": entry.lines })
                    );
                } else {
                    println!("{:<14} {:<34} {}", entry.name, entry.title, lines.join(", "));
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "ilanga-power", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
        Command::Man { folder } => {
            clap_mangen::generate_to(Cli::command(), &folder)
                .with_context(|| format!("writing manual pages to {}", folder.display()))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What the daemon has written.
fn read(path: &Path) -> Result<Readings> {
    let at = || format!("reading {}: is ilanga-power.service running?", path.display());
    let bytes = read_small(path, LARGEST).with_context(at)?;
    Readings::parse(&bytes).with_context(|| format!("reading {}", path.display()))
}
