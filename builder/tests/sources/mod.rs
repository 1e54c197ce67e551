//! The workspace's sources, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of the crates.
pub(crate) const CRATES: [&str; 7] = ["builder", "firstboot", "formats", "init", "power", "qemu-tests", "updater"];

/// A file of Rust.
pub(crate) struct Source {
    /// Its path below the workspace.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// Its code without comments and without its tests, which stand at the end.
    pub(crate) fn code(&self) -> String {
        let code = self.text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
    }

    /// Whether it is only there for tests.
    pub(crate) fn is_test(&self) -> bool {
        let path = Path::new(&self.path);
        path.iter().any(|part| part == "tests") || path.ends_with("tests.rs") || path.ends_with("test_key.rs")
    }

    pub(crate) fn has_any(&self, words: &[&str]) -> Option<String> {
        let code = self.code();
        words.iter().find(|word| code.contains(**word)).map(|word| format!("{}: {word}", self.path))
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let path = path.strip_prefix(workspace()).unwrap().to_string_lossy().into_owned();
            sources.push(Source { path, text });
        }
    }
}

/// All sources, sorted.
pub(crate) fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for name in CRATES {
        for folder in ["src", "tests"] {
            let folder = workspace().join(name).join(folder);
            if folder.is_dir() {
                collect(&folder, &mut sources);
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(sources.len() > 100, "the sources are not where this test looks for them");
    sources
}

/// The sources of programs, without tests.
pub(crate) fn programs() -> Vec<Source> {
    sources().into_iter().filter(|source| !source.is_test()).collect()
}
