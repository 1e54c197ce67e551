//! Asks the disks of this computer how they are, and writes down what they say: `ilanga-disks`, after a start and once a day.

use std::path::Path;
use std::process::ExitCode;

use firstboot::node::Node;
use firstboot::{disks, error};

const USAGE: &str = "\
Usage: ilanga-disks
Asks the disks of this computer how they are (SMART), and writes it down for its page, its screen and the support report.
Exit status: 0 done, 1 not done, 2 not understood";

pub(crate) fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match disks::ask_all(&Node::new(Path::new("/"))) {
        Ok(found) => {
            for disk in found {
                let says = if disk.failing { "says that it is about to fail" } else { "does not complain" };
                println!(
                    "{} {says}, {} % of its life is used up",
                    disk.name,
                    disk.worn.map_or("?".to_owned(), |worn| worn.to_string())
                );
            }
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("ilanga-disks: {}", error::chain(&trouble));
            ExitCode::FAILURE
        }
    }
}
