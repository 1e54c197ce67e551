//! `ilanga clean`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::size::Bytes;

use crate::cache::{Cache, last_used, remove_tree};
use crate::cli;
use crate::ui::Ui;

/// What is made again from what was fetched.
const MADE: [&str; 7] = ["trees", "programs", "compiled", "host", "stages", "tests", "unpacked"];

/// What of it has no entries.
const WHOLE: [&str; 2] = ["host", "unpacked"];

/// What must be fetched again. Development keys always stay: nodes may trust them.
const FETCHED: [&str; 4] = ["tools", "crates", "packages", "indexes"];

/// Removes what is cached, if nobody uses the cache.
pub(super) fn run(args: &cli::Clean, ui: &Ui) -> Result<u8> {
    let cache = Cache::open()?;
    if !args.dry_run {
        cache.alone()?;
    }
    ui.finish();
    match args.free {
        Some(wanted) => free(&cache, wanted, args.dry_run),
        None => all(&cache, args),
    }
}

fn all(cache: &Cache, args: &cli::Clean) -> Result<u8> {
    let mut freed = 0;
    for folder in MADE.into_iter().chain(FETCHED.into_iter().filter(|_| args.all)) {
        let path = cache.root().join(folder);
        if !path.exists() {
            continue;
        }
        let size = size(&path)?;
        freed += size;
        println!("{:<40} {:>10}", path.display(), Bytes(size).to_string());
        if !args.dry_run {
            remove_tree(&path)?;
        }
    }
    println!("{} {}", if args.dry_run { "would free" } else { "freed" }, Bytes(freed));
    Ok(0)
}

/// Makes room: what was not used for longest goes first.
fn free(cache: &Cache, wanted: Bytes, dry_run: bool) -> Result<u8> {
    let mut entries = Vec::new();
    for folder in MADE.into_iter().filter(|folder| !WHOLE.contains(folder)).chain(["crates"]) {
        entries.extend(list(&cache.root().join(folder))?);
    }
    entries.sort_by_cached_key(|entry| (last_used(entry), entry.clone()));
    let (before, mut would) = (available(cache)?, 0);
    for entry in entries {
        if available(cache)?.0 + would >= wanted.0 {
            break;
        }
        let size = size(&entry)?;
        println!("{:<40} {:>10}", entry.display(), Bytes(size).to_string());
        if dry_run {
            would += size;
        } else {
            remove_tree(&entry)?;
            remove_tree(&entry.with_extension("lock"))?;
        }
    }
    let now = Bytes(available(cache)?.0 + would);
    println!(
        "{} {} on the disk of {}",
        now,
        if dry_run { "would be free" } else { "are free" },
        cache.root().display()
    );
    if now.0 < wanted.0 {
        bail!(
            "{wanted} were wanted, and {before} were free before: what takes the rest is not in the cache, or has to be fetched again \
             (`ilanga clean --all`)"
        );
    }
    Ok(0)
}

fn available(cache: &Cache) -> Result<Bytes> {
    let disk = nix::sys::statvfs::statvfs(cache.root());
    let disk = disk.with_context(|| format!("asking how much is free of the disk of {}", cache.root().display()))?;
    Ok(Bytes(disk.blocks_available().saturating_mul(disk.fragment_size())))
}

/// The entries of a folder, if it is there.
fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut entries = if folder.exists() { list_all(folder)? } else { Vec::new() };
    entries.retain(|path| path.extension().is_none_or(|extension| extension != "lock"));
    Ok(entries)
}

fn size(path: &Path) -> Result<u64> {
    let metadata = path.symlink_metadata().with_context(|| format!("measuring {}", path.display()))?;
    if !metadata.is_dir() {
        use std::os::unix::fs::MetadataExt as _;
        return Ok(metadata.blocks() * 512 / metadata.nlink());
    }
    let mut total = 0;
    for entry in list_all(path)? {
        total += size(&entry)?;
    }
    Ok(total)
}

fn list_all(folder: &Path) -> Result<Vec<PathBuf>> {
    let all = std::fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))?;
    all.map(|entry| Ok(entry.with_context(|| format!("listing {}", folder.display()))?.path())).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path()).unwrap();
        for (age, name) in [(3, "stages/b"), (2, "trees/a"), (1, "stages/c"), (9, "packages/x")] {
            let entry = folder.path().join(name);
            fs::create_dir_all(&entry).unwrap();
            fs::write(entry.join("file"), vec![1; 1 << 20]).unwrap();
            let lock = File::create(entry.with_extension("lock")).unwrap();
            let past = SystemTime::now() - Duration::from_secs(age * 1000);
            lock.set_modified(past).unwrap();
            File::open(&entry).unwrap().set_modified(past).unwrap();
        }
        assert!(free(&cache, Bytes(0), false).is_ok() && folder.path().join("stages/b").exists());
        // More than any disk has: all goes that can be made again, and it is said that it was not enough.
        assert!(free(&cache, Bytes(u64::MAX), true).is_err() && folder.path().join("stages/b").exists());
        let other = Cache::at(folder.path()).unwrap();
        assert!(cache.alone().unwrap_err().to_string().contains("another build"));
        drop(other);
        cache.alone().unwrap();
        let free_now = available(&cache).unwrap().0;
        // A file of the oldest is enough, unless somebody else frees more at this moment.
        let _ = free(&cache, Bytes(free_now + (1 << 19)), false);
        assert!(!folder.path().join("stages/b").exists() && folder.path().join("packages/x").exists());
        assert!(free(&cache, Bytes(u64::MAX), false).is_err());
        let left: Vec<bool> =
            ["trees/a", "stages/c", "packages/x"].map(|name| folder.path().join(name).exists()).into();
        assert_eq!(left, [false, false, true]);
    }
}
