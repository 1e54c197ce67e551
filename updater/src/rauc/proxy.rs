//! The calls, properties and the signal, as RAUC names them.

use std::collections::HashMap;

use zbus::zvariant::{OwnedValue, Value};

/// RAUC's installer.
#[zbus::proxy(
    interface = "de.pengutronix.rauc.Installer",
    default_service = "de.pengutronix.rauc",
    default_path = "/",
    gen_blocking = false
)]
pub trait Installer {
    /// Begins an installation; [`InstallerProxy::receive_completed`] tells its end.
    fn install_bundle(&self, source: &str, args: HashMap<&str, Value<'_>>) -> zbus::Result<()>;

    /// Checks a bundle's signature, and tells what its manifest says.
    fn inspect_bundle(&self, source: &str, args: HashMap<&str, Value<'_>>)
    -> zbus::Result<HashMap<String, OwnedValue>>;

    /// Marks a slot; returns its name and a sentence.
    fn mark(&self, state: &str, slot: &str) -> zbus::Result<(String, String)>;

    /// The nodes that bundles must be for.
    #[zbus(property)]
    fn compatible(&self) -> zbus::Result<String>;

    /// Why the last installation failed.
    #[zbus(property)]
    fn last_error(&self) -> zbus::Result<String>;

    /// How far the installation is.
    #[zbus(property)]
    fn progress(&self) -> zbus::Result<(i32, String, i32)>;

    /// An installation has ended.
    #[zbus(signal)]
    fn completed(&self, result: i32) -> zbus::Result<()>;
}
