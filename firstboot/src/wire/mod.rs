//! How fronts talk to the desk: a socket, a line of JSON each way.
//!
//! ```text
//!   screen, portal ── Request, a line ──► /run/ilanga/setup/socket ── Reply, a line ──► and the connection ends
//! ```
//!
//! Invariants: nobody is heard but root, who runs the desk, and the user of the page for phones; whoever is not root speaks for phones
//! alone, whatever it says; a line is never longer than its bound; a peer that is slow, or says nothing, keeps a thread for a while
//! and nothing else.

mod client;
mod server;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::desk::View;

pub(crate) use client::exchange;
pub use client::{Client, ClientError};
pub use server::serve;
pub(crate) use server::{listen, peer, say};

/// Where the socket is on a node.
pub const SOCKET: &str = "/run/ilanga/setup/socket";

/// The longest request, in bytes.
pub(crate) const LONGEST_REQUEST: u64 = 128 << 10;

/// The longest reply, in bytes.
const LONGEST_REPLY: u64 = 1 << 20;

/// How long a peer may say nothing.
const SILENCE: Duration = Duration::from_secs(10);

/// How long the desk may take: making a header does for a few seconds, and others wait for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the desk says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// What is to be shown.
    View(Box<View>),
    /// It can't be kept, for this reason.
    Failed(String),
}

/// Reads a line, without its end.
pub(crate) fn line(from: impl BufRead, longest: u64) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    from.take(longest + 1).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        let what = if line.len() as u64 >= longest { "the line is too long" } else { "the line has no end" };
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(line)
}
