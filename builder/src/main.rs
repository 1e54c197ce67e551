//! Builds signed, A/B-updatable, Debian-based disk images.

mod archive;
mod build;
mod bundle;
mod cache;
mod cli;
mod commands;
mod config;
mod disk;
mod flashed;
mod hint;
mod inspect;
mod interrupt;
mod kept_target;
mod kernel;
mod keys;
mod packages;
mod parallel;
mod plan;
mod programs;
mod release;
mod root;
mod sandbox;
mod sbom;
mod test_target;
mod tool;
mod tools_tree;
mod tree;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::Parser as _;
use nix::sys::stat::{Mode, umask};

fn main() -> ExitCode {
    // Files of an image have the modes that they are made with, so the maker's habit must not matter.
    umask(Mode::S_IWGRP | Mode::S_IWOTH);
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    match arguments.as_slice() {
        [first, spec] if first == sandbox::child::SANDBOX => return sandbox::child::main(spec).into(),
        [first, rest @ ..] if first == sandbox::privileges::MAP_IDS => {
            return sandbox::privileges::map_ids(rest).into();
        }
        _ => {}
    }
    let cli = cli::Cli::parse();
    match run(cli) {
        Ok(code) => code.into(),
        Err(error) => {
            interrupt::wait_if_stopping();
            eprintln!("error: {error:#}");
            if let Some(hint) = hint::about(&error) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(cli: cli::Cli) -> anyhow::Result<u8> {
    commands::acquire(&cli.command)?;
    let ui = ui::Ui::new(cli.verbose);
    interrupt::watch(ui.clone())?;
    let result = commands::run(cli, &ui);
    ui.finish();
    result
}
