//! The recovery key: 256 random bits as eight groups of eight letters, which opens the data when nothing else does.
//!
//! The letters are those of modhex, which stand at the same place on nearly all keyboards, as in the recovery keys of
//! [systemd-cryptenroll](https://www.freedesktop.org/software/systemd/man/latest/systemd-cryptenroll.html), which makes the same of
//! 256 bits: `cdebgthi-…`. The header has the whole text, with hyphens, as a passphrase.
//!
//! Invariants: it is in memory alone, and wiped there; neither its `Debug` nor an error shows it.

use std::fmt;

use zeroize::Zeroizing;

/// How many groups there are.
pub const GROUPS: usize = 8;

/// How many letters a group has.
pub const LETTERS: usize = 8;

/// The letters of the digits 0 to 15.
const MODHEX: &[u8; 16] = b"cbdefghijklnrtuv";

/// A recovery key.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryKey(Zeroizing<String>);

impl RecoveryKey {
    /// The key of 256 bits.
    pub fn of_bits(bits: &[u8; 32]) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(GROUPS * (LETTERS + 1)));
        for (number, byte) in bits.iter().enumerate() {
            if number > 0 && number % (LETTERS / 2) == 0 {
                text.push('-');
            }
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from(MODHEX[usize::from(digit)]));
            }
        }
        Self(text)
    }

    /// The whole text, which is the header's passphrase.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Its groups.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.0.split('-')
    }

    /// Whether a person typed this group, counted from 0: spaces, hyphens and the size of letters don't count.
    pub fn has(&self, group: usize, typed: &str) -> bool {
        let letters = typed.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase());
        self.groups().nth(group).is_some_and(|group| letters.eq(group.chars()))
    }
}

/// The text of a recovery key that a person typed: with or without hyphens and spaces, in letters of any size; `None` if it is none.
pub fn typed(text: &str) -> Option<Zeroizing<String>> {
    let mut letters = Zeroizing::new(String::with_capacity(text.len()));
    letters.extend(text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_lowercase()));
    let fits = letters.len() == GROUPS * LETTERS && letters.bytes().all(|letter| MODHEX.contains(&letter));
    let mut key = Zeroizing::new(String::with_capacity(GROUPS * (LETTERS + 1)));
    for (number, letter) in letters.chars().enumerate() {
        if number > 0 && number % LETTERS == 0 {
            key.push('-');
        }
        key.push(letter);
    }
    fits.then_some(key)
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_bits() {
        let bits = std::array::from_fn(|number| u8::try_from(number * 8).unwrap());
        let key = RecoveryKey::of_bits(&bits);
        assert_eq!(key.text().len(), 71);
        assert_eq!(key.groups().count(), GROUPS);
        assert!(key.groups().all(|group| group.len() == LETTERS));
        // 00 08 10 18
        assert_eq!(key.groups().next(), Some("cccjbcbj"));
        // e0 e8 f0 f8
        assert_eq!(key.groups().last(), Some("ucujvcvj"));
        assert_eq!(format!("{key:?}"), "RecoveryKey");
    }

    #[test]
    fn a_whole_key_is_read_as_people_type() {
        let key = RecoveryKey::of_bits(&std::array::from_fn(|number| u8::try_from(number * 7).unwrap()));
        for text in [key.text().to_owned(), key.text().to_uppercase().replace('-', " "), key.text().replace('-', "")] {
            assert_eq!(typed(&text).unwrap().as_str(), key.text());
        }
        for text in ["", "cccccccc", "a long passphrase", &"a".repeat(64), &"c".repeat(65)] {
            assert_eq!(typed(text), None, "{text}");
        }
    }

    #[test]
    fn groups_are_compared_as_people_type() {
        let key = RecoveryKey::of_bits(&[0; 32]);
        for (group, typed, right) in [
            (0, "cccccccc", true),
            (7, " CCCC-cccc ", true),
            (0, "ccccccc", false),
            (0, "ccccccccc", false),
            (0, "", false),
            (8, "", false),
            (8, "cccccccc", false),
        ] {
            assert_eq!(key.has(group, typed), right, "{group} {typed}");
        }
    }
}
