//! Health checks of a release, and why one of them failed: what `ilanga-health` does.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::time::Duration;

use thiserror::Error;
use zbus::Connection;

use crate::clock;
use crate::decide::network::Network;
use crate::decide::reason::reason;
use crate::error::{Context as _, IoError, chain};
use crate::records::Records;
use crate::sentence::Sentence;
use crate::systemd;
use crate::tree::Tree;

/// How long a network may take to come up: a mobile one registers first.
const NETWORK: Duration = Duration::from_secs(240);

/// How often it is looked at.
const PAUSE: Duration = Duration::from_secs(2);

/// How long a bus may take that is itself what does not work.
const BUS: Duration = Duration::from_secs(10);

/// What a check found wrong, in a sentence.
#[derive(Debug, Error)]
pub enum Unhealthy {
    /// The clock is behind the release.
    #[error("the clock says a time before this release was made")]
    Clock,
    /// There is less of a network than before the update.
    #[error("{0}")]
    Network(&'static str),
    /// It can't be told.
    #[error(transparent)]
    Io(#[from] IoError),
}

/// Whether the clock is sane: not before the release's date, which all files of the root have.
pub fn time(tree: &Tree) -> Result<(), Unhealthy> {
    let path = tree.os_release();
    let release = fs::metadata(&path).context("reading", &path)?.mtime();
    if u64::try_from(release).is_ok_and(|release| clock::now() < release) { Err(Unhealthy::Clock) } else { Ok(()) }
}

/// Whether the network is as it was before the update, as soon as it is.
pub async fn network(tree: &Tree) -> Result<(), Unhealthy> {
    let before = Records::new(tree).network();
    if before.is_none_or(|before| before == Network::None) {
        return Ok(());
    }
    let mut found = Network::None;
    let waited = tokio::time::timeout(NETWORK, async {
        loop {
            if let Ok(connection) = Connection::system().await {
                found = systemd::network(&connection).await.unwrap_or(Network::None);
            }
            if found.lost(before).is_none() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    })
    .await;
    match found.lost(before) {
        Some(lost) if waited.is_err() => Err(Unhealthy::Network(lost)),
        _ => Ok(()),
    }
}

/// Why the release that runs is about to be judged bad.
pub async fn why() -> Sentence {
    let checks = tokio::time::timeout(BUS, async {
        let connection = Connection::system().await?;
        systemd::checks(&connection).await
    });
    match checks.await {
        Ok(Ok(checks)) => reason(&checks),
        Ok(Err(error)) => {
            Sentence::new(&format!("a health check failed, and systemd does not say which: {}", chain(&error)))
        }
        Err(_) => Sentence::new("a health check failed, and the message bus does not answer"),
    }
}

/// Writes that down for `ilanga-boot-state judge bad --reason-file`.
pub fn write_why(tree: &Tree, why: &Sentence) -> Result<(), IoError> {
    let path = tree.reason();
    let folder = tree.run();
    match fs::create_dir(&folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error).context("making", &folder),
        _ => {}
    }
    fs::write(&path, format!("{why}\n")).context("writing", &path)
}
