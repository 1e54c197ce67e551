//! What systemd is asked to start.

use std::ffi::OsStr;

use formats::answers::Keyboard;

use crate::tool::{Program, ToolError, run};

/// The target of what needs data.
const OPEN: &str = "ilanga-open.target";

/// The node's page, with its privileged half.
pub(crate) const PAGE: &str = "ilanga-page.service";

/// Says that the data are open.
pub(crate) fn data_are_open() -> Result<(), ToolError> {
    start(OPEN)
}

/// Starts the computer again, in order.
pub fn reboot() -> Result<(), ToolError> {
    run(Program::Systemctl, &["reboot"].map(OsStr::new), b"")?;
    Ok(())
}

/// Asks for a unit, and does not wait for it: it may be waiting for whoever asks.
pub(crate) fn start(unit: &str) -> Result<(), ToolError> {
    run(Program::Systemctl, &["start", "--no-block", unit].map(OsStr::new), b"")?;
    Ok(())
}

/// Has the screens' keyboard read by another layout, from now on.
pub fn keyboard(layout: &Keyboard) -> Result<(), ToolError> {
    start(&format!("ilanga-keymap@{}.service", layout.keymap()))
}

/// Ends what runs of a unit and starts it, if its conditions hold now; waits for both.
pub fn restart(units: &[&str]) -> Result<(), ToolError> {
    let words: Vec<&OsStr> = ["restart"].iter().chain(units).map(OsStr::new).collect();
    run(Program::Systemctl, &words, b"")?;
    Ok(())
}
