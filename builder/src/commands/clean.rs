//! `ilanga clean`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::size::Bytes;

use crate::cache::{Cache, Lock, remove_tree};
use crate::cli;
use crate::ui::Ui;

/// What is made again from what was fetched.
const MADE: [&str; 5] = ["trees", "programs", "compiled", "stages", "unpacked"];

/// What must be fetched again. Development keys always stay: nodes may trust them.
const FETCHED: [&str; 5] = ["tools", "crates", "packages", "indexes", "tests"];

/// Removes what is cached, except what a running build holds.
pub(super) fn run(args: &cli::Clean, ui: &Ui) -> Result<u8> {
    let cache = Cache::open()?;
    let folders = MADE.into_iter().chain(FETCHED.into_iter().filter(|_| args.all));
    let mut freed = 0;
    for folder in folders {
        let path = cache.root().join(folder);
        if !path.exists() {
            continue;
        }
        let size = size(&path)?;
        freed += size;
        println!("{:<40} {:>10}", path.display(), Bytes(size).to_string());
        if !args.dry_run {
            for entry in entries(&path)? {
                let _lock = Lock::take(&entry.with_extension("lock"))?;
                remove_tree(&entry)?;
            }
            remove_tree(&path)?;
        }
    }
    ui.finish();
    println!("{} {}", if args.dry_run { "would free" } else { "freed" }, Bytes(freed));
    Ok(0)
}

fn entries(path: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(path).with_context(|| format!("listing {}", path.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.context("listing the cache")?.path();
        if path.extension().is_none_or(|extension| extension != "lock") {
            paths.push(path);
        }
    }
    Ok(paths)
}

fn size(path: &Path) -> Result<u64> {
    let metadata = path.symlink_metadata().with_context(|| format!("measuring {}", path.display()))?;
    if !metadata.is_dir() {
        use std::os::unix::fs::MetadataExt as _;
        return Ok(metadata.blocks() * 512 / metadata.nlink());
    }
    let mut total = 0;
    for entry in std::fs::read_dir(path).with_context(|| format!("listing {}", path.display()))? {
        total += size(&entry.with_context(|| format!("listing {}", path.display()))?.path())?;
    }
    Ok(total)
}
