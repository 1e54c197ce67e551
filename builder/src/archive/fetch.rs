//! Fetches files whose length and digest are known, in parallel, and resumes what was cut.
//!
//! A file is fetched to `<name>.part` beside its place, by whoever holds the lock on that; the next one goes on where
//! the last one stopped. It gets its name once its digest is right. Sources need not be trusted. A file at its place
//! that has another length than it should is fetched again.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use formats::digest::Digest;
use formats::size::Bytes;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

use super::parallel;

/// How many files are fetched at once.
const JOBS: usize = 8;

/// How often a source is asked, with nothing new of the file coming, before its error counts.
const TRIES: u32 = 4;

/// How long one answer may take to come; a longer one is cut, and asked for again from there.
const BODY_TIMEOUT: Duration = Duration::from_secs(120);

/// How long the first wait before another try is; each next one is twice as long.
const DELAY: Duration = Duration::from_millis(500);

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
    #[error("fetching {url}: is there a network, and is the mirror or proxy right? What was fetched before is kept")]
    Network {
        /// What was fetched.
        url: String,
        /// Why it failed.
        source: Box<ureq::Error>,
    },
    /// A proxy does not let it through.
    #[error(
        "fetching {url}: the proxy of the environment refuses to connect to it; many let only https:// through, \
         as --mirror https://deb.debian.org is"
    )]
    Proxy {
        /// What was fetched.
        url: String,
        /// What the proxy said.
        source: Box<ureq::Error>,
    },
    /// The answer stopped in its middle.
    #[error(
        "fetching {url}: the connection ended after {have} of {size}. They are kept, and the next try goes on there"
    )]
    Cut {
        /// What was fetched.
        url: String,
        /// How much there is of it.
        have: Bytes,
        /// How much there should be.
        size: Bytes,
        /// Why it stopped, where that is known.
        source: Option<io::Error>,
    },
    /// It is not there any more.
    #[error("fetching {url}: the archive no longer has it; `ilanga lock` asks for what it has now")]
    Gone {
        /// What was fetched.
        url: String,
    },
    /// It never was there, as far as anybody knows.
    #[error("fetching {url}: there is no such file; is the mirror right, and does it have this suite?")]
    Absent {
        /// What was fetched.
        url: String,
    },
    /// The server answers something else.
    #[error("fetching {url}: the server answered {status}; another mirror can be named with --mirror")]
    Status {
        /// What was fetched.
        url: String,
        /// The answer.
        status: u16,
    },
    /// What the server has is longer or shorter.
    #[error(
        "fetching {url}: the server has {actual} bytes, and {expected} are signed: \
         the mirror is not up to date, try again later or name another one with --mirror"
    )]
    Length {
        /// What was fetched.
        url: String,
        /// How long it is there.
        actual: u64,
        /// How long it should be.
        expected: u64,
    },
    /// What came is something else.
    #[error(
        "fetching {url}: its SHA-256 is {actual}, and {expected} is signed: nothing of it was used. \
         The mirror or something on the way to it changes files; name another one with --mirror"
    )]
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
    delay: Duration,
}

impl Fetcher {
    /// Uses the proxies that the environment names, or nothing at all if `offline`.
    pub(crate) fn new(offline: bool) -> Self {
        Self { agent: config().build().new_agent(), offline, delay: DELAY }
    }

    /// Fetches a file whose content something else vouches for, such as a release file with its signature.
    pub(crate) fn small(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let mut bytes = Vec::new();
        self.retry(|| {
            bytes.clear();
            let mut body = self.request(url, 0).map_err(FetchError::never_there)?.into_body();
            let mut reader = body.as_reader().take(64 << 20);
            let read = reader.read_to_end(&mut bytes);
            read.map_err(|error| FetchError::Network { url: url.to_owned(), source: Box::new(error.into()) })?;
            Ok(())
        })?;
        Ok(bytes)
    }

    /// Fetches all that is not at its place. `progress` gets the bytes that came and those that were wanted.
    pub(crate) fn all(&self, wanted: &[Wanted], progress: impl Fn(u64, u64) + Sync) -> Result<bool, FetchError> {
        let missing: Vec<&Wanted> = wanted.iter().filter(|wanted| !wanted.is_there()).collect();
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
        let mut out = lock(&part)?;
        if wanted.is_there() {
            // Somebody else was faster.
            return fs::remove_file(&part).map_err(file("removing", &part));
        }
        // What an earlier build left may be what is wrong: then once more, from the start.
        let mut again = out.metadata().map_err(file("measuring", &part))?.len() > 0;
        loop {
            self.retry(|| self.resume(wanted, &part, &mut out, came))?;
            let actual = digest(&mut out).map_err(file("reading", &part))?;
            if actual == wanted.sha256 {
                break;
            }
            out.set_len(0).map_err(file("emptying", &part))?;
            if !again {
                return Err(FetchError::Digest { url: wanted.url.clone(), actual, expected: wanted.sha256 });
            }
            again = false;
        }
        out.sync_all().map_err(file("writing", &part))?;
        fs::rename(&part, &wanted.place).map_err(file("naming", &wanted.place))
    }

