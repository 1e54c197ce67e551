//! Where a repository's files come from, and how `tough` gets them from there.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use formats::repository::{LONGEST_ROOT, LONGEST_SNAPSHOT, LONGEST_TARGETS};
use thiserror::Error;
use tough::{Transport, TransportError, TransportErrorKind, TransportStream, async_trait};
use url::Url;

/// What `tough` thinks that it fetches from: paths follow.
pub(super) const BASE: &str = "repository:///";

/// Something that has a repository's files: a server, a neighbour, a folder.
pub trait Source: fmt::Debug + Send + Sync {
    /// The whole file at `path`, which is relative to the repository and made of plain names. A file of more than `most` bytes
    /// is refused before more than that is read.
    fn get(&self, path: &str, most: u64) -> Result<Vec<u8>, GetError>;
}

/// A file was not got.
#[derive(Debug, Error)]
pub enum GetError {
    /// The source does not have it.
    #[error("there is no such file")]
    Missing,
    /// It is too long.
    #[error("it has more than {0} bytes")]
    Long(u64),
    /// Anything else.
    #[error("it could not be got")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// A [`Source`] as `tough` wants it. Clones share what is noted.
#[derive(Clone, Debug)]
pub(super) struct Adapter {
    source: Arc<dyn Source>,
    noted: Arc<Mutex<Noted>>,
}

/// What happened on the way.
#[derive(Debug, Default)]
struct Noted {
    /// The files `N.root.json` that were got.
    roots: BTreeMap<u64, Vec<u8>>,
    /// The last file that was not got, but for roots that are not there yet.
    failure: Option<(String, Arc<GetError>)>,
}

impl Adapter {
    pub(super) fn new(source: Arc<dyn Source>) -> Self {
        Self { source, noted: Arc::default() }
    }

    /// The files `N.root.json` that were got, by version.
    pub(super) fn roots(&self) -> BTreeMap<u64, Vec<u8>> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).roots.clone()
    }

    /// The last file that was not got, and why.
    pub(super) fn failure(&self) -> Option<(String, Arc<GetError>)> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).failure.clone()
    }

    fn get(&self, path: &str) -> Result<Vec<u8>, Arc<GetError>> {
        let file = path.rsplit('/').next().unwrap_or_default();
        let root = file.strip_suffix(".root.json").and_then(|version| version.parse().ok());
        let most = match file {
            _ if root.is_some() => LONGEST_ROOT,
            file if file.ends_with("targets.json") => LONGEST_TARGETS,
            _ => LONGEST_SNAPSHOT,
        };
        let got = self.source.get(path, most).and_then(|bytes| {
            // Whatever the source promises.
            if bytes.len() as u64 > most { Err(GetError::Long(most)) } else { Ok(bytes) }
        });
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        match (got, root) {
            (Ok(bytes), root) => {
                if let Some(version) = root {
                    noted.roots.insert(version, bytes.clone());
                }
                Ok(bytes)
            }
            (Err(GetError::Missing), Some(_)) => Err(Arc::new(GetError::Missing)),
            (Err(error), _) => {
                let error = Arc::new(error);
                noted.failure = Some((path.to_owned(), Arc::clone(&error)));
                Err(error)
            }
        }
    }
}

#[async_trait]
impl Transport for Adapter {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        let got = match self.get(url.path().trim_start_matches('/')) {
            Ok(bytes) => Ok(bytes.into()),
            Err(error) if matches!(*error, GetError::Missing) => {
                return Err(TransportError::new_with_cause(TransportErrorKind::FileNotFound, url, error));
            }
            // As an error of the stream: `tough` takes one of the request for the end of the chain of roots.
            Err(error) => Err(TransportError::new_with_cause(TransportErrorKind::Other, url, error)),
        };
        Ok(Box::pin(futures_util::stream::iter([got])))
    }
}
