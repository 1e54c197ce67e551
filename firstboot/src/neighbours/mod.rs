//! Neighbours that open each other's data: tang's protocol ([tang](https://github.com/latchset/tang)), in the words of clevis
//! ([clevis](https://github.com/latchset/clevis)): so many of them have to be there.
//!
//! ```text
//!   at set-up   mDNS ─► names ─► GET /adv ─► advertisement, pinned ─┐          no network from here on
//!                                             thumbprint, read out  ├─► clevis encrypt sss ─► JWE ─► a token of the header
//!                                             a fresh passphrase ───┘                                (type clevis), a keyslot
//!   at a start  JWE of the token ─► clevis decrypt ─► POST /rec, each neighbour ─► the passphrase ─► the desk, which opens the data
//!   serving     port 7364 ─► tangd, one for each connection, with the keys in /data/tang/keys
//! ```
//!
//! They are reached in the local network, by their names in `.local`: the mesh's own key lies on the data that are to be opened. What a
//! neighbour learns is a point of a curve, another one each time: neither the key nor whose it was. What the network learns opens nothing.
//! Who has the header and reaches so many of the neighbours opens the data, whoever they are: that is what 'removed' is for.
//!
//! Who talks to the network is `ilanga-neighbours` with a user of its own, which sees neither data nor state; what it hands over is typed,
//! short and checked again: advertisements are verified by clevis against the thumbprint that was shown, and a passphrase opens or does
//! not. A header that is bound has the format that `clevis luks bind` makes, so that `clevis luks unlock` of any Debian opens it too.
//!
//! Invariants: a thumbprint is that of the advertisement it stands beside, and computed here; what a neighbour sends is short, and waited
//! for only so long; one that lies or stalls costs nothing but itself.

pub mod advertisement;
pub mod ask;
pub mod bind;
pub mod help;
#[cfg(test)]
pub(crate) mod tests;
pub mod token;

use std::io;
use std::path::PathBuf;

use formats::answers::Helper;
use formats::settings::HostName;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::node::Node;
use crate::store;
use crate::tool::ToolError;

pub use advertisement::{Advertisement, NotAnAdvertisement};

/// The port at which they help: `nftables.conf` and `ilanga-help.socket` have it too.
pub const PORT: u16 = 7364;

/// The type of the service, by which they are found (RFC 6763).
pub const SERVICE: &str = "_ilanga-help._tcp.local.";

/// The most neighbours that are asked, or shown.
pub const MOST: usize = 8;

/// The most bytes of what was found.
const LONGEST: usize = MOST * 2 * advertisement::LONGEST;

/// A neighbour that helps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Neighbour {
    /// Where it is asked.
    pub helper: Helper,
    /// Its keys, as it has signed them.
    pub advertisement: Advertisement,
}

impl Neighbour {
    /// What people call it.
    pub fn name(&self) -> &str {
        let host = self.helper.as_str().trim_start_matches("http://");
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        host.trim_end_matches(".local")
    }
}

/// Neighbours did not do what was asked of them, or can't be asked.
#[derive(Debug, Error)]
pub enum NeighbourError {
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// What it says are no keys.
    #[error("{helper} advertises no keys")]
    Keys {
        /// Who.
        helper: Helper,
        /// Why.
        source: NotAnAdvertisement,
    },
    /// What clevis made.
    #[error("clevis has made something else than a JWE")]
    NoJwe,
    /// Random numbers.
    #[error(transparent)]
    Random(#[from] crate::random::NotRandom),
    /// A file.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Looking for them.
    #[error("looking for neighbours")]
    Looking(#[from] mdns_sd::Error),
}

/// The address of a neighbour by its name.
pub fn address(name: &HostName) -> Option<Helper> {
    format!("http://{}.local:{PORT}", name.as_str()).parse().ok()
}

/// Those that were found; what can't be read is nobody.
pub fn found(node: &Node) -> Vec<Neighbour> {
    let Ok(Some(bytes)) = store::read(&node.neighbours_found(), LONGEST) else { return Vec::new() };
    let found: Vec<Neighbour> = serde_json::from_slice(&bytes).unwrap_or_default();
    found.into_iter().take(MOST).collect()
}
