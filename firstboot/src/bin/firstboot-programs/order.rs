//! Obeys the order that is on a stick for this computer, if there is one: `ilanga-order`, for each stick that is plugged in.

use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use firstboot::node::Node;
use firstboot::order::{self, OrderError, Outcome, Wish};
use firstboot::{error, reset};

/// How often it is looked whether the data are open, and whether the stick is free.
const PULSE: Duration = Duration::from_secs(3);

const USAGE: &str = "\
Usage: ilanga-order DEVICE FOLDER
Obeys the order on the stick at /dev/DEVICE, if there is one for this computer that its administrator has signed, once the data are open.
FOLDER is for what is needed meanwhile: root's alone, in memory.
Exit status: 0 obeyed, or there is none, 1 not obeyed, 2 not understood";

pub(crate) fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, folder] = words.as_slice() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let outcome = obey(&Node::new(Path::new("/")), &Path::new("/dev").join(name), Path::new(folder));
    ready();
    let Some(outcome) = outcome else { return ExitCode::SUCCESS };
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

/// Obeys it, once nobody else reads the stick and the data are open. Its unit ends that when the stick is pulled out.
fn obey(node: &Node, device: &Path, folder: &Path) -> Option<Outcome> {
    loop {
        let outcome = order::obey(node, device, folder)?;
        match &outcome.done {
            Err(trouble) if trouble.is_busy() => ready(),
            Err(OrderError::Locked) => {
                println!("an order waits until the data are open");
                ready();
                while !node.administrator().exists() {
                    thread::sleep(PULSE);
                }
            }
            _ => return Some(outcome),
        }
        thread::sleep(PULSE);
    }
}

/// Whoever reads the stick next waits for that.
fn ready() {
    if let Err(trouble) = sd_notify::notify(false, &[sd_notify::NotifyState::Ready]) {
        eprintln!("ilanga-order: telling systemd: {trouble}");
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
