//! What `init` says: lines of the kernel's log, which the journal picks up.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

static KMSG: OnceLock<File> = OnceLock::new();

/// What was said before the kernel's log was open.
static EARLY: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// How much a line matters; the numbers are those of syslog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// People at the screen must see it, however quiet the kernel is.
    Alert = 1,
    /// Something did not work.
    Error = 3,
    /// Something is not as it should be.
    Warning = 4,
    /// The course of things.
    Info = 6,
}

/// Opens the kernel's log, and says what there was to say before.
pub(crate) fn open() {
    // The kernel would drop all but ten lines in five seconds.
    let _ = std::fs::write("/proc/sys/kernel/printk_devkmsg", "on\n");
    let mut early = early();
    if let Ok(file) = OpenOptions::new().write(true).open("/dev/kmsg") {
        let _ = KMSG.set(file);
    }
    write(&std::mem::take(&mut *early));
}

fn early() -> MutexGuard<'static, Vec<String>> {
    EARLY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says one thing, a line at a time.
pub(crate) fn say(level: Level, text: &str) {
    let level = level as u8;
    let lines = text.lines().filter(|line| !line.is_empty());
    let lines: Vec<String> = lines.map(|line| format!("<{level}>ilanga-init: {line}\n")).collect();
    // Under the lock, so that no line is left behind while the log is being opened.
    let mut early = early();
    if KMSG.get().is_some() {
        drop(early);
        write(&lines);
    } else {
        early.extend(lines);
    }
}

fn write(lines: &[String]) {
    if let Some(mut kmsg) = KMSG.get() {
        // There is nobody to tell that the log can't be written.
        lines.iter().for_each(|line| drop(kmsg.write_all(line.as_bytes())));
    }
}

/// Says what went wrong: the error and what it comes from.
pub(crate) fn error(level: Level, error: &dyn std::error::Error) {
    say(level, &chain(error));
}

/// An error and its sources in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// Times the stages of a start.
#[derive(Debug)]
pub(crate) struct Stages {
    start: Instant,
    last: Instant,
}

impl Stages {
    /// The first stage begins.
    pub(crate) fn begin() -> Self {
        let now = Instant::now();
        Self { start: now, last: now }
    }

    /// A stage is over, and the next begins.
    pub(crate) fn done(&mut self, stage: &str) {
        let now = Instant::now();
        say(Level::Info, &format!("stage {stage} {} ms", now.duration_since(self.last).as_millis()));
        self.last = now;
    }

    /// The last stage is over.
    pub(crate) fn total(&self) {
        say(Level::Info, &format!("from start to hand-over {} ms", self.start.elapsed().as_millis()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::IoError;

    #[test]
    fn errors_show_their_sources() {
        let error = IoError::new("opening", "/dev/x", std::io::Error::from_raw_os_error(2));
        assert_eq!(chain(&error), "opening /dev/x: No such file or directory (os error 2)");
    }
}
