//! Publishing releases: a repository of static files that any web server, stick or neighbour can carry.
//!
//! ```text
//! bundle ─► offered::Offered ─┐
//!                             ├─► content::Content (pure: what is listed, what goes) ─► folder::Folder ─► DIR/targets, DIR/metadata
//! DIR ─► folder::Folder ──────┘                                                            keys::tuf signs
//! ```
//!
//! Invariants: a reader who comes at any moment, and one who had begun before it, finds every file that the metadata which it
//! has read name, whole: files come first, then the metadata that name them, `timestamp.json` last, by a rename; a file goes
//! when neither the newest list nor the one before it names it. A power cut leaves what was there, and some files that nothing
//! names: the next run takes or removes them. The same repository, bundles, keys and dates give the same bits.

mod beside;
mod content;
mod folder;
mod offered;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::date::Date;
use formats::metadata::schema::{Snapshot, Targets, Timestamp};
use formats::repository::{Channel, METADATA, Percentage, TIMESTAMP, TargetName};
use formats::size::Bytes;

use crate::disk::{Progress, write_file};
use crate::keys::tuf::Roles;
pub(crate) use content::Older;
use folder::{Folder, Signers};
use offered::Offered;

/// What is published, and how.
#[derive(Clone, Debug)]
pub(crate) struct Order<'a> {
    /// The repository's folder.
    pub(crate) folder: &'a Path,
    /// The keys that it trusts.
    pub(crate) keys: &'a Roles,
    /// The keys that it shall trust from now on, if others.
    pub(crate) new_keys: Option<&'a Roles>,
    /// The bundles that are added.
    pub(crate) bundles: Vec<PathBuf>,
    /// The only stream of releases that is touched.
    pub(crate) channel: Option<&'a str>,
    /// How many nodes shall take what is added, or what is there.
    pub(crate) rollout: Option<Percentage>,
    /// The day of the signatures.
    pub(crate) date: Date,
    /// For how many days the list is believed.
    pub(crate) days: u32,
    /// How many releases of a board stay.
    pub(crate) keep: usize,
    /// Whether nothing is written.
    pub(crate) dry_run: bool,
}

/// What was published, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// The list's version.
    pub(crate) version: u64,
    /// The root's version.
    pub(crate) root: u64,
    /// The day on which the list ends.
    pub(crate) ends: Date,
    /// The day on which the root ends, in seconds since 1970.
    pub(crate) root_ends: u64,
    /// Whether the repository is a new one.
    pub(crate) is_new: bool,
    /// What the channels offer.
    pub(crate) channels: Vec<Channel>,
    /// Files that were added.
    pub(crate) added: Vec<TargetName>,
    /// How long they are together.
    pub(crate) bytes: Bytes,
    /// Files that are listed no more.
    pub(crate) removed: Vec<TargetName>,
}

/// The releases that a repository has and a bundle is newer than, the newest first; none if that version is there already.
pub(crate) fn before(folder: &Path, keys: &Roles, bundle: &Path) -> Result<Vec<Older>> {
    let manifest = offered::manifest(bundle).with_context(|| format!("reading the bundle {}", bundle.display()))?;
    let (Some(release), Some(there)) = (manifest.release, Folder::open(folder, false)?.read(&keys.root)?) else {
        return Ok(Vec::new());
    };
    let published = there.content.has(&release.board, &manifest.version);
    Ok(if published { Vec::new() } else { there.content.bundles_before(&release.board, &manifest.version) })
}

/// For how many days `targets.json` itself is believed: what is in it changes with releases only.
const DAYS_OF_FILES: u32 = 1096;

