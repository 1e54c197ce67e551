//! A repository's folder: read, written in an order that no reader notices, and swept.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::date::Date;
use formats::digest::Digest;
use formats::metadata::schema::{Role, Root, Signed, Snapshot, Targets, Timestamp};
use formats::metadata::{self, Listed, Signer, Written};
use formats::repository::{
    self, Channel, LONGEST_CHANNEL, LONGEST_ROOT, LONGEST_SNAPSHOT, LONGEST_TARGETS, METADATA, TARGETS, TIMESTAMP,
    TargetName,
};
use formats::size::Bytes;
use sha2::{Digest as _, Sha256};

use super::content::Content;
use crate::disk::{Output, Progress, write_file};

/// A repository's folder, which nobody else changes meanwhile.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: Option<File>,
}

/// What there is already.
#[derive(Clone, Debug)]
pub(crate) struct There {
    /// What is listed.
    pub(crate) content: Content,
    /// The newest root's version.
    pub(crate) root: u64,
    /// The lists' versions.
    pub(crate) versions: Versions,
    /// The day on which the list was signed.
    pub(crate) signed_on: Option<Date>,
    /// `N.targets.json`, as it is.
    targets: Written,
}

/// The versions of lists.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Versions {
    /// That of `timestamp.json`, which is never behind the others.
    pub(crate) timestamp: u64,
}

/// Who signs what.
#[derive(Default)]
pub(crate) struct Signers {
    /// The list of files, if it changes.
    pub(crate) targets: Vec<Box<dyn Signer>>,
    /// What belongs together.
    pub(crate) snapshot: Vec<Box<dyn Signer>>,
    /// What is the newest.
    pub(crate) timestamp: Vec<Box<dyn Signer>>,
}

impl Folder {
    /// The folder, made and locked if it is to be `written`.
    pub(crate) fn open(path: &Path, written: bool) -> Result<Self> {
        let path = std::path::absolute(path).with_context(|| format!("finding {}", path.display()))?;
        if !written {
            return Ok(Self { path, _lock: None });
        }
        for folder in [path.clone(), path.join(METADATA), path.join(TARGETS)] {
            make_folder(&folder)?;
        }
        let lock = File::open(&path).with_context(|| format!("opening {}", path.display()))?;
        lock.lock().with_context(|| format!("waiting for who else publishes in {}", path.display()))?;
        Ok(Self { path, _lock: Some(lock) })
    }

    fn metadata(&self, name: &str) -> PathBuf {
        self.path.join(METADATA).join(name)
    }

    /// What there is, checked as a node with this root checks it; nothing if nothing was published yet.
    pub(crate) fn read(&self, root: &Signed<Root>) -> Result<Option<There>> {
        let Some(bytes) = self.bytes(TIMESTAMP, LONGEST_SNAPSHOT)? else { return Ok(None) };
        let version = root.signed.version.get();
        let newest = self.newest_root()?;
        if newest != version {
            bail!(
                "the repository has the root {newest}, and these keys are for the root {version}: use the folder of keys \
                 that was made or named when its keys were changed last (docs/keys.md)"
            );
        }
        let own = self.bytes(&format!("{version}.root.json"), LONGEST_ROOT)?.unwrap_or_default();
        if metadata::read::<Root>(&own, LONGEST_ROOT)?.signed != root.signed {
            bail!("{} was made with other keys: use those that it was made with", self.path.display());
        }
        let timestamp: Signed<Timestamp> = self.checked(root, TIMESTAMP, &bytes, LONGEST_SNAPSHOT)?;
        let named = |meta: &std::collections::HashMap<String, metadata::schema::Metafile>, name: &str| {
            meta.get(name).map(|file| file.version).with_context(|| format!("finding the version of {name}"))
        };
        let name = format!("{}.snapshot.json", named(&timestamp.signed.meta, "snapshot.json")?);
        let bytes = self.bytes(&name, LONGEST_SNAPSHOT)?.with_context(|| format!("{name} is missing"))?;
        let snapshot: Signed<Snapshot> = self.checked(root, &name, &bytes, LONGEST_SNAPSHOT)?;
        let version = named(&snapshot.signed.meta, "targets.json")?;
        let name = format!("{version}.targets.json");
        let bytes = self.bytes(&name, LONGEST_TARGETS)?.with_context(|| format!("{name} is missing"))?;
        let targets: Signed<Targets> = self.checked(root, &name, &bytes, LONGEST_TARGETS)?;
        let content = self.content(&targets.signed)?;
        let versions = Versions { timestamp: timestamp.signed.version.get() };
        let signed_on = metadata::signed_on(&timestamp.signed);
        let targets = Written { name, version, bytes };
        Ok(Some(There { content, root: newest, versions, signed_on, targets }))
    }

