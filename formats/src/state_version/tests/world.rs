//! A node as the search sees it: what is on its state partition, write by write, and what must hold.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::state_version::{
    FIRST, Files, Found, Generation, MARKER, ORIGIN, Origin, Seen, Settlement, Step, aside, folder, half, look, path,
    settle,
};

/// The one file that all versions have: the machine id, and the set of changes that people made.
pub(super) const FILE: &str = "s";

/// The third version has one file more.
pub(super) const GENERATIONS: [Generation; 3] = [
    Generation { files: &[FILE], whole: has_two_bytes, forward: Files::clone },
    Generation { files: &[FILE], whole: has_two_bytes, forward: Files::clone },
    Generation { files: &[FILE, "t"], whole: has_both, forward: with_another },
];

fn has_two_bytes(files: &Files) -> bool {
    files.get(FILE).is_some_and(|bytes| bytes.len() == 2)
}

fn has_both(files: &Files) -> bool {
    has_two_bytes(files) && files.get("t").is_some_and(|bytes| bytes == b"new")
}

fn with_another(files: &Files) -> Files {
    let mut files = files.clone();
    files.insert("t".to_owned(), b"new".to_vec());
    files
}

/// The version of the state that each release has.
pub(super) const RELEASES: [u32; 4] = [1, 2, 3, 3];

/// Machine id and changes.
pub(super) type Content = [u8; 2];

/// The files of a partition, by path; a folder has an entry that ends with a slash.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Disk(pub(super) BTreeMap<String, Vec<u8>>);

impl Disk {
    /// The same, but that of what is half-made no more is kept than that it is there, and no whole file.
    pub(super) fn settle_halves(mut self) -> Self {
        self.0.retain(|path, _| !path.starts_with('.') || path.ends_with('/'));
        for path in self.0.keys().filter(|path| path.starts_with('.')).cloned().collect::<Vec<_>>() {
            self.0.insert(path + FILE, b"x".to_vec());
        }
        self
    }

    fn read(&self, name: &str) -> Found {
        match self.0.get(name) {
            Some(bytes) => Found::File(bytes.clone()),
            None if self.0.contains_key(&format!("{name}/")) => Found::Other,
            None => Found::Absent,
        }
    }

    pub(super) fn look(&self, release: usize) -> Seen<'static> {
        let generations = &GENERATIONS[..RELEASES[release] as usize];
        look(generations, Some(Digest::of([release as u8])), |name| self.read(name))
    }

    pub(super) fn content(&self, version: u32) -> Option<Content> {
        self.0.get(&path(version, FILE)).and_then(|bytes| bytes.as_slice().try_into().ok())
    }

    /// Whether a good release used what is in a version's place.
    pub(super) fn was_good(&self, version: u32) -> bool {
        self.0.get(&path(version, ORIGIN)).is_some_and(|text| Origin::parse(text).unwrap().by.is_none())
    }

    pub(super) fn put(&mut self, version: u32, content: Content) {
        self.0.insert(path(version, FILE), content.to_vec());
    }

    fn remove(&mut self, folder: &str) {
        self.0.retain(|path, _| !path.starts_with(&format!("{folder}/")));
    }

    fn rename(&mut self, from: &str, to: &str) {
        let from = format!("{from}/");
        let moved: Vec<String> = self.0.keys().filter(|path| path.starts_with(&from)).cloned().collect();
        assert!(!moved.is_empty() && !self.0.contains_key(&format!("{to}/")), "{from} to {to}: {self:?}");
        for path in moved {
            let bytes = self.0.remove(&path).unwrap();
            self.0.insert(format!("{to}/{}", &path[from.len()..]), bytes);
        }
    }

    /// Does the steps. `cuts` gets what a power cut would leave between any two writes. Whether all were done: a full disk
    /// takes no write.
    pub(super) fn carry_out(&mut self, steps: &[Step], full: bool, cuts: &mut Vec<Self>) -> bool {
        for step in steps {
            match step {
                Step::Clear(version) => {
                    let folder = format!("{}/", half(*version));
                    while let Some(path) = self.0.keys().rev().find(|path| path.starts_with(&folder)).cloned() {
                        cuts.push(self.clone());
                        self.0.remove(&path);
                    }
                }
                Step::Begin(_) | Step::Make { .. } if full => return false,
                Step::Begin(files) => {
                    for (name, bytes) in files {
                        cuts.push(self.clone());
                        self.0.insert(path(FIRST, name), bytes.clone());
                    }
                }
                Step::Make { version, files, origin } => {
                    let folder = half(*version);
                    assert!(!self.0.contains_key(&format!("{folder}/")), "what was half-made is there: {self:?}");
                    cuts.push(self.clone());
                    self.0.insert(format!("{folder}/"), Vec::new());
                    let origin = (ORIGIN.to_owned(), origin.to_text().into_bytes());
                    for (name, bytes) in files.clone().into_iter().chain([origin]) {
                        cuts.push(self.clone());
                        self.0.insert(format!("{folder}/{name}"), b"x".to_vec());
                        cuts.push(self.clone());
                        self.0.insert(format!("{folder}/{name}"), bytes);
                    }
                }
                Step::Aside(version) => {
                    cuts.push(self.clone());
                    self.rename(&folder(*version).unwrap(), &aside(*version));
                    // Nobody reads what is aside: the search is smaller without it.
                    self.remove(&aside(*version));
                }
                Step::Publish(version) => {
                    cuts.push(self.clone());
                    self.rename(&half(*version), &folder(*version).unwrap());
                }
            }
        }
        true
    }

    /// What is done once a release is good. `cuts` gets what a power cut would leave, and whether the marker says it then.
    pub(super) fn settle(&mut self, release: usize, full: bool, cuts: &mut Vec<(Self, bool)>) -> bool {
        let Ok(settlement) = settle(&self.look(release)) else { return false };
        let mut marked = !settlement.iter().any(|settled| matches!(settled, Settlement::Marker(_)));
        for settled in settlement {
            cuts.push((self.clone(), marked));
            if full {
                return marked;
            }
            match settled {
                Settlement::Marker(marker) => {
                    self.0.insert(MARKER.to_owned(), marker.to_text().into_bytes());
                    marked = true;
                }
                Settlement::Origin(origin) => {
                    let text = origin.to_text().into_bytes();
                    self.0.insert(path(RELEASES[release], ORIGIN), text);
                }
            }
        }
        marked
    }
}

/// A release that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Running {
    pub(super) release: usize,
    pub(super) good: bool,
    /// Whether its state is in its place: else nothing can be changed.
    pub(super) kept: bool,
}

/// A node at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    pub(super) disk: Disk,
    pub(super) full: bool,
    pub(super) running: Option<Running>,
    /// Which releases were judged good and are in a slot.
    pub(super) good: [bool; RELEASES.len()],
    /// Which one is on trial.
    pub(super) trial: Option<usize>,
    /// The version of the last good release, and what that left.
    pub(super) left: Option<(u32, Content)>,
    /// The machine id, once it was kept.
    pub(super) id: Option<u8>,
    /// How many machine ids were made, and how many changes.
    pub(super) ids: u8,
    pub(super) changes: u8,
    /// Which of them each release has that was not judged good since.
    pub(super) tried: [u8; RELEASES.len()],
}
