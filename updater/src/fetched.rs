//! What the part that fetches has left for the updater: bundles, and a word about what it does. Neither is believed: a bundle
//! is judged as any other, and what is said is shown to people as somebody else's words.

use std::fs;
use std::io;
use std::path::Path;

use formats::version::Version;
use serde::{Deserialize, Serialize};

use crate::beneath;
use crate::bundle_file::{BundleFile, NotABundle};
use crate::error::chain;
use crate::fetch::status::{Doing, Status};
use crate::records;
use crate::sentence::Sentence;

/// More bundles than a folder has, and than are looked into on a stick.
pub const MOST_FILES: usize = 64;

/// More bytes than a status has.
const LONGEST_STATUS: usize = 64 << 10;

/// The most notes that are passed on.
const MOST_NOTES: usize = 20;

/// What is known about downloads, each text made harmless.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fetched {
    /// The format's version.
    pub format: u32,
    /// What is being done.
    pub doing: Doing,
    /// The release that it is about.
    pub version: Option<Version>,
    /// What that release changes, in a line.
    pub headline: Option<Sentence>,
    /// What each way to it costs.
    pub cost: Option<Sentence>,
    /// What the cheapest way costs, in bytes.
    pub cheapest: Option<u64>,
    /// Bytes that are here, of those that are needed.
    pub done: u64,
    /// Bytes that are needed.
    pub of: u64,
    /// Why it waits.
    pub waits: Vec<Sentence>,
    /// The bundle, once it is whole.
    pub bundle: Option<Sentence>,
    /// What a person should know besides.
    pub notes: Vec<Sentence>,
}

impl From<Status> for Fetched {
    fn from(status: Status) -> Self {
        let line = |text: Option<String>| text.map(|text| Sentence::new(&text));
        let lines = |texts: Vec<String>| texts.iter().take(MOST_NOTES).map(|text| Sentence::new(text)).collect();
        Self {
            format: 1,
            doing: status.doing,
            version: status.version.and_then(|version| version.parse().ok()),
            headline: line(status.headline),
            cost: line(status.cost),
            cheapest: status.cheapest,
            done: status.done,
            of: status.of,
            waits: lines(status.waits),
            bundle: line(status.bundle),
            notes: lines(status.notes),
        }
    }
}

/// What is said about downloads, if anything.
pub fn said(path: &Path) -> Option<Fetched> {
    let bytes = records::read(path, LONGEST_STATUS).ok()?;
    Status::parse(str::from_utf8(&bytes).ok()?).map(Fetched::from)
}

/// What a folder has that is called a bundle.
#[derive(Debug, Default)]
pub struct Bundles {
    /// The bundles, each opened once, with their names.
    pub good: Vec<(String, BundleFile)>,
    /// Why others are none, or can't be read.
    pub others: Vec<String>,
}

/// Opens the bundles of a folder; links are not followed.
pub fn bundles(folder: &Path) -> io::Result<Bundles> {
    let mut names: Vec<String> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".raucb") && !name.starts_with('.'))
        .take(MOST_FILES)
        .collect();
    names.sort();
    let mut bundles = Bundles::default();
    for name in names {
        match beneath::open(folder, &name).map_err(NotABundle::from).and_then(BundleFile::new) {
            Ok(bundle) => bundles.good.push((name, bundle)),
            Err(error) => bundles.others.push(format!("'{name}' is not taken: {}", chain(&error))),
        }
    }
    Ok(bundles)
}

/// The newest of them.
pub fn newest(bundles: Vec<(String, BundleFile)>) -> Option<(String, BundleFile)> {
    bundles.into_iter().max_by(|(_, one), (_, other)| one.bundle.manifest.version.cmp(&other.bundle.manifest.version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn words_are_made_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("status.json");
        assert_eq!(said(&path), None);
        let status = Status {
            doing: Doing::Fetching,
            version: Some("../../x".to_owned()),
            cost: Some("31 MB\x1b[2J\nRelease 9 runs".to_owned()),
            notes: vec!["a note".to_owned(); 100],
            ..Status::default()
        };
        fs::write(&path, serde_json::to_string(&status).unwrap()).unwrap();
        let fetched = said(&path).unwrap();
        assert_eq!((fetched.version, fetched.notes.len()), (None, MOST_NOTES));
        assert_eq!(fetched.cost.unwrap().as_str(), "31 MB [2J Release 9 runs");
        fs::write(&path, "x".repeat(LONGEST_STATUS + 1)).unwrap();
        assert_eq!(said(&path), None);
    }

    #[test]
    fn only_bundles_and_no_links() {
        let folder = tempfile::tempdir().unwrap();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../builder/src/inspect/fixtures/bundle.raucb");
        let bytes = fs::read(&fixture).unwrap();
        let mut changed = bytes.clone();
        for at in 0..bytes.len() - 9 {
            if bytes[at..].starts_with(b"2026.11.0") {
                changed[at..at + 9].copy_from_slice(b"2026.10.0");
            }
        }
        fs::write(folder.path().join("a.raucb"), &bytes).unwrap();
        fs::write(folder.path().join("z.raucb"), &changed).unwrap();
        fs::write(folder.path().join("half.raucb"), &bytes[..9000]).unwrap();
        fs::write(folder.path().join("x.txt"), &bytes).unwrap();
        fs::create_dir(folder.path().join("folder.raucb")).unwrap();
        symlink(&fixture, folder.path().join("link.raucb")).unwrap();
        let found = bundles(folder.path()).unwrap();
        let names: Vec<&str> = found.good.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a.raucb", "z.raucb"]);
        let others: Vec<&str> = found.others.iter().filter_map(|said| said.split('\'').nth(1)).collect();
        assert_eq!(others, ["folder.raucb", "half.raucb", "link.raucb"]);
        assert_eq!(newest(found.good).unwrap().0, "a.raucb");
    }
}
