//! Lines and their words.
//!
//! ```text
//! VAR su700 ups.model "Smart-UPS \"700\" \\ 1U" \n
//! ```
//!
//! Words stand between spaces. In quotes a word may have spaces; a backslash takes the next character as it is.

use thiserror::Error;

/// The longest line. `upsd` itself keeps to about 1000 bytes.
pub const LONGEST: usize = 4096;

/// This is no line of `upsd`. Each sentence speaks of it as 'it'.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadLine {
    /// Longer than any.
    #[error("it has a line without an end")]
    Endless,
    /// Not text.
    #[error("it has bytes that are no text")]
    Binary,
    /// A quote or a backslash stands alone.
    #[error("it has a quote that does not end")]
    Quote,
}

/// The words of a line.
pub fn words(line: &str) -> Result<Vec<String>, BadLine> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => word.get_or_insert_default().push(chars.next().ok_or(BadLine::Quote)?),
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' if !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    if quoted {
        return Err(BadLine::Quote);
    }
    words.extend(word);
    Ok(words)
}

/// A word as it is sent, in quotes where it must be.
#[cfg(test)]
pub(super) fn quote(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Finds lines in what comes. It keeps at most one.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    line: Vec<u8>,
}

impl Decoder {
    /// Takes the next bytes, and gives the words of the lines that they complete. Lines without words are left out.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Result<Vec<String>, BadLine>> {
        let mut lines = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    let text = String::from_utf8(line).map_err(|_| BadLine::Binary);
                    lines.push(text.and_then(|text| words(text.trim_end_matches('\r'))));
                }
                0 => lines.push(Err(BadLine::Binary)),
                _ if self.line.len() < LONGEST => self.line.push(byte),
                _ => {
                    self.line.clear();
                    lines.push(Err(BadLine::Endless));
                }
            }
        }
        lines.retain(|line| line.as_ref().is_err() || line.as_ref().is_ok_and(|words| !words.is_empty()));
        lines
    }
}
