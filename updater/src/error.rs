//! The shape of this crate's errors about files: an operation, its object, and the source; and how a chain is said.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Something with a file or a device did not work.
#[derive(Debug, Error)]
#[error("{operation} {}", object.display())]
pub struct IoError {
    operation: &'static str,
    object: PathBuf,
    source: io::Error,
}

/// Adds operation and object to a result's error.
pub(crate) trait Context<T> {
    /// The operation that failed, and what it was done to.
    fn context(self, operation: &'static str, object: &Path) -> Result<T, IoError>;
}

impl<T, E: Into<io::Error>> Context<T> for Result<T, E> {
    fn context(self, operation: &'static str, object: &Path) -> Result<T, IoError> {
        self.map_err(|source| IoError { operation, object: object.to_owned(), source: source.into() })
    }
}

/// An error with its sources, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text.trim_end().to_owned()
}
