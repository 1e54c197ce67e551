//! The state partition: repaired, or made anew, and mounted. Whatever is wrong with it, the start goes on.

use std::fs::File;
use std::io::{self, Read as _};

use formats::ext4;
use uuid::Uuid;

use crate::error::{Context as _, IoError};
use crate::loader::Loader;
use crate::log::{self, Level};
use crate::mounts;
use crate::tool;

const CHECK: &str = "/usr/sbin/e2fsck";
const MAKE: &str = "/usr/sbin/mke2fs";

/// What follows a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The file system is whole.
    Whole,
    /// It is not, or not yet known to be.
    Damaged,
    /// The check itself did not work, so nothing is known.
    Unknown,
}

/// What an exit status of e2fsck means (`e2fsck(8)`): 1 and 2 stand for repaired, 4 for damage that is left, 8 for a
/// file system that it can't even open.
fn verdict(code: Option<i32>) -> Verdict {
    match code {
        Some(0..=3) => Verdict::Whole,
        Some(4..=15) => Verdict::Damaged,
        _ => Verdict::Unknown,
    }
}

/// Mounts `/state`: from the partition at this node, which may have been made just now, or empty if there is none or it
/// does not work.
pub(crate) fn mount(node: Option<&str>, fresh: bool, loader: &Loader) {
    match node.map(|node| from(node, fresh, loader)) {
        Some(Ok(())) => return,
        Some(Err(error)) => {
            log::error(Level::Error, &error);
            log::say(
                Level::Error,
                "the state partition cannot be used: settings last until the machine is switched off",
            );
        }
        None => log::say(Level::Error, "there is no state partition: settings last until the machine is switched off"),
    }
    if let Err(error) = mounts::volatile_state() {
        log::error(Level::Error, &error);
    }
}

/// A file system that says of itself that it is whole is mounted at once, and checked only if that does not work, or if
/// it says otherwise once the kernel has replayed its journal.
fn from(node: &str, fresh: bool, loader: &Loader) -> Result<(), IoError> {
    if fresh {
        make(node)?;
    } else if is_whole(node)? {
        loader.wait_for("ext4");
        match mounts::state(node) {
            Ok(()) if is_whole(node)? => return Ok(()),
            Ok(()) => mounts::leave_state()?,
            Err(error) => log::error(Level::Warning, &error),
        }
        repair(node, Verdict::Damaged)?;
    } else {
        let found = check("-p", node)?;
        repair(node, found)?;
    }
    // It loads while the file system is checked.
    loader.wait_for("ext4");
    mounts::state(node)
}

/// Repairs a file system that was found to be so, or makes a new one if that can't be done.
fn repair(node: &str, mut found: Verdict) -> Result<(), IoError> {
    if found == Verdict::Damaged {
        log::say(Level::Warning, "the state file system is damaged: repairing all that can be");
        found = check("-fy", node)?;
    }
    if found == Verdict::Damaged {
        log::say(
            Level::Error,
            "the state partition holds no usable file system: making a new one, settings start afresh",
        );
        make(node)?;
    }
    Ok(())
}

fn check(how: &str, node: &str) -> Result<Verdict, IoError> {
    Ok(verdict(tool::run(CHECK, &[how, node])?.code()))
}

/// Whether the file system says that it is whole. A disk that can't be read is not to be taken for one without a file
/// system.
fn is_whole(node: &str) -> Result<bool, IoError> {
    let mut start = vec![0; 1 << 16];
    File::open(node).and_then(|mut file| file.read_exact(&mut start)).context("reading", node)?;
    Ok(ext4::is_whole(&start))
}

fn make(node: &str) -> Result<(), IoError> {
    let uuid = Uuid::new_v4().to_string();
    let status = tool::run(MAKE, &["-q", "-F", "-t", "ext4", "-L", "ilanga-state", "-U", &uuid, node])?;
    if status.success() {
        return Ok(());
    }
    Err(IoError::new("making a file system on", node, io::Error::other(format!("{MAKE} ended with {status}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        for (code, expected) in [
            (Some(0), Verdict::Whole),
            (Some(1), Verdict::Whole),
            (Some(3), Verdict::Whole),
            (Some(4), Verdict::Damaged),
            (Some(8), Verdict::Damaged),
            (Some(12), Verdict::Damaged),
            (Some(16), Verdict::Unknown),
            (Some(32), Verdict::Unknown),
            (Some(128), Verdict::Unknown),
            (Some(127), Verdict::Unknown),
            (None, Verdict::Unknown),
        ] {
            assert_eq!(verdict(code), expected, "{code:?}");
        }
    }
}
