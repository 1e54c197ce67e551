//! The tools tree: the Debian tree that the builder runs all its tools from.
//!
//! Its packages are unpacked, not installed: no script of theirs runs. What the scripts of the few packages that need
//! them would have done is in [`complete`]. A tree is read-only for all programs, belongs to the cache, and is named
//! by the digests of its packages. Beside it, `ID.sizes` has the length of each of its files: a tree that is damaged is
//! made again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;

use crate::archive::deb::Unpack;
use crate::archive::parallel;
use crate::archive::store::Store;
use crate::cache::{Cache, Found, remove_tree, write_file};
use crate::packages::lock::Lock;
use crate::tool::Command;

/// Counts with the lock: another way to complete a tree makes another tree.
const RECIPE: &[u8] = b"tools tree 1";

/// A tools tree.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    /// Where it is.
    pub(crate) root: PathBuf,
    /// What identifies it.
    pub(crate) id: Digest,
    /// Whether it had to be made.
    pub(crate) found: Found,
}

/// Links of /usr/bin that Debian makes by its alternatives.
const ALTERNATIVES: [(&str, &str); 4] =
    [("awk", "mawk"), ("nawk", "mawk"), ("cc", "gcc"), ("which", "which.debianutils")];

/// Makes the tree of these packages, or finds it. The packages are in the store. `note` is told if the tree is damaged.
pub(crate) fn make(cache: &Cache, store: &Store, lock: &Lock, note: &mut dyn FnMut(&str)) -> Result<Tools> {
    let id = Digest::of_parts([RECIPE, lock.digest().as_bytes().as_slice()]);
    let (root, found) = unpack(cache, store, lock, id)?;
    let Some(what) = damage(&root)? else { return Ok(Tools { root, id, found }) };
    note(&format!("the tools tree {} is damaged ({what}) and is made again", root.display()));
    // Another build may have repaired it by now.
    cache.discard("tools", id, |root| Ok(damage(root)?.is_some() && remove_tree(&sizes_file(root)).is_ok()))?;
    let (root, found) = unpack(cache, store, lock, id)?;
    match damage(&root)? {
        None => Ok(Tools { root, id, found }),
        Some(what) => bail!("the tools tree {} changes while it is used: {what}", root.display()),
    }
}

fn sizes_file(root: &Path) -> PathBuf {
    root.with_extension("sizes")
}

/// Compares a tree with what it was when it was made; a difference is described. Of a tree that was just made, it is
/// written down what it is.
fn damage(root: &Path) -> Result<Option<String>> {
    let mut lines = Vec::new();
    sizes(root, Path::new(""), &mut lines).with_context(|| format!("measuring the tools tree {}", root.display()))?;
    lines.sort();
    let now = lines.concat();
    let file = sizes_file(root);
    let before = match fs::read_to_string(&file) {
        Ok(before) => before,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write_file(&file, now.as_bytes())?;
            return Ok(None);
        }
        Err(error) => return Err(error).with_context(|| format!("reading {}", file.display())),
    };
    let (before, now): (BTreeSet<&str>, BTreeSet<&str>) = (before.lines().collect(), now.lines().collect());
    let path = |line: &&str| line.split_once(' ').map(|(_, path)| path.to_owned()).unwrap_or_default();
    Ok(match (before.difference(&now).next(), now.difference(&before).next()) {
        (Some(line), _) if root.join(path(line)).symlink_metadata().is_err() => {
            Some(format!("{} is missing", path(line)))
        }
        (Some(line), _) => Some(format!("{} has another length", path(line))),
        (None, Some(line)) => Some(format!("{} is new", path(line))),
        (None, None) => None,
    })
}

/// One line a file or link of the tree: `LENGTH PATH`.
fn sizes(root: &Path, below: &Path, lines: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let (path, metadata) = (below.join(entry.file_name()), entry.metadata()?);
        if metadata.is_dir() {
            sizes(root, &path, lines)?;
        } else {
            lines.push(format!("{} {}\n", metadata.len(), path.display()));
        }
    }
    Ok(())
}

fn unpack(cache: &Cache, store: &Store, lock: &Lock, id: Digest) -> Result<(PathBuf, Found)> {
    cache.entry("tools", id, |folder| {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        fs::create_dir(folder.join("usr")).context("making the tools tree")?;
        for name in ["bin", "lib", "lib64", "sbin"] {
            fs::create_dir(folder.join("usr").join(name)).context("making the tools tree")?;
            symlink(format!("usr/{name}"), folder.join(name)).context("making the tools tree")?;
        }
        parallel::map(&lock.packages, jobs, |package| {
            let unpack = Unpack { target: folder, exclude: &is_unused, merge_usr: true };
            store.unpack_into(package.sha256, unpack).map(drop)
        })
        .context("unpacking the tools tree")?;
        complete(folder)
    })
}

/// What no tool reads.
fn is_unused(path: &Path) -> bool {
    ["/usr/share/doc", "/usr/share/man", "/usr/share/locale", "/usr/share/info", "/usr/share/lintian"]
        .iter()
        .any(|folder| path.starts_with(folder) && path != Path::new(folder))
}

/// Does what the packages' scripts would have done, as far as a tool needs it.
fn complete(tree: &Path) -> Result<()> {
    for (name, target) in ALTERNATIVES {
        let (link, program) = (tree.join("usr/bin").join(name), tree.join("usr/bin").join(target));
        if program.exists() && !link.exists() {
            symlink(target, &link).with_context(|| format!("making {}", link.display()))?;
        }
    }
    for (file, master) in [("passwd", "passwd.master"), ("group", "group.master")] {
        let (from, to) = (tree.join("usr/share/base-passwd").join(master), tree.join("etc").join(file));
        fs::copy(&from, &to).with_context(|| format!("making {}", to.display()))?;
    }
    Command::in_tree(tree, "ldconfig").run().context("completing the tools tree")?;
    // Compiled once here, and not at each start of a program: ukify would take some seconds longer.
    Command::in_tree(tree, "python3")
        .args(["-m", "compileall", "-q", "-j", "0", "/usr/lib/python3/dist-packages", "/usr/lib/python3.13"])
        .run()
        .context("completing the tools tree")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_what_is_missing_cut_or_new() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        fs::create_dir_all(root.join("usr/bin")).unwrap();
        let (bash, link) = (root.join("usr/bin/bash"), root.join("usr/bin/sh"));
        fs::write(&bash, "program").unwrap();
        symlink("bash", &link).unwrap();
        for _ in 0..2 {
            assert_eq!(damage(&root).unwrap(), None);
        }
        fs::write(&bash, "prog").unwrap();
        assert_eq!(damage(&root).unwrap().unwrap(), "usr/bin/bash has another length");
        fs::write(&bash, "program").unwrap();
        fs::remove_file(&link).unwrap();
        assert_eq!(damage(&root).unwrap().unwrap(), "usr/bin/sh is missing");
        symlink("bash", &link).unwrap();
        fs::write(root.join("usr/x"), "").unwrap();
        assert_eq!(damage(&root).unwrap().unwrap(), "usr/x is new");
    }

    #[test]
    fn leaves_out_documentation() {
        for (path, unused) in [
            ("/usr/share/doc/bash/changelog.gz", true),
            ("/usr/share/doc", false),
            ("/usr/share/docbook", false),
            ("/usr/share/locale/zu/LC_MESSAGES/bash.mo", true),
            ("/usr/bin/man", false),
        ] {
            assert_eq!(is_unused(Path::new(path)), unused, "{path}");
        }
    }
}
