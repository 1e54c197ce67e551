//! A node's place in the mesh, and the community that it may be in ([`formats::community`]).
//!
//! ```text
//!   alone ──► found ──────────────► member (the founder)
//!     │  ▲                            │  ▲
//!     │  └───────────── leave ────────┘  │ the founder's answer: a signed list with this node in it
//!     └──► invited ──────────────────────┘
//! ```
//!
//! | file below `/data/mesh/`, all of them root's alone | what | whose |
//! |---|---|---|
//! | `yggdrasil.conf` | how Yggdrasil runs, with the node's key (`configuration`) | all |
//! | `community.json` | [`Ties`]: which community, and how its founder is reached | invited, members |
//! | `members` | the newest list that the community has signed | members |
//! | `community.key` | the community's secret key | the founder |
//! | `wireguard.conf` | a network of WireGuard's instead of all this (`wireguard`) | who chose that |
//! | `nebula.conf` | one of Nebula's (`nebula`) | who chose that |
//! | `radio` | empty: a radio meets others' (`radio`) | who chose that |
//! | `invitations.json` | which tokens can still be redeemed, as digests (`founder`) | the founder |
//!
//! `firewall` makes the packet filter's rules of it, before Yggdrasil starts and whenever the list changes; `serve` answers others, `follow`
//! asks them, both in `ilanga-community.service`; `wire` is what they say. What decides (`configuration`, `firewall`, `founder`) is pure.
//!
//! Invariants: a node that is alone is reached by everybody in the mesh as before; one in a community, or invited into one, by its members
//! alone, and by strangers only where it is the founder, at the one port where invitations are redeemed; a key that is in no list
//! of the community's is let in nowhere, and what it had open ends.

mod configuration;
mod firewall;
mod follow;
mod founder;
mod kept;
pub mod nebula;
pub mod radio;
mod serve;
#[cfg(test)]
mod tests;
mod wire;
pub mod wireguard;

use formats::community::{CommunityId, CommunityName, Endpoint, Invitation, LinkPassword, MeshKey, SignedList, Token};
use serde::{Deserialize, Serialize};

pub use configuration::{LINKS, PORT};
pub use firewall::rules;
pub use follow::{follow, say_goodbye};
pub use founder::{Invitations, Invite, Removal, admit, invite, remove};
pub use kept::{Kept, MeshError};
pub use serve::serve;
pub use wire::PORT as COMMUNITY;

/// The interface of the mesh: `nftables.conf` has it too.
pub const INTERFACE: &str = "mesh0";

/// What ties a node to its community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ties {
    format: Format,
    /// Which community.
    pub community: CommunityId,
    /// What people call it.
    pub name: CommunityName,
    /// Who lets others in.
    pub founder: MeshKey,
    /// What links ask for.
    pub password: LinkPassword,
    /// Where the founder is reached from other networks.
    pub endpoints: Vec<Endpoint>,
    /// What redeems the invitation, as long as it is not redeemed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
}

/// The version of the file's format: there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Format;

impl TryFrom<u32> for Format {
    type Error = &'static str;

    fn try_from(format: u32) -> Result<Self, &'static str> {
        if format == 1 { Ok(Self) } else { Err("only format 1 is known") }
    }
}

impl From<Format> for u32 {
    fn from(Format: Format) -> Self {
        1
    }
}

impl Ties {
    /// Those of a founder: what it will invite with.
    pub fn of_founder(
        community: CommunityId,
        name: CommunityName,
        founder: MeshKey,
        password: LinkPassword,
        endpoints: Vec<Endpoint>,
    ) -> Self {
        Self { format: Format, community, name, founder, password, endpoints, token: None }
    }

    /// Those of somebody who was invited.
    pub fn of(invitation: &Invitation) -> Self {
        let says = invitation.says().clone();
        Self {
            format: Format,
            community: invitation.community(),
            name: says.name,
            founder: says.founder,
            password: says.password,
            endpoints: says.endpoints,
            token: Some(says.token),
        }
    }
}

/// A node that is in a community, or invited into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its ties.
    pub ties: Ties,
    /// The newest list that it knows; none before the invitation is redeemed.
    pub list: Option<SignedList>,
}

impl Standing {
    /// Whether this key is in the community as far as this node knows.
    pub fn lets_in(&self, key: &MeshKey) -> bool {
        match &self.list {
            Some(list) => list.list().has(key),
            None => self.ties.founder == *key,
        }
    }

    /// The keys that it lets in.
    pub fn members(&self) -> Vec<MeshKey> {
        match &self.list {
            Some(list) => list.list().members.iter().map(|member| member.key).collect(),
            None => vec![self.ties.founder],
        }
    }
}
