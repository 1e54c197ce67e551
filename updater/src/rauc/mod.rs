//! RAUC's own [D-Bus interface][rauc], as far as the updater asks it: RAUC checks signatures, writes slots and calls
//! `ilanga-boot-state`.
//!
//! What it installs is bound to what was judged before by [`crate::judged`]: its handler compares the image's digest of the manifest
//! that RAUC has verified with the one that was judged (RAUC 1.13 has no option for that). The manifest also names the root hash
//! of the dm-verity tree through which the kernel reads everything else. So whoever exchanges the file in between, or changes it
//! on a stick while it is read, gets an error, not another release.
//!
//! [rauc]: https://rauc.readthedocs.io/en/latest/reference.html#d-bus-api

mod proxy;

use std::collections::HashMap;

use formats::digest::Digest;
use futures_util::StreamExt as _;
use thiserror::Error;
use tokio::sync::watch;
use zbus::Connection;
use zbus::proxy::CacheProperties;

use crate::error::IoError;

pub use proxy::InstallerProxy;

/// How far something is: percent, what is being done, how deep in other steps.
pub type Progress = (i32, String, i32);

/// RAUC did not do it.
#[derive(Debug, Error)]
pub enum RaucError {
    /// It does not answer.
    #[error("asking RAUC to {doing}")]
    Bus {
        /// What it was asked for.
        doing: &'static str,
        /// Why.
        source: zbus::Error,
    },
    /// It said no, in these words.
    #[error("{0}")]
    Said(String),
    /// The file holds another bundle now.
    #[error("it was exchanged while it was looked at")]
    Exchanged,
    /// It can't be told what may be written.
    #[error(transparent)]
    Io(#[from] IoError),
    /// It ended in the middle.
    #[error("RAUC ended before it was done; the slot that it wrote is not started")]
    Ended,
}

fn failed(doing: &'static str) -> impl Fn(zbus::Error) -> RaucError {
    move |source| match source {
        zbus::Error::MethodError(_, Some(said), _) => RaucError::Said(said),
        source => RaucError::Bus { doing, source },
    }
}

/// RAUC, on the bus.
#[derive(Clone, Debug)]
pub struct Rauc {
    installer: InstallerProxy<'static>,
    connection: Connection,
}

impl Rauc {
    /// RAUC on this bus, which starts it when it is asked for something.
    pub async fn new(connection: &Connection) -> Result<Self, RaucError> {
        let installer = InstallerProxy::builder(connection).cache_properties(CacheProperties::No).build().await;
        Ok(Self { installer: installer.map_err(failed("be there"))?, connection: connection.clone() })
    }

    /// What bundles for this node must be for.
    pub async fn compatible(&self) -> Result<String, RaucError> {
        self.installer.compatible().await.map_err(failed("say which bundles this node takes"))
    }

    /// Whether the signature of the bundle at `path` is one that this node trusts, and its signed manifest is the one
    /// with this digest.
    pub async fn check(&self, path: &str, manifest: Digest) -> Result<(), RaucError> {
        let told = self.installer.inspect_bundle(path, HashMap::new()).await.map_err(failed("look at the bundle"))?;
        let hash = told.get("manifest-hash").and_then(|hash| <&str>::try_from(hash).ok());
        if hash == Some(manifest.to_string().as_str()) { Ok(()) } else { Err(RaucError::Exchanged) }
    }

    /// Installs the bundle at `path`, and returns when that has ended. `progress` is told how far it is.
    pub async fn install(&self, path: &str, progress: watch::Sender<Progress>) -> Result<(), RaucError> {
        let doing = failed("install the bundle");
        // This one is told of changes.
        let watcher = InstallerProxy::new(&self.connection).await.map_err(&doing)?;
        let mut completed = watcher.receive_completed().await.map_err(&doing)?;
        let mut owners = watcher.inner().receive_owner_changed().await.map_err(&doing)?;
        let mut steps = watcher.receive_progress_changed().await;
        self.installer.install_bundle(path, HashMap::new()).await.map_err(&doing)?;
        let result = loop {
            tokio::select! {
                biased;
                step = steps.next() => if let Some(step) = step && let Ok(step) = step.get().await {
                    progress.send_replace(step);
                },
                signal = completed.next() => match signal {
                    Some(signal) => break signal.args().map_err(&doing)?.result,
                    None => return Err(RaucError::Ended),
                },
                owner = owners.next() => if owner.is_none_or(|owner| owner.is_none()) {
                    return Err(RaucError::Ended);
                },
            }
        };
        if let Ok(last) = self.installer.progress().await {
            progress.send_replace(last);
        }
        if result == 0 {
            return Ok(());
        }
        let said = self.installer.last_error().await.map_err(&doing)?;
        Err(RaucError::Said(if said.is_empty() { format!("RAUC ended with status {result}") } else { said }))
    }

    /// Makes a slot, `booted` or `other`, the one that starts next.
    pub async fn activate(&self, slot: &str) -> Result<(), RaucError> {
        self.installer.mark("active", slot).await.map(drop).map_err(failed("let the other release start"))
    }
}
