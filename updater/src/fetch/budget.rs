//! What was fetched over links that cost money, month by month: `/data/updates/budget.json`.
//!
//! ```json
//! {"format": 1, "month": "2026-11", "upstream": 104857600, "neighbours": 0}
//! ```
//!
//! Clocks are wrong, so a month begins by rules that a wrong one can't make worse than the other way round:
//!
//! - Time is never earlier than the release that runs: a clock at 1970 is taken for the day of the release.
//! - A later month begins anew, whatever shows it. An earlier one changes nothing, as it may be the clock that is wrong.
//! - But an earlier month that a *synchronised* clock shows is right, and the ledger was ahead: it goes back to it and keeps what was
//!   spent. So one start in 2038 gives one budget too many, and does not stop the months from passing.

use std::fmt;
use std::str::FromStr;

use formats::date::Date;
use formats::expiry::Clock;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The version of the ledger's file.
const FORMAT: u32 = 1;

/// A month, written `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: u32,
    month: u32,
}

/// The text is no month.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a month as in 2026-11")]
pub struct NotAMonth(String);

impl Month {
    /// The month of a time, in seconds since 1970, in UTC.
    pub fn of(seconds: u64) -> Self {
        // Howard Hinnant's `civil_from_days`, for days since 0000-03-01.
        let days = seconds / 86_400 + 719_468;
        let (era, day) = (days / 146_097, days % 146_097);
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let year = era * 400 + year + u64::from(month >= 10);
        let month = if month < 10 { month + 3 } else { month - 9 };
        Self { year: u32::try_from(year).unwrap_or(u32::MAX), month: month as u32 }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let date: Result<Date, _> = format!("{text}-01").parse();
        date.map(|date| Self::of(date.seconds())).map_err(|_| NotAMonth(text.to_owned()))
    }
}

impl TryFrom<String> for Month {
    type Error = NotAMonth;

    fn try_from(text: String) -> Result<Self, NotAMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// What was fetched in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ledger {
    format: u32,
    /// The month.
    pub month: Month,
    /// Bytes from the publisher's servers.
    pub upstream: u64,
    /// Bytes from neighbours.
    pub neighbours: u64,
}

/// The ledger can't be read. It is begun anew then.
#[derive(Debug, Error)]
#[error("the ledger of the month's megabytes is damaged or of another format")]
pub struct BadLedger(#[source] Option<serde_json::Error>);

impl Ledger {
    /// A ledger in which nothing has been spent.
    pub fn new(clock: Clock, floor: Date) -> Self {
        Self { format: FORMAT, month: Month::of(clock.seconds.max(floor.seconds())), upstream: 0, neighbours: 0 }
    }

    /// Reads a ledger.
    pub fn parse(text: &str) -> Result<Self, BadLedger> {
        let ledger: Self = serde_json::from_str(text).map_err(|error| BadLedger(Some(error)))?;
        if ledger.format == FORMAT { Ok(ledger) } else { Err(BadLedger(None)) }
    }

    /// The ledger as a file.
    pub fn to_text(&self) -> String {
        format!(
            "{{\"format\": {}, \"month\": \"{}\", \"upstream\": {}, \"neighbours\": {}}}\n",
            self.format, self.month, self.upstream, self.neighbours
        )
    }

    /// The ledger at another time.
    #[must_use]
    pub fn at(self, clock: Clock, floor: Date) -> Self {
        let month = Month::of(clock.seconds.max(floor.seconds()));
        if month > self.month {
            Self { month, upstream: 0, neighbours: 0, ..self }
        } else if clock.synchronised {
            Self { month, ..self }
        } else {
            self
        }
    }

    /// How many bytes the month has left of a budget.
    pub fn left(&self, budget: Option<u64>) -> Option<u64> {
        budget.map(|budget| budget.saturating_sub(self.upstream))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn months_of_seconds() {
        for (seconds, month) in [
            (0, "1970-01"),
            (951_868_799, "2000-02"),
            (951_868_800, "2000-03"),
            (1_798_761_599, "2026-12"),
            (1_798_761_600, "2027-01"),
            (2_147_483_648, "2038-01"),
        ] {
            assert_eq!(Month::of(seconds).to_string(), month);
        }
        assert_eq!("2026-11".parse(), Ok(Month { year: 2026, month: 11 }));
        for text in ["2026-13", "2026", "26-11", "2026-11-01"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
        assert!(Month::of(u64::MAX / 86_400) > Month::of(0), "no overflow");
    }

    #[test]
    fn wrong_clocks() {
        let floor = date("2026-10-05");
        // What the clock shows one after the other, whether it is synchronised, the month then, and what is spent
        // after 10 more bytes.
        let steps = [
            ("1980-01-01", false, "2026-10", 10),
            ("2026-11-02", false, "2026-11", 10),
            ("1980-01-01", false, "2026-11", 20),
            ("2026-10-31", false, "2026-11", 30),
            ("2026-11-30", true, "2026-11", 40),
            ("2038-01-19", false, "2038-01", 10),
            ("2026-11-30", false, "2038-01", 20),
            ("2026-11-30", true, "2026-11", 30),
            ("2026-12-01", true, "2026-12", 10),
            ("1980-01-01", true, "2026-10", 20),
        ];
        let clock = |text, synchronised| Clock { seconds: date(text).seconds(), synchronised };
        let mut ledger = Ledger::new(clock("1980-01-01", false), floor);
        for (shown, synchronised, month, spent) in steps {
            ledger = ledger.at(clock(shown, synchronised), floor);
            ledger.upstream += 10;
            assert_eq!((ledger.month.to_string().as_str(), ledger.upstream), (month, spent), "{shown}");
        }
        assert_eq!((ledger.left(Some(15)), ledger.left(Some(50)), ledger.left(None)), (Some(0), Some(30), None));
    }

    #[test]
    fn text_and_back() {
        let mut ledger = Ledger::new(Clock { seconds: 0, synchronised: false }, date("2026-11-21"));
        ledger.upstream = 7;
        assert_eq!(Ledger::parse(&ledger.to_text()).unwrap(), ledger);
        for text in ["", "{}", "{\"format\": 2, \"month\": \"2026-11\", \"upstream\": 0, \"neighbours\": 0}"] {
            assert!(Ledger::parse(text).is_err(), "{text}");
        }
    }
}
