//! Who may ask for what: root always, others as [polkit][polkit] says.
//!
//! [polkit]: https://polkit.pages.freedesktop.org/polkit/eggdbus-interface-org.freedesktop.PolicyKit1.Authority.html

use std::collections::HashMap;

use thiserror::Error;
use zbus::Connection;
use zbus::message::Header;
use zbus::zvariant::Value;

/// What may be asked for: the actions in `org.ilanga.updater.policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Looking at bundles, and at what there is.
    Look,
    /// Installing a bundle that is newer than what runs, as the node would do it by itself.
    InstallByItself,
    /// Installing a bundle.
    Install,
    /// Fetching something, which may cost money.
    Fetch,
    /// Choosing what starts next.
    Rollback,
    /// Pinning the node to a release.
    Pin,
}

impl Action {
    const fn id(self) -> &'static str {
        match self {
            Self::Look => "org.ilanga.updater.look",
            Self::InstallByItself => "org.ilanga.updater.install-by-itself",
            Self::Install => "org.ilanga.updater.install",
            Self::Fetch => "org.ilanga.updater.fetch",
            Self::Rollback => "org.ilanga.updater.rollback",
            Self::Pin => "org.ilanga.updater.pin",
        }
    }
}

/// It was not allowed.
#[derive(Debug, Error)]
pub enum Denied {
    /// polkit said no.
    #[error("you may not do that: an administrator may ('{0}')")]
    No(&'static str),
    /// Nobody could be asked.
    #[error("it cannot be told whether you may do that")]
    Unknown {
        /// Why.
        source: zbus::Error,
    },
}

#[zbus::proxy(
    interface = "org.freedesktop.PolicyKit1.Authority",
    default_service = "org.freedesktop.PolicyKit1",
    default_path = "/org/freedesktop/PolicyKit1/Authority",
    gen_blocking = false
)]
trait Authority {
    fn check_authorization(
        &self,
        subject: (&str, HashMap<&str, Value<'_>>),
        action: &str,
        details: HashMap<&str, &str>,
        flags: u32,
        cancellation: &str,
    ) -> zbus::Result<(bool, bool, HashMap<String, String>)>;
}

/// `AllowUserInteraction`: an agent may ask the person.
const MAY_ASK: u32 = 1;

/// Lets a call pass, or not. `root` is the user who may do everything: 0, but in tests.
pub async fn check(connection: &Connection, header: &Header<'_>, action: Action, root: u32) -> Result<(), Denied> {
    let unknown = |source: zbus::Error| Denied::Unknown { source };
    // A bus names every sender; without one it is nobody who could be asked about.
    let sender = header.sender().ok_or(Denied::No(action.id()))?;
    let bus = zbus::fdo::DBusProxy::new(connection).await.map_err(unknown)?;
    let user = bus.get_connection_unix_user(sender.to_owned().into()).await;
    if user.map_err(|error| unknown(error.into()))? == root {
        return Ok(());
    }
    let authority = AuthorityProxy::new(connection).await.map_err(unknown)?;
    let subject = ("system-bus-name", HashMap::from([("name", Value::from(sender.as_str()))]));
    let (allowed, ..) =
        authority.check_authorization(subject, action.id(), HashMap::new(), MAY_ASK, "").await.map_err(unknown)?;
    if allowed { Ok(()) } else { Err(Denied::No(action.id())) }
}
