//! Fetches files whose length and digest are known, in parallel, and resumes what was cut.
//!
//! A file is fetched to `<name>.part` beside its place, by whoever holds the lock on that; the next one goes on where
//! the last one stopped. It gets its name once its digest is right. Sources need not be trusted.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use formats::digest::Digest;
use formats::size::Bytes;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::parallel;

/// How many files are fetched at once.
const JOBS: usize = 8;

/// How often a source is asked before its error counts.
const TRIES: u32 = 4;

/// A file to fetch.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Where it is on the mirror.
    pub(crate) url: String,
    /// Its place.
    pub(crate) place: PathBuf,
    /// Its length.
    pub(crate) size: Bytes,
    /// Its digest.
    pub(crate) sha256: Digest,
}

/// A file could not be fetched.
#[derive(Debug, Error)]
pub(crate) enum FetchError {
    /// Nothing answers.
    #[error("fetching {url}: is there a network? What was fetched is kept, and the next build goes on from there")]
    Network {
        /// What was fetched.
        url: String,
        /// Why it failed.
        source: Box<ureq::Error>,
    },
    /// It is not there any more.
    #[error("fetching {url}: the archive no longer has it; `ilanga lock` asks for what it has now")]
    Gone {
        /// What was fetched.
        url: String,
    },
    /// The server answers something else.
    #[error("fetching {url}: the server answered {status}")]
    Status {
        /// What was fetched.
        url: String,
        /// The answer.
        status: u16,
    },
    /// What came is something else.
    #[error("fetching {url}: its SHA-256 is {actual}, and {expected} is signed: nothing of it was used")]
    Digest {
        /// What was fetched.
        url: String,
        /// The digest of what came.
        actual: Digest,
        /// The digest that is signed.
        expected: Digest,
    },
    /// The network may not be used.
    #[error("{url} is not in the cache, and --offline forbids fetching it")]
    Offline {
        /// What is missing.
        url: String,
    },
    /// The disk.
    #[error("{operation} {path}", path = .path.display())]
    File {
        /// What was done.
        operation: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
}

fn file<'a>(operation: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FetchError + 'a {
    move |source| FetchError::File { operation, path: path.to_owned(), source }
}

/// A way to the archive.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    agent: ureq::Agent,
    offline: bool,
}

impl Fetcher {
    /// Uses the proxies that the environment names, or nothing at all if `offline`.
    pub(crate) fn new(offline: bool) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(20)))
            .timeout_recv_response(Some(Duration::from_secs(60)))
            .user_agent(concat!("ilanga/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.new_agent(), offline }
    }

    /// Fetches a file whose content something else vouches for, such as a release file with its signature.
    pub(crate) fn small(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        retry(|| {
            bytes.clear();
            let mut body = self.request(url, 0)?.into_body();
            let mut reader = body.as_reader().take(64 << 20);
            reader.read_to_end(&mut bytes).map_err(|error| network(url, error))?;
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Fetches all that is not at its place. `progress` gets the bytes that came and those that were wanted.
    pub(crate) fn all(&self, wanted: &[Wanted], progress: impl Fn(u64, u64) + Sync) -> Result<bool, FetchError> {
        let missing: Vec<&Wanted> = wanted.iter().filter(|wanted| !wanted.place.exists()).collect();
        let total = missing.iter().map(|wanted| wanted.size.0).sum();
        let done = AtomicU64::new(0);
        let shown = Mutex::new(());
        parallel::map(&missing, JOBS, |wanted| {
            self.one(wanted, &|count| {
                let done = done.fetch_add(count, Ordering::Relaxed) + count;
                if let Ok(_shown) = shown.try_lock() {
                    progress(done, total);
                }
            })
        })?;
        Ok(!missing.is_empty())
    }

    fn one(&self, wanted: &Wanted, came: &dyn Fn(u64)) -> Result<(), FetchError> {
        let mut name = wanted.place.clone().into_os_string();
        name.push(".part");
        let part = PathBuf::from(name);
        let mut out = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&part)
            .map_err(file("opening", &part))?;
        out.lock().map_err(file("locking", &part))?;
        if wanted.place.exists() {
            return Ok(());
        }
        let mut again = true;
        loop {
            retry(|| self.resume(wanted, &part, &mut out, came))?;
            let actual = digest(&mut out).map_err(file("reading", &part))?;
            if actual == wanted.sha256 {
                break;
            }
            out.set_len(0).map_err(file("emptying", &part))?;
            if !again {
                return Err(FetchError::Digest { url: wanted.url.clone(), actual, expected: wanted.sha256 });
            }
            // What an earlier build left may be what was wrong: once more, from the start.
            again = false;
        }
        out.sync_all().map_err(file("writing", &part))?;
        fs::rename(&part, &wanted.place).map_err(file("naming", &wanted.place))
    }

    fn resume(&self, wanted: &Wanted, part: &Path, out: &mut File, came: &dyn Fn(u64)) -> Result<(), FetchError> {
        let mut have = out.seek(SeekFrom::End(0)).map_err(file("measuring", part))?;
        if have > wanted.size.0 {
            out.set_len(0).map_err(file("emptying", part))?;
            have = 0;
        }
        if have == wanted.size.0 {
            return Ok(());
        }
        let response = self.request(&wanted.url, have)?;
        if response.status().as_u16() != 206 {
            // The server sends it from the start.
            out.set_len(0).map_err(file("emptying", part))?;
            have = 0;
        }
        out.seek(SeekFrom::Start(have)).map_err(file("writing", part))?;
        let mut body = response.into_body();
        let mut reader = body.as_reader().take(wanted.size.0 - have);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = reader.read(&mut buffer).map_err(|error| network(&wanted.url, error))?;
            if count == 0 {
                break;
            }
            out.write_all(&buffer[..count]).map_err(file("writing", part))?;
            have += count as u64;
            came(count as u64);
        }
        if have < wanted.size.0 {
            return Err(network(&wanted.url, io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(())
    }

    fn request(&self, url: &str, from: u64) -> Result<ureq::http::Response<ureq::Body>, FetchError> {
        if self.offline {
            return Err(FetchError::Offline { url: url.to_owned() });
        }
        let mut request = self.agent.get(url);
        if from > 0 {
            request = request.header("Range", format!("bytes={from}-"));
        }
        let response =
            request.call().map_err(|source| FetchError::Network { url: url.to_owned(), source: Box::new(source) })?;
        match response.status().as_u16() {
            200 | 206 => Ok(response),
            404 | 410 => Err(FetchError::Gone { url: url.to_owned() }),
            status => Err(FetchError::Status { url: url.to_owned(), status }),
        }
    }
}

/// Does it again, a little later each time, as long as the network or the server is what fails.
fn retry(mut work: impl FnMut() -> Result<(), FetchError>) -> Result<(), FetchError> {
    let mut tries = 1;
    loop {
        let result = work();
        let passing = match &result {
            Err(FetchError::Network { .. }) => true,
            Err(FetchError::Status { status, .. }) => *status >= 500 || *status == 429,
            _ => false,
        };
        if !passing || tries == TRIES {
            return result;
        }
        thread::sleep(Duration::from_millis(250 << tries));
        tries += 1;
    }
}

fn network(url: &str, error: io::Error) -> FetchError {
    FetchError::Network { url: url.to_owned(), source: Box::new(ureq::Error::Io(error)) }
}

fn digest(file: &mut File) -> io::Result<Digest> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    io::copy(file, &mut hasher)?;
    Ok(Digest::new(hasher.finalize().into()))
}
