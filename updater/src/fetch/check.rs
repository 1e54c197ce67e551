//! Asks for the newest release: the publisher first, as neighbours may have older lists, then neighbours and folders.
//!
//! The files that made up the answer are kept for neighbours, once all of it was checked (`repository/`).

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use thiserror::Error;

use super::paths::{Paths, replace};
use super::source::{Source, SourceError, read_all};
use crate::error::{Context as _, IoError, chain};
use crate::repository::{GetError, Latest, RepositoryError, Settings, latest};
use formats::expiry::Clock;

use super::node::Node;

/// What was found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The newest release.
    pub latest: Latest,
    /// The source that told of it.
    pub from: String,
    /// The sources that were asked before, and why they did not tell.
    pub failed: Vec<String>,
}

/// Nothing was found out.
#[derive(Debug, Error)]
pub enum CheckError {
    /// A file.
    #[error(transparent)]
    Io(#[from] IoError),
    /// There is nobody to ask.
    #[error("there is nobody to ask: no address of a repository is set, and no neighbour was found")]
    NoSource,
    /// The image has no root of trust.
    #[error("this image does not say whose releases it takes ({0} is not there): updates come from sticks alone")]
    NoTrust(String),
    /// Nobody told.
    #[error("no list of releases could be had: {0}")]
    Failed(String),
}

/// Asks the sources for the newest release.
pub fn check(
    paths: &Paths,
    node: &Node,
    channel: &str,
    clock: Clock,
    sources: &[Arc<dyn Source>],
) -> Result<Checked, CheckError> {
    let trust = paths.trust();
    let root = match fs::read(&trust) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(CheckError::NoTrust(trust.display().to_string()));
        }
        root => root.context("reading", &trust)?,
    };
    let store = paths.metadata();
    let settings = Settings { root: &root, store: &store, board: &node.board, channel, released: node.released, clock };
    let mut order: Vec<&Arc<dyn Source>> = sources.iter().collect();
    order.sort_by_key(|source| std::cmp::Reverse(source.way()));
    let mut failed = Vec::new();
    for source in order {
        let recorder = Arc::new(Recorder { source: Arc::clone(source), got: Mutex::default() });
        let asked: Arc<dyn crate::repository::Source> = Arc::clone(&recorder) as _;
        match latest(&asked, &settings) {
            Ok(latest) => {
                recorder.keep(&paths.repository())?;
                return Ok(Checked { latest, from: source.name().to_owned(), failed });
            }
            Err(error) => failed.push(said(source.as_ref(), &error)),
        }
    }
    Err(if failed.is_empty() { CheckError::NoSource } else { CheckError::Failed(failed.join("; ")) })
}

fn said(source: &dyn Source, error: &RepositoryError) -> String {
    format!("{}: {}", source.name(), chain(error))
}

/// Remembers what was got.
struct Recorder {
    source: Arc<dyn Source>,
    got: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source.name())
    }
}

impl crate::repository::Source for Recorder {
    fn get(&self, path: &str, most: u64) -> Result<Vec<u8>, GetError> {
        let got = self.source.file(path, most).and_then(|body| read_all(body, most));
        let bytes = got.map_err(|error| match error {
            SourceError::Absent => GetError::Missing,
            SourceError::TooMuch => GetError::Long(most),
            error => GetError::Failed(Box::new(error)),
        })?;
        self.got.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), bytes.clone());
        Ok(bytes)
    }
}

impl Recorder {
    /// Keeps what was got below a folder, in place of all that was there. What names other files comes last.
    fn keep(&self, folder: &Path) -> Result<(), IoError> {
        let got = self.got.lock().unwrap_or_else(PoisonError::into_inner);
        let last = |path: &&String| path.ends_with("timestamp.json");
        let mut names: Vec<&String> = got.keys().collect();
        names.sort_by_key(|path| last(path));
        for name in &names {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).context("making", parent)?;
            }
            if let Some(bytes) = got.get(*name)
                && fs::read(&path).ok().as_ref() != Some(bytes)
            {
                replace(&path, bytes)?;
            }
        }
        prune(folder, folder, &|path| got.contains_key(path))
    }
}

/// Removes the files below a folder that are not `kept`, by their paths relative to `base`.
fn prune(base: &Path, folder: &Path, kept: &dyn Fn(&str) -> bool) -> Result<(), IoError> {
    for entry in fs::read_dir(folder).context("listing", folder)? {
        let entry = entry.context("listing", folder)?;
        let path = entry.path();
        if entry.file_type().context("measuring", &path)?.is_dir() {
            prune(base, &path, kept)?;
            continue;
        }
        let name = path.strip_prefix(base).unwrap_or(&path).to_string_lossy().into_owned();
        // Indexes of pieces are kept as long as the release's document is: the download puts them there.
        if !kept(&name) && !name.ends_with(".chunks") {
            fs::remove_file(&path).context("removing", &path)?;
        }
    }
    Ok(())
}
