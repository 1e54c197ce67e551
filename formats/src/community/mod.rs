//! A community: nodes that let each other in over the mesh, and nobody else.
//!
//! ```text
//!   community's key (Ed25519) ── signs ──► invitation ── QR code, typed ──► a node that joins
//!       on the founder's data             └ founder's key and addresses, password of links, token, last day
//!                             ── signs ──► list of members ── from member to member, over the mesh ──► each node's packet filter
//!                                          └ number, and each member's public key in the mesh
//! ```
//!
//! A node's address in the mesh is made of its public key ([`MeshKey::address`]), and Yggdrasil hands on no packet whose sender has not
//! proved the key of its address. So a packet filter that knows the members' addresses knows who speaks.
//!
//! Invariants: nothing is believed that the community's key has not signed; a list is replaced by one with a higher number only
//! ([`SignedList::succeeds`]); secrets (the community's key, the password, a token) are in no `Debug`. What is said of the *password*: it
//! decides who is a link of whom, so who may pass encrypted packets on; it lets nobody in.

mod invitation;
mod key;
mod list;
mod symbols;
#[cfg(test)]
mod tests;
mod values;

pub use invitation::{Invitation, Invited, NotAnInvitation, PREFIX};
pub use key::{CommunityId, CommunityKey, MeshKey, NotAKey};
pub use list::{BadList, LONGEST, List, MOST, Member, SignedList};
pub use values::{
    CommunityName, Endpoint, Host, LinkPassword, NotACommunityName, NotALinkPassword, NotAToken, NotAnEndpoint, Token,
};
