//! Whether the signed list of releases is still to be believed, on nodes whose clock may be wrong.
//!
//! The list says until when it holds. Who serves an old one for ever keeps a node from newer releases, so a list that has ended
//! is refused; but a node's clock says 1970 after months without power, and a broken one says 2038. A clock alone decides
//! nothing, then:
//!
//! ```text
//!            floor                                ends
//! ─────────────┼────────────────────────────────────┼─────────────► time
//!   ends here: │ clock here: believed               │ clock here: refused if the clock was set from the network,
//!   refused    │                                    │ believed and said if nothing vouches for the clock
//!              │ clock before the floor: it is wrong and tells nothing; believed
//! ```
//!
//! The **floor** is a time that has passed for certain: the release date of the running system, or the day on which the newest
//! list that the node has accepted was signed, whichever is later. Both are signed, so no clock can raise it, and one start in
//! 2038 locks nothing.
//!
//! Invariant: a list that ended before the floor is refused whatever the clock says; one that ends after both the floor and the
//! clock is believed.

use crate::date::Date;

/// What is known about the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// When the list ends, in seconds since 1970.
    pub ends: u64,
    /// The release date of the running system.
    pub released: Date,
    /// When the newest list that was accepted before was signed, if there was one.
    pub signed: Option<Date>,
    /// The clock.
    pub clock: Clock,
}

/// What the clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970.
    pub seconds: u64,
    /// Whether it was set from the network since the machine was switched on.
    pub synchronised: bool,
}

/// Whether the list is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is, and the clock agrees.
    Fresh,
    /// It is; the clock is behind what has passed for certain, so it says nothing.
    ClockBehind {
        /// A time that has passed.
        floor: Date,
    },
    /// It is, though by a clock that nothing vouches for it has ended.
    Unconfirmed,
    /// It is not: it ended before what has passed for certain.
    Old {
        /// A time that has passed.
        floor: Date,
    },
    /// It is not: it has ended, by a clock that was set from the network.
    Ended,
}

impl Facts {
    /// The latest time that has passed for certain.
    pub fn floor(&self) -> Date {
        self.signed.map_or(self.released, |signed| signed.max(self.released))
    }

    /// Whether the list is believed.
    pub fn judge(&self) -> Verdict {
        let floor = self.floor();
        if self.ends < floor.seconds() {
            Verdict::Old { floor }
        } else if self.clock.seconds < floor.seconds() {
            Verdict::ClockBehind { floor }
        } else if self.clock.seconds <= self.ends {
            Verdict::Fresh
        } else if self.clock.synchronised {
            Verdict::Ended
        } else {
            Verdict::Unconfirmed
        }
    }
}

impl Verdict {
    /// Whether the list may be used.
    pub const fn is_believed(self) -> bool {
        matches!(self, Self::Fresh | Self::ClockBehind { .. } | Self::Unconfirmed)
    }

    /// What a person reads about it; nothing where all is well.
    pub fn sentence(self, facts: &Facts) -> Option<String> {
        let ends = shown(facts.ends);
        let clock = shown(facts.clock.seconds);
        match self {
            Self::Fresh => None,
            Self::ClockBehind { floor } => {
                Some(format!("This node's clock is wrong: it says {clock}, and {floor} has passed."))
            }
            Self::Unconfirmed => Some(format!(
                "The list of releases ended on {ends}, if this node's clock is right: it says {clock}, and nothing confirms it."
            )),
            Self::Old { floor } => Some(format!(
                "The list of releases ended on {ends}, and {floor} has passed: whoever gave it has only old releases. \
                 Look for a newer list elsewhere, or ask the maker to renew it."
            )),
            Self::Ended => Some(format!(
                "The list of releases ended on {ends}, and it is {clock}: there may be releases that it hides. \
                 Look for a newer list elsewhere, or ask the maker to renew it."
            )),
        }
    }
}

