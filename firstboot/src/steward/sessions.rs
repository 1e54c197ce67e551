//! Who is logged in: tokens of 256 random bits, of which only digests are known here, in memory alone. Pure: `now` is the time since
//! power-on, tokens come from outside.
//!
//! A form carries another value, made from the token: whoever can read a page of somebody's can send its forms, but not log in by it.
//!
//! Invariants: at most [`MOST`] sessions, the one that was used longest ago goes first; none is longer than [`WHOLE`], or [`IDLE`]
//! without use.

use std::time::Duration;

use formats::digest::Digest;

/// The most sessions.
const MOST: usize = 16;

/// How long one may be left alone.
pub const IDLE: Duration = Duration::from_secs(30 * 60);

/// How long one may last.
pub const WHOLE: Duration = Duration::from_secs(12 * 3600);

/// The length of a token, in bytes.
pub const TOKEN: usize = 32;

#[derive(Clone, Copy, Debug)]
struct Session {
    /// The digest of its token.
    digest: Digest,
    began: Duration,
    used: Duration,
}

/// Those that are logged in.
#[derive(Clone, Debug, Default)]
pub struct Sessions(Vec<Session>);

/// What a form of a session carries.
pub fn form(token: &str) -> String {
    Digest::of_parts([b"a form of the page" as &[u8], token.as_bytes()]).to_string()
}

/// Whether a form carries what its session's forms do. Digests are compared, so the time that it takes tells nothing.
pub fn is_form(token: &str, carried: &str) -> bool {
    Digest::of(form(token).as_bytes()) == Digest::of(carried.as_bytes())
}

impl Sessions {
    /// Somebody has logged in, and has this token from now on.
    pub fn begin(&mut self, token: &str, now: Duration) {
        self.forget(now);
        if self.0.len() >= MOST
            && let Some((oldest, _)) = self.0.iter().enumerate().min_by_key(|(_, session)| session.used)
        {
            self.0.remove(oldest);
        }
        self.0.push(Session { digest: Digest::of(token.as_bytes()), began: now, used: now });
    }

    /// Whether somebody with this token is logged in.
    pub fn has(&mut self, token: &str, now: Duration) -> bool {
        self.forget(now);
        let digest = Digest::of(token.as_bytes());
        let found = self.0.iter_mut().find(|session| session.digest == digest);
        found.map(|session| session.used = now).is_some()
    }

    /// Logs out.
    pub fn end(&mut self, token: &str) {
        let digest = Digest::of(token.as_bytes());
        self.0.retain(|session| session.digest != digest);
    }

    fn forget(&mut self, now: Duration) {
        let lives = |since: Duration, most: Duration| now.saturating_sub(since) < most;
        self.0.retain(|session| lives(session.used, IDLE) && lives(session.began, WHOLE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn sessions_begin_and_end() {
        let mut sessions = Sessions::default();
        assert!(!sessions.has("", minutes(0)) && !sessions.has("a", minutes(0)));
        sessions.begin("a", minutes(0));
        sessions.begin("b", minutes(0));
        assert!(sessions.has("a", minutes(29)) && sessions.has("a", minutes(58)));
        assert!(!sessions.has("b", minutes(58)), "left alone for too long");
        sessions.end("a");
        assert!(!sessions.has("a", minutes(58)));
        sessions.begin("c", minutes(60));
        let lives = (1..40).take_while(|half| sessions.has("c", minutes(60 + 29 * half))).count();
        assert_eq!(lives, 24, "12 hours");
    }

    #[test]
    fn the_one_used_longest_ago_goes() {
        let mut sessions = Sessions::default();
        (0..MOST).for_each(|number| sessions.begin(&number.to_string(), minutes(1)));
        assert!(sessions.has("0", minutes(2)));
        sessions.begin("new", minutes(3));
        assert!(sessions.has("0", minutes(3)) && sessions.has("new", minutes(3)) && !sessions.has("1", minutes(3)));
    }

    #[test]
    fn forms_carry_what_no_cookie_has() {
        assert!(is_form("a", &form("a")));
        for wrong in ["", "a", &form("b"), &form("a").to_uppercase()] {
            assert!(!is_form("a", wrong), "{wrong}");
        }
    }
}
