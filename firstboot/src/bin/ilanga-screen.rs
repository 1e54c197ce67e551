//! The wizard on this terminal: `ilanga-screen [--socket PATH] [--name NAME]`.

use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use console::Term;
use firstboot::screen::Screen;
use firstboot::wire::{Client, SOCKET};

const USAGE: &str = "\
Usage: ilanga-screen [--socket PATH] [--name NAME]
Sets this computer up at the terminal that it runs on. NAME is how that terminal is called (tty1).
Exit status: 0 set up, 1 the set-up can't go on here, 2 not understood";

fn main() -> ExitCode {
    let (mut socket, mut name) = (SOCKET.to_owned(), "terminal".to_owned());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--socket", Some(value)) => socket = value,
            ("--name", Some(value)) => name = value,
            ("--help" | "-h", _) => {
                println!("{USAGE}");
                return ExitCode::SUCCESS;
            }
            _ => {
                eprintln!("{USAGE}");
                return ExitCode::from(2);
            }
        }
    }
    let term = Term::stdout();
    if !term.is_term() {
        eprintln!("ilanga-screen: this is no terminal");
        return ExitCode::FAILURE;
    }
    let screen = Screen::new(term, &name, Client::new(Path::new(&socket)));
    match screen.run(&|| thread::sleep(Duration::from_secs(1))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ilanga-screen: {}", firstboot::error::chain(&error));
            ExitCode::FAILURE
        }
    }
}
