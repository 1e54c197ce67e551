//! A way to a device, open.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::time::timeout;

use super::DriveError;
use super::can::Can;
use super::gate::Permitted;
use super::hid::Hid;
use super::network::Network;
use super::serial::Serial;
use crate::detect::port::Place;
use crate::line::Line;

/// For a request to be taken by the port. The longest has some hundred bytes: half a second at 2400 bits a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open port, with the settings of a line.
#[derive(Debug)]
pub struct Way {
    port: String,
    line: Line,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Serial(Serial),
    Hid(Hid),
    Can(Can),
    Network(Network),
}

impl Way {
    /// Opens it.
    ///
    /// # Errors
    /// It can't be opened, or the line is none of this place.
    pub async fn open(place: &Place, line: Line) -> Result<Self, DriveError> {
        let shown = |path: &Path| path.display().to_string();
        let (port, kind) = match (place, line) {
            (Place::Serial { node, .. }, Line::Serial(rate)) => (shown(node), Kind::Serial(Serial::open(node, rate)?)),
            (Place::Hid { node }, Line::Hid) => (shown(node), Kind::Hid(Hid::open(node)?)),
            (Place::Can { interface }, Line::Can(_)) => (interface.clone(), Kind::Can(Can::open(interface)?)),
            (Place::Network { host, .. }, Line::Tcp(port)) => {
                (format!("{host} port {port}"), Kind::Network(Network::open(host, port).await?))
            }
            (Place::Serial { node, .. } | Place::Hid { node }, _) => {
                return Err(DriveError::Line { port: shown(node), line });
            }
            (Place::Can { interface: name } | Place::Network { host: name, .. }, _) => {
                return Err(DriveError::Line { port: name.clone(), line });
            }
        };
        Ok(Self { port, line, kind })
    }

    /// The same port with another line, still open where that can be.
    ///
    /// # Errors
    /// As [`Way::open`].
    pub async fn turn(self, place: &Place, line: Line) -> Result<Self, DriveError> {
        match (&self.kind, line) {
            (Kind::Network(_), _) => Self::open(place, line).await,
            _ if self.line == line => Ok(self),
            (Kind::Serial(serial), Line::Serial(rate)) => match serial.set_rate(rate) {
                Ok(true) => Ok(Self { line, ..self }),
                Ok(false) => Err(DriveError::Line { port: self.port, line }),
                Err(source) => Err(DriveError::Speak { port: self.port, source }),
            },
            _ => {
                drop(self);
                Self::open(place, line).await
            }
        }
    }

    /// Whether it stays open between two exchanges.
    pub fn stays(&self) -> bool {
        !matches!(self.kind, Kind::Network(_))
    }

    /// Its name, for people.
    pub fn port(&self) -> &str {
        &self.port
    }

    /// Drops what came before.
    pub(super) fn forget(&self) {
        match &self.kind {
            Kind::Serial(serial) => serial.forget(),
            Kind::Hid(hid) => hid.forget(),
            Kind::Can(can) => can.forget(),
            Kind::Network(_) => {}
        }
    }

    /// Some bytes that came. It waits for them as long as it takes.
    pub(super) async fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, DriveError> {
        let came = match &mut self.kind {
            Kind::Serial(serial) => serial.receive(buffer).await,
            Kind::Hid(hid) => hid.receive(buffer).await,
            Kind::Can(can) => can.receive(buffer).await,
            Kind::Network(network) => network.receive(buffer).await,
        };
        match came {
            Ok(0) => Err(DriveError::Gone(self.port.clone())),
            Ok(bytes) => Ok(bytes),
            Err(source) => Err(self.broken(source)),
        }
    }

    /// Sends a request.
    pub(super) async fn send(&mut self, request: Permitted<'_>) -> Result<(), DriveError> {
        let sent = match &mut self.kind {
            Kind::Serial(serial) => timeout(PATIENCE, serial.send(request)).await,
            Kind::Hid(hid) => timeout(PATIENCE, hid.send(request)).await,
            Kind::Network(network) => timeout(PATIENCE, network.send(request)).await,
            // No protocol of CAN has a request, so no gate lets one pass.
            Kind::Can(_) => Ok(Err(io::ErrorKind::Unsupported.into())),
        };
        sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(|source| self.broken(source))
    }

    fn broken(&self, source: io::Error) -> DriveError {
        // EIO, ENODEV and ENXIO are what is left of something that was unplugged.
        let gone = [rustix::io::Errno::IO, rustix::io::Errno::NODEV, rustix::io::Errno::NXIO];
        let is_gone = gone.iter().any(|errno| source.raw_os_error() == Some(errno.raw_os_error()));
        let port = self.port.clone();
        if is_gone { DriveError::Gone(port) } else { DriveError::Speak { port, source } }
    }
}
