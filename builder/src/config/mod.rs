//! An image's configuration: a folder of `images/`, read and checked.
//!
//! ```text
//! images/mini-pc/mkosi.conf …   text ─[ini]→ sections ─[mkosi]→ settings ─[domain]→ Mkosi  ┐
//! images/mini-pc/image.toml     text ─[image_toml]→ Image                                  ┼→ ImageConfig
//! images/mini-pc/changelog.txt  text → Changelog, if it is there                           ┘
//! ```
//!
//! The folder's `mkosi.conf` and what belongs to it are [mkosi's](https://github.com/systemd/mkosi) format; mkosi can
//! build the same folder. Invariants: nothing of the host is looked at but these files (no environment, no clock, no
//! release or architecture of the host), and nothing behind the plan asks the configuration again.

mod domain;
mod error;
mod glob;
mod image_toml;
mod ini;
mod matching;
mod mkosi;
mod settings;
#[cfg(test)]
mod tests;
mod value;

use std::path::{Path, PathBuf};

use formats::bundle::Changelog;

pub(crate) use domain::Mkosi;
pub(crate) use error::ConfigError;
pub(crate) use image_toml::{Compression, Image, RootFormat, Trust};
pub(crate) use ini::Place;
pub(crate) use value::Item;

use error::Problem;

/// The file of a folder of `images/` that says what the release changes, for people.
const CHANGELOG: &str = "changelog.txt";

/// All that a folder of `images/` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageConfig {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The files that were read, in order: a change of one of them is a change of the configuration.
    pub(crate) files: Vec<PathBuf>,
    /// What mkosi has words for.
    pub(crate) mkosi: Mkosi,
    /// What it has none for.
    pub(crate) image: Image,
    /// What the release changes, if [`CHANGELOG`] is there.
    pub(crate) changelog: Option<Changelog>,
}

/// Reads the folder of an image.
pub(crate) fn load(folder: &Path) -> Result<ImageConfig, ConfigError> {
    for (name, what) in [("mkosi.conf", "mkosi configuration"), ("image.toml", "description of the board")] {
        let path = folder.join(name);
        if !path.exists() {
            return Err(ConfigError::Missing { path, what });
        }
    }
    let settings = mkosi::read(folder)?;
    let mkosi = Mkosi::new(&settings)?;
    let path = folder.join("image.toml");
    let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read { path: path.clone(), source })?;
    let image = image_toml::parse(&path, &text)?;
    check_agreement(&mkosi, &image)?;
    let mut files = settings.files;
    files.push(path);
    let path = folder.join(CHANGELOG);
    let changelog = if path.exists() { Some(changelog(&path)?) } else { None };
    files.extend(changelog.is_some().then_some(path));
    Ok(ImageConfig { folder: folder.to_owned(), files, mkosi, image, changelog })
}

/// Reads what a release changes.
pub(crate) fn changelog(path: &Path) -> Result<Changelog, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    text.parse().map_err(|problem| ConfigError::Changelog { path: path.to_owned(), problem })
}

/// What both files say must be the same.
fn check_agreement(mkosi: &Mkosi, image: &Image) -> Result<(), ConfigError> {
    let differs = |name: &str, item: &Item, expected: String| {
        item.place.error(Problem::Value { name: name.to_owned(), value: item.text.clone(), expected })
    };
    if let Some((version, item)) = &mkosi.image_version
        && *version != image.version
    {
        return Err(differs("ImageVersion", item, format!("image.toml says {}", image.version)));
    }
    if let Some((seconds, item)) = &mkosi.source_date_epoch
        && *seconds != image.date.seconds()
    {
        let expected = format!("image.toml's date, {}, is {}", image.date, image.date.seconds());
        return Err(differs("SourceDateEpoch", item, expected));
    }
    Ok(())
}
