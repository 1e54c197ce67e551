//! The programs of updates that need the node's libraries, in one file: its name says which one it is, so a node has links to it.

mod daemon;
mod fetch;
mod health;
mod stick;
mod update;

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

/// What a program does.
type Main = fn() -> ExitCode;

/// The programs, by their names.
const PROGRAMS: [(&str, Main); 5] = [
    ("ilanga-fetch", fetch::main),
    ("ilanga-health", health::main),
    ("ilanga-stick", stick::main),
    ("ilanga-update", update::main),
    ("ilanga-updater", daemon::main),
];

fn main() -> ExitCode {
    let called = std::env::args_os().next();
    let called = called.as_deref().map(Path::new).and_then(Path::file_name).unwrap_or_default();
    if let Some((_, run)) = PROGRAMS.iter().find(|(name, _)| OsStr::new(name) == called) {
        return run();
    }
    eprintln!("This is several programs in one file: it is started by the name of one of them.");
    PROGRAMS.iter().for_each(|(name, _)| eprintln!("    {name}"));
    ExitCode::from(2)
}
