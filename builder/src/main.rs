//! Builds signed, A/B-updatable, Debian-based disk images.

mod archive;
mod disk;
mod inspect;
mod sandbox;
mod tool;

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
    if let Err(e) = sandbox::privileges::acquire() {
        eprintln!("{e}");
        return ExitCode::FAILURE;
    }
    let c = tool::Command::new(std::path::Path::new("/work/dev/tree"), &arguments[0])
        .args(&arguments[1..])
        .write(std::path::Path::new("/tmp"));
    match c.interactive() {
        Ok(c) => c.into(),
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}
