//! Builds signed, A/B-updatable, Debian-based disk images.

mod archive;
mod cache;
mod config;
mod disk;
mod inspect;
mod kernel;
mod keys;
mod packages;
mod plan;
mod programs;
mod root;
mod sandbox;
mod tool;
mod tree;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [first, spec] if first == sandbox::child::SANDBOX => return sandbox::child::main(spec).into(),
        [first, rest @ ..] if first == sandbox::privileges::MAP_IDS => {
            return sandbox::privileges::map_ids(rest).into();
        }
        _ => {}
    }
    ExitCode::SUCCESS
}
