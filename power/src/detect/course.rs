//! What follows what on one port: attempts until a device is heard, then readings at intervals; retries, and detection anew.
//!
//! ```text
//!                ┌──────────── all failed: rest, each time longer ◄──────────┐
//!                ▼                                                           │
//!            detecting: attempt, attempt, … ─────────────────────────────────┘
//!                │ heard        ▲
//!                ▼              │ three times nothing that makes sense: another device is on this adapter, or none
//!              known: read, wait, read, …
//! ```
//!
//! If a port breaks off, it is opened again, with pauses that grow: nodes of HID inverters vanish after hours and come back. What is
//! known stays known then.

use std::time::Duration;

use super::plan::Attempt;
use crate::conversation::Unheard;
use crate::line::Line;

/// How often a known device may fail until it is looked for anew.
const MISSES: u32 = 3;

/// After so many readings it is asked who it is again: somebody may have exchanged it.
const STRANGER: u32 = 60;

/// Pauses.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(200);
const AFTER_A_MISS: Duration = Duration::from_secs(3);
const BUSY: Duration = Duration::from_secs(60);
const REST: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(600));
const REOPEN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What is to be done next: wait, and then try this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// How long to wait.
    pub after: Duration,
    /// What to try.
    pub attempt: Attempt,
    /// Whether it is asked who it is; else the conversation is one that knows it.
    pub stranger: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was heard.
    Heard,
    /// It was not.
    Unheard(Unheard),
    /// The port broke off, or can't be opened.
    Broken,
    /// Another program has it.
    Busy,
}

/// What that changes, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// A device was found.
    Found,
    /// A device is no longer heard.
    Lost(Unheard),
    /// All attempts failed; this is what says most of them.
    Nothing(Unheard),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Detecting { at: usize, most: Unheard, rounds: u32 },
    Known { attempt: Attempt, misses: u32, readings: u32 },
}

/// The course of one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    attempts: Vec<Attempt>,
    state: State,
    /// How often the port broke off, one after the other.
    broken: u32,
    after: Duration,
}

impl Course {
    /// Begins with these attempts; what worked the last time is tried first. `None` where there is nothing to try.
    pub fn new(mut attempts: Vec<Attempt>, remembered: Option<Attempt>) -> Option<Self> {
        let found = remembered.and_then(|remembered| attempts.iter().position(|attempt| *attempt == remembered));
        if let Some(at) = found {
            attempts.get_mut(..=at)?.rotate_right(1);
        }
        let course = Self { state: Self::anew(0), broken: 0, after: Duration::ZERO, attempts };
        (!course.attempts.is_empty()).then_some(course)
    }

    fn anew(rounds: u32) -> State {
        State::Detecting { at: 0, most: Unheard::Silent, rounds }
    }

    /// What is to be done next; `None` can't be, as there is always something to try.
    pub fn next(&self) -> Option<Next> {
        let after = self.after;
        match &self.state {
            State::Detecting { at, .. } => {
                self.attempts.get(*at).map(|attempt| Next { after, attempt: *attempt, stranger: true })
            }
            State::Known { attempt, misses, readings } => {
                let stranger = *misses > 0 || self.broken > 0 || readings % STRANGER == 0;
                Some(Next { after, attempt: *attempt, stranger })
            }
        }
    }

    /// The attempt that has found the device.
    pub fn known(&self) -> Option<Attempt> {
        match &self.state {
            State::Known { attempt, .. } => Some(*attempt),
            State::Detecting { .. } => None,
        }
    }

    /// This came of it.
    pub fn told(&mut self, outcome: Outcome) -> Change {
        let unheard = match outcome {
            Outcome::Busy => {
                self.after = BUSY;
                return Change::None;
            }
            Outcome::Broken => {
                self.after = growing(REOPEN, self.broken);
                self.broken = self.broken.saturating_add(1);
                return Change::None;
            }
            Outcome::Heard => {
                self.broken = 0;
                return self.heard();
            }
            Outcome::Unheard(unheard) => unheard,
        };
        self.broken = 0;
        match &mut self.state {
            State::Known { attempt, misses, .. } => {
                *misses += 1;
                self.after = AFTER_A_MISS;
                if *misses < MISSES {
                    return Change::None;
                }
                // What was there is what comes back most often.
                let last = *attempt;
                if let Some(at) = self.attempts.iter().position(|attempt| *attempt == last)
                    && let Some(before) = self.attempts.get_mut(..=at)
                {
                    before.rotate_right(1);
                }
                self.state = Self::anew(0);
                Change::Lost(unheard)
            }
            State::Detecting { at, most, rounds } => {
                *at += 1;
                if says(&unheard) > says(most) {
                    *most = unheard;
                }
                self.after = BETWEEN_ATTEMPTS;
                if *at < self.attempts.len() {
                    return Change::None;
                }
                let (most, rounds) = (most.clone(), *rounds);
                self.after = growing(REST, rounds);
                self.state = Self::anew(rounds.saturating_add(1));
                if rounds == 0 { Change::Nothing(most) } else { Change::None }
            }
        }
    }

    fn heard(&mut self) -> Change {
        let (found, attempt, readings) = match &self.state {
            State::Known { attempt, readings, .. } => (Change::None, Some(*attempt), readings.saturating_add(1)),
            State::Detecting { at, .. } => (Change::Found, self.attempts.get(*at).copied(), 1),
        };
        if let Some(attempt) = attempt {
            self.after = interval(attempt.line);
            self.state = State::Known { attempt, misses: 0, readings };
        }
        found
    }
}

