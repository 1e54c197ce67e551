//! `manifest.raucm`: what a bundle is for and what is in it, as RAUC's
//! [manifest](https://rauc.readthedocs.io/en/latest/reference.html#manifest) says it.
//!
//! ```text
//! [update]       compatible, version, description, build
//! [bundle]       format=verity; in the signed manifest also verity-hash, verity-salt, verity-size
//! [image.rootfs] sha256, size, filename; adaptive=block-hash-index
//! [meta.ilanga]  board, channel, date, needs, changelog
//! ```
//!
//! A bundle has it twice: signed, and among its files, where RAUC does not look. Invariants: it is read as GLib would
//! read it or not at all ([`super::key_file`]); what RAUC refuses is refused, and also every hook and handler, encryption,
//! and more than one image; an image's name is no path.

use std::collections::BTreeMap;

use crate::date::Date;
use crate::digest::Digest;
use crate::size::Bytes;
use crate::verity::BLOCK;
use crate::version::Version;

use super::changelog::Changelog;
use super::error::{BadBundle, shown};
use super::key_file::{Group, KeyFile, escape};

/// Its name among the bundle's files.
pub const NAME: &str = "manifest.raucm";

/// The class of a node's slots.
pub const CLASS: &str = "rootfs";

/// More bytes than any manifest has: the changelog, escaped, is the most of it.
pub(super) const LONGEST: usize = 48 << 10;

/// The longest line that people see.
const LONGEST_LINE: usize = 500;

/// What a bundle is for and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The nodes that it is for, such as `ilanga-mini-pc`.
    pub compatible: String,
    /// The release's version.
    pub version: Version,
    /// The release in a line.
    pub description: String,
    /// What tells two builds of a version apart: the root hash.
    pub build: String,
    /// What is written to a slot.
    pub image: Image,
    /// What our own bundles say beside.
    pub release: Option<Release>,
}

/// What is written to a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name among the bundle's files.
    pub name: ImageName,
    /// Its digest.
    pub sha256: Digest,
    /// Its length.
    pub size: Bytes,
    /// Whether RAUC may copy the blocks that a slot has already, by an index among the bundle's files.
    pub block_hash_index: bool,
}

/// What our own bundles say beside what RAUC needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The board.
    pub board: String,
    /// The stream of releases that it is in.
    pub channel: String,
    /// Its date.
    pub date: Date,
    /// The oldest release that may run where it is installed: that brings what this one takes for granted, such as new keys.
    pub needs: Option<Version>,
    /// What it changes.
    pub changelog: Option<Changelog>,
}

/// The dm-verity tree over a bundle's squashfs, from the signed manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verity {
    /// The digest of its top block.
    pub root_hash: Digest,
    /// What its digests start from.
    pub salt: [u8; 32],
    /// Its length.
    pub size: Bytes,
}

/// The name of an image's file: no path, and ending with `.img`, which RAUC writes to a slot as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageName(String);

impl ImageName {
    /// The name `text`, if it is one.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |c: u8| c.is_ascii_alphanumeric() || b"._-+~".contains(&c);
        let fits = text.len() <= 128
            && text.strip_suffix(".img").is_some_and(|stem| !stem.is_empty())
            && !text.starts_with(['.', '-'])
            && !text.contains("..")
            && text.bytes().all(plain);
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Manifest {
    /// Reads a manifest, and the tree that it names if it is the signed one.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Option<Verity>), BadBundle> {
        if bytes.len() > LONGEST {
            return Err(BadBundle::LongManifest(bytes.len()));
        }
        let text = str::from_utf8(bytes).map_err(|_| BadBundle::NotText)?;
        let mut file = KeyFile::parse(text)?;
        if file.has("hooks") {
            return Err(BadBundle::Program("[hooks]".to_owned()));
        }
        if file.has("handler") {
            return Err(BadBundle::Program("[handler]".to_owned()));
        }
        let mut update = file.take("update");
        let mut bundle = file.take("bundle");
        let (image, mut images) = (file.take("image"), file.take_all("image."));
        let mut meta: BTreeMap<String, Group> = file.take_all("meta.").into_iter().collect();
        image.end()?;
        file.end()?;

        let verity = verity(&mut bundle)?;
        bundle.end()?;
        let manifest = Self {
            compatible: update.need_as("compatible", "a name of letters, digits, '-', '_' and '.'", name)?,
            version: update.need_as("version", "a version such as 2026.11.0", |text| text.parse().ok())?,
            description: optional_line(&mut update, "description")?,
            build: optional_line(&mut update, "build")?,
            image: match (images.pop(), images.len()) {
                (Some((class, group)), 0) => Image::read(&class, group)?,
                (last, others) => return Err(BadBundle::Images(others + usize::from(last.is_some()))),
            },
            // RAUC interprets none of these.
            release: meta.remove("ilanga").map(Release::read).transpose()?,
        };
        update.end()?;
        Ok((manifest, verity))
    }

