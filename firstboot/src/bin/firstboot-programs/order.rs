//! Obeys the order that is on a stick for this computer, if there is one: `ilanga-order`, for each stick that is plugged in.

use std::path::Path;
use std::process::ExitCode;

use firstboot::node::Node;
use firstboot::order::{self, Wish};
use firstboot::{error, reset};

const USAGE: &str = "\
Usage: ilanga-order DEVICE FOLDER
Obeys the order on the stick at /dev/DEVICE, if there is one for this computer that its administrator has signed. FOLDER is for what is needed
meanwhile: root's alone, in memory.
Exit status: 0 obeyed, or there is none, 1 not obeyed, 2 not understood";

pub(crate) fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = words.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let device = Path::new("/dev").join(name);
    let Some(outcome) = order::obey(&Node::new(Path::new("/")), &device, Path::new(folder)) else {
        return ExitCode::SUCCESS;
    };
    if let Some(trouble) = &outcome.silent {
        eprintln!("ilanga-order: the stick does not say what became of it: {trouble}");
    }
    match outcome.done {
        Ok(wish) => {
            println!("an order on the stick {name} was obeyed: {}", wish.done());
            match wish {
                Wish::Password(_) => ExitCode::SUCCESS,
                Wish::Erase => restart(),
            }
        }
        Err(trouble) => {
            eprintln!("ilanga-order: the order on the stick {name} is not obeyed: {}", error::chain(&trouble));
            ExitCode::FAILURE
        }
    }
}

fn restart() -> ExitCode {
    match reset::restart() {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-order: {}", error::chain(&trouble));
            ExitCode::FAILURE
        }
    }
}
