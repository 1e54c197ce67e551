//! What a node makes of repositories: good ones, and those of people who would like it to install something else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod maker;

use std::path::Path;
use std::sync::Arc;

use formats::expiry::Clock;
use formats::metadata::Signer;
use formats::repository::LONGEST_SNAPSHOT;
use formats::size::Bytes;
use maker::{Files, Ring, Server, channel, day};
use updater::error::chain;
use updater::repository::{Latest, Settings, Source, latest};

/// A node that was released on 2026-11-21, and its clock.
struct Node {
    root: Vec<u8>,
    store: tempfile::TempDir,
    clock: Clock,
}

impl Node {
    fn new(root: &[u8]) -> Self {
        let clock = Clock { seconds: day("2026-12-24").seconds(), synchronised: true };
        Self { root: root.to_owned(), store: tempfile::tempdir().unwrap(), clock }
    }

    /// What it makes of a repository, or the sentence that says why it makes nothing of it.
    fn looks(&self, files: &Files) -> Result<Latest, String> {
        self.asks(&(Server::new(files) as Arc<dyn Source>))
    }

    fn asks(&self, source: &Arc<dyn Source>) -> Result<Latest, String> {
        let before = content(self.store.path());
        let settings = Settings {
            root: &self.root,
            store: self.store.path(),
            board: "mini-pc",
            channel: "stable",
            released: day("2026-11-21"),
            clock: self.clock,
        };
        let found = latest(source, &settings).map_err(|error| chain(&error));
        let after = content(self.store.path());
        assert!(found.is_ok() || before == after, "a refusal must leave no trace");
        assert!(after.iter().all(|(name, _)| !name.starts_with('.')), "nothing half done is left");
        found
    }
}

