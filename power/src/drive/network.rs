//! TCP: one connection an exchange.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::DriveError;
use super::gate::Permitted;

/// For a name to be found, and a connection to be made.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open connection.
#[derive(Debug)]
pub(super) struct Network(TcpStream);

impl Network {
    /// Connects.
    pub(super) async fn open(host: &str, port: u16) -> Result<Self, DriveError> {
        let wrong = |source| DriveError::Open { port: format!("{host} port {port}"), source };
        let connected = timeout(PATIENCE, TcpStream::connect((host, port))).await;
        let stream = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(wrong)?;
        // Questions are short, and an answer is waited for.
        stream.set_nodelay(true).map_err(wrong)?;
        Ok(Self(stream))
    }

    pub(super) async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).await
    }

    pub(super) async fn send(&mut self, request: Permitted<'_>) -> io::Result<()> {
        self.0.write_all(request.bytes()).await
    }
}
