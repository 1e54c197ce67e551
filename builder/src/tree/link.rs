//! Makes one tree of many packages by hard links to their unpacked files.
//!
//! Folders take owner and mode from the first package that has them; a file of a later package replaces an earlier
//! one's, as dpkg does where a package says that it replaces another.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, lchown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A tree that grows package by package.
pub(crate) struct LinkTree<'a> {
    root: PathBuf,
    /// Folders below the root that are there, so that most need no system call.
    folders: HashSet<OsString>,
    excluded: &'a dyn Fn(&Path) -> bool,
}

impl<'a> LinkTree<'a> {
    /// An empty tree in the empty folder `root`. Paths for which `excluded` is true (relative, `usr/share/man`) are
    /// left out with all below them.
    pub(crate) fn new(root: &Path, excluded: &'a dyn Fn(&Path) -> bool) -> Self {
        Self { root: root.to_owned(), folders: HashSet::new(), excluded }
    }

    /// Adds all files of the folder `package`.
    pub(crate) fn add(&mut self, package: &Path) -> Result<()> {
        self.folder(package, Path::new(""))
    }

    fn folder(&mut self, package: &Path, below: &Path) -> Result<()> {
        let from = package.join(below);
        let mut entries: Vec<_> = fs::read_dir(&from)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .with_context(|| format!("listing {}", from.display()))?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = below.join(entry.file_name());
            if (self.excluded)(&path) {
                continue;
            }
            let source = entry.path();
            let target = self.root.join(&path);
            let metadata = entry.metadata().with_context(|| format!("examining {}", source.display()))?;
            if metadata.is_dir() {
                if self.folders.insert(path.clone().into_os_string()) {
                    make_folder(&target, &metadata).with_context(|| format!("making {}", target.display()))?;
                }
                self.folder(package, &path)?;
            } else {
                place(&source, &target, &metadata)
                    .with_context(|| format!("linking {} to {}", source.display(), target.display()))?;
            }
        }
        Ok(())
    }
}

fn make_folder(target: &Path, like: &Metadata) -> io::Result<()> {
    match fs::create_dir(target) {
        Ok(()) => {}
        // A link to a folder, as of /lib to usr/lib: what is below lands there.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && target.is_dir() => return Ok(()),
        Err(error) => return Err(error),
    }
    lchown(target, Some(like.uid()), Some(like.gid()))?;
    fs::set_permissions(target, like.permissions())
}

fn place(source: &Path, target: &Path, metadata: &Metadata) -> io::Result<()> {
    let make = || {
        if metadata.is_symlink() {
            symlink(fs::read_link(source)?, target)?;
            lchown(target, Some(metadata.uid()), Some(metadata.gid()))
        } else {
            fs::hard_link(source, target)
        }
    };
    match make() {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if target.symlink_metadata()?.is_dir() {
                return Ok(());
            }
            fs::remove_file(target)?;
            make()
        }
        result => result,
    }
}
