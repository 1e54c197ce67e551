//! What is decided, case by case; and in every state that can be reached.

mod search;
mod world;

use super::*;

const OLD: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\n";
const NEW: &str = "version = 1\nmachine-id = \"0f6c2d1a5b8e4c7f9a3b2c1d0e9f8a7b\"\nhost-name = \"clinic-2\"\n";

fn by(release: u8) -> Option<Digest> {
    Some(Digest::of([release]))
}

fn fresh() -> Files {
    Files::from([(settings::FILE.to_owned(), b"version = 1\n".to_vec())])
}

/// A partition with these files.
fn seen(files: &[(&str, &str)]) -> Seen<'static> {
    look(OURS, by(1), |name| match files.iter().find(|(path, _)| *path == name) {
        Some((_, "link")) => Found::Other,
        Some((_, "fault")) => Found::Unreadable,
        Some((_, text)) => Found::File(text.as_bytes().to_vec()),
        None if files.iter().any(|(path, _)| path.starts_with(&format!("{name}/"))) => Found::Other,
        None => Found::Absent,
    })
}

/// What is used, and the steps.
fn plan(files: &[(&str, &str)]) -> (String, Vec<String>) {
    let plan = decide(&seen(files), &fresh());
    let uses = String::from_utf8(plan.uses[settings::FILE].clone()).unwrap();
    let mut steps: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
    if !plan.kept {
        steps.push("not kept".to_owned());
    }
    (uses, steps)
}

fn origin(by: Option<Digest>) -> String {
    let digest = seen(&[("settings.toml", OLD)]).digest(FIRST);
    Origin { from: Some(FIRST), digest, by }.to_text()
}

const MAKE: &str = "version 2 of the state is made from version 1";
const PUBLISH: &str = ".v2.new becomes v2";
const ASIDE: &str = "v2 becomes v2.aside";

#[test]
fn what_is_used_and_done() {
    let (mine, others, good) = (origin(by(1)), origin(by(2)), origin(None));
    let marker =
        |version, old: &str| Marker { version, first: seen(&[("settings.toml", old)]).digest(FIRST) }.to_text();
    let (first, second, third, changed) = (marker(1, OLD), marker(2, OLD), marker(3, OLD), marker(2, NEW));
    let flat = ("settings.toml", OLD);
    let v2 = ("v2/settings.toml", NEW);
    let all = [MAKE, ASIDE, PUBLISH];
    let begun = "version = 1\n";
    for (what, files, uses, steps) in [
        ("a node begins", vec![], begun, &["the node's machine id is made", MAKE, PUBLISH][..]),
        ("from an older release", vec![flat], OLD, &[MAKE, PUBLISH]),
        ("the trial goes on", vec![flat, v2, ("v2/origin", &mine)], NEW, &[]),
        ("another release has made it", vec![flat, v2, ("v2/origin", &others)], OLD, &all),
        ("a good one has used it", vec![flat, v2, ("v2/origin", &good)], NEW, &[]),
        ("nobody knows from what", vec![flat, v2], OLD, &all),
        ("the old one has changed", vec![("settings.toml", NEW), v2, ("v2/origin", &mine)], NEW, &all),
        ("judged good", vec![flat, v2, ("good", &second)], NEW, &[]),
        ("the old one is good again", vec![flat, v2, ("good", &first), ("v2/origin", &others)], OLD, &all),
        ("the old one ran and was changed", vec![flat, v2, ("good", &changed)], OLD, &all),
        ("the old one is damaged", vec![("settings.toml", "x"), v2, ("v2/origin", &mine)], NEW, &[]),
        ("the old one is a link", vec![("settings.toml", "link"), v2, ("v2/origin", &mine)], NEW, &[]),
        ("a newer release was there", vec![flat, v2, ("good", &third), ("v3/settings.toml", "?")], NEW, &[]),
        ("and this one never was", vec![flat, ("good", &third)], OLD, &[MAKE, PUBLISH]),
        ("its own is damaged", vec![flat, ("v2/settings.toml", "x"), ("good", &second)], OLD, &all),
        ("its own is a link", vec![flat, ("v2", "link"), ("good", &second)], OLD, &all),
        (
            "half-made",
            vec![flat, v2, ("good", &second), (".v2.new/x", "")],
            NEW,
            &[".v2.new, which is half-made, goes"],
        ),
        ("no answer", vec![("settings.toml", "fault"), ("v2/settings.toml", "x")], begun, &["not kept"]),
        ("no answer of its own", vec![flat, ("v2/settings.toml", "fault")], OLD, &["not kept"]),
        ("no answer of the old one", vec![("settings.toml", "fault"), v2, ("v2/origin", &mine)], NEW, &[]),
        ("all damaged", vec![("settings.toml", "x")], begun, &["version 2 of the state is made", PUBLISH]),
        ("the marker is damaged", vec![flat, v2, ("v2/origin", &good), ("good", "version = 0\n")], NEW, &[]),
        ("the marker is a link", vec![flat, v2, ("v2/origin", &mine), ("good", "link")], NEW, &[]),
    ] {
        assert_eq!(plan(&files), (uses.to_owned(), steps.iter().map(ToString::to_string).collect()), "{what}");
    }
}

#[test]
fn what_counts_as_good() {
    let (flat, v2, mine) = (("settings.toml", OLD), ("v2/settings.toml", NEW), origin(by(1)));
    let settled = Marker { version: 2, first: seen(&[flat]).digest(FIRST) };
    let files = [flat, v2, ("v2/origin", mine.as_str())];
    let good = Origin::parse(origin(None).as_bytes()).unwrap();
    assert_eq!(settle(&seen(&files)), Ok(vec![Settlement::Marker(settled), Settlement::Origin(good)]));
    let (good, marker) = (origin(None), settled.to_text());
    assert_eq!(settle(&seen(&[flat, v2, ("v2/origin", &good), ("good", &marker)])), Ok(vec![]));
    // A node that never had version 1.
    let (none, without) = (Marker { first: None, ..settled }, Marker { first: None, ..settled }.to_text());
    assert_eq!(settle(&seen(&[v2])), Ok(vec![Settlement::Marker(none)]));
    assert_eq!(settle(&seen(&[v2, ("good", &without)])), Ok(vec![]));
    for files in [vec![], vec![flat], vec![flat, v2], vec![("settings.toml", "fault"), v2]] {
        assert_eq!(settle(&seen(&files)), Err(NotSettled::NotKept(2)), "{files:?}");
    }
}

#[test]
fn texts_and_back() {
    for marker in [Marker { version: 2, first: by(1) }, Marker { version: 7, first: None }] {
        assert_eq!(Marker::parse(marker.to_text().as_bytes()), Some(marker));
    }
    // A later release may say more.
    assert!(Marker::parse(b"version = 2\nmore = 1\n").is_some());
    for text in ["", "version = 0", "version = -1", "version = 2\nfirst = \"x\"", "\0", "version = 99999999999"] {
        assert_eq!(Marker::parse(text.as_bytes()), None, "{text}");
    }
    for origin in [Origin { from: Some(1), digest: by(1), by: by(2) }, Origin { from: None, digest: None, by: None }] {
        assert_eq!(Origin::parse(origin.to_text().as_bytes()), Some(origin));
    }
}
