//! The Wi-Fi networks of a node that is set up: its page wishes for one more, or one less, and a program that may do it does.
//!
//! ```text
//!   page ──► steward ──► /data/ilanga/asked-network.json ──► ilanga-network.service ──► settings ──► NetworkManager
//! ```
//!
//! Invariant: a wish is done once and then forgotten, with the key that it has; one that can't be read changes nothing.

use std::ffi::OsStr;
use std::fs;
use std::io;

use formats::answers::{Network, Ssid, Wifi};
use serde::{Deserialize, Serialize};

use crate::apply::{ChangeError, change_networks};
use crate::node::Node;
use crate::store;
use crate::systemd;
use crate::tool::{Program, run};

/// The unit that does it.
const UNIT: &str = "ilanga-network.service";

/// The longest wish.
const LONGEST: usize = 4 << 10;

/// The most networks that are known.
pub const MOST: usize = 32;

/// What is wished for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Asked {
    /// To join a network, or to join it by another key.
    Join(Wifi),
    /// To forget one.
    Forget {
        /// Its name.
        name: Ssid,
    },
}

/// The networks that the settings name.
fn all() -> Option<Network> {
    // Nothing is set, or it can't be told.
    let said = run(Program::Settings, &["get", "networks"].map(OsStr::new), b"").ok()?;
    toml::from_str(str::from_utf8(&said).ok()?).ok()
}

/// The names of the Wi-Fi networks that the node joins, the preferred first.
pub fn known() -> Vec<String> {
    all().unwrap_or_default().wifi.iter().map(|wifi| wifi.name.as_str().to_owned()).collect()
}

/// Writes a wish down, and waits until it is done.
pub fn ask(node: &Node, asked: &Asked) -> Result<(), ChangeError> {
    let path = node.asked_network();
    let text =
        zeroize::Zeroizing::new(serde_json::to_vec(asked).map_err(|error| ChangeError::Words(error.to_string()))?);
    store::replace(&path, &text).map_err(|source| ChangeError::File { path, source })?;
    Ok(systemd::restart(&[UNIT])?)
}

/// Does what is wished for.
pub fn change(node: &Node) -> Result<(), ChangeError> {
    let path = node.asked_network();
    let reading = |source| ChangeError::Reading { path: path.clone(), source };
    let Some(text) = store::read(&path, LONGEST).map_err(reading)? else { return Ok(()) };
    let asked: Result<Asked, _> = serde_json::from_slice(&text);
    let done = match asked {
        Ok(asked) => change_networks(None, &changed(settings()?, asked)),
        Err(wrong) => Err(reading(io::Error::other(wrong))),
    };
    fs::remove_file(&path).map_err(|source| ChangeError::File { path: path.clone(), source })?;
    done
}

/// The networks that are set; none is no reason to fail, and one that can't be read is.
fn settings() -> Result<Network, ChangeError> {
    /// The exit code of what is not set.
    const NOTHING: i32 = 3;
    match run(Program::Settings, &["get", "networks"].map(OsStr::new), b"") {
        Err(error) if error.code() == Some(NOTHING) => Ok(Network::default()),
        Err(error) => Err(error.into()),
        Ok(_) => all().ok_or_else(|| ChangeError::Words("the networks that are set".to_owned())),
    }
}

fn changed(mut network: Network, asked: Asked) -> Network {
    match asked {
        Asked::Join(wifi) => {
            network.wifi.retain(|known| known.name != wifi.name);
            network.wifi.insert(0, wifi);
            network.wifi.truncate(MOST);
        }
        Asked::Forget { name } => network.wifi.retain(|known| known.name != name),
    }
    network
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_come_and_go() {
        let wifi = |name: &str, key: Option<&str>| Wifi {
            name: name.parse().unwrap(),
            key: key.map(|key| key.parse().unwrap()),
            hidden: false,
            metered: false,
        };
        let names =
            |network: &Network| network.wifi.iter().map(|wifi| wifi.name.as_str().to_owned()).collect::<Vec<_>>();
        let join = |name: &str, key| Asked::Join(wifi(name, key));
        let network = changed(Network::default(), join("Staff", Some("a secret key")));
        let network = changed(network, join("Library", None));
        assert_eq!(names(&network), ["Library", "Staff"]);
        // Another key, and it is preferred.
        let network = changed(network, join("Staff", Some("another secret key")));
        assert_eq!(
            (names(&network), network.wifi[0].key.as_ref().unwrap().as_str()),
            (vec!["Staff".into(), "Library".into()], "another secret key")
        );
        let network = changed(network, Asked::Forget { name: "Library".parse().unwrap() });
        assert_eq!(names(&network), ["Staff"]);
        let many =
            (0..40).fold(Network::default(), |network, number| changed(network, join(&format!("n{number}"), None)));
        assert_eq!((many.wifi.len(), many.wifi[0].name.as_str()), (MOST, "n39"));
        let text = serde_json::to_vec(&join("Staff", Some("a secret key"))).unwrap();
        assert_eq!(serde_json::from_slice::<Asked>(&text).unwrap(), join("Staff", Some("a secret key")));
    }
}
