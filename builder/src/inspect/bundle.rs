//! Update bundles: what they are for, what is in them, and whether the signature vouches for all of it.

use formats::bundle::{self, BadBundle, MANIFEST, Manifest, Parts, TRAILER, signed_content};
use formats::date::Date;
use formats::digest::Digest;
use formats::size::Bytes;
use formats::verity::BLOCK;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::message;
use super::signature::Signature;
use super::source::Part;
use super::squashfs::Squashfs;
use super::tree::{self, Covered, TreeCheck};
use crate::disk::Progress;

/// An update bundle.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Bundle {
    /// Its length in bytes.
    pub(super) size: u64,
    /// Why a node refuses it before it looks at the signature.
    pub(super) refusal: Option<String>,
    /// What its signed manifest says.
    pub(super) content: Option<Content>,
    /// Its signature.
    pub(super) signature: Option<Signature>,
    /// What is wrong with its files, as far as no digest is needed.
    pub(super) files_problem: Option<String>,
    /// What a check of all its bytes found, if one was made.
    pub(super) check: Option<Check>,
}

/// What a signed manifest says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Content {
    /// The nodes that it is for.
    pub(super) compatible: String,
    /// The release.
    pub(super) version: String,
    /// The release in a line.
    pub(super) description: String,
    /// What tells two builds of a version apart.
    pub(super) build: String,
    /// The board, channel, date and changelog, if Ilanga made it.
    pub(super) release: Option<Release>,
    /// The image's name.
    pub(super) image: String,
    /// Its length in bytes.
    pub(super) image_size: u64,
    /// Its digest.
    pub(super) image_sha256: Digest,
    /// Length of the squashfs in bytes.
    pub(super) squashfs_size: u64,
    /// The root hash of the dm-verity tree behind it.
    pub(super) root_hash: Digest,
    /// What the tree's digests start from.
    pub(super) salt: String,
}

/// What only our own bundles say.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Release {
    /// The board.
    pub(super) board: String,
    /// The stream of releases.
    pub(super) channel: String,
    /// Its date.
    pub(super) date: Date,
    /// The release that must come first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) needs: Option<String>,
    /// What it changes.
    pub(super) changelog: Option<String>,
}

/// What a check of all bytes found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Check {
    /// The dm-verity tree.
    pub(super) tree: TreeCheck,
    /// Whether its top block gives the signed root hash.
    pub(super) top: bool,
    /// What is wrong with the image.
    pub(super) image_problem: Option<String>,
}

impl Content {
    fn of(bundle: &bundle::Bundle) -> Self {
        let Manifest { compatible, version, description, build, image, release } = bundle.manifest.clone();
        Self {
            compatible,
            version: version.to_string(),
            description,
            build,
            release: release.map(|release| Release {
                board: release.board,
                channel: release.channel,
                date: release.date,
                needs: release.needs.map(|needs| needs.to_string()),
                changelog: release.changelog.map(|changelog| changelog.to_string()),
            }),
            image: image.name.as_str().to_owned(),
            image_size: image.size.0,
            image_sha256: image.sha256,
            squashfs_size: bundle.squashfs.0,
            root_hash: bundle.verity.root_hash,
            salt: hex::encode(bundle.verity.salt),
        }
    }
}

/// Reads a bundle. `verify` reads all of it.
pub(super) fn read(all: &Part, verify: bool, progress: Progress<'_>) -> Bundle {
    let mut facts =
        Bundle { size: all.length(), refusal: None, content: None, signature: None, files_problem: None, check: None };
    let bundle = message(all).and_then(|(parts, message)| {
        facts.signature = message::read(&message);
        let bundle = bundle::Bundle::new(parts, &signed_content(&message)?)?;
        Ok((parts, bundle))
    });
    let (parts, bundle) = match bundle {
        Ok(bundle) => bundle,
        Err(refusal) => {
            facts.refusal = Some(refusal.to_string());
            return facts;
        }
    };
    facts.content = Some(Content::of(&bundle));
    let data = all.part(0, bundle.squashfs.0);
    let files = Squashfs::open(&data).and_then(|files| check_files(&files, &bundle).map(|()| files));
    if verify {
        let mut top = vec![0; BLOCK as usize];
        let top_is_right =
            all.read_at(&mut top, bundle.squashfs.0).is_ok() && bundle.tree().digest(&top) == bundle.verity.root_hash;
        facts.check = Some(Check {
            tree: tree::check(&all.part(0, parts.payload.0), &Covered::from(&bundle), progress),
            top: top_is_right,
            image_problem: files.as_ref().ok().and_then(|files| check_image(files, &bundle, progress).err()),
        });
    }
    facts.files_problem = files.err();
    facts
}

/// Where the parts are, and the signature's bytes.
fn message(all: &Part) -> Result<(Parts, Vec<u8>), BadBundle> {
    let short = || BadBundle::Short(all.length());
    let end = all.length().checked_sub(TRAILER).ok_or_else(short)?;
    let mut trailer = [0; TRAILER as usize];
    all.read_at(&mut trailer, end).map_err(|_| short())?;
    let parts = Parts::parse(Bytes(all.length()), trailer)?;
    let message = all.bytes(parts.payload.0, parts.signature.0 as usize).map_err(|_| short())?;
    Ok((parts, message))
}

/// Whether the files are those that the signed manifest speaks of.
fn check_files(files: &Squashfs<'_>, bundle: &bundle::Bundle) -> Result<(), String> {
    let image = &bundle.manifest.image;
    match files.size(image.name.as_str()) {
        None => return Err(format!("it has no file '{}', which its manifest names", image.name.as_str())),
        Some(size) if size != image.size.0 => {
            return Err(format!("its image has {size} bytes, and its manifest says {}", image.size.0));
        }
        Some(_) => {}
    }
    let mut inner = Vec::new();
    files.read(MANIFEST, 64 << 10, &mut |bytes| inner.extend(bytes))?;
    match Manifest::parse(&inner) {
        Ok((_, Some(_))) => Err(format!("its file {MANIFEST}: {}", BadBundle::VerityInside)),
        Ok((manifest, None)) if manifest == bundle.manifest => Ok(()),
        Ok(_) => Err(format!("its file {MANIFEST} says something else than its signed manifest")),
        Err(bad) => Err(format!("its file {MANIFEST}: {bad}")),
    }
}

/// Whether the image has the signed digest.
fn check_image(files: &Squashfs<'_>, bundle: &bundle::Bundle, progress: Progress<'_>) -> Result<(), String> {
    let image = &bundle.manifest.image;
    let (mut hasher, mut done) = (Sha256::new(), 0);
    files.read(image.name.as_str(), image.size.0, &mut |bytes| {
        hasher.update(bytes);
        done += bytes.len() as u64;
        progress(Bytes(done), image.size);
    })?;
    let found = Digest::new(hasher.finalize().into());
    if found == image.sha256 {
        Ok(())
    } else {
        Err(format!("its digest is {found}; the manifest says {}", image.sha256))
    }
}
