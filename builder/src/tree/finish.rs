//! What an image adds to its packages, and what it removes: the top of the tree.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt as _, lchown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::var;
use crate::cache::remove_tree;
use crate::tool::Command;

/// What the plan decides about the top of a tree.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    /// Folders whose files are copied over the tree, in this order, all owned by root.
    pub(crate) overlays: Vec<PathBuf>,
    /// Programs of the node: where they are, and their absolute path in the tree.
    pub(crate) programs: Vec<(PathBuf, PathBuf)>,
    /// Links: their absolute path, and where they lead.
    pub(crate) links: Vec<(PathBuf, PathBuf)>,
    /// Files: their absolute path in the tree, and what is in them.
    pub(crate) files: Vec<(PathBuf, Vec<u8>)>,
    /// The text of `/usr/lib/os-release`.
    pub(crate) os_release: String,
    /// Scripts of the image that run inside the tree.
    pub(crate) scripts: Vec<PathBuf>,
    /// What they find in their environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Absolute paths, which may have `*`, that are removed.
    pub(crate) removed: Vec<String>,
    /// Kernel modules' firmware that nothing asks for, below `usr/lib/firmware`.
    pub(crate) firmware: Vec<PathBuf>,
}

/// What identifies one machine, or tells when and where the image was built.
const OF_ONE_MACHINE: [&str; 15] = [
    "boot",
    "etc/.pwd.lock",
    "etc/group-",
    "etc/gshadow-",
    "etc/hostname",
    "etc/machine-id",
    "etc/passwd-",
    "etc/shadow-",
    "etc/subgid-",
    "etc/subuid-",
    "initrd.img",
    "initrd.img.old",
    "var/lib/dbus/machine-id",
    "vmlinuz",
    "vmlinuz.old",
];

/// Folders that a node mounts something on.
const MOUNT_POINTS: [&str; 11] = ["boot", "data", "dev", "efi", "home", "proc", "run", "state", "sys", "tmp", "var"];

/// Changes `tree`, a mounted overlay; `line` gets what scripts say.
pub(crate) fn finish(tree: &Path, finish: &Finish, line: &mut dyn FnMut(&str)) -> Result<()> {
    for overlay in &finish.overlays {
        copy(overlay, tree).with_context(|| format!("copying the overlay {}", overlay.display()))?;
    }
    for (program, path) in &finish.programs {
        let target = below(tree, path);
        if let Some(folder) = target.parent() {
            make_folders(tree, folder)?;
        }
        fs::copy(program, &target).with_context(|| format!("installing {}", path.display()))?;
        own(&target, 0o755)?;
    }
    for (path, to) in &finish.links {
        let link = below(tree, path);
        if let Some(folder) = link.parent() {
            make_folders(tree, folder)?;
        }
        symlink(to, &link).with_context(|| format!("linking {}", path.display()))?;
        lchown(&link, Some(0), Some(0)).with_context(|| format!("giving {} to root", path.display()))?;
    }
    for (path, content) in &finish.files {
        let target = below(tree, path);
        if let Some(folder) = target.parent() {
            make_folders(tree, folder)?;
        }
        fs::write(&target, content).with_context(|| format!("writing {}", path.display()))?;
        own(&target, 0o644)?;
    }
    let os_release = tree.join("usr/lib/os-release");
    fs::write(&os_release, &finish.os_release).with_context(|| format!("writing {}", os_release.display()))?;
    for script in &finish.scripts {
        let mut command = Command::in_tree(tree, "/run/script").bind(script, Path::new("/run/script"), false);
        for (name, value) in &finish.environment {
            command = command.env(name, value);
        }
        command
            .env("SYSTEMD_OFFLINE", "1")
            .lines(&mut *line)
            .with_context(|| format!("running {}", script.display()))?;
    }
    for arguments in [["preset-all", "--quiet"], ["--global", "preset-all"]] {
        Command::in_tree(tree, "systemctl")
            .args(arguments)
            .env("SYSTEMD_OFFLINE", "1")
            .run()
            .context("applying the presets of units")?;
    }
    for path in OF_ONE_MACHINE {
        remove_tree(&tree.join(path))?;
    }
    // It is in the kernel image.
    remove_pattern(tree, "/usr/lib/modules/*/vmlinuz")?;
    for pattern in &finish.removed {
        remove_pattern(tree, pattern)?;
    }
    for path in &finish.firmware {
        remove_tree(&tree.join("usr/lib/firmware").join(path))?;
    }
    var::move_away(tree)?;
    for name in MOUNT_POINTS {
        let path = tree.join(name);
        if !path.exists() {
            fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
            own(&path, 0o755)?;
        }
    }
    // Administrators' own files are data; until there is any, root has an empty home.
    remove_tree(&tree.join("root"))?;
    fs::create_dir(tree.join("root")).context("making /root")?;
    own(&tree.join("root"), 0o700)?;
    // systemd takes an empty file for a machine that has its settings, and never asks.
    let machine_id = tree.join("etc/machine-id");
    fs::write(&machine_id, "").context("making an empty machine-id")?;
    own(&machine_id, 0o444)?;
    let resolv = tree.join("etc/resolv.conf");
    if !resolv.is_symlink() {
        remove_tree(&resolv)?;
        symlink("/run/NetworkManager/resolv.conf", &resolv).context("linking resolv.conf")?;
    }
    Ok(())
}

