//! Where pieces and files come from. None of the sources is trusted: what comes is checked by whoever asked.
//!
//! | source | what it is |
//! |---|---|
//! | [`http`] | a repository on a web server; a neighbour that serves what it has verified |
//! | [`folder`] | a repository on a stick, or anything else that is mounted |

pub mod folder;
pub mod http;

use std::io::{self, Read};
use std::sync::Arc;

use formats::pieces::Piece;
use thiserror::Error;

/// What a source costs, the cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// A folder of this machine.
    Folder,
    /// Another node.
    Neighbour,
    /// The publisher's server, over a link that may cost money.
    Upstream,
}

/// Why something did not come, as a sentence that begins after the source's name.
#[derive(Debug, Error)]
pub enum SourceError {
    /// It does not have it.
    #[error("does not have it")]
    Absent,
    /// The download was stopped.
    #[error("was stopped")]
    Stopped,
    /// Nothing answers, or the connection broke.
    #[error("cannot be reached, or broke off")]
    Network(#[source] Option<io::Error>),
    /// For a long time nothing came.
    #[error("sent nothing for too long")]
    Stalled,
    /// The answer was shorter than it should be.
    #[error("sent less than it should")]
    Truncated,
    /// A status that says that something is wrong.
    #[error("answered with status {0}")]
    Status(u16),
    /// It sends whole files only.
    #[error("cannot send parts of files")]
    NoRanges,
    /// More came than was asked for.
    #[error("sent more than was asked for")]
    TooMuch,
    /// Another part of the file came.
    #[error("sent another part of the file than was asked for")]
    OtherRange,
    /// What came is not what the signed digest says.
    #[error("sent something else under this name: it lies, or its files are damaged")]
    Lied,
    /// Another source is quicker.
    #[error("is very slow: {0} bytes a second")]
    Slow(u64),
    /// The name is not one that a source may be asked for.
    #[error("was asked for '{0}', which is not a name of a repository's file")]
    Name(String),
}

impl SourceError {
    /// Whether another try may go better.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Network(_) | Self::Stalled | Self::Truncated | Self::NoRanges | Self::Absent | Self::Stopped => true,
            Self::Status(status) => *status >= 500 || matches!(status, 408 | 429),
            Self::TooMuch | Self::OtherRange | Self::Lied | Self::Slow(_) | Self::Name(_) => false,
        }
    }
}

/// In which form pieces come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As they are in the remote object.
    Packed,
    /// As they are used.
    Plain,
}

/// Bytes that come, exactly as many as were asked for or fewer.
pub type Body<'a> = Box<dyn Read + Send + 'a>;

/// Something that pieces and files come from.
pub trait Source: Send + Sync {
    /// Its name for people.
    fn name(&self) -> &str;

    /// What it costs.
    fn way(&self) -> Way;

    /// In which form it gives pieces.
    fn form(&self) -> Form;

    /// Pieces that stand one after the other in an object, without their first `skip` bytes; of a source that gives
    /// plain pieces it is one only.
    fn run(&self, object: &str, pieces: &[Piece], skip: u64) -> Result<Body<'_>, SourceError>;

    /// A file of the repository from its beginning, cut off after `limit` bytes.
    fn file(&self, path: &str, limit: u64) -> Result<Body<'_>, SourceError>;

    /// Ends all that is under way; nothing comes from it any more.
    fn stop(&self);
}

impl<T: Source + ?Sized> Source for Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn way(&self) -> Way {
        (**self).way()
    }

    fn form(&self) -> Form {
        (**self).form()
    }

    fn run(&self, object: &str, pieces: &[Piece], skip: u64) -> Result<Body<'_>, SourceError> {
        (**self).run(object, pieces, skip)
    }

    fn file(&self, path: &str, limit: u64) -> Result<Body<'_>, SourceError> {
        (**self).file(path, limit)
    }

    fn stop(&self) {
        (**self).stop();
    }
}

/// The path of a repository's file, if nothing in it leads elsewhere: parts of plain characters, none of which begins
/// with a dot.
pub fn checked(path: &str) -> Result<&str, SourceError> {
    let plain = |part: &str| {
        let fits = |c: u8| c.is_ascii_alphanumeric() || b"-._+~".contains(&c);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(fits)
    };
    let good = path.len() <= 512 && path.split('/').all(plain);
    if good { Ok(path) } else { Err(SourceError::Name(path.chars().take(80).collect())) }
}

/// Reads a whole body of at most `limit` bytes into memory.
pub fn read_all(mut body: Body<'_>, limit: u64) -> Result<Vec<u8>, SourceError> {
    let mut bytes = Vec::new();
    body.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(read_error)?;
    if bytes.len() as u64 > limit { Err(SourceError::TooMuch) } else { Ok(bytes) }
}

/// What an error while a body is read says about its source.
pub(crate) fn read_error(error: io::Error) -> SourceError {
    match ureq::Error::from(error) {
        ureq::Error::Timeout(_) => SourceError::Stalled,
        ureq::Error::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => SourceError::Stalled,
            io::ErrorKind::UnexpectedEof => SourceError::Truncated,
            io::ErrorKind::NotConnected => SourceError::Stopped,
            _ => SourceError::Network(Some(error)),
        },
        other => SourceError::Network(Some(other.into_io())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_lead_elsewhere() {
        for path in ["a", "metadata/1.root.json", "targets/mini-pc/ab.ilanga-mini-pc_1+2~3.raucb"] {
            assert_eq!(checked(path).unwrap(), path);
        }
        let long = "a".repeat(513);
        for path in ["", "/a", "a/", "a//b", "../a", "a/../b", "a/.b", "a b", "a\\b", "a%2e", "é", "a\0", long.as_str()]
        {
            assert!(matches!(checked(path), Err(SourceError::Name(_))), "{path}");
        }
    }
}
