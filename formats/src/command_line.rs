//! What Ilanga's kernel command line tells `init`.
//!
//! ```text
//! ilanga.root=<root hash, 64 hexadecimal digits> ilanga.esp=512M ilanga.slot=3G ilanga.state=512M
//! ```
//!
//! The line is part of the signed kernel image. All four must be there, each once: what a second line adds (a signed
//! add-on's is appended) can't replace a value. Sizes are multiples of 1 MiB. Other words are the kernel's or systemd's.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::digest::Digest;
use crate::layout::{ALIGNMENT, Sizes};
use crate::size::Bytes;

/// The values for `init`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The root hash of the root file system that belongs to this kernel.
    pub root: Digest,
    /// How large the node's partitions are.
    pub sizes: Sizes,
}

/// The command line is not one of Ilanga's.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadCommandLine {
    /// A value is not there.
    #[error("the kernel command line has no {0}")]
    Missing(&'static str),
    /// A value is there twice.
    #[error("the kernel command line has {0} more than once")]
    Twice(&'static str),
    /// A value is not what it should be.
    #[error("{key}{value} on the kernel command line: {expected} is expected")]
    Value {
        /// The word up to `=`.
        key: &'static str,
        /// What follows it.
        value: String,
        /// What should.
        expected: &'static str,
    },
}

const ROOT: &str = "ilanga.root=";
const ESP: &str = "ilanga.esp=";
const SLOT: &str = "ilanga.slot=";
const STATE: &str = "ilanga.state=";

/// More than any disk has, and few enough that no sum of sizes overflows.
const LARGEST: Bytes = Bytes(1 << 50);

impl FromStr for CommandLine {
    type Err = BadCommandLine;

    fn from_str(line: &str) -> Result<Self, BadCommandLine> {
        let words = words(line);
        let one = |key: &'static str| {
            let mut values = words.iter().filter_map(|word| word.strip_prefix(key));
            match (values.next(), values.next()) {
                (None, _) => Err(BadCommandLine::Missing(key)),
                (Some(value), None) => Ok(value),
                (Some(_), Some(_)) => Err(BadCommandLine::Twice(key)),
            }
        };
        let wrong = |key, value: &str, expected| BadCommandLine::Value { key, value: value.to_owned(), expected };
        let size = |key: &'static str| {
            let text = one(key)?;
            let size = text
                .parse::<Bytes>()
                .ok()
                .filter(|size| *size >= ALIGNMENT && *size <= LARGEST && *size == size.align_down(ALIGNMENT));
            size.ok_or_else(|| wrong(key, text, "a size that is a multiple of 1M"))
        };
        let root = one(ROOT)?;
        let root = root.parse().map_err(|_| wrong(ROOT, root, "a root hash of 64 hexadecimal digits"))?;
        Ok(Self { root, sizes: Sizes { esp: size(ESP)?, slot: size(SLOT)?, state: size(STATE)? } })
    }
}

/// The line's words, as the kernel takes it apart: quotes keep blanks together, and what follows `--` is for PID 1.
fn words(line: &str) -> Vec<&str> {
    let mut quoted = false;
    let blank = move |c: char| {
        quoted ^= c == '"';
        !quoted && c.is_ascii_whitespace()
    };
    line.split(blank).filter(|word| !word.is_empty()).take_while(|word| *word != "--").collect()
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |size: Bytes| size.0 >> 20;
        let Sizes { esp, slot, state } = self.sizes;
        write!(f, "{ROOT}{} {ESP}{}M {SLOT}{}M {STATE}{}M", self.root, mib(esp), mib(slot), mib(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: &str = "ilanga.esp=512M ilanga.slot=3072M ilanga.state=512M";

    fn hash() -> String {
        Digest::of("root").to_string()
    }

    #[test]
    fn text_and_back() {
        let text = format!("ilanga.root={} {SIZES}", hash());
        let line: CommandLine = text.parse().unwrap();
        assert_eq!(line.to_string(), text);
        assert_eq!(line.root, Digest::of("root"));
        assert_eq!(line.sizes.slot, Bytes::mib(3072));
        let around = format!("quiet {text} gpt x=\"a ilanga.root=b\" -- ilanga.root=c\n");
        assert_eq!(around.parse(), Ok(line));
    }

    #[test]
    fn refuses() {
        let value = |key, value: &str, expected| BadCommandLine::Value { key, value: value.to_owned(), expected };
        let size = "a size that is a multiple of 1M";
        for (line, error) in [
            (SIZES.to_owned(), BadCommandLine::Missing(ROOT)),
            (format!("ilanga.root={}", hash()), BadCommandLine::Missing(ESP)),
            (format!("ilanga.root={0} {SIZES} ilanga.root={0}", hash()), BadCommandLine::Twice(ROOT)),
            (format!("ilanga.root=abc {SIZES}"), value(ROOT, "abc", "a root hash of 64 hexadecimal digits")),
            (
                format!("ilanga.root={} ilanga.esp=513K ilanga.slot=1M ilanga.state=1M", hash()),
                value(ESP, "513K", size),
            ),
            (format!("ilanga.root={} ilanga.esp=512M ilanga.slot=0M ilanga.state=1M", hash()), value(SLOT, "0M", size)),
            (
                format!("ilanga.root={} ilanga.esp=512M ilanga.slot=3G ilanga.state=4096T", hash()),
                value(STATE, "4096T", size),
            ),
        ] {
            assert_eq!(line.parse::<CommandLine>(), Err(error), "{line}");
        }
    }
}
