//! Yggdrasil's configuration: one that it has made, with its key kept and all else decided here. Pure.

use formats::community::MeshKey;
use serde_json::{Value, json};
use thiserror::Error;

use super::Ties;

/// The port at which neighbours in the same network are met: `nftables.conf` has it too.
pub const PORT: u16 = 7365;

/// The port at which a founder is met from other networks.
pub const LINKS: u16 = 7367;

/// The interface that programs see: `nftables.conf` has it too.
const INTERFACE: &str = "mesh0";

/// Yggdrasil's configuration is none.
#[derive(Debug, Error)]
pub enum BadConfiguration {
    /// It is no JSON.
    #[error("Yggdrasil's configuration can't be read")]
    Json(#[from] serde_json::Error),
    /// It has no key.
    #[error("Yggdrasil's configuration has no key")]
    Key,
}

/// The public key of a configuration: the second half of its private key, as Go keeps Ed25519's.
pub(super) fn own_key(configuration: &[u8]) -> Result<MeshKey, BadConfiguration> {
    let all: Value = serde_json::from_slice(configuration)?;
    let key = all.get("PrivateKey").and_then(Value::as_str).filter(|key| key.len() == 128 && key.is_ascii());
    key.and_then(|key| key[64..].parse().ok()).ok_or(BadConfiguration::Key)
}

/// The configuration of a node with the key of this one, and these ties.
///
/// Links ask each other for the community's password, those to neighbours in the same network too; and whom this node calls in other
/// networks must have the founder's key.
pub(super) fn configuration(made: &[u8], ties: Option<&Ties>) -> Result<Vec<u8>, BadConfiguration> {
    let own = own_key(made)?;
    let all: Value = serde_json::from_slice(made)?;
    let password = ties.map(|ties| ties.password.text()).unwrap_or_default();
    let (mut peers, mut listen) = (Vec::new(), Vec::new());
    if let Some(ties) = ties.filter(|ties| !ties.endpoints.is_empty()) {
        if ties.founder == own {
            listen.push(format!("tls://[::]:{LINKS}?password={password}"));
        } else {
            let call = |endpoint| format!("tls://{endpoint}?key={}&password={password}", ties.founder);
            peers.extend(ties.endpoints.iter().map(call));
        }
    }
    let made = json!({
        "PrivateKey": all["PrivateKey"],
        "AdminListen": "none",
        "IfName": INTERFACE,
        "IfMTU": 65535,
        // Who asks is not told what this computer is.
        "NodeInfoPrivacy": true,
        "NodeInfo": {},
        "Peers": peers,
        "InterfacePeers": {},
        "Listen": listen,
        // It would hold for who calls from other networks alone, and members are not all known beforehand.
        "AllowedPublicKeys": [],
        "MulticastInterfaces": [{
            "Regex": "^(en|eth|wl|ww|bat|br).*", "Beacon": true, "Listen": true, "Port": PORT, "Password": password,
        }],
    });
    Ok(serde_json::to_vec_pretty(&made)?)
}
