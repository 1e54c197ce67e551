//! Names of kernel images on the ESP: `ilanga_<version>[+<left>[-<done>]].efi`.
//!
//! The counter is that of [automatic boot assessment](https://systemd.io/AUTOMATIC_BOOT_ASSESSMENT/): `left` tries
//! remain, `done` were spent. No counter: the release is good. `+0`: it is bad, and sorted last.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::version::Version;

/// The folder of the kernel images on the ESP, where systemd-boot looks for unified kernel images.
pub const FOLDER: &str = "EFI/Linux";

/// A kernel image's file name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootEntry {
    /// The release that it starts.
    pub version: Version,
    /// What is left of its trial; `None` once it is good.
    pub tries: Option<Tries>,
}

/// The counter of a release on trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How often it may still be started.
    pub left: u32,
    /// How often it has been started.
    pub done: u32,
}

/// The name is not that of one of Ilanga's kernel images.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("'{0}' is not the name of a kernel image: ilanga_<version>[+<left>[-<done>]].efi is expected")]
pub struct NotABootEntry(String);

impl FromStr for BootEntry {
    type Err = NotABootEntry;

    fn from_str(name: &str) -> Result<Self, NotABootEntry> {
        let parse = || {
            let stem = name.strip_prefix("ilanga_")?.strip_suffix(".efi")?;
            let (version, counter) = match stem.split_once('+') {
                Some((version, counter)) => (version, Some(counter)),
                None => (stem, None),
            };
            let number = |text: &str| text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten();
            let tries = match counter {
                None => None,
                Some(counter) => Some(match counter.split_once('-') {
                    Some((left, done)) => Tries { left: number(left)?, done: number(done)? },
                    None => Tries { left: number(counter)?, done: 0 },
                }),
            };
            Some(Self { version: version.parse().ok()?, tries })
        };
        parse().ok_or_else(|| NotABootEntry(name.to_owned()))
    }
}

impl fmt::Display for BootEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ilanga_{}", self.version)?;
        match self.tries {
            Some(Tries { left, done: 0 }) => write!(f, "+{left}")?,
            Some(Tries { left, done }) => write!(f, "+{left}-{done}")?,
            None => {}
        }
        f.write_str(".efi")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for name in ["ilanga_1.efi", "ilanga_2026.11.0+3.efi", "ilanga_2026.11.0+2-1.efi", "ilanga_1+0-3.efi"] {
            assert_eq!(name.parse::<BootEntry>().map(|e| e.to_string()), Ok(name.to_owned()));
        }
        for bad in ["linux.efi", "ilanga_.efi", "ilanga_1+.efi", "ilanga_1+-1.efi", "ilanga_1+3-.efi", "ilanga_1+x.efi"]
        {
            assert!(bad.parse::<BootEntry>().is_err(), "{bad}");
        }
    }
}
