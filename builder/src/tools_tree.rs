//! The tools tree: the Debian tree that the builder runs all its tools from.
//!
//! Its packages are unpacked, not installed: no script of theirs runs. What the scripts of the few packages that need
//! them would have done is in [`complete`]. A tree is read-only for all programs, belongs to the cache, and is named
//! by the digests of its packages.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use formats::digest::Digest;

use crate::archive::deb::{Unpack, unpack_file};
use crate::archive::parallel;
use crate::archive::store::Store;
use crate::cache::{Cache, Found};
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

/// Makes the tree of these packages, or finds it. The packages are in the store.
pub(crate) fn make(cache: &Cache, store: &Store, lock: &Lock) -> Result<Tools> {
    let id = Digest::of_parts([RECIPE, lock.digest().as_bytes().as_slice()]);
    let (folder, found) = cache.entry("tools", id, |folder| {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        fs::create_dir(folder.join("usr")).context("making the tools tree")?;
        for name in ["bin", "lib", "lib64", "sbin"] {
            fs::create_dir(folder.join("usr").join(name)).context("making the tools tree")?;
            symlink(format!("usr/{name}"), folder.join(name)).context("making the tools tree")?;
        }
        parallel::map(&lock.packages, jobs, |package| {
            let unpack = Unpack { target: folder, exclude: &is_unused, merge_usr: true };
            unpack_file(&store.package(package.sha256), unpack).map(drop)
        })
        .context("unpacking the tools tree")?;
        complete(folder)
    })?;
    Ok(Tools { root: folder, id, found })
}

/// What no tool reads.
fn is_unused(path: &Path) -> bool {
    ["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian"]
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
