//! What a founder decides: who is invited, let in, and removed. Pure.
//!
//! A token is kept as its digest, and once it is redeemed with the key that redeemed it: so who lost the answer may ask again, and
//! nobody else. It is written before the list is: a power cut between the two costs its owner another try.

use core::net::Ipv6Addr;

use formats::community::{CommunityKey, Invitation, Invited, List, MOST, Member, MeshKey, NotAKey, Token};
use formats::date::Date;
use formats::digest::Digest;
use formats::settings::HostName;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Format, Ties, wire::Refused};

/// The most invitations that are open at once.
const MOST_OPEN: usize = 500;

/// The invitations of a founder that have not ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitations {
    format: Format,
    open: Vec<Open>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    token: Digest,
    /// What its node is going to be called; without it, what it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    called: Option<HostName>,
    last_day: Date,
    /// Whether any number of nodes may redeem it.
    many: bool,
    /// Who has redeemed one that is for a single node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used: Option<MeshKey>,
}

/// An invitation to be made.
#[derive(Clone, Debug)]
pub struct Invite {
    /// What the node is going to be called in the list.
    pub called: Option<HostName>,
    /// Its last day.
    pub last_day: Date,
    /// Whether any number of nodes may redeem it.
    pub many: bool,
    /// The token: fresh random bytes.
    pub token: Token,
}

/// Makes an invitation, and forgets those that have ended.
pub fn invite(
    ties: &Ties,
    key: &CommunityKey,
    invitations: &Invitations,
    invite: Invite,
    today: Date,
) -> (Invitation, Invitations) {
    let mut next = invitations.clone();
    next.open.retain(|open| open.last_day >= today);
    let excess = (next.open.len() + 1).saturating_sub(MOST_OPEN);
    next.open.drain(..excess);
    next.open.push(Open {
        token: Digest::of(invite.token.as_bytes()),
        called: invite.called,
        last_day: invite.last_day,
        many: invite.many,
        used: None,
    });
    let invited = Invited {
        founder: ties.founder,
        last_day: invite.last_day,
        password: ties.password.clone(),
        token: invite.token,
        name: ties.name.clone(),
        endpoints: ties.endpoints.clone(),
    };
    (invited.sign(key), next)
}

/// Lets a node in, if its token is one and `from`, the address that Yggdrasil vouches for, is its key's. Returns what is to be written, in
/// this order; the list only if it changes.
pub fn admit(
    list: &List,
    invitations: &Invitations,
    who: &Member,
    token: &Token,
    from: Ipv6Addr,
    today: Date,
) -> Result<(Invitations, Option<List>), Refused> {
    if who.key.address() != from {
        return Err(Refused::Key);
    }
    let digest = Digest::of(token.as_bytes());
    let mut next = invitations.clone();
    let open = next.open.iter_mut().find(|open| open.token == digest).ok_or(Refused::Token)?;
    if open.last_day < today {
        return Err(Refused::Ended);
    }
    if open.used.is_some_and(|used| used != who.key) {
        return Err(Refused::Token);
    }
    if list.has(&who.key) {
        return Ok((next, None));
    }
    if list.members.len() >= MOST {
        return Err(Refused::Full);
    }
    if !open.many {
        open.used = Some(who.key);
    }
    let name = open.called.clone().unwrap_or_else(|| who.name.clone());
    let mut longer = List { number: list.number + 1, ..list.clone() };
    longer.members.push(Member { key: who.key, name });
    Ok((next, Some(longer)))
}

/// Nobody is removed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Removal {
    /// There is no such member.
    #[error("there is no member '{0}': `ilanga-mesh list` shows all")]
    Nobody(String),
    /// More than one has this name.
    #[error("{1} members are called '{0}': name the key, as `ilanga-mesh list` shows it")]
    Several(String, usize),
    /// The founder does not remove itself.
    #[error("this is the founder itself: `ilanga-mesh leave` ends the community here")]
    Founder,
}

/// The list without a member, by its name or its key. An invitation that it has redeemed is no longer one.
pub fn remove(list: &List, invitations: &Invitations, whom: &str) -> Result<(Invitations, List, Member), Removal> {
    let key: Result<MeshKey, NotAKey> = whom.parse();
    let meant = |member: &&Member| key.map_or_else(|_| member.name.as_str() == whom, |key| member.key == key);
    let found: Vec<&Member> = list.members.iter().filter(meant).collect();
    let member = match found.as_slice() {
        [] => return Err(Removal::Nobody(whom.to_owned())),
        [member] if member.key == list.founder => return Err(Removal::Founder),
        [member] => (*member).clone(),
        several => return Err(Removal::Several(whom.to_owned(), several.len())),
    };
    let mut next = List { number: list.number + 1, ..list.clone() };
    next.members.retain(|other| other.key != member.key);
    let mut invitations = invitations.clone();
    // It may have kept one that is for many, which is why those go too.
    invitations.open.retain(|open| open.used != Some(member.key) && !open.many);
    Ok((invitations, next, member))
}