    fn checked<T: Role + serde::de::DeserializeOwned>(
        &self,
        root: &Signed<Root>,
        name: &str,
        bytes: &[u8],
        longest: u64,
    ) -> Result<Signed<T>> {
        let check = || {
            let role = metadata::read::<T>(bytes, longest)?;
            metadata::verify(&root.signed, &role)?;
            Ok(role)
        };
        check().map_err(|error: metadata::BadMetadata| {
            anyhow::Error::new(error).context(format!("reading {}", self.metadata(name).display()))
        })
    }

    /// The files and documents that a list names.
    fn content(&self, targets: &Targets) -> Result<Content> {
        let (mut files, mut channels) = (BTreeMap::new(), BTreeMap::new());
        for (name, target) in &targets.targets {
            let listed = Listed::of(target).with_context(|| format!("reading what is listed of {}", name.raw()))?;
            let name: TargetName = name.raw().parse().context("reading the list of files")?;
            if listed.release.is_some() {
                files.insert(name, listed);
                continue;
            }
            let path = self.path.join(name.path(&listed.sha256));
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            let document = channel(&bytes).with_context(|| format!("reading {}", path.display()))?;
            channels.insert(name, document);
        }
        Ok(Content::new(files, channels))
    }

    /// The version of the newest root, the first one of a row of them.
    fn newest_root(&self) -> Result<u64> {
        let versions = self.names(METADATA)?;
        let versions = versions.iter().filter_map(|name| name.strip_suffix(".root.json")?.parse().ok());
        Ok(versions.max().unwrap_or(0))
    }

