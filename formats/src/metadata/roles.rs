//! The four roles, made from what they are to say.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU64;

use serde_json::Value;
use tough::schema::{RoleKeys, RoleType, Root, Snapshot, Target, Targets, Timestamp};

use super::{BadMetadata, PublicKey, SIGNED_ON, SPECIFICATION, Written, hashes, named};
use crate::date::Date;
use crate::digest::Digest;
use crate::repository::TargetName;
use crate::size::Bytes;
use crate::version::Version;

/// The release that a file belongs to, beside what TUF says of a file.
const RELEASE: &str = "release";

/// Which keys the roles have. One signature is enough for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The root's, spare ones among them.
    pub root: Vec<PublicKey>,
    /// That of the list of files.
    pub targets: PublicKey,
    /// That of what belongs together.
    pub snapshot: PublicKey,
    /// That of what is the newest.
    pub timestamp: PublicKey,
}

/// A file that `targets.json` lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its length.
    pub length: Bytes,
    /// Its digest.
    pub sha256: Digest,
    /// The release that it belongs to; none for a channel's document.
    pub release: Option<Version>,
}

impl Listed {
    /// What `targets.json` says of a file.
    pub fn of(target: &Target) -> Option<Self> {
        let sha256: [u8; 32] = target.hashes.sha256.as_ref().try_into().ok()?;
        let release = match target.custom.get(RELEASE) {
            Some(release) => Some(release.as_str()?.parse().ok()?),
            None => None,
        };
        Some(Self { length: Bytes(target.length), sha256: Digest::new(sha256), release })
    }
}

/// `N.root.json`.
pub fn root(version: NonZeroU64, expires: Date, keys: &Keys) -> Result<Root, BadMetadata> {
    let (mut all, mut roles) = (HashMap::new(), HashMap::new());
    for (role, own) in [
        (RoleType::Root, keys.root.as_slice()),
        (RoleType::Targets, &[keys.targets]),
        (RoleType::Snapshot, &[keys.snapshot]),
        (RoleType::Timestamp, &[keys.timestamp]),
    ] {
        let mut keyids = Vec::new();
        for key in own {
            let id = key.id()?;
            all.insert(id.as_bytes().to_vec().into(), key.key());
            keyids.push(id);
        }
        keyids.sort_unstable();
        keyids.dedup();
        let keyids = keyids.into_iter().map(|id| id.as_bytes().to_vec().into()).collect();
        roles.insert(role, RoleKeys { keyids, threshold: NonZeroU64::MIN, _extra: HashMap::new() });
    }
    Ok(Root {
        spec_version: SPECIFICATION.to_owned(),
        consistent_snapshot: true,
        version,
        expires: time(expires)?,
        keys: all,
        roles,
        _extra: HashMap::new(),
    })
}

/// A root with the same keys, of another version and until another day.
pub fn renewed(root: &Root, version: NonZeroU64, expires: Date) -> Result<Root, BadMetadata> {
    Ok(Root { version, expires: time(expires)?, ..root.clone() })
}

/// `N.targets.json`.
pub fn targets(
    version: NonZeroU64,
    expires: Date,
    files: &BTreeMap<TargetName, Listed>,
) -> Result<Targets, BadMetadata> {
    let mut listed = HashMap::new();
    for (name, file) in files {
        let custom = file.release.iter().map(|release| (RELEASE.to_owned(), Value::from(release.as_str()))).collect();
        let target = Target { length: file.length.0, hashes: hashes(&file.sha256), custom, _extra: HashMap::new() };
        let written = tough::TargetName::new(name.as_str()).map_err(|_| BadMetadata::Name(name.clone()))?;
        listed.insert(written, target);
    }
    Ok(Targets {
        spec_version: SPECIFICATION.to_owned(),
        version,
        expires: time(expires)?,
        targets: listed,
        delegations: None,
        _extra: HashMap::new(),
    })
}

/// `N.snapshot.json`.
pub fn snapshot(version: NonZeroU64, expires: Date, targets: &Written) -> Result<Snapshot, BadMetadata> {
    let mut snapshot = Snapshot::new(SPECIFICATION.to_owned(), version, time(expires)?);
    snapshot.meta.insert("targets.json".to_owned(), named(targets));
    Ok(snapshot)
}

/// `timestamp.json`, signed on a day.
pub fn timestamp(
    version: NonZeroU64,
    expires: Date,
    signed_on: Date,
    snapshot: &Written,
) -> Result<Timestamp, BadMetadata> {
    let mut timestamp = Timestamp::new(SPECIFICATION.to_owned(), version, time(expires)?);
    timestamp.meta.insert("snapshot.json".to_owned(), named(snapshot));
    timestamp._extra.insert(SIGNED_ON.to_owned(), Value::from(signed_on.to_string()));
    Ok(timestamp)
}

fn time(day: Date) -> Result<jiff::Timestamp, BadMetadata> {
    let seconds = i64::try_from(day.seconds()).map_err(|_| BadMetadata::Day(day))?;
    jiff::Timestamp::from_second(seconds).map_err(|_| BadMetadata::Day(day))
}