    fn resume(&self, wanted: &Wanted, part: &Path, out: &mut File, came: &dyn Fn(u64)) -> Result<(), FetchError> {
        let size = wanted.size.0;
        let mut have = out.seek(SeekFrom::End(0)).map_err(file("measuring", part))?;
        if have > size {
            out.set_len(0).map_err(file("emptying", part))?;
            have = 0;
        }
        if have == size {
            return Ok(());
        }
        let response = self.request(&wanted.url, have)?;
        if have > 0 && response.status().as_u16() != 206 {
            // The server sends it from the start.
            out.set_len(0).map_err(file("emptying", part))?;
            have = 0;
        }
        let mut body = response.into_body();
        if let Some(left) = body.content_length()
            && have + left != size
        {
            return Err(FetchError::Length { url: wanted.url.clone(), actual: have + left, expected: size });
        }
        out.seek(SeekFrom::Start(have)).map_err(file("writing", part))?;
        let mut reader = body.as_reader().take(size - have);
        let mut buffer = vec![0; 1 << 16];
        let cut =
            |have, source| FetchError::Cut { url: wanted.url.clone(), have: Bytes(have), size: Bytes(size), source };
        while have < size {
            let count = match reader.read(&mut buffer) {
                Ok(0) => return Err(cut(have, None)),
                Ok(count) => count,
                Err(error) => return Err(cut(have, Some(error))),
            };
            out.write_all(&buffer[..count]).map_err(file("writing", part))?;
            have += count as u64;
            came(count as u64);
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
        let response = request.call().map_err(|source| {
            let (url, source) = (url.to_owned(), Box::new(source));
            match *source {
                ureq::Error::ConnectProxyFailed(_) => FetchError::Proxy { url, source },
                _ => FetchError::Network { url, source },
            }
        })?;
        match response.status().as_u16() {
            200 | 206 => Ok(response),
            404 | 410 => Err(FetchError::Gone { url: url.to_owned() }),
            // What is there is shorter than what is here: how long it is, the answer to this says.
            416 if from > 0 => self.request(url, 0),
            status => Err(FetchError::Status { url: url.to_owned(), status }),
        }
    }

    /// Does it again, a little later each time, as long as the network or the server is what fails. As long as more of
    /// a file comes each time, there is no end to it.
    fn retry(&self, mut work: impl FnMut() -> Result<(), FetchError>) -> Result<(), FetchError> {
        let (mut tries, mut most) = (0, 0);
        loop {
            let Err(error) = work() else { return Ok(()) };
            if let FetchError::Cut { have, .. } = error
                && have.0 > most
            {
                (tries, most) = (0, have.0);
            }
            tries += 1;
            if !error.may_pass() || tries == TRIES {
                return Err(error);
            }
            thread::sleep(self.delay * 2_u32.pow(tries - 1));
        }
    }
}

impl FetchError {
    fn never_there(self) -> Self {
        if let Self::Gone { url } = self { Self::Absent { url } } else { self }
    }

    /// Whether another try may go better.
    fn may_pass(&self) -> bool {
        match self {
            Self::Network { source, .. } => !matches!(**source, ureq::Error::BadUri(_) | ureq::Error::Http(_)),
            Self::Cut { .. } => true,
            Self::Status { status, .. } => *status >= 500 || matches!(status, 408 | 429),
            _ => false,
        }
    }
}

impl Wanted {
    /// Whether it is at its place; that its content is right too is checked where it is used.
    fn is_there(&self) -> bool {
        fs::metadata(&self.place).is_ok_and(|metadata| metadata.len() == self.size.0)
    }
}

fn config() -> ConfigBuilder<AgentScope> {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_recv_body(Some(BODY_TIMEOUT))
        .user_agent(concat!("ilanga/", env!("CARGO_PKG_VERSION")))
}

/// Opens and locks the file, which may have got another name while this waited for the lock.
fn lock(part: &Path) -> Result<File, FetchError> {
    loop {
        let mut options = File::options();
        let out = options.read(true).write(true).create(true).truncate(false).open(part);
        let out = out.map_err(file("opening", part))?;
        out.lock().map_err(file("locking", part))?;
        let mine = out.metadata().map_err(file("measuring", part))?;
        if fs::metadata(part).is_ok_and(|named| (named.dev(), named.ino()) == (mine.dev(), mine.ino())) {
            return Ok(out);
        }
    }
}

fn digest(file: &mut File) -> io::Result<Digest> {
    file.seek(SeekFrom::Start(0))?;
    let mut hasher = Sha256::new();
    io::copy(file, &mut hasher)?;
    Ok(Digest::new(hasher.finalize().into()))
}

#[cfg(test)]
mod tests;
