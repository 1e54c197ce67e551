//! What `init` leaves in the firmware's variables when a start fails: for people, and for the release that starts instead.
//!
//! ```text
//! IlangaFailedStart-f2c9a0de-6c1b-4d35-9a57-3b8e4f1d7c60     attributes (u32, little-endian), then UTF-8:
//!   1
//!   2026.11.1
//!   the system on the disk cannot be opened, or it is damaged: …
//! ```
//!
//! The first line is the version of this format, the second the release, the third a sentence. Anybody with the node's
//! root, or at the firmware's shell, can write it: it is shown and decides nothing but which of two releases starts.
//!
//! [`other_entry`] decides what starts instead, from systemd-boot's list of entries in their order
//! ([Boot Loader Interface](https://systemd.io/BOOT_LOADER_INTERFACE/)).
//!
//! Invariant: of two releases that both fail, each is tried once: no start that was itself the way out of another
//! failure leads to a third.

use crate::boot_entry::BootEntry;
use crate::version::Version;

/// The variable's name, with its vendor, as efivarfs has it.
pub const VARIABLE: &str = "IlangaFailedStart-f2c9a0de-6c1b-4d35-9a57-3b8e4f1d7c60";

/// The longest sentence, in bytes. Firmware has little room.
pub const LONGEST: usize = 400;

const FORMAT: &str = "1";

/// A start that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStart {
    /// The release that did not start.
    pub version: Version,
    /// Why, as a sentence without an end.
    pub sentence: String,
}

impl FailedStart {
    /// What the variable holds, without its attributes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let plain: String = self.sentence.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let end = (0..=LONGEST.min(plain.len())).rev().find(|&end| plain.is_char_boundary(end)).unwrap_or(0);
        format!("{FORMAT}\n{}\n{}\n", self.version, &plain[..end]).into_bytes()
    }

    /// Understands it; `None` if it is nothing of ours.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes.get(..bytes.len().min(2 * LONGEST))?).ok()?;
        let mut lines = text.lines();
        let (FORMAT, version, sentence) = (lines.next()?, lines.next()?, lines.next()?) else { return None };
        let fits = sentence.len() <= LONGEST && !sentence.chars().any(char::is_control);
        fits.then_some(())?;
        Some(Self { version: version.parse().ok()?, sentence: sentence.to_owned() })
    }
}

/// The entry to start instead of the one that failed: the next of Ilanga's, which may have failed before, but is all there
/// is. `entries` are the names in the order of the boot loader, which leaves counters out of them, `selected` is the one
/// that it chose. `None` if that was not its first choice: then this start was itself the way out of another failure, or
/// a person's choice.
pub fn other_entry<'a>(entries: &'a [String], selected: &str) -> Option<&'a str> {
    let ours = |name: &'a String| Some((name.as_str(), name.parse::<BootEntry>().ok()?));
    let mut ours = entries.iter().filter_map(ours);
    let (_, first) = ours.next().filter(|(name, _)| *name == selected)?;
    ours.find(|(_, entry)| entry.version != first.version).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for sentence in ["it is damaged: EIO", "", "größer"] {
            let start = FailedStart { version: "2026.11.1~rc1".parse().unwrap(), sentence: sentence.to_owned() };
            assert_eq!(FailedStart::parse(&start.to_bytes()), Some(start));
        }
        let long = FailedStart { version: "1".parse().unwrap(), sentence: format!("\n{}", "ä".repeat(LONGEST)) };
        let read = FailedStart::parse(&long.to_bytes()).unwrap();
        assert_eq!(read.sentence, format!(" {}", "ä".repeat(LONGEST / 2 - 1)));
    }

    #[test]
    fn others_are_nothing() {
        for bytes in [&b""[..], b"1\n", b"1\n2\n", b"2\n1\nx\n", b"1\n../x\nx\n", b"1\n1\n\x1b[2J\n", b"1\n1\n\xff\n"] {
            assert_eq!(FailedStart::parse(bytes), None, "{bytes:?}");
        }
        assert_eq!(FailedStart::parse(format!("1\n1\n{}\n", "x".repeat(LONGEST + 1)).as_bytes()), None);
    }

    #[test]
    fn the_way_out() {
        for (entries, selected, expected) in [
            (&["ilanga_2.efi", "ilanga_1.efi"][..], "ilanga_2.efi", Some("ilanga_1.efi")),
            (&["ilanga_2.efi", "ilanga_1.efi"], "ilanga_1.efi", None),
            (&["ilanga_2.efi"], "ilanga_2.efi", None),
            (&["ilanga_1.efi", "ilanga_2.efi"], "ilanga_1.efi", Some("ilanga_2.efi")),
            (&["auto-windows", "ilanga_2.efi", "ilanga_1.efi", "x"], "ilanga_2.efi", Some("ilanga_1.efi")),
            (&["ilanga_2.efi", "ilanga_2+3.efi", "ilanga_1.efi"], "ilanga_2.efi", Some("ilanga_1.efi")),
            (&[], "ilanga_2.efi", None),
        ] {
            let entries: Vec<String> = entries.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(other_entry(&entries, selected), expected, "{entries:?}");
        }
    }
}
