//! A server of as much of HTTP/1.1 ([RFC 9112](https://www.rfc-editor.org/rfc/rfc9112.html)) as nodes speak: one request a
//! connection, a body with its length, one range.
//!
//! It listens on 127.0.0.1, which a machine with QEMU's user network sees as [`HOST`].

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;

use crate::error::{Doing, Error};

/// The host of the servers, as a machine with QEMU's user network sees it.
pub const HOST: &str = "10.0.2.2";

/// How long a connection may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// The longest head of a request that is read, in bytes.
const LONGEST_HEAD: u64 = 16 << 10;

/// The longest body that is read, in bytes.
const LONGEST_BODY: u64 = 64 << 10;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Request {
    /// `GET`, `PUT` or `POST`.
    pub(crate) method: String,
    /// The path, without a query.
    pub(crate) path: String,
    /// The headers, their names in lower case.
    headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
}

/// A request could not be read.
#[derive(Debug, Error)]
pub(crate) enum Unreadable {
    /// The connection.
    #[error("reading a request")]
    Io(#[from] io::Error),
    /// What came over it.
    #[error("this is no request: {0}")]
    Wrong(&'static str),
}

impl Request {
    /// Reads one from a connection.
    pub(crate) fn read(mut connection: impl BufRead) -> Result<Self, Unreadable> {
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
    pub(crate) fn parse(head: &str) -> Result<Self, Unreadable> {
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
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    stopped: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts one that answers requests so, several at a time.
    pub(crate) fn start(
        answer: impl Fn(&Request, &mut TcpStream) -> io::Result<()> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let doing = || "listening on 127.0.0.1".to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).doing(doing)?;
        let port = listener.local_addr().doing(doing)?.port();
        let (answer, stopped) = (Arc::new(answer), Arc::new(AtomicBool::new(false)));
        let ends = Arc::clone(&stopped);
        let listening = thread::spawn(move || {
            for connection in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    return;
                }
                let answer = Arc::clone(&answer);
                // A node that goes away in the middle is no business of the server's.
                thread::spawn(move || connection.and_then(|connection| serve(&*answer, connection)));
            }
        });
        Ok(Self { port, stopped, listening: Some(listening) })
    }

    /// Its port on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the thread that listens.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        let _ = self.listening.take().map(JoinHandle::join);
    }
}

/// Answers one request.
fn serve(answer: &impl Fn(&Request, &mut TcpStream) -> io::Result<()>, mut connection: TcpStream) -> io::Result<()> {
    connection.set_read_timeout(Some(SILENCE))?;
    connection.set_write_timeout(Some(SILENCE))?;
    match Request::read(BufReader::new(&connection)) {
        Ok(request) => answer(&request, &mut connection),
        Err(Unreadable::Io(error)) => Err(error),
        Err(Unreadable::Wrong(what)) => {
            head(&mut connection, 400, what.len() as u64, "")?;
            connection.write_all(what.as_bytes())
        }
    }
}

/// Sends an answer's head, with these fields besides, each with its end of line.
pub(crate) fn head(connection: &mut TcpStream, status: u16, length: u64, fields: &str) -> io::Result<()> {
    let reason = match status {
        200 => "OK",
        206 => "Partial Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        410 => "Gone",
        416 => "Range Not Satisfiable",
        _ => "Unknown",
    };
    let head = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: {length}\r\nConnection: close\r\n{fields}\r\n");
    connection.write_all(head.as_bytes())
}

/// Bytes of a file, and how they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Which.
    pub(crate) range: Range<u64>,
    /// Whether they are sent as a part.
    pub(crate) partial: bool,
    /// Where the connection breaks off.
    pub(crate) breaks_at: Option<u64>,
}

/// Sends bytes of a file of this length.
pub(crate) fn send(connection: &mut TcpStream, file: &Path, size: u64, part: &Part) -> io::Result<()> {
    let Part { range, partial, breaks_at } = part;
    let mut fields = "Content-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\n".to_owned();
    if *partial {
        fields.push_str(&format!("Content-Range: bytes {}-{}/{size}\r\n", range.start, range.end - 1));
    }
    head(connection, if *partial { 206 } else { 200 }, range.end - range.start, &fields)?;
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(range.start))?;
    let length = breaks_at.unwrap_or(range.end) - range.start;
    io::copy(&mut file.take(length), connection).map(drop)
}

/// The bytes that a `Range` asks for, of a file of this length; `None` if it has none of them, or the header is not understood.
pub(crate) fn range(value: &str, length: u64) -> Option<Range<u64>> {
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