    fn bytes(&self, name: &str, longest: u64) -> Result<Option<Vec<u8>>> {
        let path = self.metadata(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("opening {}", path.display())),
        };
        let mut bytes = Vec::new();
        file.take(longest + 1).read_to_end(&mut bytes).with_context(|| format!("reading {}", path.display()))?;
        Ok(Some(bytes))
    }

    /// Copies a file to where nodes find it, unless it is there.
    pub(crate) fn copy(&self, from: &Path, file: &repository::File, progress: Progress<'_>) -> Result<()> {
        let to = self.path.join(file.name.path(&file.sha256));
        if fs::metadata(&to).is_ok_and(|there| there.len() == file.length.0) {
            return Ok(());
        }
        if let Some(folder) = to.parent() {
            make_folder(folder)?;
        }
        let copying = || format!("copying {} to {}", from.display(), to.display());
        let mut source = File::open(from).with_context(copying)?;
        let output = Output::create(&to)?;
        let (mut hasher, mut piece, mut at) = (Sha256::new(), vec![0; 1 << 20], 0);
        loop {
            let read = source.read(&mut piece).with_context(copying)?;
            if read == 0 {
                break;
            }
            hasher.update(&piece[..read]);
            output.file().write_all(&piece[..read]).with_context(copying)?;
            at += read as u64;
            progress(Bytes(at), file.length);
        }
        if Digest::new(hasher.finalize().into()) != file.sha256 {
            bail!("{} changed while it was read", from.display());
        }
        Ok(output.finish()?)
    }

    /// Puts a root in place.
    pub(crate) fn write_root(&self, version: u64, bytes: &[u8]) -> Result<()> {
        Ok(write_file(&self.metadata(&format!("{version}.root.json")), bytes)?)
    }

    /// Puts documents and lists in place, in the order in which they name each other. `same` has the list of files that stays.
    pub(crate) fn write_lists(
        &self,
        content: &Content,
        same: Option<&There>,
        version: u64,
        ends: (Date, Date),
        day: Date,
        signers: &Signers,
    ) -> Result<()> {
        for (name, text) in content.documents() {
            let path = self.path.join(name.path(&Digest::of(&text)));
            if let Some(folder) = path.parent() {
                make_folder(folder)?;
            }
            write_file(&path, text.as_bytes())?;
        }
        let version = NonZeroU64::new(version).context("counting versions")?;
        let targets = match same {
            Some(there) => there.targets.clone(),
            None => metadata::write(&metadata::targets(version, ends.1, &content.all())?, &refs(&signers.targets))?,
        };
        if targets.bytes.len() as u64 > LONGEST_TARGETS {
            bail!("the list of files would be longer than nodes take: keep fewer releases (--keep)");
        }
        let snapshot = metadata::write(&metadata::snapshot(version, ends.0, &targets)?, &refs(&signers.snapshot))?;
        let timestamp =
            metadata::write(&metadata::timestamp(version, ends.0, day, &snapshot)?, &refs(&signers.timestamp))?;
        for list in [targets, snapshot, timestamp] {
            write_file(&self.metadata(&list.name), &list.bytes)?;
        }
        Ok(())
    }

    /// Removes what neither of two lists names, and lists that are older than those of the version before this one.
    pub(crate) fn sweep(&self, now: &Content, before: &Content, version: u64) -> Result<()> {
        let named = now.all().into_iter().chain(before.all());
        let named: BTreeSet<PathBuf> = named.map(|(name, listed)| PathBuf::from(name.path(&listed.sha256))).collect();
        let mut folders = vec![PathBuf::from(TARGETS)];
        while let Some(folder) = folders.pop() {
            for name in self.names(&folder)? {
                let path = folder.join(name);
                if self.path.join(&path).is_dir() {
                    folders.push(path);
                } else if !named.contains(&path) && is_ours(&path) {
                    remove(&self.path.join(&path))?;
                }
            }
        }
        let kept = self.lists_in_use(version)?;
        for name in self.names(METADATA)? {
            let list = name.ends_with(".snapshot.json") || name.ends_with(".targets.json");
            if (list && !kept.contains(&name)) || name.ends_with(".partial") {
                remove(&self.metadata(&name))?;
            }
        }
        Ok(())
    }

    /// The lists that the newest snapshot and the one before it name.
    fn lists_in_use(&self, version: u64) -> Result<BTreeSet<String>> {
        let mut kept = BTreeSet::new();
        for version in [version, version - 1] {
            let name = format!("{version}.snapshot.json");
            let Some(bytes) = self.bytes(&name, LONGEST_SNAPSHOT)? else { continue };
            let snapshot = metadata::read::<Snapshot>(&bytes, LONGEST_SNAPSHOT)?;
            kept.extend(snapshot.signed.meta.get("targets.json").map(|file| format!("{}.targets.json", file.version)));
            kept.insert(name);
        }
        Ok(kept)
    }

    /// The names in one of its folders, sorted.
    fn names(&self, folder: impl AsRef<Path>) -> Result<Vec<String>> {
        let path = self.path.join(folder);
        let listing = || format!("listing {}", path.display());
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).with_context(listing)? {
            names.push(entry.with_context(listing)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}

/// A document of any board and channel.
fn channel(bytes: &[u8]) -> Result<Channel> {
    if bytes.len() as u64 > LONGEST_CHANNEL {
        bail!("it is too long");
    }
    let any: Channel = serde_json::from_slice(bytes)?;
    Ok(Channel::parse(bytes, &any.board, &any.channel)?)
}

/// Whether a file below `targets/` has a name that publishing gives: others are somebody else's, and stay.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let whole = name.split_once('.').is_some_and(|(digest, _)| digest.parse::<Digest>().is_ok());
    whole || (name.starts_with('.') && name.ends_with(".partial"))
}

fn refs(signers: &[Box<dyn Signer>]) -> Vec<&dyn Signer> {
    signers.iter().map(AsRef::as_ref).collect()
}

fn remove(path: &Path) -> Result<()> {
    fs::remove_file(path).with_context(|| format!("removing {}", path.display()))
}

/// Makes a folder and those above it, each on the disk before what is put into it.
fn make_folder(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let making = || format!("making {}", path.display());
    if let Some(above) = path.parent() {
        make_folder(above)?;
        fs::create_dir(path).with_context(making)?;
        File::open(above).and_then(|above| above.sync_all()).with_context(making)?;
    }
    Ok(())
}
