//! Who may set up a node that is nobody's yet.
//!
//! ```text
//!            power-on ──► open ──── first to claim it, with the code if a screen shows one ────► claimed
//!                          │                                                                       │
//!                          └── nobody for WINDOW ──► closed            the code of the claim ──────┘ another device of theirs
//! ```
//!
//! Whoever switches the computer off and on is at it, and opens the window again: a claim is not kept over a start. A screen and the
//! file of answers need no claim, as both take somebody's hand. Pure: the time since power-on and random numbers are values.
//!
//! Invariants: at most one claim at a time; nobody gets in with a wrong code, whoever claimed before; after [`MOST_WRONG`] wrong
//! codes none is taken until the next start, so that guessing is hopeless.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long after power-on a claim is taken, if no screen shows a code.
pub const WINDOW: Duration = Duration::from_secs(30 * 60);

/// How many wrong codes there may be in all.
pub const MOST_WRONG: u32 = 20;

/// How many sessions one claim may have: a phone's little browser and its real one, and another computer.
pub const MOST_SESSIONS: usize = 8;

/// Six digits. Shown on the screen, or to whoever has claimed the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(u32);

impl Code {
    /// The code of a random number; the bias of a remainder of 2³² is below 0.03 %.
    pub fn of_random(random: u32) -> Self {
        Self(random % 1_000_000)
    }

    /// Its digits, in two groups, as people read them.
    pub fn digits(self) -> String {
        format!("{:03} {:03}", self.0 / 1000, self.0 % 1000)
    }

    fn is(self, typed: &str) -> bool {
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        digits == format!("{:06}", self.0)
    }
}

/// A browser's session: what its pages' addresses carry.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Session(pub String);

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// The code is needed, which the screen or the first device shows.
    Code,
    /// That was not the code.
    Wrong,
    /// Nobody claimed it in time: it has to be switched off and on.
    Closed,
    /// Too many wrong codes.
    Guessed,
}

/// The claim of one start.
#[derive(Clone, Debug)]
pub struct Claim {
    code: Code,
    screen: bool,
    wrong: u32,
    sessions: Vec<Session>,
}

impl Claim {
    /// Nobody's yet. `screen` says whether there is a screen that shows the code.
    pub fn new(code: Code, screen: bool) -> Self {
        Self { code, screen, wrong: 0, sessions: Vec::new() }
    }

    /// Whether somebody has claimed it.
    pub fn is_taken(&self) -> bool {
        self.screen || !self.sessions.is_empty()
    }

    /// Whether a screen shows the code.
    pub fn has_screen(&self) -> bool {
        self.screen
    }

    /// The code for a screen.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The code for the page of a session that is let in, for other devices of the same person.
    pub fn code_for(&self, session: &Session) -> Option<Code> {
        self.sessions.contains(session).then_some(self.code)
    }

    /// Whether nobody has claimed it in time.
    pub fn is_closed(&self, now: Duration) -> bool {
        !self.is_taken() && now >= WINDOW
    }

    /// Whether a session may set the node up; `typed` is the code, if one was typed. Lets the first one in.
    pub fn enter(&mut self, session: &Session, typed: Option<&str>, now: Duration) -> Result<(), Turned> {
        if self.sessions.contains(session) {
            return Ok(());
        }
        if self.is_closed(now) {
            return Err(Turned::Closed);
        }
        if self.is_taken() {
            let Some(typed) = typed else { return Err(Turned::Code) };
            if self.wrong >= MOST_WRONG {
                return Err(Turned::Guessed);
            }
            if !self.code.is(typed) {
                self.wrong += 1;
                return Err(Turned::Wrong);
            }
        }
        if self.sessions.len() == MOST_SESSIONS {
            // The oldest but the first, which is where the person began.
            self.sessions.remove(1);
        }
        self.sessions.push(session.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(name: &str) -> Session {
        Session(name.to_owned())
    }

    const EARLY: Duration = Duration::from_secs(60);

    #[test]
    fn without_a_screen_the_first_is_let_in() {
        let mut claim = Claim::new(Code::of_random(4_000_123), false);
        assert_eq!(claim.code().digits(), "000 123");
        let (first, second) = (session("first"), session("second"));
        assert_eq!(claim.code_for(&first), None);
        assert_eq!(claim.enter(&first, None, EARLY), Ok(()));
        assert_eq!(claim.enter(&second, None, EARLY), Err(Turned::Code));
        assert_eq!(claim.enter(&second, Some("000124"), EARLY), Err(Turned::Wrong));
        assert_eq!(claim.code_for(&second), None);
        assert_eq!(claim.enter(&second, Some(" 000-123 "), EARLY), Ok(()));
        assert_eq!((claim.enter(&first, None, WINDOW * 9), claim.code_for(&second)), (Ok(()), Some(claim.code())));
    }

    #[test]
    fn with_a_screen_its_code_is_needed_at_any_time() {
        let mut claim = Claim::new(Code::of_random(42), true);
        assert_eq!(claim.enter(&session("a"), None, EARLY), Err(Turned::Code));
        assert_eq!(claim.enter(&session("a"), Some("42"), EARLY), Err(Turned::Wrong));
        assert_eq!(claim.enter(&session("a"), Some("000042"), WINDOW * 2), Ok(()));
    }

    #[test]
    fn the_window_ends() {
        let mut claim = Claim::new(Code::of_random(1), false);
        assert_eq!(claim.enter(&session("a"), None, WINDOW), Err(Turned::Closed));
        assert_eq!(claim.enter(&session("a"), Some("000001"), WINDOW), Err(Turned::Closed));
    }

    #[test]
    fn guessing_ends() {
        let mut claim = Claim::new(Code::of_random(999_999), true);
        for guess in 0..MOST_WRONG {
            assert_eq!(claim.enter(&session("x"), Some(&format!("{guess:06}")), EARLY), Err(Turned::Wrong));
        }
        assert_eq!(claim.enter(&session("x"), Some("999999"), EARLY), Err(Turned::Guessed));
    }

    #[test]
    fn sessions_are_bounded_and_the_first_stays() {
        let mut claim = Claim::new(Code::of_random(7), false);
        for number in 0..100 {
            assert_eq!(claim.enter(&session(&number.to_string()), Some("000007"), EARLY), Ok(()));
        }
        assert!(claim.sessions.len() <= MOST_SESSIONS);
        assert!(claim.code_for(&session("0")).is_some() && claim.code_for(&session("99")).is_some());
        assert!(claim.code_for(&session("1")).is_none());
    }
}
