//! Decides whether a download may cost what it would cost, and says why not.

use std::fmt;

use formats::size::Bytes;

use super::budget::Month;
use super::settings::{Metered, Settings};

/// What is known before a download.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// What it would take from the publisher's servers at most.
    pub cost: Bytes,
    /// Whether the link costs money by the megabyte, as far as NetworkManager knows.
    pub metered: Option<bool>,
    /// The minute of the day, in local time.
    pub minute: u32,
    /// The month by the ledger.
    pub month: Month,
    /// What the month has left.
    pub left: Option<u64>,
}

/// What a person has agreed to, this once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// To go now: at any hour, over a metered link.
    pub now: bool,
    /// To go beyond the month's budget.
    pub budget: bool,
}

/// Why the publisher's servers are not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The link costs money by the megabyte.
    Metered {
        /// What it would take.
        cost: Bytes,
    },
    /// It is not the time for it.
    Hours {
        /// The hours.
        hours: String,
        /// How many minutes it is until they begin.
        begin_in: u32,
    },
    /// The month has not enough left.
    Budget {
        /// What it would take.
        cost: Bytes,
        /// What is left.
        left: Bytes,
        /// The month.
        month: Month,
    },
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metered { cost } => write!(
                f,
                "the link costs money by the megabyte, and up to {cost} would be needed: \
                 `ilanga-fetch download --now` does it all the same"
            ),
            Self::Hours { hours, begin_in } => write!(
                f,
                "downloads run at {hours}, which begins in {} h {:02} min: `ilanga-fetch download --now` does not wait",
                begin_in / 60,
                begin_in % 60
            ),
            Self::Budget { cost, left, month } => write!(
                f,
                "up to {cost} would be needed, and {month} has {left} left of its budget: it goes on next month, from a \
                 neighbour or a stick, or with `ilanga-fetch download --beyond-budget`"
            ),
        }
    }
}

/// All that stands against asking the publisher's servers. Neighbours and folders may be asked in any case.
pub fn hindrances(settings: &Settings, circumstances: &Circumstances, consent: Consent) -> Vec<Hindrance> {
    let Circumstances { cost, metered, minute, month, left } = *circumstances;
    let mut found = Vec::new();
    if cost == Bytes(0) {
        return found;
    }
    // A link of which nothing is known is taken for a free one: NetworkManager guesses, and knows telephones.
    if !consent.now && metered == Some(true) && settings.metered == Metered::Wait {
        found.push(Hindrance::Metered { cost });
    }
    if !consent.now && !settings.hours.include(minute) {
        let begin_in = settings.hours.begin_in(minute);
        found.push(Hindrance::Hours { hours: settings.hours.to_string(), begin_in });
    }
    if let Some(left) = left.map(Bytes)
        && !consent.budget
        && left < cost
    {
        found.push(Hindrance::Budget { cost, left, month });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_against_it() {
        let settings = |text: &str| Settings::default().with("x", &format!("format = 1\n{text}")).unwrap();
        let plain = Circumstances {
            cost: Bytes(100_000_000),
            metered: None,
            minute: 600,
            month: "2026-11".parse().unwrap(),
            left: None,
        };
        let (now, budget) = (Consent { now: true, budget: false }, Consent { now: false, budget: true });
        let no = Consent::default();
        let metered = Circumstances { metered: Some(true), ..plain };
        let poor = Circumstances { left: Some(99_999_999), ..plain };
        for (text, circumstances, consent, sentences) in [
            ("", plain, no, vec![]),
            ("", metered, no, vec!["the link costs money by the megabyte, and up to 100.0 MB"]),
            ("", metered, now, vec![]),
            ("metered = \"go\"", metered, no, vec![]),
            ("", Circumstances { cost: Bytes(0), ..metered }, no, vec![]),
            ("hours = \"22:00-05:00\"", plain, no, vec!["downloads run at 22:00-05:00, which begins in 12 h 00 min"]),
            ("hours = \"22:00-05:00\"", plain, now, vec![]),
            ("hours = \"09:00-11:00\"", plain, no, vec![]),
            ("", Circumstances { left: Some(100_000_000), ..plain }, no, vec![]),
            ("", poor, no, vec!["up to 100.0 MB would be needed, and 2026-11 has 99.9 MB left"]),
            ("", poor, now, vec!["up to 100.0 MB"]),
            ("", poor, budget, vec![]),
            (
                "hours = \"22:00-05:00\"",
                Circumstances { left: Some(0), ..metered },
                no,
                vec!["the link", "downloads run", "up to"],
            ),
        ] {
            let found = hindrances(&settings(text), &circumstances, consent);
            assert_eq!(found.len(), sentences.len(), "{text} {circumstances:?} {consent:?}");
            for (hindrance, sentence) in found.iter().zip(sentences) {
                assert!(hindrance.to_string().starts_with(sentence), "{hindrance}");
            }
        }
    }
}
