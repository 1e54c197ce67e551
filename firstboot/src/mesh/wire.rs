//! What nodes of a community say to each other, over the mesh: one line of JSON, and one in answer.

use std::io::{self, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use formats::community::{LONGEST, MeshKey, Token};
use formats::settings::HostName;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::clock;

/// The port, in the mesh alone.
pub const PORT: u16 = 7366;

/// How long one exchange may take, however slowly it comes.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// The longest line, in bytes: a list in JSON's quotes.
const LONGEST_LINE: usize = LONGEST * 2 + 1024;

/// What is asked. Who asks is the address that it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask", deny_unknown_fields)]
pub(super) enum Request {
    /// To be let in.
    Join {
        /// What the invitation says.
        token: Token,
        /// The node's key, whose address it must come from.
        key: MeshKey,
        /// What it is called.
        name: HostName,
    },
    /// For a list later than this one.
    List {
        /// Its number.
        after: u64,
    },
    /// To look at a list: who is told need not believe it.
    Look {
        /// Its text.
        list: String,
    },
    /// To be taken off the list.
    Leave {
        /// The node's key, whose address it must come from.
        key: MeshKey,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "answer", deny_unknown_fields)]
pub(super) enum Answer {
    /// A list.
    List {
        /// Its text.
        list: String,
    },
    /// It is done, or there is nothing later.
    Done,
    /// No.
    Refused {
        /// Why.
        why: Refused,
    },
}

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// It does not come from the key's address.
    #[error("it does not come from the address of its key")]
    Key,
    /// No such invitation, or it is used.
    #[error("no such invitation is open: it was redeemed, or withdrawn")]
    Token,
    /// It has ended.
    #[error("the invitation has ended")]
    Ended,
    /// There are too many members.
    #[error("the community is full")]
    Full,
    /// This node is not the founder.
    #[error("this node lets nobody in: it is not the founder")]
    NotFounder,
    /// It can't keep what it would have to.
    #[error("it can't be kept")]
    Unkept,
}

/// A line that comes until `deadline`, in time since power-on.
pub(super) fn receive<T: DeserializeOwned>(stream: &TcpStream, deadline: Duration) -> io::Result<T> {
    let (mut line, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let left = deadline.saturating_sub(clock::up());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let count = (&*stream).read(&mut chunk)?;
        line.extend_from_slice(&chunk[..count]);
        if line.len() > LONGEST_LINE {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if let Some(json) = line.strip_suffix(b"\n") {
            return serde_json::from_slice(json).map_err(io::Error::from);
        }
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Sends a line.
pub(super) fn send<T: Serialize>(mut stream: &TcpStream, what: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(&line)
}

/// Asks a member.
pub(super) fn ask(whom: &MeshKey, request: &Request) -> io::Result<Answer> {
    ask_at(whom.address(), PORT, request)
}

pub(super) fn ask_at(address: Ipv6Addr, port: u16, request: &Request) -> io::Result<Answer> {
    let deadline = clock::up() + PATIENCE;
    let stream = TcpStream::connect_timeout(&SocketAddr::from((address, port)), PATIENCE)?;
    send(&stream, request)?;
    receive(&stream, deadline)
}
