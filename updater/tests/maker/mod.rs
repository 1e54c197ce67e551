//! A maker's repository in memory, signed with keys made for the test, and a source that gives its files.

#![allow(dead_code, clippy::unwrap_used, reason = "a test, and not every one asks for everything")]

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use formats::date::Date;
use formats::digest::Digest;
use formats::metadata::{self, Keys, Listed, PublicKey, Signer, Written};
use formats::pieces::{Content, Cutting, Index};
use formats::repository::{Channel, File, METADATA, TargetName, channel_name};
use formats::size::Bytes;
use updater::repository::{GetError, Source};

/// A private key.
pub(crate) struct Key(Ed25519KeyPair);

impl Key {
    pub(crate) fn new() -> Self {
        Self(Ed25519KeyPair::generate().unwrap())
    }
}

impl Signer for Key {
    fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().unwrap())
    }

    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).as_ref().try_into().unwrap()
    }
}

/// The keys of all roles.
pub(crate) struct Ring {
    pub(crate) root: Key,
    pub(crate) spare: Key,
    pub(crate) targets: Key,
    pub(crate) snapshot: Key,
    pub(crate) timestamp: Key,
}

impl Ring {
    pub(crate) fn new() -> Self {
        Self { root: Key::new(), spare: Key::new(), targets: Key::new(), snapshot: Key::new(), timestamp: Key::new() }
    }

    pub(crate) fn public(&self) -> Keys {
        Keys {
            root: vec![self.root.public(), self.spare.public()],
            targets: self.targets.public(),
            snapshot: self.snapshot.public(),
            timestamp: self.timestamp.public(),
        }
    }
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn number(version: u64) -> NonZeroU64 {
    NonZeroU64::new(version).unwrap()
}

/// A repository's files by their paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(pub(crate) BTreeMap<String, Vec<u8>>);

impl Files {
    /// Adds `N.root.json`, signed by some.
    pub(crate) fn root(&mut self, version: u64, ring: &Ring, signers: &[&dyn Signer]) -> Vec<u8> {
        let root = metadata::root(number(version), day("2036-11-21"), &ring.public()).unwrap();
        let written = metadata::write(&root, signers).unwrap();
        self.add(&written);
        written.bytes
    }

    fn add(&mut self, written: &Written) {
        self.0.insert(format!("{METADATA}/{}", written.name), written.bytes.clone());
    }

    /// Publishes a release as the version `list` of all lists, which end on a day.
    pub(crate) fn publish(&mut self, list: u64, release: &str, ends: &str, ring: &Ring) {
        self.publish_with(list, &channel(release), ends, ring, &[&ring.timestamp]);
    }

    /// The same with any document, and any keys for the timestamp.
    pub(crate) fn publish_with(&mut self, list: u64, channel: &Channel, ends: &str, ring: &Ring, last: &[&dyn Signer]) {
        let mut listed = BTreeMap::new();
        for file in channel.files() {
            let release = Some(channel.version.clone());
            listed.insert(file.name.clone(), Listed { length: file.length, sha256: file.sha256, release });
        }
        self.document(channel, &mut listed);
        self.list(list, &listed, ends, ring, last);
    }

    /// Adds a channel's document to a list.
    pub(crate) fn document(&mut self, channel: &Channel, listed: &mut BTreeMap<TargetName, Listed>) {
        let text = channel.text();
        let name = channel_name("mini-pc", "stable").unwrap();
        let digest = Digest::of(&text);
        let length = Bytes(text.len() as u64);
        listed.insert(name.clone(), Listed { length, sha256: digest, release: None });
        self.0.insert(name.path(&digest), text.into_bytes());
    }

