//! What a release changes, for people: plain text whose first line stands for the whole.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The most bytes that it has.
pub const LONGEST: usize = 16 << 10;

/// Text for people: at most [`LONGEST`] bytes, lines apart by `\n`, the first one not blank, none of its characters
/// invisible ones that steer a terminal or turn the text around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changelog(String);

/// The text can't be a changelog.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadChangelog {
    /// There is nothing in it.
    #[error("its first line is empty")]
    Empty,
    /// It is too long.
    #[error("it has {0} bytes; {LONGEST} are the most")]
    Long(usize),
    /// A character that is no text.
    #[error("line {line} has the control character U+{code:04X}")]
    Control {
        /// The line, from 1.
        line: usize,
        /// The character's number.
        code: u32,
    },
}

impl Changelog {
    /// The text, without an end of line at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first line.
    pub fn headline(&self) -> &str {
        self.0.lines().next().unwrap_or_default()
    }
}

/// Controls, and the marks that change the direction of what follows.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

impl FromStr for Changelog {
    type Err = BadChangelog;

    fn from_str(text: &str) -> Result<Self, BadChangelog> {
        if text.len() > LONGEST {
            return Err(BadChangelog::Long(text.len()));
        }
        for (number, line) in text.split('\n').enumerate() {
            if let Some(c) = line.chars().find(|c| is_control(*c)) {
                return Err(BadChangelog::Control { line: number + 1, code: c.into() });
            }
        }
        let text = text.trim_end();
        if text.lines().next().is_none_or(|line| line.trim().is_empty()) {
            return Err(BadChangelog::Empty);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Changelog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_text_for_people() {
        let changelog: Changelog = "Wi-Fi works again.\n\n- Ünïcode\n\n".parse().unwrap();
        assert_eq!(
            (changelog.as_str(), changelog.headline()),
            ("Wi-Fi works again.\n\n- Ünïcode", "Wi-Fi works again.")
        );
        for (text, problem) in [
            ("", BadChangelog::Empty),
            (" \nb", BadChangelog::Empty),
            ("a\n\u{1b}[2J", BadChangelog::Control { line: 2, code: 0x1B }),
            ("a\r\nb", BadChangelog::Control { line: 1, code: 13 }),
            ("a\tb", BadChangelog::Control { line: 1, code: 9 }),
            ("\u{202E}b", BadChangelog::Control { line: 1, code: 0x202E }),
            (&"a".repeat(LONGEST + 1), BadChangelog::Long(LONGEST + 1)),
        ] {
            assert_eq!(text.parse::<Changelog>(), Err(problem));
        }
        assert!("a".repeat(LONGEST).parse::<Changelog>().is_ok());
    }
}
