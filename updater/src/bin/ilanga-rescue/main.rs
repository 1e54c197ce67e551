//! Offers, on the screen of a computer that was started from a stick, to repair the system on its own disk.
//!
//! No shell, no option: a person types a word or does nothing. [`updater::rescue`] does the rest.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use updater::device;
use updater::error::chain;
use updater::rescue::{self, Computer, disks};
use updater::tree::Tree;

/// How long a person has to answer, in milliseconds.
const PATIENCE: u32 = 120_000;

/// What a person types.
const WORD: &str = "repair";

fn main() -> ExitCode {
    let tree = Tree::node();
    let computer = match offered(&tree) {
        Ok(Some(computer)) => computer,
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ilanga-rescue: {}", chain(&error));
            return ExitCode::FAILURE;
        }
    };
    println!("\nThis computer was started from a stick, and has Ilanga on its own disk ({}).", computer.disk);
    println!("If it does not start any more, the stick can repair it. What people put on it stays.");
    println!("Type '{WORD}' and press Enter to repair it. Without an answer nothing is done in two minutes.");
    if !answered() {
        println!("Nothing was changed.");
        return ExitCode::SUCCESS;
    }
    let mut percent = u64::MAX;
    let mut progress = |done: formats::size::Bytes, all: formats::size::Bytes| {
        let now = done.0 * 100 / all.0.max(1);
        if now != percent && (now.is_multiple_of(5) || io::stdout().is_terminal()) {
            percent = now;
            print!("\rwriting the release: {now} %");
            // It is shown with the next line at the latest.
            let _ = io::stdout().flush();
        }
    };
    let repaired = rescue::repair(&tree, &computer, &mut |line| println!("\r{line}"), &mut progress);
    match repaired {
        Ok(()) => {
            println!("This computer is repaired. Switch it off, take the stick out, and switch it on.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("\nThis computer is not repaired: {}.", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// The computer to offer it for: there must be exactly one, and this system must run from a stick.
fn offered(tree: &Tree) -> Result<Option<Computer>, device::Unknown> {
    let own = device::find(tree)?;
    let disks = disks::disks(tree);
    let Some(own) = own.a.and_then(|node| disks::disk_of(&disks, &node)) else { return Ok(None) };
    if !rescue::runs_from_stick(tree, &own) {
        return Ok(None);
    }
    let mut computers = disks::computers(&disks, &own);
    Ok(if computers.len() == 1 { computers.pop() } else { None })
}

/// Whether a person has typed the word in time.
fn answered() -> bool {
    let _ = io::stdout().flush();
    let input = io::stdin();
    let mut fds = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
    let ready = poll(&mut fds, PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::MAX));
    if !ready.is_ok_and(|count| count > 0) {
        return false;
    }
    let mut line = String::new();
    input.lock().read_line(&mut line).is_ok() && line.trim() == WORD
}
