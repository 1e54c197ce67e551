//! What a repository lists, and what becomes of it when a release is added. Pure.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;
use formats::metadata::Listed;
use formats::repository::{Channel, Percentage, TargetName, channel_name};
use formats::size::Bytes;
use formats::version::Version;

/// Files and channels of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content {
    /// All files but the channels' documents.
    files: BTreeMap<TargetName, Listed>,
    /// The channels' documents.
    channels: BTreeMap<TargetName, Channel>,
}

/// A release that a repository has: its files, below the repository's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Older {
    /// Its version.
    pub(crate) version: Version,
    /// Its bundle.
    pub(crate) bundle: String,
    /// The index of its pieces.
    pub(crate) index: Option<String>,
}

impl Content {
    /// What a list and its documents say.
    pub(crate) fn new(files: BTreeMap<TargetName, Listed>, channels: BTreeMap<TargetName, Channel>) -> Self {
        Self { files, channels }
    }

    /// The documents, by their names.
    pub(crate) fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    /// Everything that `targets.json` lists, documents too.
    pub(crate) fn all(&self) -> BTreeMap<TargetName, Listed> {
        let documents = self.channels.iter().map(|(name, channel)| (name.clone(), document(channel)));
        self.files.clone().into_iter().chain(documents).collect()
    }

    /// What is said of a file.
    pub(crate) fn listed(&self, name: &TargetName) -> Option<Listed> {
        self.files.get(name).cloned().or_else(|| self.channels.get(name).map(document))
    }

    /// Whether there is anything of this release.
    pub(crate) fn has(&self, board: &str, version: &Version) -> bool {
        self.files.iter().any(|(name, listed)| self::board(name) == board && listed.release.as_ref() == Some(version))
    }

    /// The bundles of a board before a version, the newest first, each with its index if it has one.
    pub(crate) fn bundles_before(&self, board: &str, version: &Version) -> Vec<Older> {
        let mut found = Vec::new();
        for (name, listed) in self.files.iter().filter(|(name, _)| self::board(name) == board) {
            let Some(stem) = name.as_str().strip_suffix(".raucb") else { continue };
            let Some(older) = listed.release.as_ref().filter(|release| *release < version) else { continue };
            let index = format!("{stem}.chunks").parse().ok().and_then(|index: TargetName| {
                let listed = self.files.get(&index)?;
                Some(index.path(&listed.sha256))
            });
            found.push(Older { version: older.clone(), bundle: name.path(&listed.sha256), index });
        }
        found.sort_by(|a, b| b.version.cmp(&a.version));
        found
    }

    /// Makes a release the newest of its channel, for as many nodes as are said, or for those for whom it is already.
    pub(crate) fn add(&mut self, release: &Channel, rollout: Option<Percentage>) -> Result<()> {
        let name = channel_name(&release.board, &release.channel).context("naming the channel's document")?;
        let mut document = release.clone();
        document.rollout = rollout.unwrap_or(Percentage::ALL);
        if let Some(old) = self.channels.get(&name) {
            if old.version > release.version {
                bail!(
                    "the channel {} of {} has {} already, and nodes never go back from it: give the release a higher \
                     version, or withdraw the other one with --rollout 0%",
                    release.channel,
                    release.board,
                    old.version
                );
            }
            if old.version == release.version {
                document.rollout = rollout.unwrap_or(old.rollout);
                document.index = document.index.or_else(|| old.index.clone());
                document.pack = document.pack.or_else(|| old.pack.clone());
                document.hints = document.hints.or_else(|| old.hints.clone());
                document.patches = document.patches.or_else(|| old.patches.clone());
                let known: BTreeSet<_> = document.deltas.iter().map(|delta| delta.from.as_str().to_owned()).collect();
                let more = old.deltas.iter().filter(|delta| !known.contains(delta.from.as_str()));
                document.deltas.extend(more.cloned());
            }
        }
        document.deltas.sort_by(|a, b| a.from.cmp(&b.from));
        document.check().context("describing the release")?;
        for file in document.files() {
            let listed = Listed { length: file.length, sha256: file.sha256, release: Some(document.version.clone()) };
            if let Some(there) = self.files.get(&file.name)
                && there.sha256 != listed.sha256
            {
                bail!("{} is published already with another content: give the release a higher version", file.name);
            }
            self.files.entry(file.name.clone()).or_insert(listed);
        }
        self.channels.insert(name, document);
        Ok(())
    }

    /// Changes how many nodes take what the channels offer: of one channel, or of all.
    pub(crate) fn set_rollout(&mut self, channel: Option<&str>, rollout: Percentage) -> Result<()> {
        let mut changed = false;
        for document in
            self.channels.values_mut().filter(|document| channel.is_none_or(|name| name == document.channel))
        {
            document.rollout = rollout;
            changed = true;
        }
        match changed {
            true => Ok(()),
            false => bail!("the repository has no channel {}", channel.unwrap_or("at all")),
        }
    }

    /// Takes off the list what belongs to releases that no channel offers, but for the newest `keep` of each board.
    pub(crate) fn prune(&mut self, keep: usize) {
        let offered: BTreeSet<TargetName> =
            self.channels.values().flat_map(|channel| channel.files().map(|file| file.name.clone())).collect();
        let mut releases: BTreeMap<String, Vec<Version>> = BTreeMap::new();
        for (name, listed) in &self.files {
            let versions = releases.entry(board(name).to_owned()).or_default();
            versions.extend(listed.release.clone());
        }
        for versions in releases.values_mut() {
            versions.sort();
            versions.dedup();
            versions.reverse();
            versions.truncate(keep);
        }
        self.files.retain(|name, listed| {
            let kept = releases
                .get(board(name))
                .is_some_and(|kept| listed.release.as_ref().is_none_or(|release| kept.contains(release)));
            kept || offered.contains(name)
        });
    }

    /// The names of files that this has and another has not, or with another content; and of those that only the other has.
    pub(crate) fn difference(&self, before: &Self) -> (Vec<TargetName>, Vec<TargetName>) {
        let (now, before) = (self.all(), before.all());
        let added = now.iter().filter(|(name, listed)| before.get(*name) != Some(*listed));
        let removed = before.keys().filter(|name| !now.contains_key(*name));
        (added.map(|(name, _)| name.clone()).collect(), removed.cloned().collect())
    }

    /// The documents as they are published.
    pub(crate) fn documents(&self) -> impl Iterator<Item = (&TargetName, String)> {
        self.channels.iter().map(|(name, channel)| (name, channel.text()))
    }
}

fn document(channel: &Channel) -> Listed {
    let text = channel.text();
    Listed { length: Bytes(text.len() as u64), sha256: Digest::of(&text), release: None }
}

/// The board that a file is for.
fn board(name: &TargetName) -> &str {
    name.as_str().split('/').next().unwrap_or_default()
}