/// How often a device is read.
pub fn interval(line: Line) -> Duration {
    Duration::from_secs(match line {
        Line::Serial(_) | Line::Hid | Line::Can(_) => 10,
        // Each time a connection is made.
        Line::Tcp(_) => 20,
    })
}

fn growing((least, most): (Duration, Duration), times: u32) -> Duration {
    least.saturating_mul(1 << times.min(16)).min(most)
}

/// How much it says about what is there.
fn says(unheard: &Unheard) -> u8 {
    match unheard {
        Unheard::Silent => 0,
        Unheard::Other(_) => 1,
        Unheard::Refused(_) => 2,
        Unheard::Impossible(_) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::registry::Protocol;

    const ONE: Attempt = Attempt { protocol: Protocol::VeDirect, line: Line::Serial(19_200) };
    const TWO: Attempt = Attempt { protocol: Protocol::Jbd, line: Line::Serial(9600) };
    const THREE: Attempt = Attempt { protocol: Protocol::Nut, line: Line::Tcp(3493) };

    fn course() -> Course {
        Course::new(vec![ONE, TWO, THREE], None).unwrap()
    }

    fn silent() -> Outcome {
        Outcome::Unheard(Unheard::Silent)
    }

    fn tries(course: &Course) -> (u64, Protocol, bool) {
        let next = course.next().unwrap();
        (next.after.as_secs(), next.attempt.protocol, next.stranger)
    }

    #[test]
    fn until_one_is_heard() {
        let mut course = course();
        assert_eq!(tries(&course), (0, Protocol::VeDirect, true));
        assert_eq!(course.told(silent()), Change::None);
        assert_eq!((tries(&course), course.known()), ((0, Protocol::Jbd, true), None));
        assert_eq!(course.told(Outcome::Heard), Change::Found);
        assert_eq!((tries(&course), course.known()), ((10, Protocol::Jbd, false), Some(TWO)));
        for reading in 2..200 {
            assert_eq!(course.told(Outcome::Heard), Change::None);
            assert_eq!(tries(&course), (10, Protocol::Jbd, reading % STRANGER == 0));
        }
    }

    #[test]
    fn nothing_is_there() {
        let mut course = course();
        let mut rests = Vec::new();
        let other = || Outcome::Unheard(Unheard::Other("a JBD's"));
        for round in 0..8 {
            assert_eq!(course.told(silent()), Change::None);
            assert_eq!(course.told(other()), Change::None);
            let expected = if round == 0 { Change::Nothing(Unheard::Other("a JBD's")) } else { Change::None };
            assert_eq!(course.told(silent()), expected);
            rests.push(tries(&course).0);
        }
        assert_eq!(rests, [30, 60, 120, 240, 480, 600, 600, 600]);
        assert_eq!(course.told(Outcome::Heard), Change::Found);
    }

    #[test]
    fn another_device_on_the_same_adapter() {
        let mut course = course();
        course.told(silent());
        course.told(Outcome::Heard);
        let other = || Outcome::Unheard(Unheard::Other("a JBD's"));
        assert_eq!(course.told(other()), Change::None);
        assert_eq!(tries(&course), (3, Protocol::Jbd, true));
        assert_eq!(course.told(Outcome::Heard), Change::None, "it was torn");
        assert_eq!([course.told(other()), course.told(other())], [Change::None, Change::None]);
        assert_eq!(course.told(other()), Change::Lost(Unheard::Other("a JBD's")));
        assert_eq!((tries(&course), course.known()), ((3, Protocol::Jbd, true), None), "what was there is tried first");
        course.told(silent());
        assert_eq!(tries(&course), (0, Protocol::VeDirect, true));
        assert_eq!(course.told(Outcome::Heard), Change::Found);
        assert_eq!(course.known(), Some(ONE));
    }

    #[test]
    fn ports_that_break_off_are_opened_again() {
        let mut course = course();
        course.told(Outcome::Heard);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            assert_eq!(course.told(Outcome::Broken), Change::None);
            pauses.push(tries(&course).0);
            assert_eq!((course.known(), tries(&course).2), (Some(ONE), true), "it stays known, and must say who it is");
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        course.told(Outcome::Heard);
        assert_eq!((tries(&course), course.told(Outcome::Broken)), ((10, Protocol::VeDirect, false), Change::None));
        assert_eq!(tries(&course).0, 1);
        course.told(Outcome::Busy);
        assert_eq!(tries(&course).0, 60);
    }

    #[test]
    fn what_is_remembered_is_tried_first() {
        let order = |remembered| {
            let mut course = Course::new(vec![ONE, TWO, THREE], remembered).unwrap();
            [(); 3].map(|()| {
                let next = course.next().unwrap().attempt;
                course.told(silent());
                next
            })
        };
        assert_eq!(order(Some(THREE)), [THREE, ONE, TWO]);
        assert_eq!(order(Some(TWO)), [TWO, ONE, THREE]);
        let unknown = Attempt { protocol: Protocol::Daly, line: Line::Serial(9600) };
        assert_eq!(order(Some(unknown)), [ONE, TWO, THREE], "what the plan does not have is not tried");
        assert_eq!(Course::new(Vec::new(), Some(ONE)), None);
    }
}
