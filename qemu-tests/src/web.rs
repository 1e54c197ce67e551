//! A web server of the files of a folder, which counts what it is asked for.

use std::io;
use std::net::TcpStream;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::http::{HOST, Part, Request, Server, head, range, send};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The file's path below the folder.
    pub path: String,
    /// The first byte that was asked for.
    pub from: u64,
    /// How many bytes were asked for; 0 of a file that is not there, or if only its length was asked for.
    pub bytes: u64,
}

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub struct Web {
    asked: Arc<Mutex<Vec<Asked>>>,
    server: Server,
}

impl Web {
    /// Serves a folder.
    pub fn start(folder: &Path) -> Result<Self, Error> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (notes, folder) = (Arc::clone(&asked), folder.to_owned());
        let note = move |what| notes.lock().unwrap_or_else(PoisonError::into_inner).push(what);
        let server = Server::start(move |request, connection| answer(&folder, &note, request, connection))?;
        Ok(Self { asked, server })
    }

    /// Its address, as a machine with QEMU's user network sees it.
    pub fn url(&self) -> String {
        format!("http://{HOST}:{}", self.server.port())
    }

    /// What was asked for, in its order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many bytes were asked for of files whose path begins so.
    pub fn bytes(&self, beginning: &str) -> u64 {
        self.asked().iter().filter(|asked| asked.path.starts_with(beginning)).map(|asked| asked.bytes).sum()
    }
}

fn answer(folder: &Path, note: &impl Fn(Asked), request: &Request, connection: &mut TcpStream) -> io::Result<()> {
    let path = request.path.trim_start_matches('/').to_owned();
    let Some((file, size)) = find(folder, &path) else {
        note(Asked { path, from: 0, bytes: 0 });
        return head(connection, 404, 0, "");
    };
    let partial = request.header("range");
    match (request.method.as_str(), partial.map_or(Some(0..size), |value| range(value, size))) {
        ("HEAD", _) => {
            note(Asked { path, from: 0, bytes: 0 });
            head(connection, 200, size, "Accept-Ranges: bytes\r\n")
        }
        ("GET", Some(range)) => {
            note(Asked { path, from: range.start, bytes: range.end - range.start });
            send(connection, &file, size, &Part { range, partial: partial.is_some(), breaks_at: None })
        }
        ("GET", None) => head(connection, 416, 0, ""),
        _ => head(connection, 405, 0, ""),
    }
}

/// The file, and its length.
fn find(folder: &Path, path: &str) -> Option<(PathBuf, u64)> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    let file = folder.join(path);
    let metadata = file.metadata().ok().filter(|metadata| plain && metadata.is_file())?;
    Some((file, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read as _, Write as _};
    use std::net::Ipv4Addr;

    #[test]
    fn serves_files_and_counts() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("public")).unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        std::fs::write(folder.path().join("public/a"), "0123456789").unwrap();
        let web = Web::start(&folder.path().join("public")).unwrap();
        let ask = |line: &str, fields: &str| {
            let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, web.server.port())).unwrap();
            write!(connection, "{line} HTTP/1.1\r\n{fields}\r\n").unwrap();
            let mut said = String::new();
            connection.read_to_string(&mut said).unwrap();
            said
        };
        for (line, fields, begin, end) in [
            ("GET /a", "", "HTTP/1.1 200 OK", "\r\n\r\n0123456789"),
            ("GET /a", "Range: bytes=4-6\r\n", "HTTP/1.1 206", "\r\n\r\n456"),
            ("GET /a", "Range: bytes=40-\r\n", "HTTP/1.1 416", "\r\n\r\n"),
            ("HEAD /a", "", "HTTP/1.1 200 OK\r\nContent-Length: 10", "\r\n\r\n"),
            ("GET /b", "", "HTTP/1.1 404", "\r\n\r\n"),
            ("GET /../secret", "", "HTTP/1.1 404", "\r\n\r\n"),
            ("GET /", "", "HTTP/1.1 404", "\r\n\r\n"),
            ("PUT /a", "", "HTTP/1.1 405", "\r\n\r\n"),
        ] {
            let said = ask(line, fields);
            assert!(said.starts_with(begin) && said.ends_with(end), "{line}: {said}");
        }
        assert_eq!(web.bytes("a"), 13);
        assert_eq!(web.asked()[1], Asked { path: "a".into(), from: 4, bytes: 3 });
    }
}
