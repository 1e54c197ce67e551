//! Opens the data at each start: `ilanga-data open`.

use std::path::Path;
use std::process::ExitCode;

use firstboot::header::{Cost, Headers};
use firstboot::node::Node;
use firstboot::{error, gather, start};

const USAGE: &str = "\
Usage: ilanga-data open
Opens the data by what this computer has, if that opens them, and says whether it has to be set up.
Exit status: 0 done, 1 not done, 2 not understood";

pub(crate) fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments != ["open"] {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let node = Node::new(Path::new("/"));
    let headers = Headers::new(node.setup(), Cost::of_memory(gather::memory(&node) / 1024));
    match start::open(&node, &headers) {
        Ok(found) => {
            let says = match found {
                start::Found::Open => "The data are open.",
                start::Found::Locked => "The data are locked.",
                start::Found::Nothing => "There are no data yet.",
            };
            println!("{says}");
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            eprintln!("ilanga-data: {}", error::chain(&trouble));
            ExitCode::FAILURE
        }
    }
}
