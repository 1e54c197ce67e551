//! What is on a stick for this node: bundles in `ilanga/`, and repositories as `ilanga release` writes them.
//!
//! ```text
//! ilanga/*.raucb                  bundles
//! metadata/, targets/             a repository: at the top, in ilanga/, or in a folder of ilanga/
//! ```
//!
//! Of a repository the signed lists are checked, against what the node has accepted before, and the bundle of the newest
//! release is taken; what it weighs in pieces does not matter on a stick. Only what this node may ask for is opened, and no
//! more of it is read than its length, its end and the lists.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use formats::expiry::Clock;
use formats::repository::Offer;

use crate::beneath;
use crate::bundle_file::BundleFile;
use crate::decide::stick::{Candidate, choose};
use crate::error::chain;
use crate::fetch::node::Node;
use crate::fetch::source::folder::Folder;
use crate::fetch::source::{Source as _, SourceError, read_all};
use crate::fetched::{MOST_FILES, bundles};
use crate::repository::{GetError, Latest, Settings, Source, latest};

/// The folder that is looked into.
pub const FOLDER: &str = "ilanga";

/// What is known of the node.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The node.
    pub node: &'a Node,
    /// What its bundles are for.
    pub compatible: &'a str,
    /// The stream of releases that it follows.
    pub channel: &'a str,
    /// Its clock.
    pub clock: Clock,
    /// `root.json` of the verified root file system, if it has one.
    pub root: Option<&'a [u8]>,
    /// A folder with what was accepted before, which may be written to.
    pub store: &'a Path,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The bundle for this node, and its path on the stick.
    pub bundle: Option<(String, BundleFile)>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Looks.
pub fn find(stick: &Path, facts: &Facts<'_>) -> Found {
    let mut found = Found::default();
    let mut all: Vec<(String, BundleFile)> = Vec::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    let folder = stick.join(FOLDER);
    if is_folder(&folder) {
        match bundles(&folder) {
            Ok(plain) => {
                found.notes.extend(plain.others);
                candidates.extend(plain.good.iter().map(|(_, bundle)| candidate(bundle)));
                all.extend(plain.good.into_iter().map(|(name, bundle)| (format!("{FOLDER}/{name}"), bundle)));
            }
            Err(error) => found.notes.push(format!("the folder '{FOLDER}' on the stick can't be read: {error}")),
        }
    }
    for repository in repositories(stick) {
        let name = repository.strip_prefix(stick).unwrap_or(&repository).display().to_string();
        match newest(&repository, facts) {
            Ok(Some((path, bundle))) => {
                // The signed list says which channel it is in.
                candidates.push(Candidate { channel: None, ..candidate(&bundle) });
                all.push((Path::new(&name).join(path).display().to_string(), bundle));
            }
            Ok(None) => {}
            Err(said) => found.notes.push(format!("the repository '{name}' on the stick: {said}")),
        }
    }
    match choose(&candidates, facts.compatible, facts.channel) {
        Some(number) => found.bundle = Some(all.swap_remove(number)),
        None => found.notes.extend(all.iter().zip(&candidates).map(|((path, _), candidate)| {
            let channel = candidate.channel.as_deref().unwrap_or("any");
            format!(
                "{path} is for '{}' (channel {channel}), and this node is '{}' (channel {})",
                candidate.compatible, facts.compatible, facts.channel
            )
        })),
    }
    found
}

fn candidate(bundle: &BundleFile) -> Candidate {
    let manifest = &bundle.bundle.manifest;
    Candidate {
        compatible: manifest.compatible.clone(),
        version: manifest.version.clone(),
        channel: manifest.release.as_ref().map(|release| release.channel.clone()),
    }
}

/// The folders with a list of releases.
fn repositories(stick: &Path) -> Vec<PathBuf> {
    let ours = stick.join(FOLDER);
    let inside = fs::read_dir(&ours).into_iter().flatten().take(MOST_FILES).flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = inside.collect();
    folders.sort();
    folders.splice(0..0, [stick.to_owned(), ours]);
    folders.retain(|folder| {
        is_folder(folder) && is_folder(&folder.join("metadata")) && is_folder(&folder.join("targets"))
    });
    folders
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// The bundle of a repository's newest release, if that is one for this node.
fn newest(repository: &Path, facts: &Facts<'_>) -> Result<Option<(String, BundleFile)>, String> {
    let Some(root) = facts.root else { return Err("this image does not say whose releases it takes".to_owned()) };
    let settings = Settings {
        root,
        store: facts.store,
        board: &facts.node.board,
        channel: facts.channel,
        released: facts.node.released,
        clock: facts.clock,
    };
    let source: Arc<dyn Source> = Arc::new(Lists(Folder::at(repository)));
    let latest: Latest = latest(&source, &settings).map_err(|error| chain(&error))?;
    if latest.channel.offer(&facts.node.version, &facts.node.machine) != Offer::Update {
        return Ok(None);
    }
    let (path, listed) = latest.file(&latest.channel.bundle.name).ok_or("its list lacks the bundle")?;
    let file = beneath::open(repository, &path).map_err(|error| format!("{path}: {error}"))?;
    if file.metadata().map_or(0, |metadata| metadata.len()) != listed.length.0 {
        return Err(format!("{path} is not as long as the signed list says: was the stick pulled out too early?"));
    }
    let bundle = BundleFile::new(file).map_err(|error| format!("{path}: {}", chain(&error)))?;
    Ok(Some((path, bundle)))
}

/// The lists of a repository in a folder.
#[derive(Debug)]
struct Lists(Folder);

impl Source for Lists {
    fn get(&self, path: &str, most: u64) -> Result<Vec<u8>, GetError> {
        self.0.file(path, most).and_then(|body| read_all(body, most)).map_err(|error| match error {
            SourceError::Absent => GetError::Missing,
            SourceError::TooMuch => GetError::Long(most),
            error => GetError::Failed(Box::new(error)),
        })
    }
}
