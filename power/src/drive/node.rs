//! A file descriptor that never blocks, read and written as it is ready.

use std::io;
use std::os::fd::OwnedFd;

use rustix::io::{Errno, read, write};
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};

/// A device's node, or a socket.
#[derive(Debug)]
pub(super) struct Node(AsyncFd<OwnedFd>);

impl Node {
    /// This descriptor, which must not block.
    pub(super) fn new(descriptor: OwnedFd, interest: Interest) -> io::Result<Self> {
        // SAFETY: an `OwnedFd` is open for as long as it lives, gives the same descriptor each time, and is owned by the `AsyncFd`.
        let registered = unsafe { AsyncFd::register_with_interest(descriptor, interest) };
        Ok(Self(registered?))
    }

    /// The descriptor.
    pub(super) fn get(&self) -> &OwnedFd {
        self.0.get_ref()
    }

    /// What came; empty at its end.
    pub(super) async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            match ready.try_io(|inner| Ok(read(inner.get_ref(), &mut *buffer)?)) {
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(result) => return result,
                Err(_) => ready.clear_ready_matching(Ready::READABLE),
            }
        }
    }

    /// Sends all of it.
    pub(super) async fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut ready = self.0.writable().await?;
            match ready.try_io(|inner| Ok(write(inner.get_ref(), bytes)?)) {
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return Err(error),
                Ok(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(Ok(sent)) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(_) => ready.clear_ready_matching(Ready::WRITABLE),
            }
        }
        Ok(())
    }

    /// Drops what has come already, at most so many pieces: it is older than the next question.
    pub(super) fn forget(&self, pieces: usize) {
        let mut buffer = [0; 64];
        for _ in 0..pieces {
            match read(self.get(), &mut buffer) {
                Ok(0) | Err(Errno::AGAIN) => return,
                Ok(_) | Err(_) => {}
            }
        }
    }
}
