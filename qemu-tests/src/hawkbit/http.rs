//! As much of HTTP/1.1 ([RFC 9112](https://www.rfc-editor.org/rfc/rfc9112.html)) as hawkBit's clients speak: one request a
//! connection, a body with its length, one range.

use std::io::{self, BufRead, Read as _};
use std::ops::Range;

use thiserror::Error;

/// The longest head of a request that is read, in bytes.
const LONGEST_HEAD: u64 = 16 << 10;

/// The longest body that is read, in bytes.
const LONGEST_BODY: u64 = 64 << 10;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    /// `GET`, `PUT` or `POST`.
    pub(super) method: String,
    /// The path, without a query.
    pub(super) path: String,
    /// The headers, their names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: Vec<u8>,
}

/// A request could not be read.
#[derive(Debug, Error)]
pub(super) enum Unreadable {
    /// The connection.
    #[error("reading a request")]
    Io(#[from] io::Error),
    /// What came over it.
    #[error("this is no request: {0}")]
    Wrong(&'static str),
}

impl Request {
    /// Reads one from a connection.
    pub(super) fn read(mut connection: impl BufRead) -> Result<Self, Unreadable> {
        let mut head = Vec::new();
        let mut lines = connection.by_ref().take(LONGEST_HEAD);
        loop {
            let before = head.len();
            lines.read_until(b'\n', &mut head)?;
            match &head[before..] {
                b"\r\n" => break,
                line if line.ends_with(b"\n") => {}
                _ => return Err(Unreadable::Wrong("its head does not end")),
            }
        }
        let text = std::str::from_utf8(&head).map_err(|_| Unreadable::Wrong("its head is no text"))?;
        let mut request = Self::parse(text)?;
        let length: u64 = match request.header("content-length") {
            Some(length) => length.parse().map_err(|_| Unreadable::Wrong("its length is no number"))?,
            None if request.header("transfer-encoding").is_some() => {
                return Err(Unreadable::Wrong("its body comes in chunks"));
            }
            None => 0,
        };
        if length > LONGEST_BODY {
            return Err(Unreadable::Wrong("its body is too long"));
        }
        connection.take(length).read_to_end(&mut request.body)?;
        if request.body.len() as u64 != length {
            return Err(Unreadable::Wrong("its body is cut off"));
        }
        Ok(request)
    }

    /// Reads a head, without the body.
    pub(super) fn parse(head: &str) -> Result<Self, Unreadable> {
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target), Some("HTTP/1.1"), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(Unreadable::Wrong("its first line is not 'METHOD PATH HTTP/1.1'"));
        };
        let path = target.split('?').next().unwrap_or_default();
        if !path.starts_with('/') {
            return Err(Unreadable::Wrong("its path does not begin with '/'"));
        }
        let header = |line: &str| {
            let (name, value) = line.split_once(':').ok_or(Unreadable::Wrong("a header has no ':'"))?;
            Ok((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = lines.take_while(|line| !line.is_empty()).map(header).collect::<Result<_, Unreadable>>()?;
        Ok(Self { method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() })
    }

    /// A header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// The bytes that a `Range` asks for, of a file of this length; `None` if it has none of them, or the header is not understood.
pub(super) fn range(value: &str, length: u64) -> Option<Range<u64>> {
    let (from, to) = value.strip_prefix("bytes=")?.split_once('-')?;
    let from = from.parse().ok()?;
    let end = if to.is_empty() { length } else { to.parse::<u64>().ok()?.checked_add(1)?.min(length) };
    (from < end).then_some(from..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_requests() {
        let bytes = b"POST /DEFAULT/controller/v1/x/deploymentBase/7/feedback?c=1 HTTP/1.1\r\nHost: h:80\r\n\
                      AUTHORIZATION:  GatewayToken t \r\ncontent-length: 2\r\n\r\n{}more";
        let request = Request::read(bytes.as_slice()).unwrap();
        assert_eq!(
            (request.method.as_str(), request.path.as_str(), request.body.as_slice()),
            ("POST", "/DEFAULT/controller/v1/x/deploymentBase/7/feedback", b"{}".as_slice())
        );
        assert_eq!(request.header("authorization"), Some("GatewayToken t"));
        assert_eq!(request.header("range"), None);
    }

    #[test]
    fn refuses_what_is_no_request() {
        for (bytes, why) in [
            ("", "does not end"),
            ("GET / HTTP/1.1\r\nHost: h\r\n", "does not end"),
            ("GET / HTTP/1.0\r\n\r\n", "first line"),
            ("GET /a b HTTP/1.1\r\n\r\n", "first line"),
            ("GET http://h/ HTTP/1.1\r\n\r\n", "begin with '/'"),
            ("GET / HTTP/1.1\r\nHost\r\n\r\n", "no ':'"),
            ("PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "no number"),
            ("PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\n{}", "cut off"),
            ("PUT / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "too long"),
            ("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "chunks"),
        ] {
            let error = Request::read(bytes.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{bytes:?}: {error}");
        }
        let long = format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(20_000));
        assert!(Request::read(long.as_bytes()).is_err());
    }

    #[test]
    fn reads_ranges() {
        for (value, expected) in [
            ("bytes=0-", Some(0..100)),
            ("bytes=40-", Some(40..100)),
            ("bytes=40-49", Some(40..50)),
            ("bytes=40-4000", Some(40..100)),
            ("bytes=100-", None),
            ("bytes=50-40", None),
            ("bytes=-5", None),
            ("bytes=a-", None),
            ("lines=1-", None),
        ] {
            assert_eq!(range(value, 100), expected, "{value}");
        }
    }
}
