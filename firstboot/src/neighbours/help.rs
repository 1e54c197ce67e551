//! The other side: this node's keys, with which it helps.
//!
//! ```text
//!   /data/tang/            root's alone
//!   /data/tang/keys/       what ilanga-help@.service sees, and nothing else of data: THUMBPRINT.jwk, for all to read in there
//! ```

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::NeighbourError;
use crate::tool::{Program, run};

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> NeighbourError {
    move |source| NeighbourError::File { doing, path: path.to_owned(), source }
}

fn keys_in(keys: &Path) -> Result<Vec<PathBuf>, NeighbourError> {
    let entries = fs::read_dir(keys).map_err(at("listing", keys))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(at("listing", keys))?.path();
        if path.extension() == Some(OsStr::new("jwk")) {
            found.push(path);
        }
    }
    Ok(found)
}

/// Makes the keys in this folder, whose parent is its guard, if there are none.
pub fn begin(keys: &Path) -> Result<(), NeighbourError> {
    fs::create_dir_all(keys).map_err(at("making", keys))?;
    let guard = keys.parent().unwrap_or(keys);
    fs::set_permissions(guard, fs::Permissions::from_mode(0o700)).map_err(at("guarding", guard))?;
    fs::set_permissions(keys, fs::Permissions::from_mode(0o755)).map_err(at("guarding", keys))?;
    // One of two was made, and the power went.
    let there = keys_in(keys)?;
    if there.len() < 2 {
        make(keys)?;
        remove(&there)?;
    }
    Ok(())
}

/// Makes new keys and forgets those that were: nobody who is bound to this node is helped any more until they have bound anew.
pub fn rotate(keys: &Path) -> Result<(), NeighbourError> {
    let before = keys_in(keys)?;
    make(keys)?;
    remove(&before)
}

fn make(keys: &Path) -> Result<(), NeighbourError> {
    run(Program::TangKeys, &[keys.as_os_str()], b"")?;
    for path in keys_in(keys)? {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).map_err(at("guarding", &path))?;
        fs::File::open(&path).and_then(|file| file.sync_all()).map_err(at("flushing", &path))?;
    }
    fs::File::open(keys).and_then(|folder| folder.sync_all()).map_err(at("flushing", keys))
}

fn remove(paths: &[PathBuf]) -> Result<(), NeighbourError> {
    for path in paths {
        fs::remove_file(path).map_err(at("removing", path))?;
        if let Some(folder) = path.parent() {
            fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(at("flushing", folder))?;
        }
    }
    Ok(())
}
