//! Ctrl-C: a sentence instead of silence, and nothing left behind that is half made.
//!
//! Signals are blocked in all threads and taken by one. Files that are being written have temporary names, which the
//! next build removes; programs in sandboxes die with the builder.

use anyhow::{Context as _, Result};
use nix::sys::signal::{SigSet, Signal};

use crate::ui::Ui;

/// The exit code of a build that a person stopped: 128 and SIGINT.
const STOPPED: i32 = 130;

/// Takes SIGINT and SIGTERM from now on. Must be called before any other thread is started.
pub(crate) fn watch(ui: Ui) -> Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    signals.thread_block().context("taking Ctrl-C")?;
    std::thread::spawn(move || {
        while let Ok(signal) = signals.wait() {
            let stage = ui.current();
            ui.finish();
            let during = if stage.is_empty() { String::new() } else { format!(" while {stage}") };
            let what = if signal == Signal::SIGINT { "stopped" } else { "ended by SIGTERM" };
            eprintln!("\n{what}{during}: nothing half made was kept, and what was finished is used by the next build");
            std::process::exit(STOPPED);
        }
    });
    Ok(())
}
