//! How often a password may be tried: a decider without a clock, which is asked before each try and told what came of it.
//!
//! ```text
//!   a source (one address) ── its own delay ──► has it failed? ─┬─ no, or it was right before ──► newcomers' tries ─┐
//!      after 5 wrong ones 1 s, 2 s, 4 s … 5 min, an hour long   └─ yes ──► everybody's tries ───────────────────────┴─► checked
//! ```
//!
//! Both stores of tries fill up by one every five seconds, so all sources together make at most some 35 000 tries a day. Who floods
//! uses up what those that failed have; an address that has not failed has a store of its own, and one that was right before does
//! not wait for any.
//!
//! Invariants: nobody is locked out for ever: no delay is longer than [`LONGEST_DELAY`]; what is remembered is bounded, and what is
//! forgotten first is what was tried longest ago and was never right.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::time::Duration;

/// Wrong tries of a source that cost no delay.
const FREE: u32 = 5;

/// The longest delay.
pub const LONGEST_DELAY: Duration = Duration::from_secs(300);

/// After this long without a try, a source's wrong ones are forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3600);

/// How long one more try takes to come.
const REFILL: Duration = Duration::from_secs(5);

/// The most tries in the store of those that failed.
const EVERYBODYS: u32 = 60;

/// The most tries in the store of those that have not.
const NEWCOMERS: u32 = 20;

/// The most sources that are remembered.
const MOST: usize = 1024;

/// What is to be done with a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The password is to be checked.
    Check,
    /// It is not looked at; the next one is after this long.
    Wait(Duration),
}

/// What is known of a source.
#[derive(Clone, Copy, Debug, Default)]
struct Source {
    /// Wrong tries since the last right one.
    wrong: u32,
    /// When the last try was.
    last: Duration,
    /// Whether one of its tries was right.
    was_right: bool,
}

impl Source {
    /// How long it waits after its last try.
    fn delay(&self) -> Duration {
        match self.wrong.checked_sub(FREE) {
            None => Duration::ZERO,
            Some(more) => Duration::from_secs(1 << more.min(16)).min(LONGEST_DELAY),
        }
    }
}

/// A store of tries.
#[derive(Clone, Copy, Debug)]
struct Tank {
    tries: u32,
    most: u32,
    /// Up to when it was filled.
    filled: Duration,
}

impl Tank {
    const fn full(most: u32) -> Self {
        Self { tries: most, most, filled: Duration::ZERO }
    }

    /// Takes a try, or says when there is one.
    fn take(&mut self, now: Duration) -> Verdict {
        let come = now.saturating_sub(self.filled).as_secs() / REFILL.as_secs();
        self.tries = self.tries.saturating_add(u32::try_from(come).unwrap_or(u32::MAX)).min(self.most);
        self.filled = match self.tries == self.most {
            true => now,
            false => self.filled + REFILL * u32::try_from(come).unwrap_or(0),
        };
        match self.tries.checked_sub(1) {
            Some(rest) => {
                self.tries = rest;
                Verdict::Check
            }
            None => Verdict::Wait((self.filled + REFILL).saturating_sub(now)),
        }
    }
}

/// All that is known of tries.
#[derive(Clone, Debug)]
pub struct Tries {
    sources: BTreeMap<IpAddr, Source>,
    everybodys: Tank,
    newcomers: Tank,
}

impl Default for Tries {
    fn default() -> Self {
        Self { sources: BTreeMap::new(), everybodys: Tank::full(EVERYBODYS), newcomers: Tank::full(NEWCOMERS) }
    }
}

impl Tries {
    /// Asks for a try; `now` is the time since power-on. A try that is checked counts as wrong until it was [`Self::right`], so
    /// those that come while it is checked are counted too.
    pub fn ask(&mut self, from: IpAddr, now: Duration) -> Verdict {
        let mut source = self.sources.get(&from).copied().unwrap_or_default();
        if now.saturating_sub(source.last) >= FORGOTTEN {
            source.wrong = 0;
        }
        let next = source.last + source.delay();
        if now < next {
            return Verdict::Wait(next - now);
        }
        let verdict = match source {
            Source { was_right: true, .. } => Verdict::Check,
            Source { wrong: 0, .. } => self.newcomers.take(now),
            _ => self.everybodys.take(now),
        };
        if verdict == Verdict::Check {
            source.wrong = source.wrong.saturating_add(1);
            source.last = now;
            self.remember(from, source);
        }
        verdict
    }

    /// The try was right.
    pub fn right(&mut self, from: IpAddr, now: Duration) {
        self.remember(from, Source { wrong: 0, last: now, was_right: true });
    }

    fn remember(&mut self, from: IpAddr, source: Source) {
        if self.sources.len() >= MOST && !self.sources.contains_key(&from) {
            let oldest = self.sources.iter().min_by_key(|(_, known)| (known.was_right, known.last));
            if let Some(oldest) = oldest.map(|(address, _)| *address) {
                self.sources.remove(&oldest);
            }
        }
        self.sources.insert(from, source);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(number: u32) -> IpAddr {
        IpAddr::from(0x0a00_0000_u32.saturating_add(number).to_be_bytes())
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn delays_grow_and_end() {
        let mut tries = Tries::default();
        let mut now = at(1000);
        let mut waits = Vec::new();
        for _ in 0..16 {
            if let Verdict::Wait(wait) = tries.ask(from(1), now) {
                waits.push(wait.as_secs());
                now += wait;
                assert_eq!(tries.ask(from(1), now), Verdict::Check, "{waits:?}");
            }
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        // An hour later all is forgotten.
        for _ in 0..FREE {
            assert_eq!(tries.ask(from(1), now + FORGOTTEN), Verdict::Check);
        }
    }

    #[test]
    fn whoever_has_not_failed_does_not_wait_for_those_who_have() {
        let mut tries = Tries::default();
        let mut checked = 0;
        for number in 0..10_000 {
            checked += u32::from(tries.ask(from(number % 200), at(1000)) == Verdict::Check);
        }
        // The stores are empty, whoever asks.
        assert_eq!(checked, EVERYBODYS + NEWCOMERS);
        assert_eq!(tries.ask(from(500), at(1000)), Verdict::Wait(REFILL));
        // The flood goes on from the same addresses, and somebody else comes in the next moment in which it has nothing new.
        for number in 0..200 {
            let later = at(1000 + 5 * u64::from(number));
            let _ = tries.ask(from(number), later);
        }
        assert_eq!(tries.ask(from(500), at(2005)), Verdict::Check);
    }

    #[test]
    fn whoever_was_right_waits_for_nobody_else() {
        let mut tries = Tries::default();
        assert_eq!(tries.ask(from(7), at(1)), Verdict::Check);
        tries.right(from(7), at(1));
        for number in 100..5000 {
            let _ = tries.ask(from(number), at(2));
        }
        assert_eq!(tries.ask(from(7), at(3)), Verdict::Check);
        // It is a source as any other when it fails.
        for _ in 0..4 {
            assert_eq!(tries.ask(from(7), at(3)), Verdict::Check);
        }
        assert_eq!(tries.ask(from(7), at(3)), Verdict::Wait(at(1)));
    }

    #[test]
    fn a_day_of_tries_and_what_is_remembered_of_them_is_bounded() {
        let mut tries = Tries::default();
        let mut checked = 0;
        for second in 0..86_400 {
            for more in 0..3 {
                checked += u32::from(tries.ask(from(3 * second + more), at(u64::from(second))) == Verdict::Check);
            }
        }
        assert!(checked <= 86_400 / 5 + NEWCOMERS + 1, "{checked}");
        assert!(tries.sources.len() <= MOST);
    }
}
