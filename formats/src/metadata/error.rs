//! What can be wrong with metadata.

use thiserror::Error;

/// Metadata could not be made, or are not to be believed.
#[derive(Debug, Error)]
pub enum BadMetadata {
    /// More than a node would take.
    #[error("{role} has {length} bytes; {longest} are the most")]
    Long {
        /// The role's file.
        role: &'static str,
        /// Its length.
        length: usize,
        /// The most that it may have.
        longest: u64,
    },
    /// It is no JSON, or not what TUF asks for.
    #[error("reading {role}")]
    Json {
        /// The role's file.
        role: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// Not enough of the keys have signed it.
    #[error("{role} is not signed by the keys that it must be signed by")]
    Unsigned {
        /// The role's file.
        role: &'static str,
        /// Why.
        source: Box<tough::schema::Error>,
    },
    /// Another root than the one that follows.
    #[error("root.json has version {is}; {follows} follows")]
    Step {
        /// Its version.
        is: u64,
        /// The version that follows.
        follows: u64,
    },
    /// A date that TUF can't write.
    #[error("writing the day {0} as a time")]
    Day(crate::date::Date),
    /// A name that TUF can't write.
    #[error("writing the name {0}")]
    Name(crate::repository::TargetName),
    /// A digest that is none.
    #[error("{0} has no SHA-256 digest")]
    Digest(&'static str),
    /// It could not be written.
    #[error("writing {what}")]
    Write {
        /// What.
        what: &'static str,
        /// Why.
        source: Box<tough::schema::Error>,
    },
}

impl BadMetadata {
    /// For `map_err` of what writes something.
    pub(super) fn writing(what: &'static str) -> impl FnOnce(tough::schema::Error) -> Self {
        move |source| Self::Write { what, source: Box::new(source) }
    }
}