fn content(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// A repository with one release, 2026.11.1, and a node that trusts it.
fn published() -> (Ring, Files, Node) {
    let (ring, mut files) = (Ring::new(), Files::default());
    let root = files.root(1, &ring, &[&ring.root]);
    files.publish(1, "2026.11.1", "2027-05-01", &ring);
    (ring, files, Node::new(&root))
}

#[test]
fn the_newest_release_is_found() {
    let (ring, mut files, node) = published();
    let latest = node.looks(&files).unwrap();
    assert_eq!((latest.channel.version.as_str(), latest.note.clone()), ("2026.11.1", None));
    assert_eq!(latest.ends, day("2027-05-01").seconds());
    let (path, listed) = latest.file(&latest.channel.bundle.name).unwrap();
    assert_eq!(path, format!("targets/mini-pc/{}.ilanga-mini-pc_2026.11.1.raucb", listed.sha256));
    assert_eq!(listed.length, Bytes(329_000_000));

    files.publish(2, "2026.12.0", "2027-06-01", &ring);
    assert_eq!(node.looks(&files).unwrap().channel.version.as_str(), "2026.12.0");
    // Nothing new: the same is found.
    assert_eq!(node.looks(&files).unwrap().channel.version.as_str(), "2026.12.0");
}

#[test]
fn the_same_release_has_the_same_bytes() {
    let ring = Ring::new();
    let made = || {
        let mut files = Files::default();
        files.root(1, &ring, &[&ring.spare, &ring.root]);
        files.publish(1, "2026.11.1", "2027-05-01", &ring);
        files.0
    };
    assert_eq!(made(), made());
}

#[test]
fn anothers_keys_are_refused() {
    let (_, files, _) = published();
    let (_, _, node) = published();
    let refusal = node.looks(&files).unwrap_err();
    assert!(refusal.starts_with("timestamp.json is not signed by the maker whose keys this node trusts"), "{refusal}");
}

/// Each role's key is for its role only.
#[test]
fn keys_of_other_roles_are_refused() {
    let (ring, mut files, node) = published();
    for key in [&ring.root, &ring.targets, &ring.snapshot] {
        files.publish_with(2, &channel("2026.12.0"), "2027-06-01", &ring, &[key]);
        let refusal = node.looks(&files).unwrap_err();
        assert!(refusal.starts_with("timestamp.json is not signed by the maker"), "{refusal}");
    }
    let other = Ring::new();
    let thief = Ring { targets: other.targets, ..ring };
    files.publish(2, "2026.12.0", "2027-06-01", &thief);
    let refusal = node.looks(&files).unwrap_err();
    assert!(refusal.starts_with("targets.json is not signed by the maker"), "{refusal}");
}

#[test]
fn replayed_lists_are_refused() {
    let (ring, files, node) = published();
    let mut newer = files.clone();
    newer.publish(2, "2026.12.0", "2027-06-01", &ring);
    node.looks(&newer).unwrap();
    let refusal = node.looks(&files).unwrap_err();
    let expected = "timestamp.json is older than what this node has seen before: version 1, and it knows 2";
    assert_eq!(refusal, expected);
    // A power cut tears nothing that was kept, but a thief of the disk could: only the memory is lost.
    std::fs::write(node.store.path().join("timestamp.json"), "{").unwrap();
    std::fs::write(node.store.path().join("snapshot.json"), "").unwrap();
    assert_eq!(node.looks(&newer).unwrap().channel.version.as_str(), "2026.12.0");
}

/// An old list that was signed again as a new one: its release is older, and the list says so.
#[test]
fn rolled_back_releases_are_seen() {
    let (ring, mut files, node) = published();
    files.publish(2, "2026.12.0", "2027-06-01", &ring);
    node.looks(&files).unwrap();
    files.publish(3, "2026.11.1", "2027-06-01", &ring);
    let latest = node.looks(&files).unwrap();
    let machine = formats::digest::Digest::of("machine");
    let offer = latest.channel.offer(&"2026.12.0".parse().unwrap(), &machine);
    assert_eq!(offer, formats::repository::Offer::Older);
}

#[test]
fn old_lists_and_wrong_clocks() {
    let clock = |text: &str, synchronised| Clock { seconds: day(text).seconds(), synchronised };
    let flat = Clock { seconds: 3600, synchronised: false };
    let broken = Clock { seconds: 2_147_483_648, synchronised: false };
    let hides = "The list of releases ended on 2027-05-01, and it is 2027-06-01: there may be releases that it hides.";
    let old = "The list of releases ended on 2026-10-01, and 2026-11-21 has passed";
    for (ends, clock, expected) in [
        ("2027-05-01", clock("2026-12-24", true), Ok(None)),
        ("2027-05-01", flat, Ok(Some("This node's clock is wrong"))),
        ("2027-05-01", broken, Ok(Some("The list of releases ended on 2027-05-01, if this node's clock is right"))),
        ("2027-05-01", clock("2027-06-01", true), Err(hides)),
        ("2026-10-01", clock("2026-12-24", true), Err(old)),
        ("2026-10-01", clock("2026-09-01", true), Err(old)),
        ("2026-10-01", flat, Err(old)),
        ("2026-10-01", broken, Err(old)),
    ] {
        let (ring, mut files, mut node) = published();
        files.publish(2, "2026.12.0", ends, &ring);
        node.clock = clock;
        match (node.looks(&files), expected) {
            (Ok(latest), Ok(note)) => {
                assert_eq!(latest.note.is_some(), note.is_some(), "{:?}", latest.note);
                assert!(note.is_none_or(|note| latest.note.as_ref().unwrap().starts_with(note)), "{:?}", latest.note);
            }
            (Err(refusal), Err(expected)) => assert!(refusal.starts_with(expected), "{refusal}"),
            (found, expected) => panic!("{ends}, {clock:?}: {found:?} instead of {expected:?}"),
        }
    }
}

/// One look in 2038 keeps no later look from anything.
#[test]
fn a_clock_that_was_wrong_once_locks_nothing() {
    let (ring, mut files, mut node) = published();
    let right = node.clock;
    node.clock = Clock { seconds: 2_147_483_648, synchronised: false };
    node.looks(&files).unwrap();
    node.clock = right;
    files.publish(2, "2026.12.0", "2027-06-01", &ring);
    assert_eq!(node.looks(&files).unwrap().note, None);
    node.clock = Clock { seconds: 0, synchronised: false };
    node.looks(&files).unwrap();
}

#[test]
fn files_of_different_days_are_refused() {
    let (ring, files, node) = published();
    let mut newer = files.clone();
    newer.publish(2, "2026.12.0", "2027-06-01", &ring);
    // The new timestamp, with an old snapshot or list under the new name.
    for (new, old) in [("2.snapshot.json", "1.snapshot.json"), ("2.targets.json", "1.targets.json")] {
        let mut mixed = newer.clone();
        mixed.0.insert(format!("metadata/{new}"), files.0[&format!("metadata/{old}")].clone());
        let refusal = node.looks(&mixed).unwrap_err();
        assert!(
            refusal.starts_with(&format!("metadata/{new} is not the file that the signed list names")),
            "{refusal}"
        );
    }
    let document = newer.0.keys().rfind(|path| path.contains("channels/")).unwrap().clone();
    let mut mixed = newer.clone();
    for path in newer.0.keys().filter(|path| path.contains("channels/")) {
        mixed.0.insert(path.clone(), b"{}".to_vec());
    }
    assert!(node.looks(&mixed).unwrap_err().contains("is not the file that the signed list names"), "{document}");
}

#[test]
fn long_files_are_refused() {
    let (_, files, node) = published();
    for name in ["timestamp.json", "1.snapshot.json", "1.targets.json", "2.root.json"] {
        let mut long = files.clone();
        long.0.insert(format!("metadata/{name}"), vec![b' '; 2 << 20]);
        let refusal = node.looks(&long).unwrap_err();
        assert!(refusal.starts_with(&format!("metadata/{name} has more than ")), "{refusal}");
    }
    /// Gives more than it was asked for.
    #[derive(Debug)]
    struct Flood;
    impl Source for Flood {
        fn get(&self, path: &str, _: u64) -> Result<Vec<u8>, updater::repository::GetError> {
            if path.ends_with("root.json") {
                return Err(updater::repository::GetError::Missing);
            }
            Ok(vec![b' '; 2 << 20])
        }
    }
    let refusal = node.asks(&(Arc::new(Flood) as Arc<dyn Source>)).unwrap_err();
    assert!(
        refusal.starts_with(&format!("metadata/timestamp.json has more than {LONGEST_SNAPSHOT} bytes")),
        "{refusal}"
    );
}

#[test]
fn missing_and_damaged_files_are_named() {
    let (_, files, node) = published();
    for name in ["timestamp.json", "1.snapshot.json", "1.targets.json"] {
        let path = format!("metadata/{name}");
        let mut less = files.clone();
        less.0.remove(&path);
        assert_eq!(node.looks(&less).unwrap_err(), format!("getting {path}: there is no such file"));
    }
    let mut damaged = files.clone();
    damaged.0.insert("metadata/timestamp.json".to_owned(), b"<html>".to_vec());
    assert!(node.looks(&damaged).unwrap_err().starts_with("timestamp.json can't be read: "));
    let mut less = files.clone();
    less.0.retain(|path, _| !path.contains("channels"));
    assert!(node.looks(&less).unwrap_err().ends_with("there is no such file"));
    let mut node = node;
    node.root = b"{}".to_vec();
    assert!(node.looks(&files).unwrap_err().starts_with("the keys that this release trusts can't be read"));
}

#[test]
fn documents_name_only_what_is_listed() {
    let (ring, mut files, node) = published();
    let mut lies = channel("2026.12.0");
    files.publish_with(2, &lies, "2027-06-01", &ring, &[&ring.timestamp]);
    lies.board = "raspberry-pi".to_owned();
    files.publish_with(3, &lies, "2027-06-01", &ring, &[&ring.timestamp]);
    let refusal = node.looks(&files).unwrap_err();
    assert!(refusal.contains("and mini-pc, channel stable was asked for"), "{refusal}");
    let mut listed = std::collections::BTreeMap::new();
    files.document(&channel("2026.12.0"), &mut listed);
    files.list(4, &listed, "2027-06-01", &ring, &[&ring.timestamp]);
    let refusal = node.looks(&files).unwrap_err();
    let bundle = "mini-pc/ilanga-mini-pc_2026.12.0.raucb";
    assert_eq!(refusal, format!("the channel's document names {bundle}, which the signed list does not"));
    files.list(5, &Default::default(), "2027-06-01", &ring, &[&ring.timestamp]);
    assert_eq!(node.looks(&files).unwrap_err(), "there is no channel stable for mini-pc there");
}

/// Keys change twice while a node is away: it walks from its own root to the newest, once.
#[test]
fn keys_change_twice() {
    let (first, mut files, node) = published();
    let (second, third) = (Ring::new(), Ring::new());
    files.root(2, &second, &[&first.root, &second.root]);
    // The spare key of the old root is enough.
    files.root(3, &third, &[&second.spare, &third.root]);
    files.publish(2, "2026.12.0", "2027-06-01", &third);
    let server = Server::new(&files);
    assert_eq!(node.asks(&(server.clone() as _)).unwrap().channel.version.as_str(), "2026.12.0");
    assert!(server.asked.lock().unwrap().iter().any(|path| path == "metadata/2.root.json"));

    // What was gone through is kept, but not believed without proof.
    let server = Server::new(&files);
    node.asks(&(server.clone() as _)).unwrap();
    assert!(!server.asked.lock().unwrap().iter().any(|path| path == "metadata/2.root.json"));
    std::fs::copy(node.store.path().join("3.root.json"), node.store.path().join("2.root.json")).unwrap();
    node.looks(&files).unwrap();

    // The old keys are worth nothing any more, even if a thief has all of them.
    let mut stolen = files.clone();
    stolen.0.remove("metadata/2.root.json");
    stolen.0.remove("metadata/3.root.json");
    stolen.publish(9, "2027.1.0", "2030-06-01", &first);
    let refusal = node.looks(&stolen).unwrap_err();
    assert!(refusal.starts_with("timestamp.json is not signed by the maker"), "{refusal}");
}

#[test]
fn roots_that_the_old_keys_did_not_sign_are_refused() {
    let (ring, mut files, node) = published();
    let other = Ring::new();
    for signers in [&[&other.root as &dyn Signer] as &[&dyn Signer], &[&ring.targets, &other.root], &[&ring.root]] {
        files.root(2, &other, signers);
        files.publish(2, "2026.12.0", "2027-06-01", &other);
        let refusal = node.looks(&files).unwrap_err();
        assert!(refusal.starts_with("root.json is not signed by the maker"), "{refusal}");
    }
}
