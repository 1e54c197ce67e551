//! HID devices: reports of 8 bytes by `hidraw`.
//!
//! Invariant: only reports are sent, and no USB descriptor is ever asked for: some UPSes shut down when a string of theirs with
//! index 0x68 or 0x69 is read. Their names come from the kernel, which has read them.
//!
//! Source: the kernel's `Documentation/hid/hidraw.rst`: the first byte that is written is the report's number, 0 where there are none.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::sleep;

use super::DriveError;
use super::gate::Permitted;
use super::node::Node;
use super::serial::open_alone;
use crate::protocol::voltronic::frame::reports;

/// Between two reports of a request: the converters in inverters lose what comes faster.
const PAUSE: Duration = Duration::from_millis(30);

/// What is dropped at most before a question; the kernel keeps 64 reports.
const KEPT: usize = 64;

/// An open HID device.
#[derive(Debug)]
pub(super) struct Hid(Node);

impl Hid {
    /// Opens one.
    pub(super) fn open(path: &Path) -> Result<Self, DriveError> {
        let node = Node::new(open_alone(path)?, Interest::READABLE | Interest::WRITABLE);
        node.map(Self).map_err(|source| DriveError::Open { port: path.display().to_string(), source })
    }

    pub(super) fn forget(&self) {
        self.0.forget(KEPT);
    }

    pub(super) async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer).await
    }

    pub(super) async fn send(&self, request: Permitted<'_>) -> io::Result<()> {
        for (place, report) in reports(request.bytes()).into_iter().enumerate() {
            if place > 0 {
                sleep(PAUSE).await;
            }
            let mut numbered = [0; 9];
            numbered.iter_mut().skip(1).zip(report).for_each(|(place, byte)| *place = byte);
            self.0.send(&numbered).await?;
        }
        Ok(())
    }
}
