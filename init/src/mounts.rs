//! File systems: the kernel's own, those of the new root, and the change from one root to the other.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt as _;

use nix::dir::{Dir, Type};
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::stat::{Mode, fstat, fstatat};
use nix::unistd::{UnlinkatFlags, chdir, chroot, unlinkat};

use crate::error::{Context as _, IoError};

/// Where the verified root is mounted before it becomes the root.
pub(crate) const NEW_ROOT: &str = "/sysroot";

/// The mounts that move into the new root.
const MOVED: [&str; 4] = ["/dev", "/proc", "/sys", "/run"];

/// A mount: what, where, and how.
struct Mount {
    kind: &'static str,
    target: &'static str,
    flags: MsFlags,
    options: &'static str,
}

impl Mount {
    fn mount(&self) -> Result<(), IoError> {
        let options = Some(self.options).filter(|options| !options.is_empty());
        mount(Some(self.kind), self.target, Some(self.kind), self.flags, options).context("mounting", self.target)
    }
}

/// Mounts `/dev`, `/proc`, `/sys` and `/run`, with the options that systemd gives them.
pub(crate) fn api() -> Result<(), IoError> {
    let (nosuid, noexec, nodev) = (MsFlags::MS_NOSUID, MsFlags::MS_NOEXEC, MsFlags::MS_NODEV);
    let strict = MsFlags::MS_STRICTATIME;
    for api in [
        Mount { kind: "devtmpfs", target: "/dev", flags: nosuid | strict, options: "mode=0755,size=4m,nr_inodes=1m" },
        Mount { kind: "proc", target: "/proc", flags: nosuid | noexec | nodev, options: "" },
        Mount { kind: "sysfs", target: "/sys", flags: nosuid | noexec | nodev, options: "" },
        Mount { kind: "tmpfs", target: "/run", flags: nosuid | nodev | strict, options: "mode=0755,size=20%" },
    ] {
        directory(api.target, 0o755)?;
        api.mount()?;
    }
    Ok(())
}

/// Whether anything is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Nothing is.
    Read,
    /// Something is.
    Write,
}

/// Mounts the firmware's variables. `init` sets some in a start that fails, and one in each start of a release on trial.
pub(crate) fn efivarfs(access: Access) -> Result<(), IoError> {
    let mut flags = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC | MsFlags::MS_NODEV;
    if access == Access::Read {
        flags |= MsFlags::MS_RDONLY;
    }
    Mount { kind: "efivarfs", target: "/sys/firmware/efi/efivars", flags, options: "" }.mount()
}

/// Takes the firmware's variables away again; systemd mounts them for itself.
pub(crate) fn leave_efivarfs() {
    let _ = umount2("/sys/firmware/efi/efivars", MntFlags::MNT_DETACH);
}

/// Mounts the verified root file system at [`NEW_ROOT`].
pub(crate) fn root(device: &str) -> Result<(), IoError> {
    directory(NEW_ROOT, 0o755)?;
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NODEV;
    mount(Some(device), NEW_ROOT, Some("erofs"), flags, None::<&str>)
        .context("mounting the root file system of", device)
}

/// Makes [`NEW_ROOT`] the root of every thread of this process, and returns the old one, which nothing else sees.
pub(crate) fn enter_root() -> Result<OwnedFd, IoError> {
    let old =
        open("/", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty()).context("opening", "/")?;
    for path in MOVED {
        let target = format!("{NEW_ROOT}{path}");
        mount(Some(path), target.as_str(), None::<&str>, MsFlags::MS_MOVE, None::<&str>).context("moving", path)?;
    }
    chdir(NEW_ROOT).context("entering", NEW_ROOT)?;
    mount(Some("."), "/", None::<&str>, MsFlags::MS_MOVE, None::<&str>).context("moving", NEW_ROOT)?;
    chroot(".").context("changing the root to", NEW_ROOT)?;
    chdir("/").context("entering", "/")?;
    Ok(old)
}

/// Mounts the overlay on `/etc`: what the verified root has, with an empty tmpfs above.
pub(crate) fn etc() -> Result<(), IoError> {
    const UPPER: &str = "/run/ilanga-etc";
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    directory(UPPER, 0o700)?;
    mount(Some("tmpfs"), UPPER, Some("tmpfs"), flags, Some("mode=0700,size=10%")).context("mounting", UPPER)?;
    directory(&format!("{UPPER}/upper"), 0o755)?;
    directory(&format!("{UPPER}/work"), 0o700)?;
    let options = format!("lowerdir=/etc,upperdir={UPPER}/upper,workdir={UPPER}/work");
    mount(Some("overlay"), "/etc", Some("overlay"), flags, Some(options.as_str())).context("mounting", "/etc")?;
    // The overlay holds the tmpfs; nothing else needs its path.
    umount2(UPPER, MntFlags::MNT_DETACH).context("unmounting", UPPER)?;
    fs::remove_dir(UPPER).context("removing", UPPER)
}

/// Mounts an empty `/var`.
pub(crate) fn var() -> Result<(), IoError> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    Mount { kind: "tmpfs", target: "/var", flags, options: "mode=0755" }.mount()
}

fn state_flags() -> MsFlags {
    MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_NOATIME
}

/// Mounts the state partition.
pub(crate) fn state(device: &str) -> Result<(), IoError> {
    let options = Some("errors=remount-ro");
    mount(Some(device), "/state", Some("ext4"), state_flags(), options).context("mounting /state from", device)
}

/// Takes the state partition away again.
pub(crate) fn leave_state() -> Result<(), IoError> {
    umount2("/state", MntFlags::empty()).context("unmounting", "/state")
}

/// Mounts an empty `/state` that lasts until the machine is switched off.
pub(crate) fn volatile_state() -> Result<(), IoError> {
    Mount { kind: "tmpfs", target: "/state", flags: state_flags(), options: "mode=0755,size=5%" }.mount()
}

/// Makes a directory, or leaves it as it is.
pub(crate) fn directory(path: &str, mode: u32) -> Result<(), IoError> {
    match fs::DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(IoError::new("making", path, error)),
        _ => Ok(()),
    }
}

/// Frees the memory that the initramfs takes: removes all that is in this directory, but not what is mounted there.
pub(crate) fn empty(directory: &OwnedFd) -> Result<(), IoError> {
    remove_below(directory).context("emptying", "the initramfs")
}

fn remove_below(directory: &OwnedFd) -> nix::Result<()> {
    let device = fstat(directory)?.st_dev;
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let entries = openat(directory, ".", flags, Mode::empty())?;
    for entry in Dir::from_fd(entries)?.iter() {
        let entry = entry?;
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let how = if entry.file_type() == Some(Type::Directory) {
            if fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW)?.st_dev != device {
                continue;
            }
            remove_below(&openat(directory.as_fd(), name, flags, Mode::empty())?)?;
            UnlinkatFlags::RemoveDir
        } else {
            UnlinkatFlags::NoRemoveDir
        };
        unlinkat(directory, name, how)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emptying_takes_all() {
        let folder = std::env::temp_dir().join(format!("ilanga-init-empty-{}", std::process::id()));
        fs::create_dir_all(folder.join("a/b")).unwrap();
        fs::write(folder.join("a/b/file"), "x").unwrap();
        std::os::unix::fs::symlink("/", folder.join("a/link")).unwrap();
        let opened = open(&folder, OFlag::O_PATH | OFlag::O_DIRECTORY, Mode::empty()).unwrap();
        empty(&opened).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir(&folder).unwrap();
    }
}
