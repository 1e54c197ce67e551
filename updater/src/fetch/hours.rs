//! The hours of a day in which downloads may run by themselves, in local time: `22:00-05:30`, or several with commas.
//!
//! A node whose clock is wrong goes by it all the same: whatever it shows, each hour comes once a day.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// Spans of a day; none at all is the whole day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Hours(Vec<(u32, u32)>);

/// The text names no hours.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' names no hours of a day: write them as in 22:00-05:30, several with commas between")]
pub struct NotHours(String);

impl Hours {
    /// Whether a minute of the day is within them.
    pub fn include(&self, minute: u32) -> bool {
        let within = |&(from, to): &(u32, u32)| {
            if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
        };
        self.0.is_empty() || self.0.iter().any(within)
    }

    /// How many minutes it is until they begin; 0 within them.
    pub fn begin_in(&self, minute: u32) -> u32 {
        if self.include(minute) {
            return 0;
        }
        self.0.iter().map(|(from, _)| (from + DAY - minute) % DAY).min().unwrap_or(0)
    }
}

impl FromStr for Hours {
    type Err = NotHours;

    fn from_str(text: &str) -> Result<Self, NotHours> {
        let number = |text: &str| -> Option<u32> {
            (text.len() == 2 && text.bytes().all(|c| c.is_ascii_digit())).then(|| text.parse().ok()).flatten()
        };
        let minute = |text: &str| -> Option<u32> {
            let (hour, minute) = text.trim().split_once(':')?;
            let (hour, minute) = (number(hour)?, number(minute)?);
            (hour < 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let span = |text: &str| -> Option<(u32, u32)> {
            let (from, to) = text.split_once('-')?;
            let (from, to) = (minute(from)?, minute(to)?);
            (from != to).then_some((from, to))
        };
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let spans: Option<Vec<_>> = text.split(',').map(span).collect();
        spans.map(Self).ok_or_else(|| NotHours(text.to_owned()))
    }
}

impl TryFrom<String> for Hours {
    type Error = NotHours;

    fn try_from(text: String) -> Result<Self, NotHours> {
        text.parse()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
        let spans: Vec<String> = self.0.iter().map(|(from, to)| format!("{}-{}", time(*from), time(*to))).collect();
        f.write_str(&spans.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_a_day() {
        for (hours, minute, begin_in) in [
            ("", 0, 0),
            ("22:00-05:30", 22 * 60, 0),
            ("22:00-05:30", 0, 0),
            ("22:00-05:30", 5 * 60 + 29, 0),
            ("22:00-05:30", 5 * 60 + 30, 16 * 60 + 30),
            ("01:00-02:00", 3 * 60, 22 * 60),
            ("01:00-02:00, 12:00-13:00", 3 * 60, 9 * 60),
            ("01:00-02:00,12:00-13:00", 12 * 60 + 1, 0),
        ] {
            let parsed: Hours = hours.parse().unwrap();
            assert_eq!(parsed.begin_in(minute), begin_in, "{hours} at {minute}");
            assert_eq!(parsed.to_string(), hours.replace(' ', ""));
        }
        for text in ["22-5", "22:00", "24:00-01:00", "1:00-2:00", "+1:00-02:00", "01:00-01:00", "01:00-02:00,"] {
            assert_eq!(text.parse::<Hours>(), Err(NotHours(text.to_owned())));
        }
    }
}
