//! What is found on a stick, in the place of which a folder stands.

#![cfg(feature = "sticks")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

#[path = "maker/mod.rs"]
mod maker;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use formats::digest::Digest;
use formats::expiry::Clock;
use formats::repository::File;
use formats::size::Bytes;
use maker::{Files, Ring, channel, day};
use updater::fetch::node::Node;
use updater::stick::find::{Facts, find};

fn fixture() -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../builder/src/inspect/fixtures/bundle.raucb");
    fs::read(path).unwrap()
}

/// The fixture, release 2026.11.0, with other texts of the same length.
fn with(changes: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = fixture();
    for (from, to) in changes {
        assert_eq!(from.len(), to.len());
        for at in 0..bytes.len() - from.len() {
            if bytes[at..].starts_with(from.as_bytes()) {
                bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            }
        }
    }
    bytes
}

/// What is found on it, by a node that trusts no list.
fn found(stick: &Path) -> (Option<String>, Vec<String>) {
    found_by(stick, "beta", None)
}

/// What is found on it.
fn found_by(stick: &Path, channel: &str, root: Option<&[u8]>) -> (Option<String>, Vec<String>) {
    let store = tempfile::tempdir().unwrap();
    let node = Node {
        board: "mini-pc".to_owned(),
        version: "1".parse().unwrap(),
        released: "2026-01-01".parse().unwrap(),
        machine: Digest::of("x"),
    };
    let facts = Facts {
        node: &node,
        compatible: "ilanga-mini-pc",
        channel,
        clock: Clock { seconds: day("2026-12-24").seconds(), synchronised: true },
        root,
        store: store.path(),
    };
    let found = find(stick, &facts);
    (found.bundle.map(|(path, _)| path), found.notes)
}

#[test]
fn the_newest_bundle_for_this_node() {
    let stick = tempfile::tempdir().unwrap();
    let at = |path: &str| stick.path().join(path);
    assert_eq!(found(stick.path()), (None, vec![]));
    fs::create_dir_all(at("ilanga/more.raucb")).unwrap();
    fs::write(at("ilanga/b.raucb"), fixture()).unwrap();
    fs::write(at("ilanga/c.raucb"), with(&[("2026.11.0", "2026.10.0")])).unwrap();
    fs::write(at("ilanga/d.raucb"), with(&[("2026.11.0", "2026.12.0"), ("ilanga-mini-pc", "ilanga-rockpro")])).unwrap();
    fs::write(at("ilanga/half.raucb"), &fixture()[..9000]).unwrap();
    fs::write(at("e.raucb"), with(&[("2026.11.0", "2026.12.0")])).unwrap();
    let (bundle, notes) = found(stick.path());
    assert_eq!(bundle.as_deref(), Some("ilanga/b.raucb"));
    assert!(notes.len() == 2 && notes[0].starts_with("'half.raucb' is not taken: "), "{notes:?}");
    assert_eq!(notes[1], "'more.raucb' is not taken: it cannot be read: invalid input parameter");
    let (bundle, notes) = found_by(stick.path(), "stable", None);
    assert_eq!((bundle, notes.len()), (None, 5));
    assert!(notes[2].starts_with("ilanga/b.raucb is for 'ilanga-mini-pc' (channel "), "{notes:?}");
}

#[test]
fn links_lead_nowhere() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("x.raucb"), fixture()).unwrap();
    for folder in ["metadata", "targets"] {
        fs::create_dir(outside.path().join(folder)).unwrap();
    }
    let stick = tempfile::tempdir().unwrap();
    let at = |path: &str| stick.path().join(path);
    symlink(outside.path(), at("ilanga")).unwrap();
    assert_eq!(found(stick.path()), (None, vec![]));
    fs::remove_file(at("ilanga")).unwrap();
    fs::create_dir(at("ilanga")).unwrap();
    symlink(outside.path().join("x.raucb"), at("ilanga/x.raucb")).unwrap();
    symlink(outside.path(), at("ilanga/repository")).unwrap();
    let (bundle, notes) = found(stick.path());
    assert_eq!((bundle, notes.len()), (None, 1), "{notes:?}");
    assert!(notes[0].starts_with("'x.raucb' is not taken: "), "{notes:?}");
}

#[test]
fn a_repository_needs_a_root_of_trust() {
    let stick = tempfile::tempdir().unwrap();
    for folder in ["metadata", "targets"] {
        fs::create_dir_all(stick.path().join("ilanga/public").join(folder)).unwrap();
    }
    let said = "the repository 'ilanga/public' on the stick: this image does not say whose releases it takes";
    assert_eq!(found(stick.path()), (None, vec![said.to_owned()]));
}

#[test]
fn the_bundle_of_a_repository_that_is_signed() {
    let (ring, mut files) = (Ring::new(), Files::default());
    let trust = files.root(1, &ring, &[&ring.root]);
    let bytes = with(&[("2026.11.0", "2026.12.0")]);
    let name = "mini-pc/ilanga-mini-pc_2026.12.0.raucb".parse().unwrap();
    let bundle = File { name, length: Bytes(bytes.len() as u64), sha256: Digest::of(&bytes) };
    let path = bundle.name.path(&bundle.sha256);
    let channel = formats::repository::Channel { bundle, ..channel("2026.12.0") };
    files.publish_with(1, &channel, "2036-11-21", &ring, &[&ring.timestamp]);
    files.0.insert(path.clone(), bytes.clone());
    let stick = tempfile::tempdir().unwrap();
    let public = stick.path().join("ilanga/public");
    for (path, content) in &files.0 {
        let path = public.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    // A bundle beside it of another channel.
    fs::write(stick.path().join("ilanga/a.raucb"), fixture()).unwrap();
    assert_eq!(found_by(stick.path(), "stable", Some(&trust)), (Some(format!("ilanga/public/{path}")), vec![]));

    // Pulled out too early.
    fs::write(public.join(&path), &bytes[..9000]).unwrap();
    let (bundle, notes) = found_by(stick.path(), "stable", Some(&trust));
    assert_eq!(bundle, None);
    assert!(notes[0].contains("is not as long as the signed list says"), "{notes:?}");

    // Another maker's.
    let others = Ring::new();
    let other = Files::default().root(1, &others, &[&others.root]);
    let (bundle, notes) = found_by(stick.path(), "stable", Some(&other));
    assert_eq!((bundle, notes.len()), (None, 2), "{notes:?}");
    assert!(notes[0].starts_with("the repository 'ilanga/public' on the stick: "), "{notes:?}");
    assert!(notes[1].starts_with("ilanga/a.raucb is for 'ilanga-mini-pc' (channel beta)"), "{notes:?}");
}
