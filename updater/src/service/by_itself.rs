//! What the node does by itself: it installs what was fetched, and restarts into what waits, if its owner has said when.
//!
//! It looks when it is told to (something was fetched, a pin went) and every now and then. Who tells it says nothing
//! else: the daemon opens what lies in the folder of bundles, once, and judges it as it would for anybody
//! (`crate::decide::install`, as [`Who::Node`]). What was refused or failed is tried once a start, so nothing is written again
//! and again.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use formats::digest::Digest;
use zbus::Connection;

use super::Failure;
use super::install::{self, Source};
use super::node::{Node, Operation};
use crate::clock;
use crate::decide::install::{Refusal, Who};
use crate::decide::restart::{Decision, Facts, restart};
use crate::error::chain;
use crate::fetch::clock::minute;
use crate::fetched::{Bundles, bundles, newest};
use crate::history::Event;
use crate::login;
use crate::sentence::Sentence;

/// How often it looks, if nobody tells it to.
const OFTEN: Duration = Duration::from_secs(10 * 60);

/// How long it leaves the node alone after a start.
const FIRST: Duration = Duration::from_secs(60);

/// What the node does by itself.
#[derive(Debug)]
pub struct ByItself {
    node: Arc<Node>,
}

/// What it remembers between two looks.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The bundles that were tried since the daemon's start.
    tried: Mutex<BTreeSet<Digest>>,
    /// Why what was fetched is not installed.
    waits: Mutex<Option<Sentence>>,
    /// What was no bundle at the last look.
    others: Mutex<Vec<String>>,
}

impl Memory {
    /// Why what was fetched is not installed.
    pub(super) fn waits(&self) -> Option<Sentence> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_waits(&self, reason: Option<Sentence>) {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }

    /// Of what is no bundle, what was not there at the last look.
    fn new_others(&self, now: Vec<String>) -> Vec<String> {
        let mut before = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let new = now.iter().filter(|said| !before.contains(said)).cloned().collect();
        *before = now;
        new
    }

    /// Whether this one was not tried yet.
    fn first(&self, bundle: Digest) -> bool {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).insert(bundle)
    }

    fn again(&self, bundle: Digest) {
        self.tried.lock().unwrap_or_else(PoisonError::into_inner).remove(&bundle);
    }
}

impl ByItself {
    pub(super) const fn new(node: Arc<Node>) -> Self {
        Self { node }
    }

    /// Looks, for ever.
    pub async fn run(self, connection: &Connection) {
        let mut pause = FIRST;
        loop {
            // Whoever told it to look has waited for nothing.
            let _ = tokio::time::timeout(pause, self.node.wake.notified()).await;
            pause = OFTEN;
            take(&self.node, connection).await;
            consider_restart(&self.node, connection).await;
        }
    }
}

/// Installs the newest bundle that was fetched, if it may be.
async fn take(node: &Arc<Node>, connection: &Connection) {
    let folder = node.tree.fetched();
    let fetched = bundles(&folder).unwrap_or_else(|error| {
        // Without a data partition nothing is fetched.
        if error.kind() != ErrorKind::NotFound {
            log::warn!("{}: {error}", folder.display());
        }
        Bundles::default()
    });
    node.memory.new_others(fetched.others).iter().for_each(|said| log::warn!("of what was fetched, {said}"));
    let Some((name, bundle)) = newest(fetched.good) else {
        node.memory.set_waits(None);
        return;
    };
    let version = bundle.bundle.manifest.version.clone();
    let tell = |reason: &dyn std::fmt::Display| {
        Sentence::new(&format!("Release {version} was fetched and is not installed: {reason}."))
    };
    let (waits, quiet) = match install::decide(node, connection, &bundle, Who::Node).await {
        Ok(Ok(())) => {
            node.memory.set_waits(None);
            let digest = bundle.manifest;
            if !node.memory.first(digest) {
                return;
            }
            log::info!("release {version} was fetched: it is installed");
            let source = Source { name: Sentence::new(&format!("what was fetched ({name})")), removable: false };
            match install::begin(node, connection, bundle, source, Who::Node).await {
                Err(Failure::Busy(_)) => node.memory.again(digest),
                Err(failure) => node.memory.set_waits(Some(tell(&failure.sentence()))),
                Ok(()) => {}
            }
            return;
        }
        Ok(Err(Refusal::Runs(_) | Refusal::Waits(_))) => (None, true),
        Ok(Err(refusal)) => (Some(tell(&refusal)), refusal.is_quiet()),
        Err(failure) => (Some(tell(&failure.sentence())), true),
    };
    if let (Some(said), false) = (&waits, quiet)
        && node.memory.first(bundle.manifest)
    {
        log::warn!("{said}");
        node.remember([Event::Refused { bundle: Sentence::new(&name), reason: said.clone() }]);
    }
    node.memory.set_waits(waits);
}

/// Restarts into a release that waits, if the owner lets it do so now.
async fn consider_restart(node: &Arc<Node>, connection: &Connection) {
    if node.records.restart().is_none() {
        return;
    }
    if let Decision::Restart(version) = decide_restart(node, connection).await {
        node.remember([Event::Restarted { version }]);
        if let Err(error) = login::restart(connection).await {
            log::error!("restarting: {}", chain(&error));
        }
    }
}

/// What is to be done about a release that waits.
pub(super) async fn decide_restart(node: &Node, connection: &Connection) -> Decision {
    let Ok(report) = node.report().await else { return Decision::Nothing };
    let hours = node.records.restart();
    let facts = Facts {
        waiting: report.waiting(),
        hours: hours.as_ref(),
        minute: minute(),
        busy: node.activity().operation != Operation::Idle,
        // Where nobody can tell, nobody is disturbed.
        people: login::people(connection).await.unwrap_or(1),
        up: clock::up(),
    };
    restart(&facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_bundle_is_told_once() {
        let memory = Memory::default();
        let look = |names: &[&str]| memory.new_others(names.iter().map(|&name| name.to_owned()).collect());
        assert_eq!(look(&["a", "b"]), ["a", "b"]);
        assert_eq!(look(&["a", "b", "c"]), ["c"]);
        assert!(look(&["c"]).is_empty());
        assert_eq!(look(&["a", "c"]), ["a"]);
    }
}
