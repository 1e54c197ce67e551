//! What a person names by an address: a bundle on a web server, or a repository.
//!
//! Nobody has signed which bytes a bundle's address gives, so the bundle is judged by what it is once it is here, as any file
//! that a person brings. Before it is fetched its end is: the signed manifest says which release it is and for which nodes.
//! What came is kept in `asked/`, and goes on where it stopped as long as the server says that it is the same file.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use formats::bundle::{BadBundle, Bundle, LONGEST_SIGNATURE, Parts, TRAILER, signed_content};
use formats::digest::Digest;
use formats::pieces::Piece;
use formats::repository::{BaseUrl, NotAnAddress};
use formats::size::Bytes;
use thiserror::Error;

use super::clock::Stopwatch;
use super::rate::Bucket;
use super::source::http::{Http, Measured};
use super::source::{Source as _, SourceError, checked, read_all};
use crate::error::{Context as _, IoError};

/// How much is asked for, and flushed, at once.
const PART: u64 = 256 << 10;

/// How often nothing may come, one time after the other: with the waits between, some ten minutes.
const TRIES: u32 = 12;

/// The longest wait after a failure.
const LONGEST_WAIT: u64 = 64;

/// What an address leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A bundle: the folder that it is in, and its name.
    Bundle(BaseUrl, String),
    /// A repository, of which the newest release is meant.
    Repository(BaseUrl),
}

/// The bundle did not come.
#[derive(Debug, Error)]
pub enum AddressError {
    /// The text is no address.
    #[error(transparent)]
    Address(#[from] NotAnAddress),
    /// The name of the file has something in it that leads elsewhere.
    #[error("the address must end with the plain name of a bundle, as in https://example.org/folder/name.raucb")]
    Name,
    /// The server.
    #[error("{server} {error}")]
    Source {
        /// Its address.
        server: String,
        /// What is wrong.
        error: SourceError,
    },
    /// What is there is no bundle.
    #[error("what is at that address is no update for this node: {0}")]
    Bundle(#[from] BadBundle),
    /// The disk.
    #[error(transparent)]
    Io(#[from] IoError),
    /// It came to an end.
    #[error("{server} {error}; what came is kept: ask again, and it goes on from there")]
    Broken {
        /// The server's address.
        server: String,
        /// What was wrong last.
        error: SourceError,
    },
}

impl Address {
    /// Understands what a person has written.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        match text.rsplit_once('/') {
            Some((folder, name)) if name.ends_with(".raucb") => {
                checked(name).map_err(|_| AddressError::Name)?;
                Ok(Self::Bundle(folder.parse()?, name.to_owned()))
            }
            _ => Ok(Self::Repository(text.parse()?)),
        }
    }
}

/// A bundle on a server, of which the end is known.
#[derive(Debug)]
pub struct Remote {
    server: Http,
    base: String,
    name: String,
    measured: Measured,
    /// What its manifest says; no signature was checked.
    pub bundle: Bundle,
}

impl Remote {
    /// Asks the server for the bundle's length and end.
    pub fn look(server: Http, base: &BaseUrl, name: &str) -> Result<Self, AddressError> {
        let base = base.as_str().to_owned();
        let failed = |error| AddressError::Source { server: base.clone(), error };
        let measured = server.measure(name).map_err(failed)?;
        let length = measured.length;
        let end = length.min(LONGEST_SIGNATURE.saturating_add(TRAILER));
        if !measured.ranges {
            return Err(failed(SourceError::NoRanges));
        }
        let body = server.run(name, &[range(length - end, end)], 0).map_err(failed)?;
        let bytes = read_all(body, end).map_err(failed)?;
        if bytes.len() as u64 != end {
            return Err(failed(SourceError::Truncated));
        }
        let bundle = bundle(&bytes, length)?;
        Ok(Self { server, base, name: name.to_owned(), measured, bundle })
    }

    /// Its length.
    pub fn length(&self) -> Bytes {
        Bytes(self.measured.length)
    }

    /// Where it is kept in a folder: another version of the file, by what the server says of it, has another place.
    fn place(&self, folder: &Path) -> PathBuf {
        let Measured { length, validator, .. } = &self.measured;
        let all = format!("{}/{}\n{length}\n{validator}\n{}", self.base, self.name, self.bundle.verity.root_hash);
        folder.join(format!("{}.raucb", Digest::of(all)))
    }

    /// What is left to fetch.
    pub fn left(&self, folder: &Path) -> Bytes {
        let there = fs::metadata(self.place(folder)).map_or(0, |metadata| metadata.len());
        Bytes(self.measured.length.saturating_sub(there))
    }

