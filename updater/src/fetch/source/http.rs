//! Repositories on web servers, and neighbours, which speak HTTP too.
//!
//! | from | a piece is | a file is |
//! |---|---|---|
//! | a web server | a range of an object below the base URL | below the base URL |
//! | a neighbour | `/chunks/<sha256>`, as it is used | below `/repository/` |
//!
//! Connections are kept between requests. For a web server the proxies of the environment are used, and a few redirects
//! followed; for a neighbour neither. A server without ranges answers 200 to a request for one; nothing of that is
//! read.

use std::io;
use std::time::Duration;

use formats::pieces::Piece;
use ureq::Agent;
use ureq::http::header::{CONTENT_RANGE, ETAG, HeaderMap, LAST_MODIFIED};

use super::{Body, Form, Source, SourceError, Way, checked, read_error};

/// How long connecting and the beginning of an answer may take, and for how long nothing may come.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// To connect.
    pub connect: Duration,
    /// Until an answer begins, and between any two of its bytes.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(20), silence: Duration::from_secs(30) }
    }
}

/// What a server says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its length.
    pub length: u64,
    /// What another version of it has another of; empty if the server says nothing.
    pub validator: String,
    /// Whether parts of it can be had.
    pub ranges: bool,
}

/// A server.
#[derive(Debug)]
pub struct Http {
    base: String,
    way: Way,
    agent: Agent,
}

impl Http {
    /// The repository below a URL.
    pub fn upstream(base: &str, patience: Patience) -> Self {
        let agent = config(patience).max_redirects(4).build().new_agent();
        Self { base: base.trim_end_matches('/').to_owned(), way: Way::Upstream, agent }
    }

    /// The neighbour at `http://ADDRESS:PORT`.
    pub fn neighbour(base: &str, patience: Patience) -> Self {
        let agent = config(patience).max_redirects(0).proxy(None).build().new_agent();
        Self { base: base.trim_end_matches('/').to_owned(), way: Way::Neighbour, agent }
    }

    /// How long a file is, and what the server says to tell its versions apart.
    pub fn measure(&self, path: &str) -> Result<Measured, SourceError> {
        let request = self.agent.get(self.object(path)?).header("Accept-Encoding", "identity");
        let response = request.header("Range", "bytes=0-0").call().map_err(|error| read_error(error.into_io()))?;
        let headers = response.headers();
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let validator = text(ETAG).or(text(LAST_MODIFIED)).unwrap_or_default().to_owned();
        let total = text(CONTENT_RANGE).and_then(|range| range.rsplit_once('/')).map(|(_, total)| total.to_owned());
        let ranges = match response.status().as_u16() {
            200 => false,
            206 => true,
            404 | 410 => return Err(SourceError::Absent),
            416 => return Err(SourceError::Truncated),
            status => return Err(SourceError::Status(status)),
        };
        let length = if ranges { total.and_then(|total| total.parse().ok()) } else { response.body().content_length() };
        Ok(Measured { length: length.ok_or(SourceError::OtherRange)?, validator, ranges })
    }

    fn get(&self, url: &str, range: Option<(u64, u64)>) -> Result<Body<'_>, SourceError> {
        let mut request = self.agent.get(url).header("Accept-Encoding", "identity");
        if let Some((from, length)) = range {
            request = request.header("Range", format!("bytes={from}-{}", (from + length).saturating_sub(1)));
        }
        let response = request.call().map_err(|error| read_error(error.into_io()))?;
        let status = response.status().as_u16();
        match (status, range) {
            (200, None) => {}
            (206, Some((from, length))) => match content_range(response.headers()) {
                Some((first, last)) if first == from && last >= first && last - first < length => {}
                Some((first, last)) if first == from && last > first => return Err(SourceError::TooMuch),
                _ => return Err(SourceError::OtherRange),
            },
            (200, Some(_)) => return Err(SourceError::NoRanges),
            // It ends before that.
            (416, Some(_)) => return Err(SourceError::Truncated),
            (404 | 410, _) => return Err(SourceError::Absent),
            _ => return Err(SourceError::Status(status)),
        }
        let body = response.into_body();
        if let (Some((_, length)), Some(announced)) = (range, body.content_length())
            && announced > length
        {
            return Err(SourceError::TooMuch);
        }
        Ok(Box::new(body.into_reader()))
    }

    fn object(&self, path: &str) -> Result<String, SourceError> {
        let folder = if self.way == Way::Neighbour { "/repository" } else { "" };
        // Object stores take a plus sign for a blank.
        Ok(format!("{}{folder}/{}", self.base, checked(path)?.replace('+', "%2B")))
    }
}

impl Source for Http {
    fn name(&self) -> &str {
        &self.base
    }

    fn way(&self) -> Way {
        self.way
    }

    fn form(&self) -> Form {
        if self.way == Way::Neighbour { Form::Plain } else { Form::Packed }
    }

    fn run(&self, object: &str, pieces: &[Piece], skip: u64) -> Result<Body<'_>, SourceError> {
        let Some(first) = pieces.first() else { return Ok(Box::new(io::empty())) };
        if self.way == Way::Neighbour {
            let url = format!("{}/chunks/{}", self.base, first.digest);
            return self.get(&url, Some((skip, first.length.saturating_sub(skip))));
        }
        let length: u64 = pieces.iter().map(|piece| piece.packed).sum();
        self.get(&self.object(object)?, Some((first.at + skip, length.saturating_sub(skip))))
    }

    fn file(&self, path: &str, _limit: u64) -> Result<Body<'_>, SourceError> {
        self.get(&self.object(path)?, None)
    }

    fn stop(&self) {
        self.agent.clone().shutdown();
    }
}

fn config(patience: Patience) -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects_will_error(true)
        .max_response_header_size(16 << 10)
        .input_buffer_size(32 << 10)
        .output_buffer_size(4 << 10)
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_recv_response(Some(patience.silence))
        .timeout_per_read(Some(patience.silence))
        .timeout_per_write(Some(patience.silence))
        .user_agent(concat!("ilanga/", env!("CARGO_PKG_VERSION")))
}

/// The first and the last byte of `bytes 0-99/1000`.
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let (range, _) = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    let number = |text: &str| text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(first)?, number(last)?))
}