    /// The text: among a bundle's files without a tree, signed with it.
    pub fn text(&self, verity: Option<&Verity>) -> String {
        let Self { compatible, version, description, build, image, release } = self;
        let (description, build) = (escape(description), escape(build));
        let mut text = format!("[update]\ncompatible={compatible}\nversion={version}\n");
        text.push_str(&format!("description={description}\nbuild={build}\n\n[bundle]\nformat=verity\n"));
        if let Some(Verity { root_hash, salt, size }) = verity {
            let salt = hex::encode(salt);
            text.push_str(&format!("verity-hash={root_hash}\nverity-salt={salt}\nverity-size={}\n", size.0));
        }
        let Image { name, sha256, size, block_hash_index } = image;
        text.push_str(&format!("\n[image.{CLASS}]\nsha256={sha256}\nsize={}\nfilename={}\n", size.0, name.as_str()));
        if *block_hash_index {
            text.push_str("adaptive=block-hash-index;\n");
        }
        if let Some(Release { board, channel, date, needs, changelog }) = release {
            text.push_str(&format!("\n[meta.ilanga]\nboard={board}\nchannel={channel}\ndate={date}\n"));
            if let Some(needs) = needs {
                text.push_str(&format!("needs={needs}\n"));
            }
            if let Some(changelog) = changelog {
                text.push_str(&format!("changelog={}\n", escape(changelog.as_str())));
            }
        }
        text
    }
}

impl Image {
    fn read(class: &str, mut group: Group) -> Result<Self, BadBundle> {
        if class != CLASS {
            return Err(BadBundle::Class(shown(class)));
        }
        if group.take("hooks").is_some() {
            return Err(BadBundle::Program(format!("hooks in [image.{CLASS}]")));
        }
        let adaptive = group.take("adaptive").unwrap_or_default();
        let mut methods = adaptive.split(';').filter(|method| !method.is_empty());
        if let Some(unknown) = methods.clone().find(|method| *method != "block-hash-index") {
            return Err(BadBundle::Adaptive(shown(unknown)));
        }
        let name = group.need("filename")?;
        let image = Self {
            name: ImageName::new(&name).ok_or_else(|| BadBundle::ImageName(shown(&name)))?,
            sha256: group.need_as("sha256", "64 lower-case hexadecimal digits", digest)?,
            size: group.need_as("size", "the image's length, a multiple of 4096", blocks)?,
            block_hash_index: methods.next().is_some(),
        };
        group.end()?;
        Ok(image)
    }
}

impl Release {
    fn read(mut group: Group) -> Result<Self, BadBundle> {
        let changelog = match group.take("changelog") {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| BadBundle::Value {
                group: "meta.ilanga".to_owned(),
                key: "changelog",
                value: shown(&text),
                expected: "text for people, not too long",
            })?),
        };
        let needs = match group.take("needs") {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| BadBundle::Value {
                group: "meta.ilanga".to_owned(),
                key: "needs",
                value: shown(&text),
                expected: "a version such as 2026.11.0",
            })?),
        };
        let release = Self {
            board: group.need_as("board", "a board's name", name)?,
            channel: group.need_as("channel", "a channel's name", name)?,
            date: group.need_as("date", "a date such as 2026-11-21", |text| text.parse().ok())?,
            needs,
            changelog,
        };
        group.end()?;
        Ok(release)
    }
}

fn verity(bundle: &mut Group) -> Result<Option<Verity>, BadBundle> {
    if bundle.take("crypt-key").is_some() {
        return Err(BadBundle::Encrypted);
    }
    match bundle.take("format").as_deref() {
        Some("verity") => {}
        Some("crypt") => return Err(BadBundle::Encrypted),
        // What RAUC takes for the format if there is none.
        other => return Err(BadBundle::Format(shown(other.unwrap_or("plain")))),
    }
    let Some(root_hash) = bundle.take("verity-hash") else { return Ok(None) };
    let wrong = || BadBundle::Value {
        group: "bundle".to_owned(),
        key: "verity-hash",
        value: shown(&root_hash),
        expected: "64 lower-case hexadecimal digits",
    };
    Ok(Some(Verity {
        root_hash: digest(&root_hash).ok_or_else(wrong)?,
        salt: *bundle.need_as("verity-salt", "64 lower-case hexadecimal digits", digest)?.as_bytes(),
        size: bundle.need_as("verity-size", "the tree's length, a multiple of 4096", blocks)?,
    }))
}

/// 64 lower-case digits, as RAUC compares texts.
fn digest(text: &str) -> Option<Digest> {
    text.parse().ok().filter(|digest: &Digest| digest.to_string() == text)
}

/// A length in whole blocks, written in one way only.
fn blocks(text: &str) -> Option<Bytes> {
    let size: u64 = text.parse().ok()?;
    (size > 0 && size.is_multiple_of(BLOCK) && size.to_string() == text).then_some(Bytes(size))
}

/// A name that can stand in file names.
fn name(text: &str) -> Option<String> {
    let fits = (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_.".contains(&c));
    fits.then(|| text.to_owned())
}

/// A line for people that need not be there.
fn optional_line(group: &mut Group, key: &'static str) -> Result<String, BadBundle> {
    let Some(value) = group.take(key) else { return Ok(String::new()) };
    if value.len() <= LONGEST_LINE && !value.chars().any(char::is_control) {
        return Ok(value);
    }
    let (group, expected) = ("update".to_owned(), "a line of text");
    Err(BadBundle::Value { group, key, value: shown(&value), expected })
}
