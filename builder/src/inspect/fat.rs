//! Reads the ESP's FAT file system through crate `fatfs`.
//!
//! fatfs trusts what it reads: it follows clusters in circles, and may panic. So each call opens the file system anew on
//! a [`Device`] that can be read a bounded number of times, and a panic is an error like others.

use std::io::{self, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use fatfs::{Dir, FileSystem, FsOptions};
use serde::Serialize;

use super::certificate::printable;
use super::source::{Device, Part};

/// More files and folders than an ESP has.
const MOST_FILES: usize = 4096;

/// Deeper than folders of an ESP are.
const DEEPEST: usize = 8;

/// What the boot sector says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Volume {
    /// Its label.
    pub(super) label: String,
    /// Its id, as `XXXX-XXXX`.
    pub(super) id: String,
}

/// A file or a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Found {
    /// Its path, or its name in a folder that was asked for.
    pub(super) path: String,
    /// Its length in bytes; 0 for a folder.
    pub(super) size: u64,
    /// Whether it is a folder.
    pub(super) folder: bool,
}

/// Reads the boot sector.
pub(super) fn volume(part: &Part) -> Result<Volume, String> {
    with(part, |fat| {
        let id = fat.volume_id();
        Ok(Volume {
            label: printable(fat.volume_label().trim_end()),
            id: format!("{:04X}-{:04X}", id >> 16, id & 0xFFFF),
        })
    })
}

/// All files, with their paths, sorted.
pub(super) fn files(part: &Part) -> Result<Vec<Found>, String> {
    with(part, |fat| {
        let mut found = Vec::new();
        walk(&fat.root_dir(), "", 0, &mut found)?;
        found.sort_by(|a: &Found, b| a.path.cmp(&b.path));
        Ok(found)
    })
}

/// What is in a folder.
pub(super) fn folder(part: &Part, path: &str) -> Result<Vec<Found>, String> {
    with(part, |fat| {
        let root = fat.root_dir();
        let path = path.trim_matches('/');
        let mut found = entries(&if path.is_empty() { root } else { root.open_dir(path)? })?;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    })
}

/// The content of a file of at most `longest` bytes.
pub(super) fn read(part: &Part, path: &str, longest: u64) -> Result<Vec<u8>, String> {
    with(part, |fat| {
        let mut bytes = Vec::new();
        let longest = longest.min(part.length());
        fat.root_dir().open_file(path.trim_matches('/'))?.take(longest + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > longest {
            return Err(io::Error::other(format!("it is longer than {longest} bytes")));
        }
        Ok(bytes)
    })
}

fn with<T>(part: &Part, work: impl FnOnce(&FileSystem<Device>) -> io::Result<T>) -> Result<T, String> {
    let budget = (part.length() / 128).clamp(100_000, 50_000_000);
    let run = || {
        let fat = FileSystem::new(Device::new(part.clone(), budget), FsOptions::new())?;
        work(&fat)
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(result) => result.map_err(|error| printable(&error.to_string())),
        Err(_) => Err("its structures contradict one another".to_owned()),
    }
}

fn entries(folder: &Dir<'_, Device>) -> io::Result<Vec<Found>> {
    let mut found = Vec::new();
    for entry in folder.iter() {
        let entry = entry?;
        let name = entry.file_name();
        if name == "." || name == ".." {
            continue;
        }
        found.push(Found { path: printable(&name), size: entry.len(), folder: entry.is_dir() });
        if found.len() > MOST_FILES {
            return Err(io::Error::other(format!("a folder has more than {MOST_FILES} files")));
        }
    }
    Ok(found)
}

fn walk(folder: &Dir<'_, Device>, path: &str, depth: usize, found: &mut Vec<Found>) -> io::Result<()> {
    if depth > DEEPEST {
        return Err(io::Error::other(format!("folders are more than {DEEPEST} deep")));
    }
    for entry in entries(folder)? {
        let entry = Found { path: format!("{path}{}", entry.path), ..entry };
        if entry.folder {
            let name = entry.path.rsplit('/').next().unwrap_or_default().to_owned();
            walk(&folder.open_dir(&name)?, &format!("{}/", entry.path), depth + 1, found)?;
        } else {
            found.push(entry);
        }
        if found.len() > MOST_FILES {
            return Err(io::Error::other(format!("there are more than {MOST_FILES} files")));
        }
    }
    Ok(())
}
