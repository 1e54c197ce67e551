//! The side of the fronts.

use std::io::{self, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{LONGEST_REPLY, PATIENCE, Reply, SILENCE, line};
use crate::desk::{Request, View};

/// The desk, or another program behind a socket, does not answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The socket.
    #[error("talking to {path}")]
    Socket {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What it says is none of ours.
    #[error("reading what the other program says")]
    Words(#[from] serde_json::Error),
    /// It could not do it.
    #[error("{0}")]
    Failed(String),
}

/// A way to the desk.
#[derive(Clone, Debug)]
pub struct Client(PathBuf);

impl Client {
    /// By this socket.
    pub fn new(socket: &Path) -> Self {
        Self(socket.to_owned())
    }

    /// Asks, and waits for what is to be shown.
    pub fn ask(&self, request: &Request) -> Result<View, ClientError> {
        match exchange(&self.0, request)? {
            Reply::View(view) => Ok(*view),
            Reply::Failed(why) => Err(ClientError::Failed(why)),
        }
    }
}

/// Says a line of JSON to a socket, and returns what comes back. Neither stays in memory: both may have a secret.
pub(crate) fn exchange<T: DeserializeOwned>(socket: &Path, request: &impl Serialize) -> Result<T, ClientError> {
    let mut text = Zeroizing::new(serde_json::to_vec(request)?);
    text.push(b'\n');
    let said = said(socket, &text).map_err(|source| ClientError::Socket { path: socket.to_owned(), source })?;
    Ok(serde_json::from_slice(&said)?)
}

fn said(socket: &Path, request: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_write_timeout(Some(SILENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request)?;
    line(BufReader::new(stream), LONGEST_REPLY).map(Zeroizing::new)
}
