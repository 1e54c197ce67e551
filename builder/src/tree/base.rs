//! The configured base tree of an image: its packages, unpacked and configured, kept by the lock that names them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;

use super::configure;
use super::database::{self, Unpacked};
use super::link::LinkTree;
use super::overlay::Overlay;
use crate::archive::parallel;
use crate::archive::store::Store;
use crate::cache::{Cache, Found};
use crate::packages::lock::Lock;

/// Counts with the lock: another way to make a base tree makes another tree.
const RECIPE: &[u8] = b"base tree 2";

/// A configured base tree: two layers of an overlay.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// The packages' own files.
    pub(crate) lower: PathBuf,
    /// What their scripts made and changed.
    pub(crate) upper: PathBuf,
    /// What identifies it.
    pub(crate) id: Digest,
    /// Whether it had to be made.
    pub(crate) found: Found,
}

/// What the plan decides about a base tree, beside the lock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BaseSpec<'a> {
    /// The release date, in seconds since 1970: the only time that scripts are told.
    pub(crate) date: u64,
    /// Whether packages' documentation, manuals and translations are kept.
    pub(crate) documentation: bool,
    /// The tools tree's digest: its dpkg is not used, its kernel of conventions is.
    pub(crate) store: &'a Store,
}

/// Makes the base tree of `lock`, or finds it. The packages are in the store. While their scripts run, which is one
/// processor's work, `beside` is done with the packages' own files, in their place of that time.
pub(crate) fn make(
    cache: &Cache,
    lock: &Lock,
    spec: BaseSpec<'_>,
    line: &mut dyn FnMut(&str),
    beside: &(dyn Fn(&Path) -> Result<()> + Sync),
) -> Result<Base> {
    let id = id(lock, spec);
    let (folder, found) = cache.entry("trees", id, |folder| {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let unpacked = parallel::map(&lock.packages, jobs, |package| spec.store.unpacked(package.sha256))?;
        let [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map(|name| folder.join(name));
        for path in [&lower, &upper, &work, &merged] {
            fs::create_dir(path).with_context(|| format!("making {}", path.display()))?;
        }
        let excluded = |path: &Path| !spec.documentation && is_documentation(path);
        let mut tree = LinkTree::new(&lower, &excluded);
        let mut packages = Vec::with_capacity(unpacked.len());
        for (unpacked, locked) in unpacked.iter().zip(&lock.packages) {
            tree.add(&unpacked.data).with_context(|| format!("adding {} to the tree", locked.name))?;
            packages.push(read(&locked.name, &locked.architecture, &unpacked.control, &unpacked.list)?);
        }
        let overlay = Overlay::mount(&[&lower], &upper, &work, &merged)?;
        database::write(overlay.path(), &packages)?;
        thread::scope(|scope| {
            let other = scope.spawn(|| beside(&lower));
            configure::configure(overlay.path(), &packages, spec.date, line)?;
            other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        drop(overlay);
        for path in [&work, &merged] {
            fs::remove_dir_all(path).with_context(|| format!("removing {}", path.display()))?;
        }
        Ok(())
    })?;
    if found == Found::Made {
        // Making an entry of the cache has flushed its file system.
        spec.store.flushed()?;
    }
    Ok(Base { lower: folder.join("lower"), upper: folder.join("upper"), id, found })
}

/// What identifies the base tree of `lock`.
pub(crate) fn id(lock: &Lock, spec: BaseSpec<'_>) -> Digest {
    Digest::of_parts([
        RECIPE,
        lock.digest().as_bytes().as_slice(),
        &spec.date.to_le_bytes(),
        &[u8::from(spec.documentation)],
    ])
}

fn read(name: &str, architecture: &str, control: &Path, list: &Path) -> Result<Unpacked> {
    let mut members = BTreeMap::new();
    for entry in fs::read_dir(control).with_context(|| format!("listing {}", control.display()))? {
        let entry = entry.with_context(|| format!("listing {}", control.display()))?;
        let path = entry.path();
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        members.insert(entry.file_name().to_string_lossy().into_owned(), bytes);
    }
    let Some(text) = members.remove("control") else { bail!("{name}: the package has no control file") };
    let control = String::from_utf8(text).with_context(|| format!("reading the control file of {name}"))?;
    let files = fs::read_to_string(list).with_context(|| format!("reading {}", list.display()))?;
    Ok(Unpacked {
        name: name.to_owned(),
        architecture: architecture.to_owned(),
        multi_arch_same: control.lines().any(|line| line == "Multi-Arch: same"),
        control,
        members,
        files: files.lines().map(str::to_owned).collect(),
    })
}

/// What an appliance does not show to anybody, except copyright files, which licences ask for.
fn is_documentation(path: &Path) -> bool {
    let Ok(rest) = path.strip_prefix("usr/share") else { return false };
    let mut parts = rest.iter().map(|part| part.to_string_lossy());
    let (first, second, third) = (parts.next(), parts.next(), parts.next());
    match first.as_deref() {
        Some("man" | "info" | "doc-base" | "gtk-doc" | "lintian" | "bug") => second.is_some(),
        Some("doc") => third.is_some_and(|name| name != "copyright"),
        Some("locale") => second.is_some_and(|name| name != "locale.alias"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_copyright() {
        for (path, documentation) in [
            ("usr/share/doc/bash/changelog.gz", true),
            ("usr/share/doc/bash/copyright", false),
            ("usr/share/doc/bash", false),
            ("usr/share/man/man1", true),
            ("usr/share/man", false),
            ("usr/share/locale/zu", true),
            ("usr/bin/man", false),
        ] {
            assert_eq!(is_documentation(Path::new(path)), documentation, "{path}");
        }
    }
}
