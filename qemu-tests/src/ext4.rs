//! Disks without partitions, with files on them.

use std::ffi::OsStr;
use std::path::Path;

use crate::error::Error;
use crate::tool;

/// Makes `file`, so many binary megabytes with an ext4 that has what the folder has. The file is sparse.
pub(crate) fn make(content: &Path, file: &Path, megabytes: u64, options: &[&str]) -> Result<(), Error> {
    let size = format!("{megabytes}M");
    let first = ["-q", "-t", "ext4"].iter().chain(options).map(OsStr::new);
    let paths = ["-d".as_ref(), content.as_os_str(), file.as_os_str(), size.as_ref()];
    tool::run("mke2fs", first.chain(paths)).map(drop)
}
