//! `/var` of a node is a tmpfs that is empty at each start. What packages ship and make there becomes instructions for
//! systemd-tmpfiles, and files move to `/usr/share/factory/var`, where its `C` lines take them from.

use std::fmt::Write as _;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cache::remove_tree;

/// What a node has no use for: databases of package managers, caches, logs, and the builder's traces.
const DROPPED: [&str; 13] = [
    "backups",
    "cache",
    "lib/apt",
    "lib/dpkg",
    "lib/initramfs-tools",
    "lib/machines",
    "lib/pam",
    "lib/portables",
    "lib/private",
    "lib/systemd",
    "lib/ucf",
    "log",
    "tmp",
];

/// What becomes of one entry of `/var`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Folder { path: String, mode: u32, uid: u32, gid: u32 },
    Link { path: String, target: String },
    File { path: String },
}

impl Line {
    fn text(&self) -> String {
        match self {
            Self::Folder { path, mode, uid, gid } => format!("d /var/{path} {mode:04o} {uid} {gid} -"),
            Self::Link { path, target } => format!("L /var/{path} - - - - {target}"),
            Self::File { path } => format!("C /var/{path} - - - - /usr/share/factory/var/{path}"),
        }
    }
}

/// Empties `/var` of the tree and writes what restores it to `usr/lib/tmpfiles.d/ilanga-var.conf`.
pub(crate) fn move_away(tree: &Path) -> Result<()> {
    let var = tree.join("var");
    for path in DROPPED {
        remove_tree(&var.join(path))?;
    }
    let mut lines = Vec::new();
    walk(&var, "", &mut lines)?;
    let mut text = String::from("# What the image's packages have in /var.\n");
    for line in &lines {
        let _ = writeln!(text, "{}", line.text());
        if let Line::File { path } = line {
            let target = tree.join("usr/share/factory/var").join(path);
            if let Some(folder) = target.parent() {
                fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
            }
            fs::copy(var.join(path), &target).with_context(|| format!("moving /var/{path}"))?;
        }
    }
    for entry in fs::read_dir(&var).context("listing /var")? {
        remove_tree(&entry.context("listing /var")?.path())?;
    }
    let conf = tree.join("usr/lib/tmpfiles.d/ilanga-var.conf");
    fs::write(&conf, text).with_context(|| format!("writing {}", conf.display()))
}

fn walk(var: &Path, below: &str, lines: &mut Vec<Line>) -> Result<()> {
    let folder = var.join(below);
    let mut names: Vec<String> = fs::read_dir(&folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .with_context(|| format!("listing {}", folder.display()))?
        .into_iter()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    for name in names {
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        let full = var.join(&path);
        let metadata = full.symlink_metadata().with_context(|| format!("examining {}", full.display()))?;
        lines.extend(line(&path, &full, &metadata)?);
        if metadata.is_dir() {
            walk(var, &path, lines)?;
        }
    }
    Ok(())
}

fn line(path: &str, full: &Path, metadata: &Metadata) -> Result<Option<Line>> {
    let path = path.to_owned();
    Ok(if metadata.is_dir() {
        Some(Line::Folder { path, mode: metadata.mode() & 0o7777, uid: metadata.uid(), gid: metadata.gid() })
    } else if metadata.is_symlink() {
        let target = fs::read_link(full).with_context(|| format!("reading {}", full.display()))?;
        Some(Line::Link { path, target: target.to_string_lossy().into_owned() })
    } else if metadata.is_file() {
        Some(Line::File { path })
    } else {
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restores_what_was_there() {
        let tree = tempfile::tempdir().unwrap();
        let root = tree.path();
        fs::create_dir_all(root.join("var/lib/chrony")).unwrap();
        fs::create_dir_all(root.join("var/cache/apt")).unwrap();
        fs::create_dir_all(root.join("usr/lib/tmpfiles.d")).unwrap();
        fs::write(root.join("var/lib/chrony/drift"), "1").unwrap();
        std::os::unix::fs::symlink("/run", root.join("var/run")).unwrap();
        move_away(root).unwrap();
        assert_eq!(fs::read_dir(root.join("var")).unwrap().count(), 0);
        let text = fs::read_to_string(root.join("usr/lib/tmpfiles.d/ilanga-var.conf")).unwrap();
        assert!(text.contains("C /var/lib/chrony/drift - - - - /usr/share/factory/var/lib/chrony/drift\n"), "{text}");
        assert!(text.contains("L /var/run - - - - /run\n"), "{text}");
        assert!(text.contains("d /var/lib/chrony 0755 "), "{text}");
        assert!(!text.contains("cache"), "{text}");
        assert_eq!(fs::read(root.join("usr/share/factory/var/lib/chrony/drift")).unwrap(), b"1");
    }
}
