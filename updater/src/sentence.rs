//! A line of text for people, whoever it came from: names of files, messages of other programs, files on the state
//! partition.
//!
//! Invariants: one line, at most [`LONGEST`] characters, none of them a control character, a mark that turns the text
//! around, or a backslash, which `agetty` reads as the beginning of a command.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters.
pub const LONGEST: usize = 300;

/// A line for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Sentence(String);

impl Sentence {
    /// Makes one of any text: what must not be in it becomes a space, and what is too long is cut off.
    pub fn new(text: &str) -> Self {
        let harmless = text.chars().map(|c| if steers(c) { ' ' } else { c });
        let mut line = String::new();
        let mut length = 0;
        for c in harmless {
            // One space where there were several, and none at the start.
            if c == ' ' && (line.is_empty() || line.ends_with(' ')) {
                continue;
            }
            if length == LONGEST {
                line.pop();
                line.push('…');
                break;
            }
            line.push(c);
            length += 1;
        }
        Self(line.trim_end().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn steers(c: char) -> bool {
    c.is_control()
        || c == '\\'
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

impl From<Sentence> for String {
    fn from(sentence: Sentence) -> Self {
        sentence.0
    }
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_harmless_line() {
        for (text, line) in [
            ("the network is down", "the network is down"),
            ("  two\n\n lines\r\n", "two lines"),
            ("\u{1b}[2Ja\u{202E}b\\4c", "[2Ja b 4c"),
            ("", ""),
            (" \n", ""),
        ] {
            assert_eq!(Sentence::new(text).as_str(), line, "{text:?}");
        }
        let long = Sentence::new(&"é".repeat(LONGEST + 1));
        assert_eq!(long.as_str().chars().count(), LONGEST);
        assert!(long.as_str().ends_with('…'));
        assert_eq!(Sentence::new(&"é".repeat(LONGEST)).as_str(), "é".repeat(LONGEST));
    }
}
