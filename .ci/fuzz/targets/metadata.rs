//! The signed lists of a repository: what is read and written again is the same, and nothing holds that nobody has signed.
#![no_main]

use std::num::NonZeroU64;

use formats::date::Date;
use formats::metadata::schema::{Role, Root, Signed, Snapshot, Targets, Timestamp};
use formats::metadata::{self, Keys, Listed, PublicKey, Signer};
use ilanga_fuzz::{byte, seeds};
use serde::de::DeserializeOwned;

const LONGEST: u64 = 1 << 20;

/// Signs with a signature that is none.
struct Nobody;

impl Signer for Nobody {
    fn public(&self) -> PublicKey {
        PublicKey([7; 32])
    }

    fn sign(&self, _: &[u8]) -> [u8; 64] {
        [9; 64]
    }
}

fn start() {
    let key = PublicKey([7; 32]);
    let keys = Keys { root: vec![key, PublicKey([8; 32])], targets: key, snapshot: key, timestamp: key };
    let date: Date = "2026-11-21".parse().expect("a date");
    let listed = Listed { length: formats::size::Bytes(5), sha256: formats::digest::Digest::of("x"), release: None };
    let files = [("mini-pc/stable.json".parse().expect("a name"), listed)].into_iter().collect();
    let version = NonZeroU64::MIN;
    let root = metadata::root(version, date, &keys).expect("a root");
    let targets = metadata::targets(version, date, &files).expect("targets");
    let targets = metadata::write(&targets, &[&Nobody]).expect("signed targets");
    let snapshot = metadata::snapshot(version, date, &targets).expect("a snapshot");
    let snapshot = metadata::write(&snapshot, &[&Nobody]).expect("a signed snapshot");
    let timestamp = metadata::timestamp(version, date, date, &snapshot).expect("a timestamp");
    let timestamp = metadata::write(&timestamp, &[&Nobody]).expect("a signed timestamp");
    let root = metadata::write(&root, &[&Nobody]).expect("a signed root");
    let all = [(0, root), (1, targets), (2, snapshot), (3, timestamp)];
    seeds(all.map(|(which, file)| [&[which][..], &file.bytes].concat()));
}

/// Reads a role; written again it is read as the same.
fn read<T: Role + DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> Option<Signed<T>> {
    let role = metadata::read::<T>(bytes, LONGEST).ok()?;
    let again = serde_json::to_vec(&role).expect("it has its place in JSON");
    assert_eq!(metadata::read::<T>(&again, LONGEST).expect("it is read again"), role);
    let _ = metadata::ends(&role.signed);
    Some(role)
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    match byte(&mut rest) & 3 {
        0 => {
            let Some(root) = read::<Root>(rest) else { return };
            // No fuzzer makes signatures, so nothing may hold but what asks for none.
            if metadata::verify(&root.signed, &root).is_ok() {
                assert!(!root.signatures.is_empty());
            }
            let _ = metadata::follow(&root, root.clone());
        }
        1 => {
            let Some(targets) = read::<Targets>(rest) else { return };
            targets.signed.targets.values().for_each(|target| drop(Listed::of(target)));
        }
        2 => drop(read::<Snapshot>(rest)),
        _ => drop(read::<Timestamp>(rest).map(|timestamp| metadata::signed_on(&timestamp.signed))),
    }
});
