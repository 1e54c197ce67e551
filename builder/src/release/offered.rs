//! A release that is to be published: a bundle, and what lies beside it.
//!
//! ```text
//! ilanga-mini-pc_2026.11.1.raucb       says board, channel, version, date and changelog
//! ilanga-mini-pc_2026.11.1.chunks      its index, if there is one
//! ilanga-mini-pc_2026.11.1.pack        its pieces, if there are any
//! ilanga-mini-pc_2026.11.1.hints       which of them can be made from older ones, if that is known
//! ilanga-mini-pc_2026.11.1.patches     and how
//! 2026.11.0-2026.11.1.delta            from an older release, any number of them
//! ```

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::bundle::{self, Bundle, Parts, TRAILER};
use formats::digest::Digest;
use formats::repository::{self, Channel, Delta, FORMAT, Headline, LONGEST_FILE, Percentage, TargetName};
use formats::size::Bytes;
use formats::version::Version;
use sha2::{Digest as _, Sha256};

use super::beside;
use super::folder::Folder;
use crate::disk::Progress;

/// How much is read at once.
const PIECE: usize = 1 << 20;

/// A release, and where its files are.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    /// What its channel's document will say.
    pub(crate) channel: Channel,
    /// Its files.
    files: Vec<(PathBuf, repository::File)>,
}

impl Offered {
    /// Reads a bundle and what lies beside it.
    pub(crate) fn read(path: &Path, progress: Progress<'_>) -> Result<Self> {
        let manifest = manifest(path).with_context(|| format!("reading the bundle {}", path.display()))?;
        let Some(release) = manifest.release else {
            bail!(
                "{} does not say for which board and channel it is: `ilanga bundle` makes one that does",
                path.display()
            );
        };
        let changelog = release.changelog.map(|changelog| Headline::of(&changelog));
        let headline = match changelog {
            Some(headline) => headline,
            None => {
                manifest.description.parse().map_err(anyhow::Error::msg).context("reading the bundle's description")?
            }
        };
        let mut files = Vec::new();
        let mut file = |path: &Path| -> Result<repository::File> {
            let described = described(path, &release.board, &mut *progress)?;
            files.push((path.to_owned(), described.clone()));
            Ok(described)
        };
        let bundle = file(path)?;
        let beside = |suffix: &str| Some(path.with_extension(suffix)).filter(|path| path.exists());
        let index = beside("chunks").map(|path| file(&path)).transpose()?;
        let pack = beside("pack").map(|path| file(&path)).transpose()?;
        let hints = beside("hints").map(|path| file(&path)).transpose()?;
        let patches = beside("patches").map(|path| file(&path)).transpose()?;
        let mut deltas = Vec::new();
        for (from, path) in deltas_beside(path, manifest.version.as_str())? {
            deltas.push(Delta { from, file: file(&path)? });
        }
        let channel = Channel {
            format: FORMAT,
            board: release.board,
            channel: release.channel,
            version: manifest.version,
            date: release.date,
            needs: release.needs,
            headline,
            rollout: Percentage::ALL,
            bundle,
            index,
            pack,
            hints,
            patches,
            deltas,
        };
        channel.check().with_context(|| format!("describing {}", path.display()))?;
        beside::check(path, &channel)?;
        Ok(Self { channel, files })
    }

    /// Copies its files to where nodes find them.
    pub(crate) fn copy_to(&self, folder: &Folder, progress: Progress<'_>) -> Result<()> {
        self.files.iter().try_for_each(|(path, file)| folder.copy(path, file, &mut *progress))
    }
}

/// What a bundle's signed manifest says.
pub(super) fn manifest(path: &Path) -> Result<bundle::Manifest> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let Some(end) = length.checked_sub(TRAILER) else { bail!("it is too short") };
    let mut trailer = [0; TRAILER as usize];
    file.read_exact_at(&mut trailer, end)?;
    let parts = Parts::parse(Bytes(length), trailer)?;
    let mut message = vec![0; usize::try_from(parts.signature.0)?];
    file.read_exact_at(&mut message, parts.payload.0)?;
    Ok(Bundle::new(parts, &bundle::signed_content(&message)?)?.manifest)
}

/// A file's name in the repository, its length and its digest.
fn described(path: &Path, board: &str, progress: Progress<'_>) -> Result<repository::File> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name: TargetName =
        format!("{board}/{name}").parse().with_context(|| format!("publishing {}", path.display()))?;
    let reading = || format!("reading {}", path.display());
    let mut file = File::open(path).with_context(reading)?;
    let length = Bytes(file.metadata().with_context(reading)?.len());
    if length.0 == 0 || length.0 > LONGEST_FILE {
        bail!("{} has {length}: nodes would refuse it", path.display());
    }
    let (mut hasher, mut piece, mut at) = (Sha256::new(), vec![0; PIECE], 0);
    while at < length.0 {
        let read = file.read(&mut piece).with_context(reading)?;
        if read == 0 {
            bail!("{} became shorter while it was read", path.display());
        }
        hasher.update(&piece[..read]);
        at += read as u64;
        progress(Bytes(at), length);
    }
    Ok(repository::File { name, length, sha256: Digest::new(hasher.finalize().into()) })
}

/// The deltas to a version that lie beside a bundle, and the releases that they are from.
fn deltas_beside(bundle: &Path, version: &str) -> Result<Vec<(Version, PathBuf)>> {
    let folder = bundle.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let listing = || format!("listing {}", folder.display());
    let mut deltas = Vec::new();
    for entry in fs::read_dir(folder).with_context(listing)? {
        let path = entry.with_context(listing)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let from = name.strip_suffix(&format!("-{version}.delta")).and_then(|from| from.parse().ok());
        deltas.extend(from.map(|from| (from, path.clone())));
    }
    deltas.sort();
    Ok(deltas)
}
