//! What a story tells while it is played, on standard error, past the test harness that would swallow it.

use std::io::Write;
use std::time::Instant;

/// A story that is played.
#[derive(Debug)]
pub struct Story {
    name: &'static str,
    began: Instant,
}

impl Story {
    /// Begins one.
    pub fn begin(name: &'static str) -> Self {
        tell(&format!("{name}: begins"));
        Self { name, began: Instant::now() }
    }

    /// Tells what the machine said, such as why it refused.
    pub fn said(&self, what: &str, text: &str) {
        tell(&format!("{} [{:.0} s]: {what}:", self.name, self.began.elapsed().as_secs_f64()));
        for line in text.lines() {
            tell(&format!("    {line}"));
        }
    }

    /// Tells a figure.
    pub fn found(&self, what: &str) {
        tell(&format!("{} [{:.0} s]: {what}", self.name, self.began.elapsed().as_secs_f64()));
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        let how = if std::thread::panicking() { "failed" } else { "ended" };
        tell(&format!("{}: {how} after {:.0} s", self.name, self.began.elapsed().as_secs_f64()));
    }
}

fn tell(line: &str) {
    // Nobody is told if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}
