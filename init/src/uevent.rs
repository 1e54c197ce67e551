//! The kernel's announcements of devices
//! ([lib/kobject_uevent.c](https://docs.kernel.org/core-api/kobject.html)):
//! `add@/devices/…`, then `KEY=value`, each ended by a zero byte.

use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recvfrom, setsockopt, socket, sockopt,
};

use crate::error::{Context as _, IoError};

/// A device came, or changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Uevent {
    /// Which module the device needs, if any.
    pub(crate) modalias: Option<String>,
    /// Whether it is a disk or a partition.
    pub(crate) block: bool,
}

impl Uevent {
    /// The announcement in a message; `None` if a device left, or the message is not the kernel's.
    pub(crate) fn parse(message: &[u8]) -> Option<Self> {
        let mut fields = message.split(|&byte| byte == 0);
        let head = fields.next()?;
        if !head.starts_with(b"add@") && !head.starts_with(b"change@") {
            return None;
        }
        let mut event = Self::default();
        for field in fields {
            if let Some(modalias) = field.strip_prefix(b"MODALIAS=") {
                event.modalias = std::str::from_utf8(modalias).ok().map(str::to_owned);
            } else if field == b"SUBSYSTEM=block" {
                event.block = true;
            }
        }
        Some(event)
    }
}

/// The kernel's announcements from now on.
#[derive(Debug)]
pub(crate) struct Uevents {
    socket: OwnedFd,
}

/// What was announced.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Announced {
    /// A device.
    Device(Uevent),
    /// More than fitted: what is there must be looked through again.
    TooMuch,
    /// Nothing more for now.
    Nothing,
}

impl Uevents {
    /// Begins to listen.
    pub(crate) fn open() -> Result<Self, IoError> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let open = || {
            let protocol = SockProtocol::NetlinkKObjectUEvent;
            let socket = socket(AddressFamily::Netlink, SockType::Datagram, flags, protocol)?;
            setsockopt(&socket, sockopt::RcvBufForce, &(16 << 20))?;
            bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 1))?;
            Ok::<_, Errno>(Self { socket })
        };
        open().context("listening to", "the kernel's announcements")
    }

    /// The next announcement; does not wait.
    pub(crate) fn next(&self) -> Result<Announced, IoError> {
        let mut buffer = [0; 8192];
        loop {
            match recvfrom::<NetlinkAddr>(self.socket.as_raw_fd(), &mut buffer) {
                // Port 0 is the kernel's.
                Ok((length, Some(from))) if from.pid() == 0 => {
                    if let Some(event) = buffer.get(..length).and_then(Uevent::parse) {
                        return Ok(Announced::Device(event));
                    }
                }
                Ok(_) | Err(Errno::EINTR) => {}
                Err(Errno::ENOBUFS) => return Ok(Announced::TooMuch),
                Err(Errno::EAGAIN) => return Ok(Announced::Nothing),
                Err(error) => {
                    return Err(IoError::new("reading", "the kernel's announcements", io::Error::from(error)));
                }
            }
        }
    }
}

impl AsFd for Uevents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements() {
        let pci = b"add@/devices/pci0\0ACTION=add\0SUBSYSTEM=pci\0MODALIAS=pci:v00001AF4\0SEQNUM=1\0";
        let expected = Uevent { modalias: Some("pci:v00001AF4".into()), block: false };
        assert_eq!(Uevent::parse(pci), Some(expected));
        let disk = b"change@/devices/x/block/vda\0SUBSYSTEM=block\0DEVNAME=vda";
        assert_eq!(Uevent::parse(disk), Some(Uevent { modalias: None, block: true }));
        for other in [&b"remove@/devices/x\0SUBSYSTEM=block\0"[..], b"libudev\0\xfe\xed", b"", b"\0\0", b"add"] {
            assert_eq!(Uevent::parse(other), None);
        }
        let odd = b"add@\0MODALIAS=\xff\0";
        assert_eq!(Uevent::parse(odd), Some(Uevent::default()));
    }
}
