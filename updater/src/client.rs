//! The daemon, as other programs ask it: [`crate::service`] from the other side.

#![allow(missing_docs, reason = "what the macro makes has no documentation")]

use std::collections::HashMap;

use zbus::zvariant::{Fd, Value};

/// The updater.
#[zbus::proxy(
    interface = "org.ilanga.Updater1",
    default_service = "org.ilanga.Updater1",
    default_path = "/org/ilanga/Updater1",
    gen_blocking = false
)]
pub trait Updater {
    /// Judges a bundle and begins to install it.
    #[zbus(allow_interactive_auth)]
    fn install(&self, bundle: Fd<'_>, options: HashMap<&str, Value<'_>>) -> zbus::Result<()>;

    /// What a bundle is: JSON.
    fn check_bundle(&self, bundle: Fd<'_>) -> zbus::Result<String>;

    /// What runs: JSON.
    fn status(&self) -> zbus::Result<String>;

    /// What was found to be fetched: JSON, or nothing.
    fn fetched(&self) -> zbus::Result<String>;

    /// Fetches what is at an address, or only what tells its cost: JSON as of [`Self::fetched`], at the end.
    #[zbus(allow_interactive_auth)]
    fn fetch(&self, address: &str, only_cost: bool) -> zbus::Result<String>;

    /// Something was fetched.
    fn take_fetched(&self) -> zbus::Result<()>;

    /// When the node may restart by itself; returns a sentence.
    #[zbus(allow_interactive_auth)]
    fn set_restart_hours(&self, hours: &str) -> zbus::Result<String>;

    /// What happened: JSON.
    fn history(&self) -> zbus::Result<String>;

    /// Lets the other release start next; returns a sentence.
    #[zbus(allow_interactive_auth)]
    fn rollback(&self) -> zbus::Result<String>;

    /// Keeps the node to a release; returns a sentence.
    #[zbus(allow_interactive_auth)]
    fn pin(&self, version: &str) -> zbus::Result<String>;

    /// Ends that; returns a sentence.
    #[zbus(allow_interactive_auth)]
    fn unpin(&self) -> zbus::Result<String>;

    /// How far it is.
    #[zbus(property)]
    fn progress(&self) -> zbus::Result<(i32, String, i32)>;

    /// An installation has ended.
    #[zbus(signal)]
    fn completed(&self, result: i32, sentence: &str) -> zbus::Result<()>;
}