/// A time as people read it.
fn shown(seconds: u64) -> String {
    match Date::of_seconds(seconds) {
        Some(date) => date.to_string(),
        None if seconds < 315_532_800 => "a day before 1980".to_owned(),
        None => "a day after 2099".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// A second of the year 1970, and one of 2038.
    const AFTER_A_FLAT_BATTERY: u64 = 3600;
    const BEYOND_32_BITS: u64 = 2_147_483_648;

    #[test]
    fn judgements() {
        let at = |text: &str| day(text).seconds();
        let (behind, fresh) = (Verdict::ClockBehind { floor: day("2026-11-21") }, Verdict::Fresh);
        let table = [
            // ends, clock, synchronised, judgement
            ("2027-05-01", at("2026-12-24"), false, fresh),
            ("2027-05-01", at("2026-12-24"), true, fresh),
            ("2027-05-01", at("2027-05-01"), true, fresh),
            ("2027-05-01", at("2026-11-21"), true, fresh),
            ("2027-05-01", at("2027-05-02"), true, Verdict::Ended),
            ("2027-05-01", at("2027-05-02"), false, Verdict::Unconfirmed),
            ("2027-05-01", AFTER_A_FLAT_BATTERY, false, behind),
            ("2027-05-01", AFTER_A_FLAT_BATTERY, true, behind),
            ("2027-05-01", BEYOND_32_BITS, false, Verdict::Unconfirmed),
            ("2027-05-01", BEYOND_32_BITS, true, Verdict::Ended),
            ("2027-05-01", u64::MAX, false, Verdict::Unconfirmed),
            // It ended before the running system was released: no clock saves it.
            ("2026-11-20", at("2026-11-20"), true, Verdict::Old { floor: day("2026-11-21") }),
            ("2026-11-20", at("2026-12-24"), true, Verdict::Old { floor: day("2026-11-21") }),
            ("2026-11-20", AFTER_A_FLAT_BATTERY, false, Verdict::Old { floor: day("2026-11-21") }),
            ("2026-11-20", BEYOND_32_BITS, false, Verdict::Old { floor: day("2026-11-21") }),
        ];
        for (ends, seconds, synchronised, judgement) in table {
            let clock = Clock { seconds, synchronised };
            let facts = Facts { ends: at(ends), released: day("2026-11-21"), signed: None, clock };
            assert_eq!(facts.judge(), judgement, "ends {ends}, clock {seconds}, {synchronised}");
            assert_eq!(judgement.sentence(&facts).is_none(), judgement == fresh);
        }
    }

    #[test]
    fn the_floor_is_the_later_of_both() {
        let clock = Clock { seconds: AFTER_A_FLAT_BATTERY, synchronised: false };
        for (released, signed, floor) in [
            ("2026-11-21", None, "2026-11-21"),
            ("2026-11-21", Some("2026-10-01"), "2026-11-21"),
            ("2026-11-21", Some("2027-10-01"), "2027-10-01"),
        ] {
            let ends = day("2027-09-30").seconds();
            let facts = Facts { ends, released: day(released), signed: signed.map(day), clock };
            assert_eq!(facts.floor(), day(floor));
            assert_eq!(facts.judge().is_believed(), floor == released);
        }
    }

    /// With a wrong clock as with a right one: what was accepted once stays accepted, until a newer list is known.
    #[test]
    fn one_start_in_2038_locks_nothing() {
        let mut facts = Facts {
            ends: day("2027-05-01").seconds(),
            released: day("2026-11-21"),
            signed: Some(day("2026-11-25")),
            clock: Clock { seconds: BEYOND_32_BITS, synchronised: true },
        };
        assert!(!facts.judge().is_believed());
        facts.clock = Clock { seconds: day("2026-12-01").seconds(), synchronised: false };
        assert_eq!(facts.judge(), Verdict::Fresh);
    }

    #[test]
    fn sentences() {
        let facts = Facts {
            ends: day("2027-05-01").seconds(),
            released: day("2026-11-21"),
            signed: None,
            clock: Clock { seconds: AFTER_A_FLAT_BATTERY, synchronised: false },
        };
        assert_eq!(
            facts.judge().sentence(&facts).unwrap(),
            "This node's clock is wrong: it says a day before 1980, and 2026-11-21 has passed."
        );
        let facts = Facts { clock: Clock { seconds: BEYOND_32_BITS, synchronised: true }, ..facts };
        assert_eq!(
            facts.judge().sentence(&facts).unwrap(),
            "The list of releases ended on 2027-05-01, and it is 2038-01-19: there may be releases that it hides. \
             Look for a newer list elsewhere, or ask the maker to renew it."
        );
    }

    /// Whatever the facts, the two promises of the module hold.
    #[test]
    fn promises() {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % 4_200_000_000
        };
        for _ in 0..20_000 {
            let date = |seconds| Date::of_seconds(seconds).unwrap_or(day("2026-11-21"));
            let signed = random().is_multiple_of(2).then(|| date(random()));
            let clock = Clock { seconds: random(), synchronised: random().is_multiple_of(2) };
            let facts = Facts { ends: random(), released: date(random()), signed, clock };
            let (floor, believed) = (facts.floor().seconds(), facts.judge().is_believed());
            assert!(!believed || facts.ends >= floor);
            assert!(believed || facts.ends < floor.max(clock.seconds));
            assert_eq!(facts.judge().sentence(&facts).is_none(), facts.judge() == Verdict::Fresh);
        }
    }
}
