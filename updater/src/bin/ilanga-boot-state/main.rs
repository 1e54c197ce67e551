//! RAUC's custom boot backend, and what judges a release: [`updater::backend`] behind a command line.

use std::process::ExitCode;

use updater::backend::{Request, USAGE, answer};
use updater::error::chain;
use updater::tree::Tree;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some(request) = Request::parse(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match answer(&request, &Tree::node(), |line| eprintln!("{line}")) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("ilanga-boot-state: {}", chain(&error));
            if error.is_refusal() { ExitCode::from(3) } else { ExitCode::FAILURE }
        }
    }
}
