//! The journal moves from memory to the data, once they are open, and back before they are closed.

use std::fs;
use std::io;

use crate::node::Node;
use crate::tool::{Program, ToolError, run};

/// Moves it. `systemd-journal-flush.service` asked for that before there was a place, and left a mark by which `journalctl` takes it
/// for done.
pub(crate) fn move_to_data(node: &Node) -> Result<(), ToolError> {
    let mark = node.path("/run/systemd/journal/flushed");
    match fs::remove_file(&mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            eprintln!("removing {}: {error}", mark.display());
        }
        _ => {}
    }
    run(Program::Journalctl, &["--flush".as_ref()], b"")?;
    Ok(())
}

/// Moves it back to memory, so that the data can be closed.
pub(crate) fn leave_data() -> Result<(), ToolError> {
    run(Program::Journalctl, &["--relinquish-var".as_ref()], b"")?;
    Ok(())
}
