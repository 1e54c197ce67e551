//! An invitation into a community, as a text that a QR code holds and a person can type.
//!
//! ```text
//!   ILANGA:040G2081-82GG2R4Q-…      `symbols` of the bytes below; all of it is in QR's alphanumeric mode
//!
//!   1       version: 1
//!   32      the community's public key
//!   32      the founder's public key in the mesh: who redeems it, and whose addresses follow
//!   2       its last day, in days since 1970
//!   10      the password of the community's links
//!   8       token
//!   1 + n   the community's name
//!   1       how many addresses follow, at most 3
//!             4 and 4 bytes, 6 and 16 bytes, or 128 + n and a name of n bytes; and a port of 2
//!   64      signature (Ed25519) of "ilanga invitation" and all of the above
//! ```
//!
//! Numbers are big-endian. Whether its last day has passed, whoever has a floor for the time says (see [`crate::expiry`]), and in the end the
//! founder, who knows which tokens are still to be had.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::symbols::{self, Wrong};
use super::{CommunityId, CommunityKey, CommunityName, Endpoint, LinkPassword, MeshKey, Token};
use crate::date::Date;

/// What an invitation begins with; the size of its letters does not count.
pub const PREFIX: &str = "ILANGA:";

/// What is signed before the bytes, so that no signature means two things.
const CONTEXT: &[u8] = b"ilanga invitation";

const VERSION: u8 = 1;

/// The most addresses.
const MOST: usize = 3;

/// No text of an invitation is longer, hyphens included.
const LONGEST: usize = 1000;

/// What an invitation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// The founder, who redeems it.
    pub founder: MeshKey,
    /// The last day on which it is redeemed.
    pub last_day: Date,
    /// What links of this community ask for.
    pub password: LinkPassword,
    /// What it is redeemed by.
    pub token: Token,
    /// The community's name.
    pub name: CommunityName,
    /// Where the founder is reached from other networks; at most three.
    pub endpoints: Vec<Endpoint>,
}

/// An invitation that its community has signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Invitation {
    community: CommunityId,
    invited: Invited,
    signature: [u8; 64],
}

/// The text is no invitation.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotAnInvitation {
    /// It is something else.
    #[error("not an invitation: a text that begins with 'ilanga:' is expected")]
    Else,
    /// A group has a character that is in none.
    #[error("the invitation's group {0} has a character that no invitation has")]
    Character(usize),
    /// A group is mistyped.
    #[error("the invitation's group {0} is mistyped")]
    Group(usize),
    /// Its end is missing.
    #[error("the invitation's end is missing")]
    End,
    /// It is of another version.
    #[error("the invitation is of version {0}: this release knows version 1")]
    Version(u8),
    /// It has something that no invitation has.
    #[error("the invitation has something in it that none has")]
    Content,
    /// It is not signed by whom it names.
    #[error("the invitation was changed: the community that it names has not signed it")]
    Signature,
}

impl Invited {
    /// The invitation that says this. Of more than three addresses only the first three are in it.
    pub fn sign(mut self, key: &CommunityKey) -> Invitation {
        self.endpoints.truncate(MOST);
        let community = key.id();
        let signature = key.sign(&signed(&self.bytes(community)));
        Invitation { community, invited: self, signature }
    }

    fn bytes(&self, community: CommunityId) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(community.as_bytes());
        bytes.extend(self.founder.as_bytes());
        // Dates end in 2099, which is day 47,481.
        bytes.extend(((self.last_day.seconds() / 86_400) as u16).to_be_bytes());
        bytes.extend(self.password.as_bytes());
        bytes.extend(self.token.as_bytes());
        bytes.push(self.name.as_str().len() as u8);
        bytes.extend(self.name.as_str().bytes());
        bytes.push(self.endpoints.len() as u8);
        self.endpoints.iter().for_each(|endpoint| endpoint.write(&mut bytes));
        bytes
    }
}

impl Invitation {
    /// The community.
    pub fn community(&self) -> CommunityId {
        self.community
    }

    /// What it says.
    pub fn says(&self) -> &Invited {
        &self.invited
    }

    /// The text for a QR code: without the hyphens that help people.
    pub fn compact(&self) -> String {
        self.to_string().replace('-', "")
    }

    /// As if it were of another community.
    #[cfg(test)]
    pub(super) fn named(self, community: CommunityId) -> Self {
        Self { community, ..self }
    }

    fn parse(bytes: &[u8]) -> Result<Self, NotAnInvitation> {
        let mut rest = bytes;
        let mut take = |count: usize| {
            let (taken, left) = rest.split_at_checked(count)?;
            rest = left;
            Some(taken)
        };
        match take(1) {
            Some([VERSION]) => {}
            Some([other, ..]) => return Err(NotAnInvitation::Version(*other)),
            _ => return Err(NotAnInvitation::End),
        }
        let community = CommunityId::new(array(&mut take)?);
        let founder = MeshKey::new(array(&mut take)?);
        let days = u64::from(u16::from_be_bytes(array(&mut take)?));
        let last_day = Date::of_seconds(days * 86_400).ok_or(NotAnInvitation::Content)?;
        let password = LinkPassword::new(array(&mut take)?);
        let token = Token::new(array(&mut take)?);
        let [length] = array(&mut take)?;
        let name = take(usize::from(length)).ok_or(NotAnInvitation::End)?;
        let name = std::str::from_utf8(name).ok().and_then(|name| name.parse().ok()).ok_or(NotAnInvitation::Content)?;
        let [count] = array(&mut take)?;
        if usize::from(count) > MOST {
            return Err(NotAnInvitation::Content);
        }
        let endpoints: Option<Vec<Endpoint>> = (0..count).map(|_| Endpoint::read(&mut take)).collect();
        let endpoints = endpoints.ok_or(NotAnInvitation::Content)?;
        let signature: [u8; 64] = array(&mut take)?;
        if !rest.is_empty() {
            return Err(NotAnInvitation::Content);
        }
        let content = &bytes[..bytes.len() - signature.len()];
        if !community.has_signed(&signed(content), &signature) {
            return Err(NotAnInvitation::Signature);
        }
        let invited = Invited { founder, last_day, password, token, name, endpoints };
        Ok(Self { community, invited, signature })
    }
}

fn signed(bytes: &[u8]) -> Vec<u8> {
    [CONTEXT, bytes].concat()
}

fn array<'b, const COUNT: usize>(
    take: &mut impl FnMut(usize) -> Option<&'b [u8]>,
) -> Result<[u8; COUNT], NotAnInvitation> {
    take(COUNT).and_then(|bytes| bytes.try_into().ok()).ok_or(NotAnInvitation::End)
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.invited.bytes(self.community);
        bytes.extend(self.signature);
        write!(f, "{PREFIX}{}", symbols::text(&bytes))
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invitation({} of {:?})", self.invited.name, self.community)
    }
}

impl FromStr for Invitation {
    type Err = NotAnInvitation;

    fn from_str(text: &str) -> Result<Self, NotAnInvitation> {
        let text = text.trim();
        let rest = match text.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
            _ => return Err(NotAnInvitation::Else),
        };
        if text.len() > LONGEST {
            return Err(NotAnInvitation::Content);
        }
        let bytes = symbols::bytes(rest).map_err(|wrong| match wrong {
            Wrong::Character(group) => NotAnInvitation::Character(group),
            Wrong::Group(group) => NotAnInvitation::Group(group),
            Wrong::End => NotAnInvitation::End,
        })?;
        Self::parse(&bytes)
    }
}

by_text!(Invitation, NotAnInvitation);
