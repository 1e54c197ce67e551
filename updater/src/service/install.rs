//! The course of an installation: opened once, judged by us, its signature checked by RAUC, then written by RAUC.

use std::fs::File;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::watch;
use zbus::Connection;

use super::answers::Checked;
use super::node::{Node, Operation, Turn};
use super::{Failure, PATH, Updater};
use crate::bundle_file::{BundleFile, NotABundle};
use crate::decide::install::{Facts, Who, install};
use crate::error::chain;
use crate::history::Event;
use crate::judged::Judged;
use crate::rauc::{Progress, Rauc, RaucError};
use crate::report::Word;
use crate::sentence::Sentence;
use crate::systemd;

/// Judges a bundle; if it is good, a task of its own installs it.
pub(super) async fn begin(
    node: &Arc<Node>,
    connection: &Connection,
    file: File,
    name: &Sentence,
    who: Who,
) -> Result<(), Failure> {
    let turn = node.turn(connection, Operation::Checking).await?;
    match judge(node, connection, file, who).await {
        Ok(bundle) => {
            let connection = connection.clone();
            let (node, name) = (Arc::clone(node), name.clone());
            tokio::spawn(async move { carry_out(&node, &connection, turn, &bundle, &name).await });
            Ok(())
        }
        Err(failure) => {
            let said = failure.sentence();
            node.remember([Event::Refused { bundle: name.clone(), reason: said.clone() }]);
            turn.end(connection, Some(said.to_string())).await;
            Err(failure)
        }
    }
}

/// What a bundle is, and whether it would be installed.
pub(super) async fn check(node: &Node, connection: &Connection, file: File, who: Who) -> Result<Checked, Failure> {
    let refused = |error: NotABundle| Failure::Refused(chain(&error));
    let bundle = BundleFile::new(file).map_err(refused)?;
    Ok(match judged(node, connection, &bundle, who).await {
        Ok(()) => Checked::new(&bundle.bundle, None),
        Err(Failure::Refused(reason)) => Checked::new(&bundle.bundle, Some(Sentence::new(&reason))),
        Err(failure) => return Err(failure),
    })
}

async fn judge(node: &Node, connection: &Connection, file: File, who: Who) -> Result<BundleFile, Failure> {
    let bundle = BundleFile::new(file).map_err(|error| Failure::Refused(chain(&error)))?;
    judged(node, connection, &bundle, who).await?;
    Ok(bundle)
}

/// Everything that is asked before RAUC may touch a slot.
async fn judged(node: &Node, connection: &Connection, bundle: &BundleFile, who: Who) -> Result<(), Failure> {
    let rauc = Rauc::new(connection).await.map_err(|error| Failure::failed(&error))?;
    let compatible = rauc.compatible().await.map_err(|error| Failure::failed(&error))?;
    let report = node.report().await?;
    let running = report.running().ok_or_else(|| Failure::Refused("this node does not run from a slot".to_owned()))?;
    let version = running.version.as_ref();
    let version = version.ok_or_else(|| Failure::Refused("it cannot be told which release runs".to_owned()))?;
    let (floor, pinned, history) = (node.records.floor(), node.records.pin(), node.records.history());
    let manifest = &bundle.bundle.manifest;
    let facts = Facts {
        compatible: &compatible,
        slot: node.length(running.slot.other())?,
        running: version,
        judged_good: running.state == Word::Good,
        waiting: report.waiting(),
        floor: floor.as_ref(),
        pinned: pinned.as_ref(),
        failure: history.failure(&manifest.version, &manifest.build),
    };
    install(&bundle.bundle, &facts, who).map_err(|refusal| Failure::Refused(refusal.to_string()))?;
    rauc.check(&bundle.path(), bundle.manifest).await.map_err(|error| match error {
        RaucError::Said(said) => Failure::Refused(format!("RAUC does not take it: {said}")),
        RaucError::Exchanged => Failure::Refused(error.to_string()),
        error => Failure::failed(&error),
    })
}

async fn carry_out(node: &Arc<Node>, connection: &Connection, turn: Turn, bundle: &BundleFile, name: &Sentence) {
    turn.show(connection, |activity| activity.operation = Operation::Installing).await;
    let manifest = &bundle.bundle.manifest;
    log::info!("installing release {} from {name}", manifest.version);
    // Where NetworkManager does not answer there is nothing to compare with later.
    let network = systemd::network(connection).await.ok();
    if let Err(error) = node.records.set_network(network) {
        log::warn!("the trial will not ask for the network: {}", chain(&error));
    }
    let result = write(node, connection, &turn, bundle).await;
    let version = manifest.version.clone();
    let (code, said) = match &result {
        Ok(()) => {
            let (build, from) = (Sentence::new(&manifest.build), name.clone());
            node.remember([Event::Installed { version: version.clone(), build, from }]);
            (0, format!("Release {version} is installed, and starts at the next restart."))
        }
        Err(error) => {
            let reason = Sentence::new(&chain(error));
            node.remember([Event::Failed { version: version.clone(), reason: reason.clone() }]);
            (1, format!("Release {version} could not be installed: {reason}"))
        }
    };
    node.screen(Some(&Sentence::new(&said)));
    turn.end(connection, result.err().map(|error| chain(&error))).await;
    if let Ok(interface) = connection.object_server().interface::<_, Updater>(PATH).await {
        // Nobody may be listening.
        let _ = Updater::completed(interface.signal_emitter(), code, &said).await;
    }
}

/// Lets RAUC write it, and shows how far it is.
async fn write(node: &Node, connection: &Connection, turn: &Turn, bundle: &BundleFile) -> Result<(), RaucError> {
    let _judged = Judged::only(&node.tree, bundle.bundle.manifest.image.sha256)?;
    let rauc = Rauc::new(connection).await?;
    let (sender, mut steps) = watch::channel(Progress::default());
    let path = bundle.path();
    let mut writing = pin!(rauc.install(&path, sender));
    loop {
        let result = tokio::select! {
            Ok(()) = steps.changed() => None,
            result = &mut writing => Some(result),
        };
        // The last step is shown too.
        let step = steps.borrow_and_update().clone();
        turn.show(connection, |activity| activity.progress = step).await;
        match result {
            // RAUC's own words name its handler.
            Some(Err(RaucError::Said(_))) if bundle.was_exchanged() => return Err(RaucError::Exchanged),
            Some(result) => return result,
            None => {}
        }
    }
}
