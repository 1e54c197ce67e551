//! The wizard on this terminal: `ilanga-screen [--socket PATH] [--name NAME] [-- PROGRAM …]`.

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use console::Term;
use firstboot::screen::Screen;
use firstboot::wire::{Client, SOCKET};

const USAGE: &str = "\
Usage: ilanga-screen [--socket PATH] [--name NAME] [-- PROGRAM [ARGUMENT]...]
Sets this computer up at the terminal that it runs on. NAME is how that terminal is called (tty1).
With a PROGRAM, it becomes that one afterwards, and at once where there is nothing to set up.
Exit status: 0 set up, 1 the set-up can't go on here, 2 not understood";

pub(crate) fn main() -> ExitCode {
    let (mut socket, mut name, mut then) = (SOCKET.to_owned(), "terminal".to_owned(), Vec::new());
    let mut arguments = std::env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--") => {
                then = arguments.by_ref().collect();
                break;
            }
            Some("--help" | "-h") => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            Some(option @ ("--socket" | "--name")) => match arguments.next().and_then(|value| value.into_string().ok())
            {
                Some(value) if option == "--socket" => socket = value,
                Some(value) => name = value,
                None => return not_understood(),
            },
            _ => return not_understood(),
        }
    }
    let set_up = wizard(&socket, &name, !then.is_empty());
    if then.is_empty() { set_up } else { after(&then) }
}

fn not_understood() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn wizard(socket: &str, name: &str, may_be_over: bool) -> ExitCode {
    if may_be_over && !Path::new(socket).exists() {
        return ExitCode::SUCCESS;
    }
    let term = Term::stdout();
    if !term.is_term() {
        eprintln!("ilanga-screen: this is no terminal");
        return ExitCode::FAILURE;
    }
    let screen = Screen::new(term, name, Client::new(Path::new(socket)));
    match screen.run(&|| thread::sleep(Duration::from_secs(1))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ilanga-screen: {}", firstboot::error::chain(&error));
            ExitCode::FAILURE
        }
    }
}

fn after(program: &[OsString]) -> ExitCode {
    let error = firstboot::become_program(program);
    eprintln!("ilanga-screen: starting {}: {error}", program[0].display());
    ExitCode::FAILURE
}
