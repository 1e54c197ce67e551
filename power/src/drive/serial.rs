//! Serial ports: 8N1, no flow control, nothing translated. See [`super`] for what opening does to DTR and RTS.
//!
//! Exclusive: `flock` keeps out programs that ask (this one among them), TIOCEXCL all that are not root.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;
use rustix::termios::{ControlModes, OptionalActions, QueueSelector, ioctl_tiocexcl, tcflush, tcgetattr, tcsetattr};
use tokio::io::Interest;

use super::DriveError;
use super::gate::Permitted;
use super::node::Node;
use crate::line::Line;

/// An open serial port.
#[derive(Debug)]
pub(super) struct Serial(Node);

/// Opens a node of `/dev` that no other program has open.
pub(super) fn open_alone(path: &Path) -> Result<OwnedFd, DriveError> {
    let port = || path.display().to_string();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let node = open(path, flags, Mode::empty()).map_err(|error| match error {
        Errno::BUSY => DriveError::Busy(port()),
        other => DriveError::Open { port: port(), source: other.into() },
    })?;
    flock(&node, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        Errno::WOULDBLOCK => DriveError::Busy(port()),
        other => DriveError::Open { port: port(), source: other.into() },
    })?;
    Ok(node)
}

/// Makes a terminal say nothing by itself. The kernel's terminals begin with an echo: until this, what a device has sent goes back to
/// it, so nothing may come between opening and this.
fn quiet(node: &OwnedFd) -> io::Result<()> {
    let mut settings = tcgetattr(node)?;
    settings.make_raw();
    Ok(tcsetattr(node, OptionalActions::Now, &settings)?)
}

impl Serial {
    /// Opens one with this rate.
    pub(super) fn open(path: &Path, rate: u32) -> Result<Self, DriveError> {
        let node = open_alone(path)?;
        let wrong = |source: io::Error| DriveError::Open { port: path.display().to_string(), source };
        quiet(&node).map_err(wrong)?;
        ioctl_tiocexcl(&node).map_err(|error| wrong(error.into()))?;
        let serial = Self(Node::new(node, Interest::READABLE | Interest::WRITABLE).map_err(wrong)?);
        let set = serial.set_rate(rate).map_err(wrong)?;
        if set {
            Ok(serial)
        } else {
            Err(DriveError::Line { port: path.display().to_string(), line: Line::Serial(rate) })
        }
    }

    /// Sets it up for this rate, without closing it; whether it has such a one.
    pub(super) fn set_rate(&self, rate: u32) -> io::Result<bool> {
        let node = self.0.get();
        let mut settings = tcgetattr(node)?;
        settings.make_raw();
        let clear = ControlModes::CSTOPB | ControlModes::PARENB | ControlModes::CRTSCTS | ControlModes::HUPCL;
        settings.control_modes.remove(clear);
        settings.control_modes.insert(ControlModes::CS8 | ControlModes::CREAD | ControlModes::CLOCAL);
        settings.set_speed(rate)?;
        tcsetattr(node, OptionalActions::Now, &settings)?;
        tcflush(node, QueueSelector::IOFlush)?;
        // A driver that lacks a rate keeps another one and says nothing.
        let now = tcgetattr(node)?;
        Ok(now.input_speed() == rate && now.output_speed() == rate)
    }

    pub(super) fn forget(&self) {
        // A port that is gone says so at the next reading.
        let _ = tcflush(self.0.get(), QueueSelector::IFlush);
    }

    pub(super) async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.receive(buffer).await
    }

    pub(super) async fn send(&self, request: Permitted<'_>) -> io::Result<()> {
        self.0.send(request.bytes()).await
    }
}

impl Drop for Serial {
    fn drop(&mut self) {
        // Closing waits until everything is sent, half a minute long where an adapter is stuck.
        let _ = tcflush(self.0.get(), QueueSelector::IOFlush);
    }
}
