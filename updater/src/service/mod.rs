//! The daemon's D-Bus interface, `org.ilanga.Updater1` at `/org/ilanga/Updater1`.
//!
//! docs/updates.md has the table of calls. Each asks [`crate::polkit`] first. Texts that are JSON have a `format`.
//!
//! Invariant: one installation at a time, and no other change of what starts next meanwhile.

mod answers;
mod ask;
mod by_itself;
mod install;
mod interface;
mod node;

use std::collections::HashMap;
use std::sync::Arc;

use zbus::message::Header;
use zbus::zvariant::OwnedValue;
use zbus::{Connection, DBusError};

use crate::decide::install::Who;
use crate::error::chain;
use crate::judged::Judged;
use crate::polkit::{self, Action, Denied};
use crate::sentence::Sentence;

pub use answers::{Checked, Status, Told};
pub use by_itself::ByItself;
pub use node::{Node, Operation};

/// The name on the bus.
pub const NAME: &str = "org.ilanga.Updater1";

/// The object's path.
pub const PATH: &str = "/org/ilanga/Updater1";

/// Why a call failed, in a sentence.
#[derive(Debug, DBusError)]
#[zbus(prefix = "org.ilanga.Updater1.Error")]
pub enum Failure {
    /// The bus.
    #[zbus(error)]
    ZBus(zbus::Error),
    /// The caller may not do that.
    Denied(String),
    /// It was decided not to do it; nothing was changed.
    Refused(String),
    /// Something else is being done.
    Busy(String),
    /// It was tried.
    Failed(String),
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        Self::Denied(chain(&denied))
    }
}

impl Failure {
    fn failed(error: &dyn std::error::Error) -> Self {
        Self::Failed(chain(error))
    }

    /// The sentence, without the error's name on the bus.
    fn sentence(&self) -> Sentence {
        Sentence::new(&match self {
            Self::Denied(said) | Self::Refused(said) | Self::Busy(said) | Self::Failed(said) => said.clone(),
            Self::ZBus(error) => chain(error),
        })
    }
}

/// The object on the bus.
#[derive(Debug)]
pub struct Updater {
    node: Arc<Node>,
}

impl Updater {
    /// The updater of a node.
    pub fn new(node: Node) -> Self {
        Self { node: Arc::new(node) }
    }

    /// What the node does by itself.
    pub fn by_itself(&self) -> ByItself {
        ByItself::new(Arc::clone(&self.node))
    }

    async fn allow(&self, connection: &Connection, header: &Header<'_>, action: Action) -> Result<(), Failure> {
        let allowed = polkit::check(connection, header, action, self.node.root).await;
        allowed.inspect_err(|denied| log::warn!("{action:?} was denied: {}", chain(denied))).map_err(Failure::from)
    }
}

/// What may be asked of an installation.
#[derive(Debug, Default)]
struct Options {
    name: Sentence,
    allow_downgrade: bool,
    by_itself: bool,
    removable: bool,
}

impl Options {
    fn read(options: HashMap<String, OwnedValue>) -> Result<Self, Failure> {
        let mut read = Self { name: Sentence::new("a file"), ..Self::default() };
        for (key, value) in options {
            let wrong = || Failure::Refused(format!("the option '{key}' is not understood"));
            match key.as_str() {
                "name" => read.name = Sentence::new(<&str>::try_from(&value).map_err(|_| wrong())?),
                "allow-downgrade" => read.allow_downgrade = bool::try_from(&value).map_err(|_| wrong())?,
                "removable" => read.removable = bool::try_from(&value).map_err(|_| wrong())?,
                "by-itself" => read.by_itself = bool::try_from(&value).map_err(|_| wrong())?,
                _ => return Err(wrong()),
            }
        }
        Ok(read)
    }

    fn who(&self) -> Who {
        if self.by_itself { Who::Node } else { Who::Person { allow_downgrade: self.allow_downgrade } }
    }
}

/// Tells, at the start of the daemon, what has happened since it ran last: into the history, the journal and the screen.
pub async fn tell_of_start(node: &Node) {
    if let Err(error) = Judged::forget(&node.tree) {
        log::error!("only what was judged last can be installed: {}", chain(&error));
    }
    let report = match node.report().await {
        Ok(report) => report,
        Err(error) => {
            log::error!("it cannot be told what runs: {error}");
            return;
        }
    };
    let crash = node.crash();
    let told = crate::decide::start::start(&node.records.history(), &report, crash.as_ref().map(Sentence::as_str));
    node.remember(told.events);
    node.screen(told.screen.as_ref());
}
