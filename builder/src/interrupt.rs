//! Ctrl-C: a sentence instead of silence, and nothing left behind that is half made.
//!
//! Signals are blocked in all threads and taken by one. What a person sees and that is not finished is removed at once
//! ([`Unfinished`]); what the cache has of it has temporary names, which the next start removes. Programs in sandboxes
//! die with the builder.

use std::fs;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};
use nix::sys::signal::{SigSet, Signal};

use crate::ui::Ui;

/// The exit code of a build that a person stopped: 128 and SIGINT.
const STOPPED: i32 = 130;

/// The folders that are removed when a person stops the builder.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Whether the builder is about to end.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// A folder whose content is of no use before it is finished: removed when this is dropped, and on Ctrl-C.
#[derive(Debug)]
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Watches over what will be at this path.
    pub(crate) fn new(path: PathBuf) -> Self {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(path.clone());
        Self { path }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != self.path);
        remove(&self.path);
    }
}

/// Removes a folder into which other threads may still write. That it can't be is no reason to hide the error, or the
/// signal, that led here; the next build tries again.
fn remove(path: &Path) {
    for _ in 0..10 {
        if fs::remove_dir_all(path).is_ok() || !path.exists() {
            return;
        }
    }
}

/// Waits for the end of the builder if a person has stopped it: what fails from then on is of no interest.
pub(crate) fn wait_if_stopping() {
    while STOPPING.load(Ordering::SeqCst) {
        std::thread::park();
    }
}

/// Takes SIGINT and SIGTERM from now on. Must be called before any other thread is started.
pub(crate) fn watch(ui: Ui) -> Result<()> {
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    signals.thread_block().context("taking Ctrl-C")?;
    std::thread::spawn(move || {
        if let Ok(signal) = signals.wait() {
            STOPPING.store(true, Ordering::SeqCst);
            let stage = ui.current();
            ui.finish();
            UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|path| remove(path));
            let during = if stage.is_empty() { String::new() } else { format!(" while {stage}") };
            let what = if signal == Signal::SIGINT { "stopped" } else { "ended by SIGTERM" };
            // A terminal shows ^C at the start of this line.
            let line = if std::io::stderr().is_terminal() { "\n" } else { "" };
            eprintln!(
                "{line}{what}{during}: nothing half made was kept, and what was finished is used by the next build"
            );
            std::process::exit(STOPPED);
        }
    });
    Ok(())
}
