//! Opens files below a folder that somebody else may have filled: nothing in a path or a link leads out of it.
//!
//! The path is walked name by name. One openat2(2) could do it, but units with a user of their own (`DynamicUser=`) have none:
//! `RestrictSUIDSGID=`, which that implies, refuses the call, because its filter cannot look into its arguments.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, fstat};

/// Opens a plain file below a folder: no links, no devices, no pipes, no other file system.
pub fn open(folder: &Path, path: &str) -> io::Result<File> {
    let file = File::from(within(folder, path, OFlag::O_NONBLOCK)?);
    // Not an error of the system's: whoever asks can tell it from one.
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::from(io::ErrorKind::InvalidInput)) }
}

/// Opens a folder below a folder, in the same way.
pub fn folder(folder: &Path, path: &str) -> io::Result<OwnedFd> {
    within(folder, path, OFlag::O_DIRECTORY)
}

fn within(folder: &Path, path: &str, flags: OFlag) -> io::Result<OwnedFd> {
    let mut at = OwnedFd::from(File::open(folder)?);
    let device = fstat(&at)?.st_dev;
    let mut names = Path::new(path).components().peekable();
    if names.peek().is_none() {
        return Err(Errno::ENOENT.into());
    }
    while let Some(name) = names.next() {
        let Component::Normal(name) = name else { return Err(Errno::EACCES.into()) };
        let flags = if names.peek().is_some() { OFlag::O_DIRECTORY | OFlag::O_PATH } else { flags };
        let flags = flags | OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NOFOLLOW;
        at = openat(at.as_fd(), name, flags, Mode::empty())?;
        if fstat(&at)?.st_dev != device {
            return Err(Errno::EXDEV.into());
        }
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn errno_of<T>(opened: io::Result<T>) -> Option<Errno> {
        opened.err()?.raw_os_error().map(Errno::from_raw)
    }

    #[test]
    fn nothing_leads_out() {
        let place = tempfile::tempdir().unwrap();
        let at = |path: &str| place.path().join(path);
        fs::create_dir_all(at("stick/a/b")).unwrap();
        fs::write(at("outside"), "o").unwrap();
        fs::write(at("stick/a/b/file"), "f").unwrap();
        symlink("../outside", at("stick/link")).unwrap();
        symlink("b/file", at("stick/a/short")).unwrap();
        symlink("a", at("stick/folder")).unwrap();
        nix::unistd::mkfifo(&at("stick/pipe"), Mode::S_IRWXU).unwrap();
        let stick = at("stick");
        for path in ["a/b/file", "a//b/file"] {
            assert!(open(&stick, path).is_ok(), "{path}");
        }
        let absolute = at("outside").display().to_string();
        for (path, errno) in [
            ("", Errno::ENOENT),
            ("none", Errno::ENOENT),
            ("a/none/file", Errno::ENOENT),
            ("a/b/file/x", Errno::ENOTDIR),
            ("folder/b/file", Errno::ENOTDIR),
            ("link", Errno::ELOOP),
            ("a/short", Errno::ELOOP),
            ("../outside", Errno::EACCES),
            ("a/../../outside", Errno::EACCES),
            (absolute.as_str(), Errno::EACCES),
        ] {
            assert_eq!(errno_of(open(&stick, path)), Some(errno), "{path}");
        }
        for other in ["a/b", "pipe"] {
            assert_eq!(open(&stick, other).unwrap_err().kind(), io::ErrorKind::InvalidInput, "{other}");
        }
        assert!(folder(&stick, "a/b").is_ok());
        assert_eq!(errno_of(folder(&stick, "folder")), Some(Errno::ENOTDIR));
        // Another file system, from the machine's own.
        assert_eq!(errno_of(open(Path::new("/"), "proc/version")), Some(Errno::EXDEV));
    }
}
