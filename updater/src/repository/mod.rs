//! The node's side of a repository: which release is the newest in a channel, as its maker's signatures say.
//!
//! ```text
//! root.json of the verified root ─► chain of kept N.root.json ─► tough: root ─► timestamp ─► snapshot ─► targets
//!                                                                                    │ from a Source
//!        formats::expiry: still believed? ◄──────────────────────────────────────────┘
//!        channels/<board>-<channel>.json ─► formats::repository::Channel ─► every file that it names is listed ─► Latest
//! ```
//!
//! A [`Source`] need not be trusted: a server, a neighbour or a stick give the same files. What it can do is give nothing, or
//! give old lists to a node that has never seen a newer one, until those lists end.
//!
//! Invariants: trust begins at the root that the verified root file system carries, never at a file that the node wrote; what
//! was accepted last is kept in the [`Settings::store`], so that nothing older is accepted later, and only after everything
//! was checked; no file is read beyond its limit; no clock alone makes a list old (`tough` keeps the latest time that it has seen and
//! refuses earlier ones: its clock gets a new memory each time).

mod error;
mod source;
mod store;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use formats::date::Date;
use formats::digest::Digest;
use formats::expiry::{Clock, Facts};
use formats::metadata::schema::{Root, Signed};
use formats::metadata::{self, Listed};
use formats::repository::{
    Channel, LONGEST_CHANNEL, LONGEST_ROOT, LONGEST_SNAPSHOT, LONGEST_TARGETS, MOST_ROOTS, TargetName, channel_name,
};
use tough::{ExpirationEnforcement, Limits, Repository, RepositoryLoader};
use url::Url;

pub use error::RepositoryError;
pub use source::{GetError, Source};

use source::Adapter;
use store::Store;

/// What a node knows before it asks.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// `root.json` of the verified root file system.
    pub root: &'a [u8],
    /// The folder of what was accepted last; made if it is not there.
    pub store: &'a Path,
    /// What the node is, such as `mini-pc`.
    pub board: &'a str,
    /// The stream of releases that it follows.
    pub channel: &'a str,
    /// The release date of what runs.
    pub released: Date,
    /// What its clock says.
    pub clock: Clock,
}

/// The newest release, checked as far as signatures go.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The channel's document.
    pub channel: Channel,
    /// Every file of the repository.
    pub files: BTreeMap<TargetName, Listed>,
    /// When the list ends, in seconds since 1970.
    pub ends: u64,
    /// What a person should know about the list's age or the clock.
    pub note: Option<String>,
}

impl Latest {
    /// The path, relative to the repository, by which a file is fetched, and its length and digest.
    pub fn file(&self, name: &TargetName) -> Option<(String, &Listed)> {
        self.files.get(name).map(|listed| (name.path(&listed.sha256), listed))
    }
}

/// Asks a source for the newest release. It blocks; a program with a runtime of its own calls it on a thread for that.
pub fn latest(source: &Arc<dyn Source>, settings: &Settings<'_>) -> Result<Latest, RepositoryError> {
    let store = Store::open(settings.store)?;
    let (bytes, root) = store.root(settings.root)?;
    let adapter = Adapter::new(Arc::clone(source));
    let work = store.work()?;
    let repository = load(&bytes, &adapter, work.path())?;

    let ends = [
        metadata::ends(&repository.root().signed),
        metadata::ends(&repository.timestamp().signed),
        metadata::ends(&repository.snapshot().signed),
        metadata::ends(&repository.targets().signed),
    ];
    let ends = ends.into_iter().min().unwrap_or(0);
    let signed = store.signed_on(&repository.root().signed)?;
    let facts = Facts { ends, released: settings.released, signed, clock: settings.clock };
    let verdict = facts.judge();
    let note = verdict.sentence(&facts);
    if !verdict.is_believed() {
        return Err(RepositoryError::Ended(note.unwrap_or_default()));
    }

    let files = files(&repository);
    let channel = channel(source.as_ref(), settings, &files)?;
    store.keep(work.path(), &adapter.roots(), follows(&root, &repository))?;
    Ok(Latest { channel, files, ends, note })
}

/// Lets `tough` load and check the metadata.
fn load(root: &[u8], adapter: &Adapter, datastore: &Path) -> Result<Repository, RepositoryError> {
    let limits = Limits {
        max_root_size: LONGEST_ROOT,
        max_targets_size: LONGEST_TARGETS,
        max_timestamp_size: LONGEST_SNAPSHOT,
        max_snapshot_size: LONGEST_SNAPSHOT,
        max_root_updates: MOST_ROOTS,
    };
    let base = |folder: &str| Url::parse(&format!("{}{folder}/", source::BASE)).map_err(RepositoryError::Base);
    let loader =
        RepositoryLoader::new(&root, base(formats::repository::METADATA)?, base(formats::repository::TARGETS)?)
            .transport(adapter.clone())
            .limits(limits)
            .datastore(datastore)
            .expiration_enforcement(ExpirationEnforcement::Unsafe);
    // It waits for nothing but files.
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(RepositoryError::Runtime)?;
    runtime.block_on(loader.load()).map_err(|error| RepositoryError::of(error, adapter))
}

/// The versions of root that were gone through, the first one that the node had already.
fn follows(from: &Signed<Root>, repository: &Repository) -> std::ops::RangeInclusive<u64> {
    from.signed.version.get()..=repository.root().signed.version.get()
}

/// What the list lists. Names that no node asks for are left out.
fn files(repository: &Repository) -> BTreeMap<TargetName, Listed> {
    let listed = repository.targets().signed.targets.iter();
    listed.filter_map(|(name, target)| Some((name.raw().parse().ok()?, Listed::of(target)?))).collect()
}

/// Gets and checks the channel's document.
fn channel(
    source: &dyn Source,
    settings: &Settings<'_>,
    files: &BTreeMap<TargetName, Listed>,
) -> Result<Channel, RepositoryError> {
    let Settings { board, channel, .. } = *settings;
    let none = || RepositoryError::NoChannel { board: board.to_owned(), channel: channel.to_owned() };
    let name = channel_name(board, channel).map_err(|_| none())?;
    let listed = files.get(&name).ok_or_else(none)?;
    if listed.length.0 > LONGEST_CHANNEL {
        return Err(RepositoryError::Long { path: name.to_string(), most: LONGEST_CHANNEL });
    }
    let path = name.path(&listed.sha256);
    let bytes = source
        .get(&path, listed.length.0)
        .map_err(|source| RepositoryError::Get { path: path.clone(), source: Arc::new(source) })?;
    if bytes.len() as u64 != listed.length.0 || Digest::of(&bytes) != listed.sha256 {
        return Err(RepositoryError::Mixed(path));
    }
    let document = Channel::parse(&bytes, board, channel)
        .map_err(|source| RepositoryError::Channel { name: name.clone(), source })?;
    for file in document.files() {
        let fits =
            files.get(&file.name).is_some_and(|listed| (listed.length, listed.sha256) == (file.length, file.sha256));
        if !fits {
            return Err(RepositoryError::Unlisted { name: file.name.clone() });
        }
    }
    Ok(document)
}
