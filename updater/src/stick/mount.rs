//! Mounts a stick where no other process sees it, and then gives up every right.
//!
//! The unit gives this process its own mounts (`PrivateMounts=`), a user of its own and one capability, `CAP_SYS_ADMIN`. Nothing
//! of the file system but its superblock has been looked at, by the kernel, when that goes. The kernel's own reading of a file
//! system that somebody has made for it is what is left to trust: three file systems, no others.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use nix::mount::{MsFlags, mount};
use nix::unistd::{getegid, geteuid};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
use thiserror::Error;

use crate::error::{Context as _, IoError};

/// Bytes that have all marks.
const HEAD: usize = 2048;

/// A stick is not mounted.
#[derive(Debug, Error)]
pub enum MountError {
    /// What the kernel says.
    #[error(transparent)]
    Io(#[from] IoError),
    /// Another file system, or none.
    #[error("{} has no file system that this node mounts (vfat, exfat, ext4)", .0.display())]
    Other(PathBuf),
}

/// A mounted stick; it is unmounted when the process ends.
#[derive(Debug)]
pub struct Stick {
    at: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Vfat,
    Exfat,
    Ext4,
}

impl Kind {
    /// The kind of what begins so.
    fn of(head: &[u8]) -> Option<Self> {
        let at = |place: usize, mark: &[u8]| head.get(place..place + mark.len()) == Some(mark);
        if at(3, b"EXFAT   ") {
            Some(Self::Exfat)
        } else if at(1024 + 56, &[0x53, 0xEF]) {
            Some(Self::Ext4)
        } else if at(510, &[0x55, 0xAA]) && (at(82, b"FAT32   ") || at(54, b"FAT16   ") || at(54, b"FAT12   ")) {
            Some(Self::Vfat)
        } else {
            None
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Vfat => "vfat",
            Self::Exfat => "exfat",
            Self::Ext4 => "ext4",
        }
    }

    /// Its options; a journal is not replayed on what is only read.
    fn options(self, write: bool) -> String {
        let owner = format!("uid={},gid={},umask=0077,errors=remount-ro", geteuid(), getegid());
        match (self, write) {
            (Self::Vfat | Self::Exfat, _) => owner,
            (Self::Ext4, false) => "noload,errors=remount-ro".to_owned(),
            (Self::Ext4, true) => "errors=remount-ro".to_owned(),
        }
    }
}

const FLAGS: MsFlags = MsFlags::MS_NOSUID
    .union(MsFlags::MS_NODEV)
    .union(MsFlags::MS_NOEXEC)
    .union(MsFlags::MS_NOATIME)
    // MS_NOSYMFOLLOW, which nix has no name for.
    .union(MsFlags::from_bits_retain(256));

impl Stick {
    /// Mounts what is on a device at a folder, for reading.
    pub fn mount(device: &Path, at: &Path) -> Result<Self, MountError> {
        let mut file = File::open(device).context("opening", device)?;
        let mut head = vec![0; HEAD];
        let mut filled = 0;
        while filled < HEAD {
            match file.read(&mut head[filled..]).context("reading", device)? {
                0 => break,
                count => filled += count,
            }
        }
        drop(file);
        let kind = Kind::of(&head).ok_or_else(|| MountError::Other(device.to_owned()))?;
        let (flags, options) = (FLAGS | MsFlags::MS_RDONLY, kind.options(false));
        mount(Some(device), at, Some(kind.name()), flags, Some(options.as_str())).context("mounting", device)?;
        Ok(Self { at: at.to_owned(), kind })
    }

    /// Lets it be written to. On ext4 the journal needs another mount, above the first.
    pub fn allow_writing(&self, device: &Path) -> Result<(), MountError> {
        let options = self.kind.options(true);
        if self.kind == Kind::Ext4 {
            nix::mount::umount(&self.at).context("unmounting", device)?;
            mount(Some(device), &self.at, Some(self.kind.name()), FLAGS, Some(options.as_str()))
                .context("mounting", device)?;
        } else {
            let flags = FLAGS | MsFlags::MS_REMOUNT;
            mount(None::<&str>, &self.at, None::<&str>, flags, Some(options.as_str())).context("writing to", device)?;
        }
        Ok(())
    }

    /// Where it is mounted.
    pub fn root(&self) -> &Path {
        &self.at
    }
}

/// Gives up every right, for ever. No thread may have been started.
pub fn drop_rights() -> io::Result<()> {
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, sets)?;
    // What is ambient goes with what is permitted; nothing comes back (NoNewPrivileges=).
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_systems_by_their_marks() {
        let head = |marks: &[(usize, &[u8])]| {
            let mut head = vec![0; HEAD];
            for (place, mark) in marks {
                head[*place..place + mark.len()].copy_from_slice(mark);
            }
            head
        };
        for (head, kind) in [
            (head(&[]), None),
            (Vec::new(), None),
            (head(&[(3, b"EXFAT   ")]), Some(Kind::Exfat)),
            (head(&[(1080, &[0x53, 0xEF])]), Some(Kind::Ext4)),
            (head(&[(510, &[0x55, 0xAA]), (82, b"FAT32   ")]), Some(Kind::Vfat)),
            (head(&[(82, b"FAT32   ")]), None),
            (head(&[(3, b"NTFS    "), (510, &[0x55, 0xAA])]), None),
        ] {
            assert_eq!(Kind::of(&head), kind);
        }
    }
}
