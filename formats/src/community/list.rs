//! The list of a community's members, as its key has signed it.
//!
//! ```text
//!   ilanga members 1 <signature: 128 hexadecimal digits>
//!   {"community":"…","name":"…","number":7,"founder":"…","members":[{"key":"…","name":"school-1"}]}
//! ```
//!
//! The signature is of "ilanga members", and the second line as it stands there, without its end. Unknown keys are refused: the first line
//! has the version. Who is not in the list is no member: there is no list of the removed.
//!
//! A list does not end: nodes that reach nobody for months go on with theirs. Who keeps a newer one from a node keeps a removal from it,
//! for as long as all that the node reaches does so.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{CommunityId, CommunityKey, CommunityName, MeshKey};
use crate::settings::HostName;

/// The most members.
pub const MOST: usize = 400;

/// Longer lists are refused, in bytes.
pub const LONGEST: usize = 96 << 10;

const HEAD: &str = "ilanga members 1 ";
const CONTEXT: &[u8] = b"ilanga members";

/// Who is in a community.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The community.
    pub community: CommunityId,
    /// What people call it.
    pub name: CommunityName,
    /// Which of its lists this is: each has a higher number than the one before.
    pub number: u64,
    /// The member who lets others in.
    pub founder: MeshKey,
    /// All members, the founder among them.
    pub members: Vec<Member>,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The node's public key in the mesh.
    pub key: MeshKey,
    /// What it is called.
    pub name: HostName,
}

/// A list that its community has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedList {
    list: List,
    text: String,
}

/// The bytes are no list of this community.
#[derive(Debug, Error)]
pub enum BadList {
    /// They are something else.
    #[error("not a list of members of a format that this release knows")]
    Else,
    /// They are of another community, or nobody has signed them.
    #[error("the list of members is not signed by this community")]
    Signature,
    /// What is signed is no list.
    #[error("the list of members can't be read")]
    Json(#[from] serde_json::Error),
    /// It has no members, too many, one twice, or not the founder.
    #[error("the list of members contradicts itself")]
    Members,
}

impl List {
    /// Whether it is one: at most [`MOST`] members, each once, the founder among them.
    fn fits(&self) -> bool {
        let mut keys: Vec<&MeshKey> = self.members.iter().map(|member| &member.key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len() == self.members.len() && keys.len() <= MOST && self.has(&self.founder)
    }

    /// Whether a key is a member's.
    pub fn has(&self, key: &MeshKey) -> bool {
        self.members.iter().any(|member| member.key == *key)
    }

    /// Signs it. The error is [`BadList::Members`], or JSON's.
    pub fn sign(self, key: &CommunityKey) -> Result<SignedList, BadList> {
        if !self.fits() || self.community != key.id() {
            return Err(BadList::Members);
        }
        let json = serde_json::to_string(&self)?;
        let signature = key.sign(&[CONTEXT, json.as_bytes()].concat());
        let text = format!("{HEAD}{}\n{json}\n", hex::encode(signature));
        Ok(SignedList { list: self, text })
    }
}

impl SignedList {
    /// The list in these bytes, if this community has signed it.
    pub fn parse(bytes: &[u8], community: CommunityId) -> Result<Self, BadList> {
        if bytes.len() > LONGEST {
            return Err(BadList::Else);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| BadList::Else)?;
        let (signature, json) = text.strip_prefix(HEAD).and_then(|rest| rest.split_once('\n')).ok_or(BadList::Else)?;
        let json = json.strip_suffix('\n').ok_or(BadList::Else)?;
        let mut bytes = [0; 64];
        hex::decode_to_slice(signature, &mut bytes).map_err(|_| BadList::Else)?;
        if !community.has_signed(&[CONTEXT, json.as_bytes()].concat(), &bytes) {
            return Err(BadList::Signature);
        }
        let list: List = serde_json::from_str(json)?;
        match list.fits() && list.community == community {
            true => Ok(Self { list, text: text.to_owned() }),
            false => Err(BadList::Members),
        }
    }

    /// Whether it takes the place of this one: a later list of the same community.
    pub fn succeeds(&self, other: &Self) -> bool {
        self.list.community == other.list.community && self.list.number > other.list.number
    }

    /// What it says.
    pub fn list(&self) -> &List {
        &self.list
    }

    /// Its text, for a file or another member.
    pub fn text(&self) -> &str {
        &self.text
    }
}