    /// Fetches what is left. `came` is told of bytes. Other files of the folder go.
    pub fn fetch(&self, folder: &Path, rate: Option<u64>, came: &dyn Fn(u64)) -> Result<PathBuf, AddressError> {
        let path = self.place(folder);
        clean(folder, &path)?;
        let mut file = File::options().read(true).append(true).create(true).open(&path).context("opening", &path)?;
        let clock = Stopwatch::start();
        let mut bucket = Bucket::new(rate, clock.now());
        let mut failures = 0;
        loop {
            let have = file.seek(SeekFrom::End(0)).context("measuring", &path)?;
            let length = self.measured.length.saturating_sub(have).min(PART);
            if length == 0 {
                return Ok(path);
            }
            let (bytes, error) = self.part(have, length, &mut bucket, clock, came);
            file.write_all(&bytes).context("writing", &path)?;
            file.sync_data().context("flushing", &path)?;
            failures = if bytes.is_empty() { failures + 1 } else { 0 };
            if let Some(error) = error {
                if !error.may_pass()
                    || failures >= TRIES
                    || matches!(error, SourceError::Absent | SourceError::NoRanges)
                {
                    return Err(AddressError::Broken { server: self.base.clone(), error });
                }
                sleep(Duration::from_secs((1 << failures.min(6)).min(LONGEST_WAIT)));
            }
        }
    }

    fn part(
        &self,
        have: u64,
        length: u64,
        bucket: &mut Bucket,
        clock: Stopwatch,
        came: &dyn Fn(u64),
    ) -> (Vec<u8>, Option<SourceError>) {
        let mut bytes = Vec::new();
        let mut body = match self.server.run(&self.name, &[range(have, length)], 0) {
            Ok(body) => body,
            Err(error) => return (bytes, Some(error)),
        };
        let mut buffer = [0; 16 << 10];
        while (bytes.len() as u64) < length {
            let gulp = (length as usize - bytes.len()).min(buffer.len()).min(bucket.gulp());
            match body.read(&mut buffer[..gulp]) {
                Ok(0) => return (bytes, Some(SourceError::Truncated)),
                Ok(count) => {
                    bytes.extend_from_slice(&buffer[..count]);
                    came(count as u64);
                    sleep(bucket.take(count as u64, clock.now()));
                }
                Err(error) => return (bytes, Some(super::source::read_error(error))),
            }
        }
        // To its end, so that the connection can be used again.
        let _ = body.read(&mut [0]);
        (bytes, None)
    }
}

fn range(at: u64, length: u64) -> Piece {
    Piece { digest: Digest::of(""), length, at, packed: length }
}

/// What a bundle's end says, in a file of this length.
fn bundle(end: &[u8], length: u64) -> Result<Bundle, BadBundle> {
    let (rest, trailer) = end.split_last_chunk::<{ TRAILER as usize }>().ok_or(BadBundle::Short(length))?;
    let parts = Parts::parse(Bytes(length), *trailer)?;
    let start = usize::try_from(parts.signature.0).ok().and_then(|signature| rest.len().checked_sub(signature));
    let message = &rest[start.ok_or(BadBundle::Short(length))?..];
    Bundle::new(parts, &signed_content(message)?)
}

/// Removes what was kept of other bundles.
fn clean(folder: &Path, kept: &Path) -> Result<(), IoError> {
    for entry in fs::read_dir(folder).context("listing", folder)? {
        let path = entry.context("listing", folder)?.path();
        if path != kept {
            fs::remove_file(&path).context("removing", &path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let base = |text: &str| text.parse::<BaseUrl>().unwrap();
        for (text, expected) in [
            ("https://a.org/x/y.raucb", Some(Address::Bundle(base("https://a.org/x"), "y.raucb".to_owned()))),
            ("https://a.org/y_1.2~3.raucb ", Some(Address::Bundle(base("https://a.org"), "y_1.2~3.raucb".to_owned()))),
            ("https://a.org/x/", Some(Address::Repository(base("https://a.org/x")))),
            ("https://u:p@a.org/y.raucb", None),
            ("https://a.org/%2e%2e.raucb", None),
            ("https://a.org/.raucb", None),
            ("https://a.org/x.raucb?token=1", None),
            ("file:///x.raucb", None),
            ("/x.raucb", None),
        ] {
            assert_eq!(Address::parse(text).ok(), expected, "{text}");
        }
    }
}
