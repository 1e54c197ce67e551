//! What people say about the mesh.

use serde::{Deserialize, Serialize};

use super::values::{shown, text};
use super::{Nebula, WireGuard};
use crate::community::Invitation;

text!(
    /// The address of a server that coordinates a network: `https://headscale.example.org`.
    Coordinator, NotACoordinator, "not a server's address: one that begins with https:// is expected",
    |text| text.len() <= 200
        && text.strip_prefix("https://").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_:/[]".contains(&c))
        })
);
shown!(Coordinator);

/// The network of nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Mesh {
    /// How nodes find and trust each other.
    pub kind: MeshKind,
    /// What makes this node one of a community.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// With WireGuard: the network, and this node's place in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wireguard: Option<WireGuard>,
    /// With Nebula: the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nebula: Option<Box<Nebula>>,
    /// The server of a network that the recipes for Tailscale, Headscale or ZeroTier join.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coordinator: Option<Coordinator>,
    /// Whether a radio meets other nodes' without anything in between (802.11s).
    pub radio: bool,
    /// Whether this node helps neighbours to open their disks.
    pub helps: bool,
}

/// How nodes find and trust each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MeshKind {
    /// Yggdrasil: by itself.
    #[default]
    Yggdrasil,
    /// WireGuard: by keys that whoever looks after the network hands out.
    Wireguard,
    /// Nebula: by a community's certificates.
    Nebula,
    /// Not at all.
    None,
}

impl Default for Mesh {
    fn default() -> Self {
        Self {
            kind: MeshKind::Yggdrasil,
            invitation: None,
            wireguard: None,
            nebula: None,
            coordinator: None,
            radio: false,
            helps: false,
        }
    }
}
