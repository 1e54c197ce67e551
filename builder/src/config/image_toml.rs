//! `image.toml`: what mkosi has no word for. docs/configuration.md describes it for people.
//!
//! Text → [`Raw`] → [`validate`] → [`Image`]. Every key is required unless said otherwise, and unknown ones are
//! refused.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use formats::date::Date;
use formats::layout::{ALIGNMENT, FIRST, Sizes};
use formats::repository::BaseUrl;
use formats::size::Bytes;
use formats::suggest;
use formats::version::Version;
use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem};
use super::ini::Place;

/// The format's version; others are refused.
pub(crate) const FORMAT: u32 = 1;

/// What the node's disk has at least, as disks are sold, and what of it must be left for data.
const SMALLEST_DISK: Bytes = Bytes(16_000_000_000);
const SMALLEST_DATA: Bytes = Bytes::mib(4096);

/// The smallest ESP that can be FAT32 and hold three kernel images.
const SMALLEST_ESP: Bytes = Bytes::mib(160);

/// An image, as `image.toml` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// What it is made for, such as `mini-pc`.
    pub(crate) board: String,
    /// The release.
    pub(crate) version: Version,
    /// Its date.
    pub(crate) date: Date,
    /// The stream of releases that a node follows.
    pub(crate) channel: String,
    /// What update bundles name, so that they fit the board.
    pub(crate) compatible: String,
    /// How large a node's partitions are.
    pub(crate) sizes: Sizes,
    /// How firmware comes to trust the kernel image.
    pub(crate) trust: Trust,
    /// How the root file system is packed.
    pub(crate) root: RootFormat,
    /// Where nodes look for updates, if the maker has a server.
    pub(crate) url: Option<BaseUrl>,
}

/// How firmware comes to trust the kernel image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trust {
    /// Our own keys, enrolled in the firmware's set-up mode.
    Own,
    /// Debian's shim, and a machine owner key.
    Shim,
}

/// How the root file system is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct RootFormat {
    /// The algorithm.
    pub(crate) compression: Compression,
    /// The algorithm's level; `None` where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<u32>,
    /// How much is compressed as one piece; `None` where nothing is compressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<Bytes>,
}

/// An algorithm of EROFS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Compression {
    /// No compression.
    None,
    /// LZ4, the quick way.
    Lz4,
    /// LZ4, the thorough way.
    Lz4hc,
    /// Zstandard.
    Zstd,
}

/// The keys of each table; the first entry is the file's own.
const KEYS: &[(&str, &[&str])] = &[
    ("", &["format", "board", "version", "date", "channel", "compatible", "sizes", "boot", "root", "updates"]),
    ("sizes", &["esp", "slot", "state"]),
    ("boot", &["trust"]),
    ("root", &["compression", "level", "cluster"]),
    ("updates", &["url"]),
];

#[derive(Debug, Deserialize)]
struct Raw {
    format: Spanned<u32>,
    board: Spanned<String>,
    version: Spanned<String>,
    date: Spanned<String>,
    channel: Spanned<String>,
    compatible: Spanned<String>,
    sizes: Spanned<RawSizes>,
    boot: RawBoot,
    root: Spanned<RawRoot>,
    updates: Option<RawUpdates>,
}

#[derive(Debug, Deserialize)]
struct RawUpdates {
    url: Spanned<String>,
}

#[derive(Debug, Deserialize)]
struct RawSizes {
    esp: Spanned<String>,
    slot: Spanned<String>,
    state: Spanned<String>,
}

#[derive(Debug, Deserialize)]
struct RawBoot {
    trust: Spanned<String>,
}

#[derive(Debug, Deserialize)]
struct RawRoot {
    compression: Spanned<String>,
    level: Option<Spanned<u32>>,
    cluster: Option<Spanned<String>>,
}

/// Reads the text of `file`.
pub(crate) fn parse(file: &Path, text: &str) -> Result<Image, ConfigError> {
    let source = Source { file: file.into(), text };
    let table = DeTable::parse(text).map_err(|error| source.toml_error(&error))?;
    check_keys(&source, table.get_ref())?;
    let raw = toml::from_str::<Raw>(text).map_err(|error| source.toml_error(&error))?;
    validate(&source, raw)
}

