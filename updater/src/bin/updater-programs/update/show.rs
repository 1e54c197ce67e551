//! Answers as people read them, and the bar.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _, stderr};

use formats::size::Bytes;
use formats::version::Version;
use updater::fetch::status::Doing;
use updater::fetched::Fetched;
use updater::sentence::Sentence;
use updater::service::{Checked, Status, Told};

/// Columns of the bar.
const WIDTH: usize = 30;

/// What runs.
pub(crate) fn status(status: &Status) -> String {
    let mut text = format!("{}\n\n{}", status.says, status.boot.to_text());
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name:<8}{value}");
        }
    };
    line("pinned", status.pinned.as_ref().map(Version::as_str));
    line("restart", status.restart.as_deref());
    line("oldest", status.oldest.as_ref().map(Version::as_str));
    if let Some(fetched) = &status.fetched
        && fetched.doing != Doing::Nothing
    {
        let _ = write!(text, "\n{}", self::fetched(fetched));
    }
    for said in status.waits.iter().chain(&status.starts) {
        let _ = writeln!(text, "\n{said}");
    }
    if status.operation != "idle" {
        let _ = writeln!(text, "\nnow: {}, {} %", status.operation, status.percent);
    } else if !status.last_error.is_empty() {
        let _ = writeln!(text, "\nthe last try failed: {}", status.last_error);
    }
    text
}

/// What is said where nothing is known.
pub(crate) const NOTHING_FETCHED: &str = "Nothing was looked for since the start.";

/// What was found to fetch.
pub(crate) fn fetched(fetched: &Fetched) -> String {
    let release =
        fetched.version.as_ref().map_or_else(|| "no release".to_owned(), |version| format!("release {version}"));
    let mut text = match (fetched.doing, &fetched.bundle) {
        (Doing::Checking, _) => "Asking for the newest release.\n".to_owned(),
        (Doing::Fetching, _) if fetched.of > 0 => {
            let percent = fetched.done.saturating_mul(100) / fetched.of;
            format!("Fetching {release}: {percent} % of {}.\n", Bytes(fetched.of))
        }
        (Doing::Fetching, _) => format!("Fetching {release}.\n"),
        (Doing::Assembling, _) => format!("Putting {release} together.\n"),
        (Doing::Nothing, Some(_)) => format!("Found {release}; all of it is here.\n"),
        (Doing::Nothing, None) => format!("Found {release}.\n"),
    };
    // Writing to a string does not fail.
    if let Some(headline) = &fetched.headline {
        let _ = writeln!(text, "  {headline}");
    }
    if let Some(cost) = fetched.cheapest {
        let ways = fetched.cost.as_ref().map_or("", Sentence::as_str);
        let _ = writeln!(text, "  costs {} ({ways})", Bytes(cost));
    }
    for reason in &fetched.waits {
        let _ = writeln!(text, "  waits: {reason}");
    }
    for note in &fetched.notes {
        let _ = writeln!(text, "! {note}");
    }
    text
}

/// What happened.
pub(crate) fn history(told: &Told) -> String {
    if told.events.is_empty() {
        return "Nothing has happened yet.\n".to_owned();
    }
    told.events.iter().map(|record| format!("{}  {}\n", time(record.time), record.event)).collect()
}

/// What a bundle is.
pub(crate) fn checked(checked: &Checked) -> String {
    let mut text = format!("Release {} for {}", checked.version, checked.compatible);
    for (name, value) in [("channel", &checked.channel), ("date", &checked.date)] {
        if let Some(value) = value {
            let _ = write!(text, ", {name} {value}");
        }
    }
    let changes = checked.changelog.as_ref().unwrap_or(&checked.description);
    let _ = write!(text, "\n\n{changes}\n\n");
    let _ = match &checked.refused {
        Some(reason) => writeln!(text, "It would be refused: {reason}."),
        None => writeln!(text, "It can be installed."),
    };
    text
}

/// `2026-11-21 14:05`, in UTC.
fn time(seconds: u64) -> String {
    let (days, minutes) = (seconds / 86_400, seconds % 86_400 / 60);
    // Howard Hinnant's civil_from_days, for days since 1970.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
}

/// How far an installation is: a bar on a terminal, else a line for each ten percent.
#[derive(Debug)]
pub(crate) struct Bar {
    silent: bool,
    terminal: bool,
    last: i32,
}

impl Bar {
    /// A bar; for programs that read JSON there is none.
    pub(crate) fn new(silent: bool) -> Self {
        Self { silent, terminal: stderr().is_terminal(), last: -1 }
    }

    /// Shows how far it is, and what is being done.
    pub(crate) fn show(&mut self, percent: i32, doing: &str) {
        let percent = percent.clamp(0, 100);
        let step = if self.terminal { 1 } else { 10 };
        if self.silent || percent / step <= self.last / step && self.last >= 0 {
            return;
        }
        self.last = percent;
        let full = usize::try_from(percent).unwrap_or(0) * WIDTH / 100;
        let text = if self.terminal {
            format!("\r\x1b[K[{}{}] {percent:3} % {doing:.40}", "#".repeat(full), ".".repeat(WIDTH - full))
        } else {
            format!("{percent:3} % {doing}\n")
        };
        // Whoever closes standard error does not want to see it.
        let _ = stderr().write_all(text.as_bytes());
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        if self.terminal && !self.silent && self.last >= 0 {
            let _ = stderr().write_all(b"\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00"),
            (951_782_400, "2000-02-29 00:00"),
            (1_795_219_200 + 14 * 3600 + 5 * 60 + 59, "2026-11-21 14:05"),
            (4_102_358_400, "2099-12-31 00:00"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }
}
