//! The calls, properties and the signal of the object on the bus.

#![allow(missing_docs, reason = "what the macro makes has no documentation")]

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::OwnedFd as StdFd;

use formats::version::Version;
use zbus::Connection;
use zbus::message::Header;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedFd, OwnedValue};

use super::answers::{self, Status, Told};
use super::ask;
use super::by_itself::decide_restart;
use super::install::Source;
use super::node::Operation;
use super::{Failure, Options, Updater, install};
use crate::decide::install::Who;
use crate::decide::rollback::rollback;
use crate::fetch::hours::{Hours, NotHours};
use crate::fetched;
use crate::history::Event;
use crate::polkit::Action;
use crate::rauc::{Progress, Rauc};
use crate::sentence::Sentence;

#[zbus::interface(name = "org.ilanga.Updater1")]
impl Updater {
    /// Judges a bundle and begins to install it. Returns once it is decided; `Completed` tells the end.
    async fn install(
        &self,
        bundle: OwnedFd,
        options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Failure> {
        let options = Options::read(options)?;
        let action = if options.by_itself { Action::InstallByItself } else { Action::Install };
        self.allow(connection, &header, action).await?;
        let source = Source { name: options.name.clone(), removable: options.removable };
        install::begin_file(&self.node, connection, File::from(StdFd::from(bundle)), source, options.who()).await
    }

    /// What a bundle is, and whether it would be installed: JSON.
    async fn check_bundle(
        &self,
        bundle: OwnedFd,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Look).await?;
        let who = Who::Person { allow_downgrade: false };
        let checked = install::check(&self.node, connection, File::from(StdFd::from(bundle)), who).await?;
        answers::json(&checked)
    }

    /// What runs, what starts next, and what is being done: JSON.
    async fn status(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Look).await?;
        let report = self.node.report().await?;
        let decision = decide_restart(&self.node, connection).await;
        answers::json(&Status::new(report, &self.node, decision))
    }

    /// What the part that fetches says about itself, as somebody else's words: JSON, or nothing.
    async fn fetched(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Look).await?;
        fetched::said(&self.node.tree.fetch_status()).map_or(Ok(String::new()), |said| answers::json(&said))
    }

    /// Lets a bundle's or a repository's address be fetched by the part that may talk to the network, or only what tells
    /// its cost. Returns what [`Self::fetched`] does, when that has ended.
    async fn fetch(
        &self,
        address: &str,
        only_cost: bool,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Fetch).await?;
        ask::fetch(&self.node, connection, address, only_cost).await
    }

    /// Something was fetched: the node looks what there is, and installs it if it may.
    async fn take_fetched(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<(), Failure> {
        self.allow(connection, &header, Action::InstallByItself).await?;
        self.node.wake.notify_one();
        Ok(())
    }

    /// When the node may restart by itself into a release that waits: hours such as `02:00-04:00`, or nothing for never.
    async fn set_restart_hours(
        &self,
        hours: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Pin).await?;
        let hours: Hours = hours.parse().map_err(|error: NotHours| Failure::Refused(error.to_string()))?;
        let never = hours == Hours::default();
        let set = self.node.records.set_restart(Some(&hours).filter(|_| !never));
        set.map_err(|error| Failure::failed(&error))?;
        self.node.wake.notify_one();
        Ok(if never {
            "This node does not restart by itself.".to_owned()
        } else {
            format!("This node may restart by itself at {hours}, into a release that waits.")
        })
    }

    /// What happened, the oldest first: JSON.
    async fn history(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Look).await?;
        answers::json(&Told::new(&self.node.records.history()))
    }

    /// Lets the other release start next, or takes back one that was only installed; returns a sentence.
    async fn rollback(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Rollback).await?;
        let turn = self.node.turn(connection, Operation::GoingBack).await?;
        let result = async {
            let report = self.node.report().await?;
            let back = rollback(&report, self.node.records.floor().as_ref())
                .map_err(|refusal| Failure::Refused(refusal.to_string()))?;
            let rauc = Rauc::new(connection).await.map_err(|error| Failure::failed(&error))?;
            let slot = if back.runs { "booted" } else { "other" };
            rauc.activate(slot).await.map_err(|error| Failure::failed(&error))?;
            self.node.remember([Event::Chosen { from: back.from.clone(), to: back.to.clone() }]);
            Ok(if back.runs {
                format!("Release {}, which runs, stays: {} is not started.", back.to, back.from)
            } else {
                format!("Release {} starts at the next restart.", back.to)
            })
        }
        .await;
        let said = result.as_ref().err().map(|failure: &Failure| failure.sentence().to_string());
        if let Ok(sentence) = &result {
            self.node.screen(Some(&Sentence::new(sentence)));
        }
        turn.end(connection, said).await;
        result
    }

    /// Keeps the node to a release: the one that runs if the text is empty. It does not update itself past that.
    async fn pin(
        &self,
        version: &str,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Pin).await?;
        let version: Version = if version.is_empty() {
            let report = self.node.report().await?;
            let running = report.running().and_then(|slot| slot.version.clone());
            running.ok_or_else(|| Failure::Refused("it cannot be told which release runs: name one".to_owned()))?
        } else {
            version.parse().map_err(|error: formats::version::NotAVersion| Failure::Refused(error.to_string()))?
        };
        self.node.records.set_pin(Some(&version)).map_err(|error| Failure::failed(&error))?;
        self.node.remember([Event::Pinned { version: version.clone() }]);
        self.pinned_changed(&emitter).await?;
        Ok(format!("This node keeps to release {version}, and does not update itself to another one."))
    }

    /// Ends that.
    async fn unpin(
        &self,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> Result<String, Failure> {
        self.allow(connection, &header, Action::Pin).await?;
        if self.node.records.pin().is_some() {
            self.node.records.set_pin(None).map_err(|error| Failure::failed(&error))?;
            self.node.remember([Event::Unpinned]);
            self.node.wake.notify_one();
            self.pinned_changed(&emitter).await?;
        }
        Ok("This node updates itself again.".to_owned())
    }

    /// `idle`, `checking`, `installing` or `going-back`.
    #[zbus(property)]
    async fn operation(&self) -> &'static str {
        self.node.activity().operation.name()
    }

    /// How far it is: percent, what is being done, how deep.
    #[zbus(property)]
    async fn progress(&self) -> Progress {
        self.node.activity().progress
    }

    /// Why the last operation failed; empty if it did not.
    #[zbus(property)]
    async fn last_error(&self) -> String {
        self.node.activity().last_error
    }

    /// The release that the node is kept to; empty if there is none.
    #[zbus(property)]
    async fn pinned(&self) -> String {
        self.node.records.pin().map(String::from).unwrap_or_default()
    }

    /// An installation has ended: 0 and what is next, or 1 and why not.
    #[zbus(signal)]
    pub(super) async fn completed(emitter: &SignalEmitter<'_>, result: i32, sentence: &str) -> zbus::Result<()>;
}
