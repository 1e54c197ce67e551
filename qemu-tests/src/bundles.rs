//! Update bundles for a node: on a second disk, as from a stick.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error};
use crate::ext4;
use crate::inputs;

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
    ext4::make(content, &file, megabytes, &["-O^has_journal"])?;
    Ok(file)
}
