//! The signed metadata of a repository, as [The Update Framework](https://theupdateframework.github.io/specification/latest/)
//! has them; the types are those of the crate `tough`.
//!
//! ```text
//! root       signed by a root key: which keys every role has          rotated: N+1 is signed by N's keys and by its own
//! targets    signed by the targets key: every file, its length, its digest
//! snapshot   signed by the snapshot key: which targets.json
//! timestamp  signed by the timestamp key: which snapshot.json, and the day of the signature
//! ```
//!
//! The same roles, keys and dates give the same bytes: everything is written as canonical JSON, and Ed25519 signatures repeat
//! (RSA-PSS ones, TUF's other kind, are random). Roles have one key each, but for the root, which may have spare ones, each of
//! which is enough (docs/keys.md).
//!
//! Nothing here reads or writes a file, nor knows a private key: whoever signs gives a [`Signer`].

mod error;
mod roles;

use std::collections::HashMap;
use std::num::NonZeroU64;

use serde::de::DeserializeOwned;
use tough::schema::key::{Ed25519Key, Ed25519Scheme, Key};
use tough::schema::{Hashes, Metafile, Role, Root, Signed, Timestamp};

use crate::date::Date;
use crate::digest::Digest;

pub use error::BadMetadata;
pub use roles::{Keys, Listed, renewed, root, snapshot, targets, timestamp};
pub use tough::schema;

/// The version of the specification that the metadata follow.
const SPECIFICATION: &str = "1.0.31";

/// What `timestamp.json` says beside what TUF asks for: the day on which it was signed. See [`crate::expiry`].
const SIGNED_ON: &str = "x-signed-on";

/// An Ed25519 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey(pub [u8; 32]);

/// Who has a private key.
pub trait Signer {
    /// The public half.
    fn public(&self) -> PublicKey;
    /// The Ed25519 signature of a message.
    fn sign(&self, message: &[u8]) -> [u8; 64];
}

/// A file of metadata, as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name below `metadata/`.
    pub name: String,
    /// The role's version.
    pub version: NonZeroU64,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl PublicKey {
    /// As TUF writes it.
    fn key(&self) -> Key {
        Key::Ed25519 {
            keyval: Ed25519Key { public: self.0.to_vec().into(), _extra: HashMap::new() },
            scheme: Ed25519Scheme::Ed25519,
            _extra: HashMap::new(),
        }
    }

    /// The name by which TUF calls it: the digest of how it is written.
    pub fn id(&self) -> Result<Digest, BadMetadata> {
        let id = self.key().key_id().map_err(BadMetadata::writing("a key"))?;
        id.into_vec().try_into().map(Digest::new).map_err(|_| BadMetadata::Digest("a key"))
    }
}

/// The role's file, signed by each of the signers.
pub fn write<T: Role>(role: &T, signers: &[&dyn Signer]) -> Result<Written, BadMetadata> {
    let signed = role.canonical_form().map_err(BadMetadata::writing(what::<T>()))?;
    let mut signatures = Vec::new();
    for signer in signers {
        signatures.push((signer.public().id()?, signer.sign(&signed)));
    }
    signatures.sort_unstable();
    signatures.dedup();
    let signatures: Vec<String> = signatures
        .iter()
        .map(|(id, signature)| format!("{{\"keyid\":\"{id}\",\"sig\":\"{}\"}}", hex::encode(signature)))
        .collect();
    let mut bytes = format!("{{\"signatures\":[{}],\"signed\":", signatures.join(",")).into_bytes();
    bytes.extend(signed);
    bytes.extend(b"}\n");
    Ok(Written { name: role.filename(true), version: role.version(), bytes })
}

/// Reads a role's file of at most `longest` bytes. Its signatures are not checked: see [`verify`].
pub fn read<T: Role + DeserializeOwned>(bytes: &[u8], longest: u64) -> Result<Signed<T>, BadMetadata> {
    if bytes.len() as u64 > longest {
        return Err(BadMetadata::Long { role: what::<T>(), length: bytes.len(), longest });
    }
    serde_json::from_slice(bytes).map_err(|source| BadMetadata::Json { role: what::<T>(), source })
}

/// Whether enough of the keys that the root names for it have signed the role.
pub fn verify<T: Role>(root: &Root, role: &Signed<T>) -> Result<(), BadMetadata> {
    root.verify_role(role).map_err(|source| BadMetadata::Unsigned { role: what::<T>(), source: Box::new(source) })
}

/// The next root, if it is the one that follows and both the old and its own keys have signed it.
pub fn follow(old: &Signed<Root>, next: Signed<Root>) -> Result<Signed<Root>, BadMetadata> {
    let (is, follows) = (next.signed.version.get(), old.signed.version.get().saturating_add(1));
    if is != follows {
        return Err(BadMetadata::Step { is, follows });
    }
    verify(&old.signed, &next)?;
    verify(&next.signed, &next)?;
    Ok(next)
}

/// Whether the signer's key is one of the role's.
pub fn may_sign<T: Role>(root: &Root, signer: &dyn Signer) -> Result<bool, BadMetadata> {
    let id = signer.public().id()?;
    let named = |keys: &schema::RoleKeys| keys.keyids.iter().any(|named| named.as_ref() == id.as_bytes().as_slice());
    Ok(root.roles.get(&T::TYPE).is_some_and(named))
}

/// The day on which the list was signed, if it says so.
pub fn signed_on(timestamp: &Timestamp) -> Option<Date> {
    timestamp._extra.get(SIGNED_ON)?.as_str()?.parse().ok()
}

/// When a role ends, in seconds since 1970; 0 if before.
pub fn ends<T: Role>(role: &T) -> u64 {
    u64::try_from(role.expires().as_second()).unwrap_or(0)
}

/// How one file of metadata names another.
fn named(file: &Written) -> Metafile {
    Metafile {
        length: Some(file.bytes.len() as u64),
        hashes: Some(hashes(&Digest::of(&file.bytes))),
        version: file.version,
        _extra: HashMap::new(),
    }
}

fn hashes(digest: &Digest) -> Hashes {
    Hashes { sha256: digest.as_bytes().to_vec().into(), _extra: HashMap::new() }
}

/// What a role's file is called in messages.
fn what<T: Role>() -> &'static str {
    match T::TYPE {
        schema::RoleType::Root => "root.json",
        schema::RoleType::Snapshot => "snapshot.json",
        schema::RoleType::Timestamp => "timestamp.json",
        schema::RoleType::Targets | schema::RoleType::DelegatedTargets => "targets.json",
    }
}
