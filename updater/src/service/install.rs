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
use crate::decide::install::{Facts, Refusal, Who, install};
use crate::error::chain;
use crate::history::Event;
use crate::judged::Judged;
use crate::rauc::{Progress, Rauc, RaucError};
use crate::report::Word;
use crate::sentence::Sentence;
use crate::systemd;

/// Where a bundle came from.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// For people.
    pub(super) name: Sentence,
    /// Somebody waits until they may pull it out.
    pub(super) removable: bool,
}

/// Judges what may be a bundle; if it is a good one, a task of its own installs it.
pub(super) async fn begin_file(
    node: &Arc<Node>,
    connection: &Connection,
    file: File,
    source: Source,
    who: Who,
) -> Result<(), Failure> {
    match BundleFile::new(file) {
        Ok(bundle) => begin(node, connection, bundle, source, who).await,
        Err(error) => {
            let turn = node.turn(connection, Operation::Checking).await?;
            Err(refuse(node, connection, turn, &source, Failure::Refused(chain(&error)), false).await)
        }
    }
}

/// Judges a bundle; if it is good, a task of its own installs it.
pub(super) async fn begin(
    node: &Arc<Node>,
    connection: &Connection,
    bundle: BundleFile,
    source: Source,
    who: Who,
) -> Result<(), Failure> {
    let turn = node.turn(connection, Operation::Checking).await?;
    match judged(node, connection, &bundle, who).await {
        Ok(()) => {
            let (connection, node) = (connection.clone(), Arc::clone(node));
            tokio::spawn(async move { carry_out(&node, &connection, turn, &bundle, &source).await });
            Ok(())
        }
        Err((failure, quiet)) => Err(refuse(node, connection, turn, &source, failure, quiet && who == Who::Node).await),
    }
}

async fn refuse(
    node: &Node,
    connection: &Connection,
    turn: Turn,
    source: &Source,
    failure: Failure,
    quiet: bool,
) -> Failure {
    let said = failure.sentence();
    if source.removable {
        node.screen(Some(&Sentence::new(&format!(
            "Nothing was installed from {}: {said}. The stick may be pulled out.",
            source.name
        ))));
    }
    // What the node finds out each time that a stick is still in it is not worth a line.
    if !quiet {
        node.remember([Event::Refused { bundle: source.name.clone(), reason: said.clone() }]);
    }
    turn.end(connection, Some(said.to_string())).await;
    failure
}

/// What a bundle is, and whether it would be installed.
pub(super) async fn check(node: &Node, connection: &Connection, file: File, who: Who) -> Result<Checked, Failure> {
    let refused = |error: NotABundle| Failure::Refused(chain(&error));
    let bundle = BundleFile::new(file).map_err(refused)?;
    Ok(match judged(node, connection, &bundle, who).await {
        Ok(()) => Checked::new(&bundle.bundle, None),
        Err((Failure::Refused(reason), _)) => Checked::new(&bundle.bundle, Some(Sentence::new(&reason))),
        Err((failure, _)) => return Err(failure),
    })
}

/// Everything that is asked before RAUC may touch a slot; a refusal is quiet if it passes by itself, or is none at all.
async fn judged(node: &Node, connection: &Connection, bundle: &BundleFile, who: Who) -> Result<(), (Failure, bool)> {
    let loud = |failure| (failure, false);
    let verdict = decide(node, connection, bundle, who).await.map_err(loud)?;
    verdict.map_err(|refusal| (Failure::Refused(refusal.to_string()), refusal.is_quiet()))?;
    let rauc = Rauc::new(connection).await.map_err(|error| loud(Failure::failed(&error)))?;
    rauc.check(&bundle.path(), bundle.manifest).await.map_err(|error| match error {
        RaucError::Said(said) => loud(Failure::Refused(format!("RAUC does not take it: {said}"))),
        RaucError::Exchanged => loud(Failure::Refused(error.to_string())),
        error => loud(Failure::failed(&error)),
    })
}

/// Whether it may be given to RAUC, as far as is known without its signature.
pub(super) async fn decide(
    node: &Node,
    connection: &Connection,
    bundle: &BundleFile,
    who: Who,
) -> Result<Result<(), Refusal>, Failure> {
    let rauc = Rauc::new(connection).await.map_err(|error| Failure::failed(&error))?;
    let compatible = rauc.compatible().await.map_err(|error| Failure::failed(&error))?;
    let report = node.report().await?;
    let running = report.running().ok_or_else(|| Failure::Refused("this node does not run from a slot".to_owned()))?;
    let version = running.version.as_ref();
    let version = version.ok_or_else(|| Failure::Refused("it cannot be told which release runs".to_owned()))?;
    let (floor, pinned, history) = (node.records.floor(), node.records.pin(), node.records.history());
    let manifest = &bundle.bundle.manifest;
    // What is packed another way than ours can't be looked into; its kernel image is about as long as the one that runs.
    let kernel_image = bundle.kernel_image().or(running.kernel_image);
    let facts = Facts {
        compatible: &compatible,
        slot: node.length(running.slot.other())?,
        running: version,
        judged_good: running.state == Word::Good,
        waiting: report.waiting(),
        floor: floor.as_ref(),
        pinned: pinned.as_ref(),
        kernel_image,
        room: report.room,
        failure: history.failure(&manifest.version, &manifest.build),
    };
    Ok(install(&bundle.bundle, &facts, who))
}

async fn carry_out(node: &Arc<Node>, connection: &Connection, turn: Turn, bundle: &BundleFile, source: &Source) {
    turn.show(connection, |activity| activity.operation = Operation::Installing).await;
    let manifest = &bundle.bundle.manifest;
    log::info!("installing release {} from {}", manifest.version, source.name);
    let leave = if source.removable { " Please leave it in." } else { "" };
    node.screen(Some(&Sentence::new(&format!(
        "Release {} was found and is being installed from {}.{leave}",
        manifest.version, source.name
    ))));
    // Where NetworkManager does not answer there is nothing to compare with later.
    let network = systemd::network(connection).await.ok();
    if let Err(error) = node.records.set_network(network) {
        log::warn!("the trial will not ask for the network: {}", chain(&error));
    }
    let result = write(node, connection, &turn, bundle).await;
    let version = manifest.version.clone();
    let (code, said) = match &result {
        Ok(()) => {
            let (build, from) = (Sentence::new(&manifest.build), source.name.clone());
            node.remember([Event::Installed { version: version.clone(), build, from }]);
            (0, format!("Release {version} is installed, and starts at the next restart."))
        }
        Err(error) => {
            let reason = Sentence::new(&chain(error));
            node.remember([Event::Failed { version: version.clone(), reason: reason.clone() }]);
            (1, format!("Release {version} could not be installed: {reason}"))
        }
    };
    let pull = if source.removable { " The stick may be pulled out." } else { "" };
    node.screen(Some(&Sentence::new(&format!("{said}{pull}"))));
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
