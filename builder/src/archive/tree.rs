//! A tree of files that packages are unpacked into.
//!
//! Every name is looked up by the kernel as if the tree were `/` (openat2(2) with `RESOLVE_IN_ROOT`), so a package that
//! ships `lib/x` into a tree whose `/lib` is a link to `usr/lib` writes `usr/lib/x`, and no link leads out of the tree.
//! The last name of a path is never followed.
//!
//! As with dpkg, a directory that is there stays as it is, and so does a link to a directory where a package ships a
//! directory; any other file is replaced.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, open, openat, openat2};
use nix::sys::stat::{
    FchmodatFlags, Mode, SFlag, UtimensatFlags, fchmod, fchmodat, futimens, mkdirat, mknodat, utimensat,
};
use nix::sys::time::TimeSpec;
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, fchownat, linkat, symlinkat, unlinkat};

/// Owner, mode and time of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes {
    /// The number of its owner.
    pub(crate) uid: u32,
    /// The number of its group.
    pub(crate) gid: u32,
    /// Its permissions, with the set-id and sticky bits.
    pub(crate) mode: u32,
    /// When it was changed last, in seconds since 1970.
    pub(crate) mtime: i64,
}

/// The names of a path below the root of a tree: nothing empty, no `.` and no `..`. The root itself has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inside(PathBuf);

/// A tree that is being written.
#[derive(Debug)]
pub(crate) struct Tree {
    root: OwnedFd,
    /// The directory of the file written last; the next one is mostly in it too.
    open: Option<(PathBuf, OwnedFd)>,
    /// Directories made here, whose times are set at the end.
    directories: Vec<(Inside, i64)>,
    buffer: Vec<u8>,
}

impl Inside {
    /// The path `text` of an archive (`./usr/bin`); `None` if it is absolute or has `..` in it.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        let mut path = PathBuf::new();
        for component in Path::new(OsStr::from_bytes(text)).components() {
            match component {
                Component::CurDir => {}
                Component::Normal(name) => path.push(name),
                Component::Prefix(_) | Component::RootDir | Component::ParentDir => return None,
            }
        }
        Some(Self(path))
    }

    /// The path, without a slash at its start.
    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }

    /// Whether it is the root itself.
    pub(crate) fn is_root(&self) -> bool {
        self.0.as_os_str().is_empty()
    }

    /// Where the path is once `/bin`, `/lib` and their like are links into `/usr`; `is_directory` tells what it names,
    /// as such a link itself stays where it is.
    pub(crate) fn merged_usr(self, is_directory: bool) -> Self {
        let mut names = self.0.iter();
        let first = names.next().unwrap_or_default();
        let merged = ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libo32"].iter().any(|name| *name == first);
        if merged && (is_directory || names.next().is_some()) { Self(Path::new("usr").join(self.0)) } else { self }
    }

    fn split(&self) -> io::Result<(&Path, &OsStr)> {
        let name = self.0.file_name().ok_or_else(|| io::Error::from(Errno::EBUSY))?;
        Ok((self.0.parent().unwrap_or(Path::new("")), name))
    }
}