/// The file, for error messages.
struct Source<'a> {
    file: Arc<Path>,
    text: &'a str,
}

impl Source<'_> {
    fn place(&self, at: usize) -> Place {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: Arc::clone(&self.file),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    fn error(&self, at: usize, message: impl Into<String>) -> ConfigError {
        self.place(at).error(Problem::Toml(message.into()))
    }

    fn toml_error(&self, error: &toml::de::Error) -> ConfigError {
        let at = error.span().map_or(0, |span| span.start);
        let message = match error.message().strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            Some(field) => format!("the key '{field}' is missing: see docs/configuration.md"),
            None => error.message().trim().replace('\n', ", "),
        };
        self.error(at, message)
    }

    /// A value of a type that is written as text.
    fn value<T: FromStr<Err: fmt::Display>>(&self, key: &str, text: &Spanned<String>) -> Result<T, ConfigError> {
        text.get_ref().parse().map_err(|error: T::Err| self.error(text.span().start, format!("{key}: {error}")))
    }

    /// One of some words.
    fn word<T: Copy>(&self, key: &str, text: &Spanned<String>, words: &[(&str, T)]) -> Result<T, ConfigError> {
        let found = words.iter().find(|(word, _)| word == text.get_ref());
        found.map(|&(_, value)| value).ok_or_else(|| {
            let names: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
            let hint = suggest::hint(
                text.get_ref(),
                names.iter().copied(),
                &format!("one of {} is expected", names.join(", ")),
            );
            self.error(text.span().start, format!("{key}: '{}' is not known: {hint}", text.get_ref()))
        })
    }
}

/// Refuses unknown keys, which serde would too, but without a suggestion.
fn check_keys(source: &Source<'_>, table: &DeTable<'_>) -> Result<(), ConfigError> {
    let unknown = |key: &Spanned<std::borrow::Cow<'_, str>>, table: &str, known: &[&str]| {
        let name = if table.is_empty() { "image.toml".to_owned() } else { format!("[{table}]") };
        let list = format!("its keys are {}", known.join(", "));
        let hint = suggest::hint(key.get_ref(), known.iter().copied(), &list);
        source.error(key.span().start, format!("{name} has no key '{}': {hint}", key.get_ref()))
    };
    for &(name, known) in KEYS {
        let inner = if name.is_empty() {
            Some(table)
        } else {
            match table.get(name).map(Spanned::get_ref) {
                Some(DeValue::Table(inner)) => Some(inner),
                _ => None,
            }
        };
        // In the order of the file, whatever the table's.
        let mut keys: Vec<_> = inner.into_iter().flat_map(DeTable::keys).collect();
        keys.sort_by_key(|key| key.span().start);
        if let Some(key) = keys.into_iter().find(|key| !known.contains(&key.get_ref().as_ref())) {
            return Err(unknown(key, name, known));
        }
    }
    Ok(())
}

fn validate(source: &Source<'_>, raw: Raw) -> Result<Image, ConfigError> {
    if *raw.format.get_ref() != FORMAT {
        let message = format!("format {} is not known: this program reads format {FORMAT}", raw.format.get_ref());
        return Err(source.error(raw.format.span().start, message));
    }
    Ok(Image {
        board: name(source, "board", &raw.board)?,
        version: source.value("version", &raw.version)?,
        date: source.value("date", &raw.date)?,
        channel: name(source, "channel", &raw.channel)?,
        compatible: name(source, "compatible", &raw.compatible)?,
        sizes: sizes(source, &raw.sizes)?,
        trust: source.word("trust", &raw.boot.trust, &[("own", Trust::Own), ("shim", Trust::Shim)])?,
        root: root(source, &raw.root)?,
        url: raw.updates.map(|updates| source.value("url", &updates.url)).transpose()?,
    })
}

