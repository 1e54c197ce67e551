//! What a node is called: by programs, and by people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::digest::Digest;

/// A machine id as `machine-id(5)` has it: 32 lower-case hexadecimal digits, not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MachineId(Uuid);

/// The text is no machine id.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a machine id: 32 lower-case hexadecimal digits, not all zero, are expected")]
pub struct NotAMachineId;

impl MachineId {
    /// The machine id with these 128 bits, which must not all be zero.
    pub fn new(id: Uuid) -> Result<Self, NotAMachineId> {
        if id.is_nil() { Err(NotAMachineId) } else { Ok(Self(id)) }
    }
}

impl FromStr for MachineId {
    type Err = NotAMachineId;

    fn from_str(text: &str) -> Result<Self, NotAMachineId> {
        if text.len() != 32 || !text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c)) {
            return Err(NotAMachineId);
        }
        Uuid::try_parse(text).map_err(|_| NotAMachineId).and_then(Self::new)
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.simple())
    }
}

by_text!(MachineId, NotAMachineId);

/// A host name: one label of RFC 1123 in lower case, so at most 63 letters, digits and inner hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

/// The text is no host name.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("not a host name: 1 to 63 of a-z, 0-9 and '-' are expected, neither the first nor the last a '-'")]
pub struct NotAHostName;

impl HostName {
    /// The name of a node that nobody has named: `ilanga-`, and six digits that differ from node to node but don't give
    /// the machine id away, which `machine-id(5)` calls confidential.
    pub fn of(id: MachineId) -> Self {
        let digest = Digest::of_parts([b"ilanga host name".as_slice(), id.0.as_bytes()]).to_string();
        Self(format!("ilanga-{}", &digest[..6]))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = NotAHostName;

    fn from_str(text: &str) -> Result<Self, NotAHostName> {
        let fits = (1..=63).contains(&text.len())
            && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
            && text != "localhost";
        if fits { Ok(Self(text.to_owned())) } else { Err(NotAHostName) }
    }
}

by_text!(HostName, NotAHostName);

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
