//! A file system for data on a disk of its own: set-up, which makes one on the partition for data, is not there yet.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error};
use crate::ext4;
use crate::running::Running;

/// Makes the file of a disk in `folder`, with room for some releases and with the owner's settings for fetching.
pub fn disk(folder: &Path, settings: &str) -> Result<PathBuf, Error> {
    let (content, file) = (folder.join("data"), folder.join("data.ext4"));
    let path = content.join("updates/settings.toml");
    fs::create_dir_all(content.join("updates")).at("making", &content)?;
    fs::write(&path, settings).at("writing", &path)?;
    ext4::make(&content, &file, 6 << 10, &[])?;
    Ok(file)
}

/// Mounts it on a node whose other disk it is, by a unit, as the partition will be.
pub fn mount(node: &mut Running<'_>) -> Result<(), Error> {
    let unit = "[Mount]\\nWhat=/dev/vdb\\nWhere=/data\\nType=ext4\\nOptions=nosuid,nodev,noexec\\n";
    node.run(&format!(
        "mkdir -p /run/systemd/system && printf '{unit}' >/run/systemd/system/data.mount && \
         systemctl daemon-reload && systemctl start data.mount && mountpoint -q /data"
    ))?;
    Ok(())
}
