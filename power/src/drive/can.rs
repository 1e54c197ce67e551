//! CAN buses: a raw socket that only reads.
//!
//! Invariant: there is no way to send. The interface is set up by a unit of its own, with 500000 bits a second and, where the adapter
//! can, in listen-only mode.

use std::io;
use std::os::fd::AsFd as _;

use socketcan::{CanSocket, Socket as _, SocketOptions as _};
use tokio::io::Interest;

use super::DriveError;
use super::node::Node;

/// Frames that are dropped at most before it is listened; a socket's buffer has a few hundred.
const KEPT: usize = 4096;

/// An open bus.
#[derive(Debug)]
pub(super) struct Can(Node);

impl Can {
    /// Opens the bus of an interface.
    pub(super) fn open(interface: &str) -> Result<Self, DriveError> {
        let wrong = |source| DriveError::Open { port: interface.to_owned(), source };
        let socket = CanSocket::open(interface).map_err(wrong)?;
        socket.set_nonblocking(true).map_err(wrong)?;
        socket.set_error_filter_drop_all().map_err(wrong)?;
        // The crate's own socket can't be turned into a plain descriptor.
        let descriptor = socket.as_fd().try_clone_to_owned().map_err(wrong)?;
        Node::new(descriptor, Interest::READABLE).map(Self).map_err(wrong)
    }

    pub(super) fn forget(&self) {
        self.0.forget(KEPT);
    }

    pub(super) async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer).await
    }
}