fn below(tree: &Path, path: &Path) -> PathBuf {
    tree.join(path.strip_prefix("/").unwrap_or(path))
}

/// Makes `folder` and those above it, up to the tree, owned by root.
fn make_folders(tree: &Path, folder: &Path) -> Result<()> {
    if folder.exists() || folder == tree {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        make_folders(tree, above)?;
    }
    fs::create_dir(folder).with_context(|| format!("making {}", folder.display()))?;
    own(folder, 0o755)
}

fn own(path: &Path, mode: u32) -> Result<()> {
    lchown(path, Some(0), Some(0)).with_context(|| format!("giving {} to root", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("setting the mode of {}", path.display()))
}

/// Copies the files of `source` over `tree`. All belong to root; of their modes only the owner's execute bit counts,
/// as git keeps no more.
fn copy(source: &Path, tree: &Path) -> Result<()> {
    let mut entries: Vec<_> = fs::read_dir(source)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .with_context(|| format!("listing {}", source.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (from, to) = (entry.path(), tree.join(entry.file_name()));
        let metadata = entry.metadata().with_context(|| format!("examining {}", from.display()))?;
        let there = to.symlink_metadata().ok();
        if metadata.is_dir() {
            if !to.is_dir() {
                fs::create_dir(&to).with_context(|| format!("making {}", to.display()))?;
                own(&to, 0o755)?;
            }
            copy(&from, &to)?;
            continue;
        }
        if there.is_some_and(|there| !there.is_dir()) {
            fs::remove_file(&to).with_context(|| format!("replacing {}", to.display()))?;
        }
        if metadata.is_symlink() {
            let target = fs::read_link(&from).with_context(|| format!("reading {}", from.display()))?;
            symlink(target, &to).with_context(|| format!("making {}", to.display()))?;
            lchown(&to, Some(0), Some(0)).with_context(|| format!("giving {} to root", to.display()))?;
        } else {
            fs::copy(&from, &to).with_context(|| format!("copying {}", from.display()))?;
            own(&to, if metadata.permissions().mode() & 0o100 == 0 { 0o644 } else { 0o755 })?;
        }
    }
    Ok(())
}

/// Removes what matches an absolute path with `*` in any of its names. Links are never followed.
fn remove_pattern(tree: &Path, pattern: &str) -> Result<()> {
    let Some(pattern) = pattern.strip_prefix('/') else { bail!("RemoveFiles={pattern}: an absolute path is expected") };
    let mut found = vec![tree.to_owned()];
    for name in pattern.split('/').filter(|name| !name.is_empty()) {
        let mut next = Vec::new();
        for folder in found {
            if !name.contains('*') {
                next.push(folder.join(name));
                continue;
            }
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let entry = entry.with_context(|| format!("listing {}", folder.display()))?;
                if matches(name.as_bytes(), entry.file_name().as_encoded_bytes()) {
                    next.push(entry.path());
                }
            }
        }
        found = next;
    }
    found.iter().try_for_each(|path| remove_tree(path))
}

/// Whether `name` matches `pattern`, where `*` stands for any bytes.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        Some((byte, rest)) => name.split_first().is_some_and(|(first, left)| first == byte && matches(rest, left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, fits) in [("*", "x", true), ("a*c", "abc", true), ("a*c", "abd", false), ("", "", true)] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn removes_what_matches_and_nothing_behind_links() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path();
        for folder in ["usr/share/doc/a", "usr/share/doc/b", "usr/share/man", "keep"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        symlink("../../keep", root.join("usr/share/link")).unwrap();
        remove_pattern(root, "/usr/share/doc/*").unwrap();
        remove_pattern(root, "/usr/share/link").unwrap();
        remove_pattern(root, "/usr/nothing/*/x").unwrap();
        assert_eq!(fs::read_dir(root.join("usr/share/doc")).unwrap().count(), 0);
        assert!(root.join("usr/share/man").is_dir() && root.join("keep").is_dir());
        assert!(!root.join("usr/share/link").is_symlink());
        assert!(remove_pattern(root, "usr").is_err());
    }
}