/// Publishes.
pub(crate) fn publish(order: &Order<'_>, progress: Progress<'_>) -> Result<Published> {
    if order.bundles.is_empty() && !order.folder.join(METADATA).join(TIMESTAMP).exists() {
        bail!("there is no repository in {} yet: name a bundle to begin one with", order.folder.display());
    }
    let folder = Folder::open(order.folder, !order.dry_run)?;
    let there = folder.read(&order.keys.root)?;
    let is_new = there.is_none();
    let end = |days: u32| {
        order.date.after(days).with_context(|| format!("{days} days after {} are beyond the year 2099", order.date))
    };
    if is_new && order.keys.root.signed.version.get() != 1 {
        let version = order.keys.root.signed.version;
        bail!("these keys' root is the root {version} of another folder: nodes need that folder's earlier ones too");
    }
    let (ends, files_end) = (end(order.days)?, end(DAYS_OF_FILES.max(order.days))?);
    if let Some(day) = there.as_ref().and_then(|there| there.signed_on)
        && day > order.date
    {
        bail!("the list there was signed on {day}, after {}: give that day or a later one with --date", order.date);
    }

    let before = there.as_ref().map(|there| there.content.clone()).unwrap_or_default();
    let mut content = before.clone();
    let mut offered = Vec::new();
    for path in &order.bundles {
        let release = Offered::read(path, &mut *progress)?;
        if let Some(channel) = order.channel.filter(|channel| *channel != release.channel.channel) {
            let is = &release.channel.channel;
            bail!(
                "{} is for the channel {is}: `ilanga bundle --channel {channel}` makes one for {channel}",
                path.display()
            );
        }
        content.add(&release.channel, order.rollout).with_context(|| format!("adding {}", path.display()))?;
        offered.push(release);
    }
    if let Some(rollout) = order.rollout.filter(|_| order.bundles.is_empty()) {
        content.set_rollout(order.channel, rollout)?;
    }
    content.prune(order.keep);
    let same_files = content == before && !is_new && order.new_keys.is_none();

    let (added, removed) = content.difference(&before);
    let next = there.as_ref().map_or(1, |there| there.versions.timestamp + 1);
    let mut published = Published {
        version: next,
        root: there.as_ref().map_or(order.keys.root.signed.version.get(), |there| there.root),
        ends,
        root_ends: formats::metadata::ends(&order.new_keys.unwrap_or(order.keys).root.signed),
        is_new,
        channels: content.channels().cloned().collect(),
        bytes: Bytes(added.iter().filter_map(|name| content.listed(name)).map(|listed| listed.length.0).sum()),
        added,
        removed,
    };
    if let Some(new) = order.new_keys {
        let root = order.keys.followed_by(new, order.date)?;
        published.root = root.version.get();
    }
    if order.dry_run {
        return Ok(published);
    }

    let signers = signers(order, same_files)?;
    if is_new {
        folder.write_root(order.keys.root.signed.version.get(), &order.keys.bytes)?;
    }
    for release in &offered {
        release.copy_to(&folder, &mut *progress)?;
    }
    folder.write_lists(
        &content,
        there.as_ref().filter(|_| same_files),
        next,
        (ends, files_end),
        order.date,
        &signers,
    )?;
    if let Some(new) = order.new_keys {
        // Last: who has the old root understands the lists too, as both keys have signed them. The new keys' folder gets it
        // first, so that it has it when the repository has it.
        let root = order.keys.followed_by(new, order.date)?;
        write_file(&new.keys.root_file, &root.bytes)?;
        folder.write_root(root.version.get(), &root.bytes)?;
    }
    folder.sweep(&content, &before, next)?;
    Ok(published)
}

/// Who signs: the keys that are trusted now, and while they change those that will be, too.
fn signers(order: &Order<'_>, same_files: bool) -> Result<Signers> {
    let mut signers = Signers::default();
    for roles in std::iter::once(order.keys).chain(order.new_keys) {
        if !same_files {
            signers.targets.push(Box::new(roles.signer::<Targets>(&roles.keys.targets)?));
        }
        signers.snapshot.push(Box::new(roles.signer::<Snapshot>(&roles.keys.snapshot)?));
        signers.timestamp.push(Box::new(roles.signer::<Timestamp>(&roles.keys.timestamp)?));
    }
    Ok(signers)
}
