//! The keys of The Update Framework's roles, and the root that says which they are.
//!
//! `tuf-root.json` is no secret: it is the newest `N.root.json` of a maker's repository, and images carry it, so that nodes know
//! whom to believe. Making it needs the root's key; publishing a release does not.

use std::num::NonZeroU64;
use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use formats::date::Date;
use formats::metadata::schema::{Role, Root, Signed, Snapshot, Targets, Timestamp};
use formats::metadata::{self, BadMetadata, Keys, PublicKey, Signer, Written};
use formats::repository::LONGEST_ROOT;

use super::{KeyError, TufKeys, check};

/// How long a root that is made now is believed: the ten years that a node is made for.
const DAYS: u32 = 3653;

/// A role's private key.
#[derive(Debug)]
pub(crate) struct RoleKey(Ed25519KeyPair);

impl RoleKey {
    /// The key in a file.
    pub(crate) fn load(path: &Path) -> Result<Self, KeyError> {
        check::private_ed25519(path).map(Self)
    }
}

impl Signer for RoleKey {
    fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // Ed25519's public keys have 32 bytes, its signatures 64 (RFC 8032, 5.1).
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes.copy_from_slice(self.0.sign(message).as_ref());
        bytes
    }
}

/// A folder's root, and where the keys are that it names.
#[derive(Clone, Debug)]
pub(crate) struct Roles {
    /// The private keys.
    pub(crate) keys: TufKeys,
    /// What the root says.
    pub(crate) root: Signed<Root>,
    /// The same, as it is published.
    pub(crate) bytes: Vec<u8>,
}

impl Roles {
    /// Reads the root of a folder of keys. Private keys are not read yet.
    pub(crate) fn load(folder: &Path) -> Result<Self, KeyError> {
        let folder = std::path::absolute(folder).map_err(KeyError::reading(folder))?;
        let keys = TufKeys::paths(&folder);
        let bytes = check::read(&keys.root_file, false)?.into_bytes();
        let root = metadata::read::<Root>(&bytes, LONGEST_ROOT)
            .and_then(|root| metadata::verify(&root.signed, &root).map(|()| root))
            .map_err(|source| KeyError::Root { path: keys.root_file.clone(), source: Box::new(source) })?;
        Ok(Self { keys, root, bytes })
    }

    /// A role's private key, if the root names it.
    pub(crate) fn signer<T: Role>(&self, path: &Path) -> Result<RoleKey, KeyError> {
        let key = RoleKey::load(path)?;
        match metadata::may_sign::<T>(&self.root.signed, &key) {
            Ok(true) => Ok(key),
            Ok(false) => Err(KeyError::Mismatch { public: self.keys.root_file.clone(), private: path.to_owned() }),
            Err(source) => Err(KeyError::Root { path: self.keys.root_file.clone(), source: Box::new(source) }),
        }
    }

    /// Whether the root names the keys that sign with each release.
    pub(super) fn check(&self) -> Result<(), KeyError> {
        self.signer::<Targets>(&self.keys.targets)?;
        self.signer::<Snapshot>(&self.keys.snapshot)?;
        self.signer::<Timestamp>(&self.keys.timestamp).map(drop)
    }

    /// A root's key that is at hand: the first one, or the spare one.
    pub(crate) fn root_key(&self) -> Result<RoleKey, KeyError> {
        let path = if self.keys.root.exists() { &self.keys.root } else { &self.keys.root_spare };
        if path.exists() { RoleKey::load(path) } else { Err(KeyError::NoRoot(self.keys.root.clone())) }
    }

    /// The root that follows this one on a day, with the keys of another folder, signed by a root key of both.
    pub(crate) fn followed_by(&self, new: &Self, day: Date) -> Result<Written, KeyError> {
        let bad = |source: BadMetadata| KeyError::Root { path: new.keys.root_file.clone(), source: Box::new(source) };
        let version = self.root.signed.version.checked_add(1).unwrap_or(NonZeroU64::MAX);
        let root = metadata::renewed(&new.root.signed, version, after(day)).map_err(bad)?;
        metadata::write(&root, &[&self.root_key()?, &new.root_key()?]).map_err(bad)
    }
}

fn after(day: Date) -> Date {
    day.after(DAYS).unwrap_or(day)
}

/// The first root of new keys, made on a day.
pub(super) fn first_root(keys: &TufKeys, day: Date) -> Result<Written, KeyError> {
    let bad = |source: BadMetadata| KeyError::Root { path: keys.root_file.clone(), source: Box::new(source) };
    let root = RoleKey::load(&keys.root)?;
    let mut roots = vec![root.public()];
    if keys.root_spare.exists() {
        roots.push(RoleKey::load(&keys.root_spare)?.public());
    }
    let public = Keys {
        root: roots,
        targets: RoleKey::load(&keys.targets)?.public(),
        snapshot: RoleKey::load(&keys.snapshot)?.public(),
        timestamp: RoleKey::load(&keys.timestamp)?.public(),
    };
    let role = metadata::root(NonZeroU64::MIN, after(day), &public).map_err(bad)?;
    metadata::write(&role, &[&root]).map_err(bad)
}
