//! The mesh: Yggdrasil, which finds its neighbours by itself.
//!
//! Its configuration, with the key that is the node's address, is made once and lies on data: `/data/mesh/yggdrasil.conf`.
//! `ilanga-mesh.service` runs it; what the mesh may reach is nftables' to say.

use std::ffi::OsStr;
use std::fs;

use formats::answers::{Mesh, MeshKind};
use serde_json::{Value, json};

use super::ChangeError;
use crate::node::Node;
use crate::store::replace;
use crate::systemd;
use crate::tool::{Program, run};

/// The port at which neighbours in the same network are met: `nftables.conf` has it too.
const PORT: u16 = 7365;

/// The interface that programs see: `nftables.conf` has it too.
const INTERFACE: &str = "mesh0";

/// Joins, or stays away.
pub(super) fn join(node: &Node, mesh: &Mesh) -> Result<(), ChangeError> {
    match mesh.kind {
        MeshKind::None => Ok(()),
        MeshKind::Yggdrasil => yggdrasil(node),
        MeshKind::Wireguard => Err(ChangeError::NotYet("WireGuard")),
        MeshKind::Nebula => Err(ChangeError::NotYet("Nebula")),
    }
}

fn yggdrasil(node: &Node) -> Result<(), ChangeError> {
    let path = node.mesh();
    if !path.exists() {
        let fresh = run(Program::Yggdrasil, &["-genconf", "-json"].map(OsStr::new), b"")?;
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder).map_err(|source| ChangeError::File { path: folder.to_owned(), source })?;
        replace(&path, &configuration(&fresh)?).map_err(|source| ChangeError::File { path, source })?;
    }
    Ok(systemd::start("ilanga-mesh.service")?)
}

/// A node's configuration, from one that Yggdrasil has made with a fresh key.
fn configuration(fresh: &[u8]) -> Result<Vec<u8>, ChangeError> {
    let words = |error: serde_json::Error| ChangeError::Words(error.to_string());
    let mut all: Value = serde_json::from_slice(fresh).map_err(words)?;
    let Some(table) = all.as_object_mut() else { return Err(ChangeError::Words("Yggdrasil made no table".into())) };
    for (name, value) in [
        ("AdminListen", json!("none")),
        ("IfName", json!(INTERFACE)),
        // Who asks is not told what this computer is.
        ("NodeInfoPrivacy", json!(true)),
        ("NodeInfo", json!({})),
        (
            "MulticastInterfaces",
            json!([{ "Regex": "^(en|eth|wl|ww|bat|br).*", "Beacon": true, "Listen": true, "Port": PORT }]),
        ),
    ] {
        table.insert(name.to_owned(), value);
    }
    serde_json::to_vec_pretty(&all).map_err(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_key_is_kept_and_the_rest_is_ours() {
        let fresh = br#"{"PrivateKey": "ab", "Peers": [], "MulticastInterfaces": [{"Regex": ".*"}], "IfName": "auto"}"#;
        let made: Value = serde_json::from_slice(&configuration(fresh).unwrap()).unwrap();
        assert_eq!(made["PrivateKey"], "ab");
        assert_eq!(made["IfName"], INTERFACE);
        assert_eq!(made["MulticastInterfaces"][0]["Port"], PORT);
        assert_eq!(made["AdminListen"], "none");
        assert!(configuration(b"[]").is_err() && configuration(b"{").is_err());
    }
}
