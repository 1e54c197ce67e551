//! Ids, salts and serial numbers of a release: nothing in an image is random, so that two builds are the same file.
//!
//! Each is the beginning of `sha256("ilanga id 1" ‖ 0 ‖ board ‖ 0 ‖ version ‖ 0 ‖ seed ‖ 0 ‖ label)`, in UUIDs with
//! the version and variant of RFC 9562's version 8. `seed` is mkosi's `Seed=`, or nothing. Another release has other
//! ids; partitions that live longer than a release (state, data, slot b) get theirs on the node.

use formats::digest::Digest;
use formats::version::Version;
use serde::Serialize;
use uuid::Uuid;

/// What would be random elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Ids {
    /// The disk's, in the GPT.
    pub(crate) disk: Uuid,
    /// The ESP's, in the GPT.
    pub(crate) esp: Uuid,
    /// Slot a's, in the GPT.
    pub(crate) root_a: Uuid,
    /// The root file system's, in its superblock.
    pub(crate) erofs: Uuid,
    /// The dm-verity tree's, in its superblock.
    pub(crate) verity: Uuid,
    /// What the dm-verity tree's digests start from.
    pub(crate) verity_salt: Digest,
    /// The ESP's serial number, in its boot sector.
    pub(crate) fat_volume: u32,
    /// The SBOM's, in its namespace.
    pub(crate) sbom: Uuid,
    /// What the digests of an update bundle's dm-verity tree start from.
    pub(crate) bundle_salt: Digest,
}

impl Ids {
    /// The ids of a release.
    pub(crate) fn new(board: &str, version: &Version, seed: Option<Uuid>) -> Self {
        let seed = seed.map(|seed| seed.to_string()).unwrap_or_default();
        let derive = |label: &str| {
            let text = ["ilanga id 1", board, version.as_str(), &seed, label].join("\0");
            Digest::of(text)
        };
        let uuid = |label: &str| {
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&derive(label).as_bytes()[..16]);
            uuid::Builder::from_custom_bytes(bytes).into_uuid()
        };
        let volume = derive("fat volume");
        let mut number = [0; 4];
        number.copy_from_slice(&volume.as_bytes()[..4]);
        Self {
            disk: uuid("disk"),
            esp: uuid("esp"),
            root_a: uuid("root a"),
            erofs: uuid("erofs"),
            verity: uuid("verity"),
            verity_salt: derive("verity salt"),
            fat_volume: u32::from_le_bytes(number),
            sbom: uuid("sbom"),
            bundle_salt: derive("bundle salt"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derive_from_board_version_and_seed_alone() {
        let version: Version = "2026.11.0".parse().unwrap();
        let ids = Ids::new("mini-pc", &version, None);
        assert_eq!(ids, Ids::new("mini-pc", &version, None));
        let others = [
            Ids::new("mini-pd", &version, None),
            Ids::new("mini-pc", &"2026.11.1".parse().unwrap(), None),
            Ids::new("mini-pc", &version, Some(Uuid::nil())),
        ];
        for other in others {
            assert_ne!(ids.disk, other.disk);
            assert_ne!(ids.verity_salt, other.verity_salt);
            assert_ne!(ids.bundle_salt, other.bundle_salt);
            assert_ne!(ids.fat_volume, other.fat_volume);
        }
        let all = [ids.disk, ids.esp, ids.root_a, ids.erofs, ids.verity, ids.sbom];
        for (at, id) in all.iter().enumerate() {
            assert_eq!(id.get_version_num(), 8);
            assert!(!all[..at].contains(id));
        }
    }
}
