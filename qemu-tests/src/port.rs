//! The other end of a serial port.
//!
//! It is read all the time, whoever listens: QEMU writes byte by byte, and after a few hundred that nobody reads the
//! machine's console blocks, and the machine with it.

use std::io::{self, Read, Write};
use std::mem;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A serial port's socket.
#[derive(Debug)]
pub(crate) struct Port {
    stream: UnixStream,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Port {
    /// Takes over a connection.
    pub(crate) fn new(stream: UnixStream) -> io::Result<Self> {
        let received = Arc::new(Mutex::new(Vec::new()));
        let (mut reading, sink) = (stream.try_clone()?, Arc::clone(&received));
        // Ends when QEMU does: then there is nothing to read any more.
        thread::Builder::new().name("serial port".into()).spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read @ 1..) = reading.read(&mut buffer) {
                sink.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..read]);
            }
        })?;
        Ok(Self { stream, received })
    }

    /// What has come since the last call.
    pub(crate) fn take(&self) -> Vec<u8> {
        mem::take(&mut self.received.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends bytes to the machine.
    pub(crate) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }
}
