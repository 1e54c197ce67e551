//! Does what the node's page wishes of Wi-Fi networks: `ilanga-network`.

use std::path::Path;
use std::process::ExitCode;

use firstboot::node::Node;
use firstboot::{error, networks};

const USAGE: &str = "\
Usage: ilanga-network
Joins or forgets the Wi-Fi network that the node's page wishes for.
Exit status: 0 done, 1 not done, 2 not understood";

pub(crate) fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match networks::change(&Node::new(Path::new("/"))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-network: {}", error::chain(&trouble));
            ExitCode::FAILURE
        }
    }
}
