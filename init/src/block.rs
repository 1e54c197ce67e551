//! Disks and partitions, as `/sys/class/block` and the block layer's ioctls know them.

use std::fs::{self, File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use formats::size::Bytes;

use crate::error::{Context as _, IoError};

/// Where the kernel lists disks and partitions.
const CLASS: &str = "/sys/class/block";

/// A partition that the kernel knows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Partition {
    /// Its name, such as `sda1`.
    pub(crate) name: String,
    /// Its disk's name, such as `sda`.
    pub(crate) disk: String,
    /// Its name in the partition table.
    pub(crate) label: String,
    /// Its device number, as `major:minor`.
    pub(crate) number: String,
    /// How long it is.
    pub(crate) length: Bytes,
}

impl Partition {
    /// Its node.
    pub(crate) fn node(&self) -> String {
        node(&self.name)
    }
}

/// The node of a disk or partition. The kernel writes `!` for a `/` in a name.
pub(crate) fn node(name: &str) -> String {
    format!("/dev/{}", name.replace('!', "/"))
}

/// The partitions that there are now, by name.
pub(crate) fn partitions() -> Vec<Partition> {
    let Ok(entries) = fs::read_dir(CLASS) else { return Vec::new() };
    let mut partitions: Vec<_> = entries.flatten().filter_map(|entry| partition(&entry.path())).collect();
    partitions.sort();
    partitions
}

/// The partition described in this directory; `None` if that is no partition, or it has just gone.
fn partition(folder: &Path) -> Option<Partition> {
    let uevent = fs::read_to_string(folder.join("uevent")).ok()?;
    if !uevent.lines().any(|line| line == "DEVTYPE=partition") {
        return None;
    }
    let real: PathBuf = fs::canonicalize(folder).ok()?;
    let label = uevent.lines().find_map(|line| line.strip_prefix("PARTNAME=")).unwrap_or_default();
    let sectors: u64 = fs::read_to_string(folder.join("size")).ok()?.trim_end().parse().ok()?;
    Some(Partition {
        name: real.file_name()?.to_str()?.to_owned(),
        disk: real.parent()?.file_name()?.to_str()?.to_owned(),
        label: label.to_owned(),
        number: fs::read_to_string(folder.join("dev")).ok()?.trim_end().to_owned(),
        length: Bytes(sectors.checked_mul(512)?),
    })
}

/// A disk, open.
#[derive(Debug)]
pub(crate) struct Disk {
    /// Its node.
    pub(crate) node: String,
    /// The open node.
    pub(crate) file: File,
    /// How long it is.
    pub(crate) length: Bytes,
}

nix::ioctl_read!(blkgetsize64, 0x12, 114, u64);
nix::ioctl_none!(blkrrpart, 0x12, 95);

impl Disk {
    /// Opens the disk with this name.
    pub(crate) fn open(name: &str) -> Result<Self, IoError> {
        Self::with(name, File::options().read(true).write(true))
    }

    /// The same, to be read only: it may have a switch against writing.
    pub(crate) fn look(name: &str) -> Result<Self, IoError> {
        Self::with(name, File::options().read(true))
    }

    fn with(name: &str, options: &OpenOptions) -> Result<Self, IoError> {
        let node = node(name);
        let file = options.open(&node).context("opening", &node)?;
        let kind = file.metadata().context("reading the kind of", &node)?.file_type();
        let mut length = 0;
        if kind.is_block_device() {
            // SAFETY: the descriptor is open, and the kernel writes one u64.
            unsafe { blkgetsize64(file.as_raw_fd(), &mut length) }.context("reading the length of", &node)?;
        }
        Ok(Self { node, file, length: Bytes(length) })
    }

    /// Lets the kernel read the partition table again. None of the partitions may be in use.
    pub(crate) fn reread(&self) -> Result<(), IoError> {
        // SAFETY: the descriptor is open, and the request has no argument.
        unsafe { blkrrpart(self.file.as_raw_fd()) }.context("reading again the partition table of", &self.node)?;
        Ok(())
    }
}
