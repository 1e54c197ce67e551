//! Update bundles for a node: on a second disk, as from a stick.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error};
use crate::inputs;
use crate::tool;

/// Where [`MOUNT`] leaves the bundles on the node.
pub const FOLDER: &str = "/run/bundles";

/// Mounts the second disk on the node.
pub const MOUNT: &str = "mkdir -p /run/bundles && mount -o ro,nosuid,nodev,noexec /dev/vdb /run/bundles";

/// Makes the file of a disk in `folder` that has all bundles of the stories, as `<release>.raucb`.
pub fn disk(folder: &Path) -> Result<PathBuf, Error> {
    disk_of(&inputs::bundles()?, folder)
}

/// The same with what another folder has.
pub fn disk_of(bundles: &Path, folder: &Path) -> Result<PathBuf, Error> {
    let files = fs::read_dir(bundles).at("listing", bundles)?.flatten();
    let lengths: u64 = files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum();
    disk_with_room(bundles, folder, (lengths >> 20) * 11 / 10 + 256)
}

/// A disk of so many binary megabytes, with what a folder has.
pub fn disk_with_room(content: &Path, folder: &Path, megabytes: u64) -> Result<PathBuf, Error> {
    let file = folder.join("bundles.ext4");
    // The file is sparse.
    let size = format!("{megabytes}M");
    let arguments: [&std::ffi::OsStr; 8] = [
        "-q".as_ref(),
        "-t".as_ref(),
        "ext4".as_ref(),
        "-O^has_journal".as_ref(),
        "-d".as_ref(),
        content.as_os_str(),
        file.as_os_str(),
        size.as_ref(),
    ];
    tool::run("mke2fs", arguments)?;
    Ok(file)
}
