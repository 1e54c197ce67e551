//! Where cargo of the tools tree keeps what it makes of a checkout, for the next time: tests, and the machine that `ilanga boot` starts.
//!
//! A checkout has a folder of its own, so that several can be worked on at once. A new one begins with what was compiled of others'
//! crates for another checkout, which cargo knows by their versions, as long as it has the files' times. Invariants: nothing that was
//! made of the workspace's own packages goes from one to another; a folder is whole before it has its name.

use std::fs::{self, File, FileTimes};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use crate::cache::{Cache, last_used, remove_tree, used};

/// What the names of all packages of the workspace begin with.
const OWN: &str = "ilanga";

/// Whoever compiles holds one of these.
const LOCKS: [&str; 3] = [".cargo-lock", ".cargo-artifact-lock", ".cargo-build-lock"];

/// What cargo remembers of each package, below a profile's folder: `NAME-HASH` each.
const BY_PACKAGE: [&str; 2] = [".fingerprint", "build"];

/// What cargo makes of libraries.
const LIBRARIES: [&str; 4] = ["d", "rlib", "rmeta", "so"];

/// The folder for this checkout.
pub(crate) fn folder(cache: &Cache, workspace: &Path) -> Result<PathBuf> {
    let all = cache.root().join("tests");
    let id = Digest::of(workspace.as_os_str().as_encoded_bytes()).to_string();
    let folder = all.join(&id[..16]);
    if !folder.exists() {
        begin(&all, &folder).with_context(|| format!("making {}", folder.display()))?;
    }
    used(&folder);
    Ok(folder)
}

/// Makes it, with what the one has that was used last.
fn begin(all: &Path, folder: &Path) -> Result<()> {
    fs::create_dir_all(all)?;
    let others = fs::read_dir(all)?.collect::<io::Result<Vec<_>>>()?.into_iter().map(|entry| entry.path());
    let last = others.filter(|other| other.join("debug/.cargo-lock").exists()).max_by_key(|other| last_used(other));
    let new = tempfile::Builder::new().prefix(".new-").tempdir_in(all)?;
    if let Some(debug) = last.map(|other| other.join("debug")) {
        let locks = LOCKS.iter().filter_map(|name| File::open(debug.join(name)).ok()).collect::<Vec<_>>();
        if locks.iter().all(|lock| lock.try_lock_shared().is_ok()) {
            copy(&debug, &new.path().join("debug"))?;
        }
    }
    let new = new.keep();
    match fs::rename(&new, folder) {
        // Somebody else has made it meanwhile.
        Err(_) if folder.exists() => remove_tree(&new),
        result => Ok(result?),
    }
}

/// Copies what was made of others' crates from one profile's folder to another.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for kind in BY_PACKAGE {
        each(&from.join(kind), &|name, path| {
            if name.starts_with(OWN) { Ok(()) } else { copy_tree(path, &to.join(kind).join(name)) }
        })?;
    }
    fs::create_dir_all(to.join("deps"))?;
    each(&from.join("deps"), &|name, path| {
        let library = Path::new(name).extension().is_some_and(|end| LIBRARIES.iter().any(|known| end == *known));
        if library { copy_file(path, &to.join("deps").join(name)) } else { Ok(()) }
    })
}

/// Visits what is in a folder, if it is there: the name and the path of each.
fn each(folder: &Path, visit: &dyn Fn(&str, &Path) -> io::Result<()>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        visit(&entry.file_name().to_string_lossy(), &entry.path())?;
    }
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return copy_file(from, to);
    }
    fs::create_dir_all(to)?;
    each(from, &|name, path| copy_tree(path, &to.join(name)))
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let modified = fs::metadata(from)?.modified()?;
    File::options().write(true).open(to)?.set_times(FileTimes::new().set_modified(modified))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }

    #[test]
    fn a_new_checkout_begins_with_others_crates_alone() {
        let scratch = tempfile::tempdir().unwrap();
        let cache = Cache::at(scratch.path()).unwrap();
        let first = folder(&cache, Path::new("/first")).unwrap();
        assert_eq!(fs::read_dir(&first).unwrap().count(), 0);
        let debug = first.join("debug");
        let crates = [".fingerprint/serde-1/dep-lib-serde", "build/zstd-sys-2/out/lib.a", "deps/libserde-1.rlib"];
        let own = [".fingerprint/ilanga-init-3/dep-bin", "build/ilanga-firstboot-4/output", "deps/boots-5", "ilanga"];
        crates.iter().chain(&own).chain(&[".cargo-lock"]).for_each(|path| put(&debug.join(path)));
        let second = folder(&cache, Path::new("/second")).unwrap().join("debug");
        let time = |path: PathBuf| fs::metadata(path).unwrap().modified().unwrap();
        crates.iter().for_each(|path| assert_eq!(time(second.join(path)), time(debug.join(path)), "{path}"));
        own.iter().for_each(|path| assert!(!second.join(path).exists(), "{path}"));
        // What is there stays as it is.
        put(&second.join("deps/libmine-6.rlib"));
        assert_eq!(folder(&cache, Path::new("/second")).unwrap().join("debug"), second);
        assert!(second.join("deps/libmine-6.rlib").exists());
    }

    #[test]
    fn nothing_is_taken_while_somebody_compiles() {
        let scratch = tempfile::tempdir().unwrap();
        let cache = Cache::at(scratch.path()).unwrap();
        let debug = folder(&cache, Path::new("/first")).unwrap().join("debug");
        put(&debug.join(".cargo-lock"));
        put(&debug.join("deps/libserde-1.rlib"));
        let lock = File::open(debug.join(".cargo-lock")).unwrap();
        lock.lock().unwrap();
        let second = folder(&cache, Path::new("/second")).unwrap();
        assert_eq!(fs::read_dir(&second).unwrap().count(), 0);
    }
}