/// A name that can stand in file names and bundles.
fn name(source: &Source<'_>, key: &str, text: &Spanned<String>) -> Result<String, ConfigError> {
    let value = text.get_ref();
    let fits = (1..=32).contains(&value.len())
        && value.starts_with(|c: char| c.is_ascii_lowercase())
        && value.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-');
    if fits {
        return Ok(value.clone());
    }
    let message = format!("{key}: '{value}' is no name: up to 32 of a-z, 0-9 and '-' are expected, the first a letter");
    Err(source.error(text.span().start, message))
}

fn sizes(source: &Source<'_>, raw: &Spanned<RawSizes>) -> Result<Sizes, ConfigError> {
    let size = |key: &str, text: &Spanned<String>, least: Bytes| -> Result<Bytes, ConfigError> {
        let size: Bytes = source.value(key, text)?;
        let refuse = |why: String| Err(source.error(text.span().start, format!("{key}: {}: {why}", text.get_ref())));
        if size != size.align_down(ALIGNMENT) {
            return refuse("a multiple of 1M is expected".to_owned());
        }
        if size < least {
            return refuse(format!("at least {}M is expected", least.0 >> 20));
        }
        if size > SMALLEST_DISK {
            return refuse("a node's disk may have as little as 16 GB".to_owned());
        }
        Ok(size)
    };
    let RawSizes { esp, slot, state } = raw.get_ref();
    let sizes = Sizes {
        esp: size("esp", esp, SMALLEST_ESP)?,
        slot: size("slot", slot, Bytes::mib(64))?,
        state: size("state", state, Bytes::mib(16))?,
    };
    let fixed = FIRST + sizes.esp + sizes.slot + sizes.slot + sizes.state;
    if fixed + SMALLEST_DATA > SMALLEST_DISK {
        let message = format!("[sizes] take {fixed}: of a 16 GB disk {SMALLEST_DATA} must be left for data");
        return Err(source.error(raw.span().start, message));
    }
    Ok(sizes)
}

fn root(source: &Source<'_>, raw: &Spanned<RawRoot>) -> Result<RootFormat, ConfigError> {
    let RawRoot { compression, level, cluster } = raw.get_ref();
    let algorithms = [
        ("none", Compression::None),
        ("lz4", Compression::Lz4),
        ("lz4hc", Compression::Lz4hc),
        ("zstd", Compression::Zstd),
    ];
    let algorithm = source.word("compression", compression, &algorithms)?;
    // Each algorithm's levels in mkfs.erofs, and the one that is taken if none is named.
    let (levels, usual) = match algorithm {
        Compression::None | Compression::Lz4 => (0..=0, 0),
        Compression::Lz4hc => (1..=12, 9),
        Compression::Zstd => (1..=22, 3),
    };
    let has_levels = *levels.end() > 0;
    if let Some(level) = level.as_ref().filter(|level| !has_levels || !levels.contains(level.get_ref())) {
        let message = match has_levels {
            true => format!("level: {} is expected for {}", text_of(&levels), compression.get_ref()),
            false => format!("level: '{}' has no levels: remove the key", compression.get_ref()),
        };
        return Err(source.error(level.span().start, message));
    }
    let cluster = match (algorithm, cluster) {
        (Compression::None, None) => None,
        (Compression::None, Some(text)) => {
            return Err(source.error(text.span().start, "cluster: nothing is compressed: remove the key"));
        }
        (_, None) => Some(Bytes(64 << 10)),
        (_, Some(text)) => {
            let size: Bytes = source.value("cluster", text)?;
            if !size.0.is_power_of_two() || !(4 << 10..=1 << 20).contains(&size.0) {
                let message = format!("cluster: {}: a power of 2 from 4K to 1M is expected", text.get_ref());
                return Err(source.error(text.span().start, message));
            }
            Some(size)
        }
    };
    let level = has_levels.then(|| level.as_ref().map_or(usual, |level| *level.get_ref()));
    Ok(RootFormat { compression: algorithm, level, cluster })
}

fn text_of(levels: &std::ops::RangeInclusive<u32>) -> String {
    format!("a level from {} to {}", levels.start(), levels.end())
}