    /// Publishes a list of files.
    pub(crate) fn list(
        &mut self,
        list: u64,
        listed: &BTreeMap<TargetName, Listed>,
        ends: &str,
        ring: &Ring,
        last: &[&dyn Signer],
    ) {
        let targets = metadata::targets(number(list), day("2036-11-21"), listed).unwrap();
        let targets = metadata::write(&targets, &[&ring.targets]).unwrap();
        let snapshot = metadata::snapshot(number(list), day(ends), &targets).unwrap();
        let snapshot = metadata::write(&snapshot, &[&ring.snapshot]).unwrap();
        let timestamp = metadata::timestamp(number(list), day(ends), day("2026-11-21"), &snapshot).unwrap();
        for written in [targets, snapshot, metadata::write(&timestamp, last).unwrap()] {
            self.add(&written);
        }
    }
}

/// A channel's document for a release.
pub(crate) fn channel(release: &str) -> Channel {
    let name: TargetName = format!("mini-pc/ilanga-mini-pc_{release}.raucb").parse().unwrap();
    Channel {
        format: 1,
        board: "mini-pc".to_owned(),
        channel: "stable".to_owned(),
        version: release.parse().unwrap(),
        date: day("2026-11-21"),
        needs: None,
        headline: "Wi-Fi works again.".parse().unwrap(),
        rollout: 100.try_into().unwrap(),
        bundle: File { name, length: Bytes(329_000_000), sha256: Digest::of(release) },
        index: None,
        pack: None,
        hints: None,
        patches: None,
        deltas: Vec::new(),
    }
}

/// A repository with a release whose bundle has so many bytes: its files, its root of trust, the bundle, the keys.
pub(crate) fn release(in_pieces: bool, bytes: u32) -> (Files, Vec<u8>, Vec<u8>, Ring) {
    release_with(in_pieces, bytes, |_, _| ())
}

/// A file of the repository.
pub(crate) fn file(name: &str, bytes: &[u8]) -> File {
    File { name: name.parse().unwrap(), length: Bytes(bytes.len() as u64), sha256: Digest::of(bytes) }
}

/// The same, with a change to what is published.
pub(crate) fn release_with(
    in_pieces: bool,
    bytes: u32,
    change: impl FnOnce(&mut Channel, &mut Files),
) -> (Files, Vec<u8>, Vec<u8>, Ring) {
    let bundle: Vec<u8> = (0..bytes / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let ring = Ring::new();
    let mut files = Files::default();
    let trust = files.root(1, &ring, &[&ring.root]);
    let named = file("mini-pc/ilanga-mini-pc_2026.12.0.raucb", &bundle);
    files.0.insert(named.name.path(&named.sha256), bundle.clone());
    let mut channel = Channel { bundle: named, ..channel("2026.12.0") };
    if in_pieces {
        let (mut pack, mut contents) = (Vec::new(), Vec::new());
        for piece in bundle.chunks(70_000) {
            let packed = zstd::bulk::compress(piece, 1).unwrap();
            let packed = if packed.len() < piece.len() { &packed } else { piece };
            let (length, packed_length) = (piece.len() as u64, packed.len() as u64);
            contents.push(Content { digest: Digest::of(piece), length, packed: packed_length });
            pack.extend_from_slice(packed);
        }
        let cutting = Cutting { shortest: 1024, average: 70_000, longest: 70_000 };
        let whole = (bundle.len() as u64, Digest::of(&bundle));
        let index = Index::new(whole, cutting, 0, &contents, &[]).unwrap().encode();
        for (name, bytes) in [("chunks", &index), ("pack", &pack)] {
            let named = file(&format!("mini-pc/ilanga-mini-pc_2026.12.0.{name}"), bytes);
            files.0.insert(named.name.path(&named.sha256), bytes.clone());
            if name == "chunks" { channel.index = Some(named) } else { channel.pack = Some(named) }
        }
    }
    change(&mut channel, &mut files);
    files.publish_with(2, &channel, "2036-11-21", &ring, &[&ring.timestamp]);
    (files, trust, bundle, ring)
}

/// Gives files, and notes which were asked for.
#[derive(Debug)]
pub(crate) struct Server {
    files: Files,
    pub(crate) asked: Mutex<Vec<String>>,
}

impl Server {
    pub(crate) fn new(files: &Files) -> Arc<Self> {
        Arc::new(Self { files: files.clone(), asked: Mutex::default() })
    }
}

impl Source for Server {
    fn get(&self, path: &str, most: u64) -> Result<Vec<u8>, GetError> {
        self.asked.lock().unwrap().push(path.to_owned());
        match self.files.0.get(path) {
            Some(bytes) if bytes.len() as u64 > most => Err(GetError::Long(most)),
            Some(bytes) => Ok(bytes.clone()),
            None => Err(GetError::Missing),
        }
    }
}
