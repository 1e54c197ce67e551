//! The one shape of this program's errors: an operation, its object, and the source.

use std::io;

use thiserror::Error;

/// Something with a file, a device or the kernel did not work.
#[derive(Debug, Error)]
#[error("{operation} {object}")]
pub(crate) struct IoError {
    operation: &'static str,
    object: String,
    source: io::Error,
}

impl IoError {
    /// `operation` on `object` failed.
    pub(crate) fn new(operation: &'static str, object: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self { operation, object: object.into(), source: source.into() }
    }
}

/// Adds operation and object to a result's error.
pub(crate) trait Context<T> {
    /// See [`IoError::new`].
    fn context(self, operation: &'static str, object: impl Into<String>) -> Result<T, IoError>;
}

impl<T, E: Into<io::Error>> Context<T> for Result<T, E> {
    fn context(self, operation: &'static str, object: impl Into<String>) -> Result<T, IoError> {
        self.map_err(|source| IoError::new(operation, object, source))
    }
}