impl Tree {
    /// The tree at an existing folder.
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = open(root, flags, Mode::empty())?;
        Ok(Self { root, open: None, directories: Vec::new(), buffer: vec![0; 128 << 10] })
    }

    /// Makes a directory, unless there is one, or a link to one.
    pub(crate) fn directory(&mut self, path: &Inside, attributes: Attributes) -> io::Result<()> {
        if path.is_root() {
            return Ok(());
        }
        let (parent, name) = self.parent(path)?;
        match mkdirat(parent, name, Mode::from_bits_truncate(0o700)) {
            Ok(()) => {}
            Err(Errno::EEXIST) => {
                return open_directory(&self.root, path.as_path()).map(drop).map_err(io::Error::from);
            }
            Err(errno) => return Err(errno.into()),
        }
        set_owner(parent, name, attributes)?;
        fchmodat(parent, name, mode(attributes), FchmodatFlags::FollowSymlink)?;
        self.directories.push((path.clone(), attributes.mtime));
        Ok(())
    }

    /// Writes a file with the bytes of `content`; returns how many.
    pub(crate) fn file(
        &mut self,
        path: &Inside,
        attributes: Attributes,
        content: &mut dyn Read,
    ) -> Result<u64, WriteError> {
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mut file = self
            .replace(path, |parent, name| openat(parent, name, flags, Mode::from_bits_truncate(0o600)))
            .map(File::from)
            .map_err(WriteError::Write)?;
        let mut written = 0;
        loop {
            let read = content.read(&mut self.buffer).map_err(WriteError::Read)?;
            if read == 0 {
                break;
            }
            file.write_all(&self.buffer[..read]).map_err(WriteError::Write)?;
            written += read as u64;
        }
        let finish = || {
            fchown(&file, Some(Uid::from_raw(attributes.uid)), Some(Gid::from_raw(attributes.gid)))?;
            fchmod(&file, mode(attributes))?;
            futimens(&file, &time(attributes.mtime), &time(attributes.mtime))
        };
        finish().map_err(|errno| WriteError::Write(errno.into()))?;
        Ok(written)
    }

    /// Makes a symbolic link that says `to`.
    pub(crate) fn symlink(&mut self, path: &Inside, attributes: Attributes, to: &OsStr) -> io::Result<()> {
        self.replace(path, |parent, name| symlinkat(to, parent, name))?;
        let (parent, name) = self.parent(path)?;
        set_owner(parent, name, attributes)?;
        let time = time(attributes.mtime);
        Ok(utimensat(parent, name, &time, &time, UtimensatFlags::NoFollowSymlink)?)
    }

    /// Gives a file of the tree another name.
    pub(crate) fn hard_link(&mut self, path: &Inside, to: &Inside) -> io::Result<()> {
        let (folder, to) = to.split()?;
        let folder = open_directory(&self.root, folder)?;
        self.replace(path, |parent, name| linkat(&folder, to, parent, name, AtFlags::empty()))
    }

    /// Makes a named pipe.
    pub(crate) fn fifo(&mut self, path: &Inside, attributes: Attributes) -> io::Result<()> {
        self.replace(path, |parent, name| mknodat(parent, name, SFlag::S_IFIFO, mode(attributes), 0))?;
        let (parent, name) = self.parent(path)?;
        set_owner(parent, name, attributes)?;
        fchmodat(parent, name, mode(attributes), FchmodatFlags::FollowSymlink)?;
        let time = time(attributes.mtime);
        Ok(utimensat(parent, name, &time, &time, UtimensatFlags::NoFollowSymlink)?)
    }

    /// Sets the times of the directories that were made: writing into them has changed these.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        for (path, mtime) in std::mem::take(&mut self.directories) {
            let (parent, name) = self.parent(&path)?;
            utimensat(parent, name, &time(mtime), &time(mtime), UtimensatFlags::NoFollowSymlink)?;
        }
        Ok(())
    }

    /// Makes a file by `make`, which fails where there is one; that one is taken away first.
    fn replace<T>(&mut self, path: &Inside, make: impl Fn(&OwnedFd, &OsStr) -> nix::Result<T>) -> io::Result<T> {
        let (parent, name) = self.parent(path)?;
        match make(parent, name) {
            Err(Errno::EEXIST) => {
                unlinkat(parent, name, UnlinkatFlags::NoRemoveDir)?;
                Ok(make(parent, name)?)
            }
            result => Ok(result?),
        }
    }

    /// The directory of `path`, made where it is missing, and the last name.
    fn parent<'a>(&mut self, path: &'a Inside) -> io::Result<(&OwnedFd, &'a OsStr)> {
        let (folder, name) = path.split()?;
        let fd = match self.open.take() {
            Some((open, fd)) if open == folder => fd,
            _ => match open_directory(&self.root, folder) {
                Err(Errno::ENOENT) => self.make(folder)?,
                result => result?,
            },
        };
        let (_, fd) = self.open.insert((folder.to_owned(), fd));
        Ok((fd, name))
    }

    /// Makes the directories of `folder` that are missing: root's, 0755.
    fn make(&self, folder: &Path) -> io::Result<OwnedFd> {
        let mut made = PathBuf::new();
        let mut directory = self.root.try_clone()?;
        for name in folder {
            made.push(name);
            directory = match open_directory(&self.root, &made) {
                Err(Errno::ENOENT) => {
                    match mkdirat(&directory, name, Mode::from_bits_truncate(0o755)) {
                        Ok(()) | Err(Errno::EEXIST) => {}
                        Err(errno) => return Err(errno.into()),
                    }
                    open_directory(&self.root, &made)?
                }
                result => result?,
            };
        }
        Ok(directory)
    }
}

/// A file could not be written.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// Its content could not be read.
    Read(io::Error),
    /// The file could not be made or written.
    Write(io::Error),
}

fn open_directory(root: &OwnedFd, path: &Path) -> nix::Result<OwnedFd> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    openat2(root, path, how)
}

fn set_owner(parent: &OwnedFd, name: &OsStr, attributes: Attributes) -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(attributes.uid), Gid::from_raw(attributes.gid));
    fchownat(parent, name, Some(uid), Some(gid), AtFlags::AT_SYMLINK_NOFOLLOW)
}

fn mode(attributes: Attributes) -> Mode {
    Mode::from_bits_truncate(attributes.mode & 0o7777)
}

fn time(seconds: i64) -> TimeSpec {
    TimeSpec::new(seconds, 0)
}
