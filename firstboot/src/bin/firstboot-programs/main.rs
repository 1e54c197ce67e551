//! The programs that set a node up and look after it, in one file: its name says which one it is, so a node has links to it. What they have
//! in common is so compiled, downloaded and in memory once.

mod data;
mod disks;
mod mesh;
mod neighbours;
mod network;
mod order;
mod page;
mod portal;
mod reset;
mod screen;
mod setup;
mod status;
mod steward;

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

/// What a program does.
type Main = fn() -> ExitCode;

/// The programs, by their names.
const PROGRAMS: [(&str, Main); 13] = [
    ("ilanga-data", data::main),
    ("ilanga-disks", disks::main),
    ("ilanga-mesh", mesh::main),
    ("ilanga-neighbours", neighbours::main),
    ("ilanga-network", network::main),
    ("ilanga-order", order::main),
    ("ilanga-page", page::main),
    ("ilanga-portal", portal::main),
    ("ilanga-reset", reset::main),
    ("ilanga-screen", screen::main),
    ("ilanga-setup", setup::main),
    ("ilanga-status", status::main),
    ("ilanga-steward", steward::main),
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
