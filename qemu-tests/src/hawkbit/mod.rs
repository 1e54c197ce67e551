//! A small server of the protocol that [hawkBit](https://eclipse.dev/hawkbit/) speaks with devices, for one device.
//!
//! It keeps what the device said, for a story to judge. [`ddi`] decides what is answered.

mod ddi;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::net::TcpStream;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Doing, Error};
use crate::http::{HOST, Request, Server, head, send};
use crate::tool;
use ddi::{Answer, Target};

pub use ddi::Feedback;

/// A bundle that the device is to install.
#[derive(Clone, Debug)]
pub struct Deployment {
    id: String,
    name: String,
    version: String,
    file: PathBuf,
    size: u64,
    sha1: String,
    md5: String,
    sha256: String,
    breaks_once_at: Option<u64>,
}

impl Deployment {
    /// One of this bundle.
    pub fn of(id: &str, version: &str, file: &Path) -> Result<Self, Error> {
        let digest = |program: &str| -> Result<String, Error> {
            let said = tool::run(program, [file])?;
            Ok(String::from_utf8_lossy(&said).split_whitespace().next().unwrap_or_default().to_owned())
        };
        Ok(Self {
            id: id.to_owned(),
            name: "Ilanga".to_owned(),
            version: version.to_owned(),
            file: file.to_owned(),
            size: file.metadata().at("measuring", file)?.len(),
            sha1: digest("sha1sum")?,
            md5: digest("md5sum")?,
            sha256: digest("sha256sum")?,
            breaks_once_at: None,
        })
    }

    /// The first download breaks off after so many bytes.
    pub fn breaks_once_at(mut self, at: u64) -> Self {
        self.breaks_once_at = Some(at);
        self
    }
}

/// What the device did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It asked for this path without a token that is known here.
    Refused(String),
    /// It asked what there is to do.
    Asked,
    /// It said what it is.
    Attributes(BTreeMap<String, String>),
    /// It asked for these bytes of a deployment's bundle.
    Download(String, Range<u64>),
    /// It said how far a deployment is.
    Feedback(Feedback),
}

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub struct Hawkbit {
    target: Arc<Mutex<Target>>,
    server: Server,
}

impl Hawkbit {
    /// Starts one that knows the device `name`, which has this token.
    pub fn start(name: &str, token: &str) -> Result<Self, Error> {
        let (name, token) = (name.to_owned(), token.to_owned());
        let target = Target { name, token, attributes: None, deployment: None, seen: Vec::new() };
        let target = Arc::new(Mutex::new(target));
        let knows = Arc::clone(&target);
        let server = Server::start(move |request, connection| answer(&knows, request, connection))?;
        Ok(Self { target, server })
    }

    /// Where a machine finds it.
    pub fn address(&self) -> String {
        format!("{HOST}:{}", self.server.port())
    }

    /// Gives the device something to do.
    pub fn deploy(&self, deployment: Deployment) {
        lock(&self.target).deployment = Some(deployment);
    }

    /// What the device did, in its order.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.target).seen.clone()
    }

    /// What the device said of a deployment, in its order.
    pub fn feedback(&self, id: &str) -> Vec<Feedback> {
        let of = |seen: &Seen| match seen {
            Seen::Feedback(feedback) if feedback.deployment == id => Some(feedback.clone()),
            _ => None,
        };
        lock(&self.target).seen.iter().filter_map(of).collect()
    }

    /// How a deployment ended, once it has.
    pub fn ended(&self, id: &str) -> Option<Feedback> {
        self.feedback(id).into_iter().find(|feedback| feedback.execution == "closed")
    }
}

fn lock(target: &Mutex<Target>) -> MutexGuard<'_, Target> {
    target.lock().unwrap_or_else(PoisonError::into_inner)
}

fn answer(target: &Mutex<Target>, request: &Request, connection: &mut TcpStream) -> io::Result<()> {
    let (answer, file) = {
        let mut target = lock(target);
        let file = target.deployment.as_ref().map(|deployment| (deployment.file.clone(), deployment.size));
        (target.answer(request), file)
    };
    match (answer, file) {
        (Answer::Document(document), _) => {
            let text = document.to_string();
            head(connection, 200, text.len() as u64, "Content-Type: application/hal+json;charset=UTF-8\r\n")?;
            connection.write_all(text.as_bytes())
        }
        (Answer::Bundle(part), Some((file, size))) => send(connection, &file, size, &part),
        (Answer::Bundle(_), None) => head(connection, 404, 0, ""),
        (Answer::Status(status), _) => head(connection, status, 0, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::net::Ipv4Addr;

    fn ask(server: &Hawkbit, text: &str) -> String {
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, server.server.port())).unwrap();
        connection.write_all(text.as_bytes()).unwrap();
        let mut said = String::new();
        connection.read_to_string(&mut said).unwrap();
        said
    }

    #[test]
    fn answers_over_the_network() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bundle");
        std::fs::write(&file, "0123456789").unwrap();
        let server = Hawkbit::start("node", "t").unwrap();
        server.deploy(Deployment::of("7", "1", &file).unwrap().breaks_once_at(4));
        let get = |path: &str, fields: &str| {
            let base = "/DEFAULT/controller/v1/node";
            ask(&server, &format!("GET {base}{path} HTTP/1.1\r\nAuthorization: TargetToken t\r\n{fields}\r\n"))
        };
        assert!(get("", "").starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(get("/deploymentBase/7", "").contains("\"sha1\":\"87acec17cd9dcd20a716cc2cf67417b71c8a7016\""));
        let bundle = "/softwaremodules/7/artifacts/update.raucb";
        let cut = get(bundle, "");
        assert!(cut.contains("Content-Length: 10\r\n") && cut.ends_with("\r\n\r\n0123"), "{cut}");
        let rest = get(bundle, "Range: bytes=4-\r\n");
        assert!(rest.contains("206") && rest.contains("bytes 4-9/10") && rest.ends_with("\r\n\r\n456789"), "{rest}");
        assert!(ask(&server, "HELLO\r\n\r\n").starts_with("HTTP/1.1 400"));
        assert_eq!(server.seen().len(), 3);
        assert!(server.ended("7").is_none());
    }
}
