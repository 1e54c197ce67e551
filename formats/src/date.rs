//! The date of a release.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A day, written `2026-11-21`. As a time it is the day's first second in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u32,
    month: u32,
    day: u32,
}

/// The text is no date.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not a date from 1980 to 2099: year, month and day are expected, as in 2026-11-21")]
pub struct NotADate(String);

impl Date {
    /// Seconds since 1970.
    pub fn seconds(self) -> u64 {
        let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
        let years = u64::from(self.year) - 1;
        let months: u64 = (1..self.month).map(|month| u64::from(length(self.year, month))).sum();
        let days = years * 365 + leap_days(years) + months + u64::from(self.day) - 1;
        // Days from the year 1 to 1970.
        (days - 719_162) * 86_400
    }

    /// The day with this second since 1970, if it is one from 1980 to 2099.
    pub fn of_seconds(seconds: u64) -> Option<Self> {
        // Howard Hinnant's days to civil, for days after 1970: the year begins in March, so leap days end it.
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march = (5 * day_of_year + 2) / 153;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        let day = day_of_year - (153 * march + 2) / 5 + 1;
        let narrow = |number: u64| u32::try_from(number).ok();
        let date = Self { year: narrow(year)?, month: narrow(month)?, day: narrow(day)? };
        (1980..2100).contains(&date.year).then_some(date)
    }

    /// The day so many days later, if that is one from 1980 to 2099.
    pub fn after(self, days: u32) -> Option<Self> {
        Self::of_seconds(self.seconds() + u64::from(days) * 86_400)
    }
}

fn length(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Date {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let parse = || {
            let number = |range| {
                let digits: &str = text.get(range)?;
                digits.bytes().all(|c| c.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
            };
            let shape = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
            let date = Self { year: number(0..4)?, month: number(5..7)?, day: number(8..10)? };
            // FAT's times begin in 1980.
            let fits = shape
                && (1980..2100).contains(&date.year)
                && (1..=12).contains(&date.month)
                && (1..=length(date.year, date.month)).contains(&date.day);
            fits.then_some(date)
        };
        parse().ok_or_else(|| NotADate(text.to_owned()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

by_text!(Date, NotADate);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_since_1970() {
        for (text, seconds) in [
            ("1980-01-01", 315_532_800),
            ("2000-02-29", 951_782_400),
            ("2000-03-01", 951_868_800),
            ("2026-11-21", 1_795_219_200),
            ("2099-12-31", 4_102_358_400),
        ] {
            let date: Date = text.parse().unwrap();
            assert_eq!(date.seconds(), seconds, "{text}");
            assert_eq!(date.to_string(), text);
        }
    }

    #[test]
    fn days_of_seconds() {
        let first: Date = "1980-01-01".parse().unwrap();
        let mut text = String::new();
        for days in 0..43_830 {
            let date = first.after(days).unwrap();
            assert_eq!(date.seconds(), first.seconds() + u64::from(days) * 86_400);
            assert_eq!(date.to_string().parse(), Ok(date));
            text = date.to_string();
        }
        assert_eq!(text, "2099-12-31");
        assert_eq!(Date::of_seconds(951_782_400 + 86_399).map(|date| date.to_string()), Some("2000-02-29".to_owned()));
        for seconds in [0, 315_532_799, 4_102_444_800, u64::MAX] {
            assert_eq!(Date::of_seconds(seconds), None, "{seconds}");
        }
    }

    #[test]
    fn refuses() {
        for text in ["", "2026-11-31", "2025-02-29", "1979-12-31", "2026-1-1", "2026-11-21T", "+026-11-21", "2026-é1-1"]
        {
            assert_eq!(text.parse::<Date>(), Err(NotADate(text.to_owned())), "{text}");
        }
    }
}
