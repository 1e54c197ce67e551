//! The file systems that a program sees.
//!
//! A tree that may not be changed is shown through a tmpfs with one bind mount for each of its top folders, so that
//! mount points for the host's files can be made beside them. A tree that may be changed is shown as it is.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::pivot_root;
use thiserror::Error;

use super::{Bind, Spec};

/// Something of the sandbox could not be put in its place.
#[derive(Debug, Error)]
#[error("{operation} {path}", path = path.display())]
pub(super) struct MountError {
    operation: &'static str,
    path: PathBuf,
    source: io::Error,
}

trait At<T> {
    fn at(self, operation: &'static str, path: &Path) -> Result<T, MountError>;
}

impl<T, E: Into<io::Error>> At<T> for Result<T, E> {
    fn at(self, operation: &'static str, path: &Path) -> Result<T, MountError> {
        self.map_err(|error| MountError { operation, path: path.to_owned(), source: error.into() })
    }
}

/// The folders that every program gets anew.
const OWN: [&str; 4] = ["proc", "dev", "tmp", "run"];

/// The nodes of `/dev` that do no harm.
const NODES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];

/// Makes everything of `spec` visible and goes there. The caller has a mount namespace of its own and is in the new
/// pid namespace.
pub(super) fn enter(spec: &Spec) -> Result<(), MountError> {
    let root = if spec.writable { writable_root(spec)? } else { read_only_root(spec)? };
    for (folder, options) in OWN.into_iter().zip([None, Some("mode=755"), Some("mode=1777"), Some("mode=755")]) {
        let target = root.join(folder);
        fs::create_dir_all(&target).at("making", &target)?;
        let kind = if folder == "proc" { "proc" } else { "tmpfs" };
        mount(Some(kind), &target, Some(kind), MsFlags::MS_NOSUID, options).at("mounting", &target)?;
    }
    devices(&root.join("dev"), spec.kvm)?;
    for bind in &spec.binds {
        show(&root, bind)?;
    }
    std::env::set_current_dir(&root).at("entering", &root)?;
    pivot_root(".", ".").at("making a root of", &root)?;
    umount2(".", MntFlags::MNT_DETACH).at("leaving the host's root for", &root)?;
    std::env::set_current_dir(&spec.directory).at("entering", &spec.directory)
}

fn writable_root(spec: &Spec) -> Result<PathBuf, MountError> {
    mount(Some(&spec.tree), &spec.tree, None::<&str>, MsFlags::MS_BIND | MsFlags::MS_REC, None::<&str>)
        .at("binding", &spec.tree)?;
    Ok(spec.tree.clone())
}

fn read_only_root(spec: &Spec) -> Result<PathBuf, MountError> {
    let root = &spec.mount_point;
    mount(Some("tmpfs"), root, Some("tmpfs"), MsFlags::MS_NOSUID, Some("mode=755")).at("mounting", root)?;
    compose(spec, root, Path::new(""))?;
    let var_tmp = root.join("var/tmp");
    if var_tmp.is_dir() {
        mount(Some("tmpfs"), &var_tmp, Some("tmpfs"), MsFlags::MS_NOSUID, Some("mode=1777"))
            .at("mounting", &var_tmp)?;
    }
    Ok(root.clone())
}

/// Shows the folder `below` of the tree, as one bind mount for each thing in it; folders that the host's files are to
/// be seen in are made anew.
fn compose(spec: &Spec, root: &Path, below: &Path) -> Result<(), MountError> {
    let folder = spec.tree.join(below);
    for entry in fs::read_dir(&folder).at("listing", &folder)? {
        let entry = entry.at("listing", &folder)?;
        let path = below.join(entry.file_name());
        if OWN.iter().any(|name| path == Path::new(name)) {
            continue;
        }
        let (source, target) = (entry.path(), root.join(&path));
        let kind = entry.file_type().at("examining", &source)?;
        let inside = Path::new("/").join(&path);
        if kind.is_symlink() {
            let destination = fs::read_link(&source).at("reading", &source)?;
            symlink(destination, &target).at("making", &target)?;
        } else if kind.is_dir() {
            fs::create_dir(&target).at("making", &target)?;
            if spec.binds.iter().any(|bind| bind.inside.starts_with(&inside)) {
                compose(spec, root, &path)?;
            } else {
                bind(&source, &target, false)?;
            }
        } else if kind.is_file() {
            fs::write(&target, "").at("making", &target)?;
            bind(&source, &target, false)?;
        }
    }
    Ok(())
}

/// Binds `source`, with everything mounted below it if it is writable.
fn bind(source: &Path, target: &Path, writable: bool) -> Result<(), MountError> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(source), target, None::<&str>, flags, None::<&str>).at("binding", source)?;
    if !writable {
        // A mount of a stranger's namespace keeps the flags that it is locked with.
        let locked = statvfs_flags(target)?;
        let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY | locked;
        mount(None::<&str>, target, None::<&str>, flags, None::<&str>).at("making read-only", source)?;
    }
    Ok(())
}

fn statvfs_flags(path: &Path) -> Result<MsFlags, MountError> {
    use nix::sys::statvfs::{FsFlags, statvfs};
    let has = statvfs(path).at("examining", path)?.flags();
    let pairs = [
        (FsFlags::ST_NOSUID, MsFlags::MS_NOSUID),
        (FsFlags::ST_NODEV, MsFlags::MS_NODEV),
        (FsFlags::ST_NOEXEC, MsFlags::MS_NOEXEC),
        (FsFlags::ST_NOATIME, MsFlags::MS_NOATIME),
        (FsFlags::ST_NODIRATIME, MsFlags::MS_NODIRATIME),
        (FsFlags::ST_RELATIME, MsFlags::MS_RELATIME),
    ];
    Ok(pairs.into_iter().filter(|(flag, _)| has.contains(*flag)).map(|(_, flag)| flag).collect())
}

fn devices(dev: &Path, kvm: bool) -> Result<(), MountError> {
    let host = Path::new("/dev/kvm");
    let kvm = (kvm && host.exists()).then_some("kvm");
    for name in NODES.into_iter().chain(kvm) {
        let target = dev.join(name);
        fs::write(&target, "").at("making", &target)?;
        bind(&Path::new("/dev").join(name), &target, true)?;
    }
    for (name, destination) in
        [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2"), ("ptmx", "pts/ptmx")]
    {
        symlink(destination, dev.join(name)).at("making", &dev.join(name))?;
    }
    for (name, kind, options) in
        [("pts", "devpts", "newinstance,ptmxmode=0666,mode=620"), ("shm", "tmpfs", "mode=1777")]
    {
        let target = dev.join(name);
        fs::create_dir(&target).at("making", &target)?;
        mount(Some(kind), &target, Some(kind), MsFlags::MS_NOSUID, Some(options)).at("mounting", &target)?;
    }
    Ok(())
}

fn show(root: &Path, wanted: &Bind) -> Result<(), MountError> {
    let target = root.join(wanted.inside.strip_prefix("/").unwrap_or(&wanted.inside));
    if fs::metadata(&wanted.host).at("examining", &wanted.host)?.is_dir() {
        fs::create_dir_all(&target).at("making", &target)?;
    } else {
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).at("making", folder)?;
        }
        if !target.exists() {
            fs::write(&target, "").at("making", &target)?;
        }
    }
    bind(&wanted.host, &target, wanted.writable)
}
