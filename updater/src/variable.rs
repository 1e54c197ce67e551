//! The firmware's variables: those in which `init` says why a start failed and how a trial goes on, read, written, taken away; and changes
//! of others.
//!
//! efivarfs puts four bytes of attributes before a variable's value, and keeps variables that it does not know from being
//! changed by a flag of the file, as some firmware does not survive the loss of its own
//! ([efivarfs](https://docs.kernel.org/filesystems/efivarfs.html)).

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::Path;

use nix::libc::c_long;

use crate::error::{Context as _, IoError};

/// The flag of a file that nobody may change (`FS_IMMUTABLE_FL`, linux/fs.h).
const IMMUTABLE: c_long = 0x10;

/// The requests name a long, and the kernel reads and writes an int.
mod ioctl {
    nix::ioctl_read!(get_flags, b'f', 1, nix::libc::c_long);
    nix::ioctl_write_ptr!(set_flags, b'f', 2, nix::libc::c_long);
}

/// Non-volatile, and readable at boot and at run time.
pub const ATTRIBUTES: u32 = 7;

/// What a variable says, if it is there and understood.
pub fn read<T>(path: &Path, parse: impl Fn(&[u8]) -> Option<T>) -> Result<Option<T>, IoError> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        value => Ok(value.context("reading", path)?.get(4..).and_then(parse)),
    }
}

/// Takes the variable away, if it is there.
pub fn remove(path: &Path) -> Result<(), IoError> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        file => file.context("opening", path)?,
    };
    let_go(&file, path)?;
    drop(file);
    fs::remove_file(path).context("removing", path)
}

/// Gives the firmware a value with these attributes, in one write, as it takes no other.
pub fn write(path: &Path, attributes: u32, value: &[u8]) -> Result<(), IoError> {
    if let Ok(file) = File::open(path) {
        let_go(&file, path)?;
    }
    let bytes = [&attributes.to_le_bytes(), value].concat();
    let mut file = File::options().write(true).create(true).truncate(true).open(path).context("opening", path)?;
    let written = file.write(&bytes).context("writing", path)?;
    if written == bytes.len() {
        return Ok(());
    }
    Err(std::io::Error::from(ErrorKind::WriteZero)).context("writing", path)
}

/// Lets a variable be changed that Linux keeps.
fn let_go(file: &File, path: &Path) -> Result<(), IoError> {
    let mut flags: c_long = 0;
    // SAFETY: the descriptor is open, and the kernel writes an int where there is room for a long.
    let got = unsafe { ioctl::get_flags(file.as_raw_fd(), &raw mut flags) };
    if got.is_ok() && flags & IMMUTABLE != 0 {
        let without = flags & !IMMUTABLE;
        // SAFETY: the descriptor is open, and the kernel reads an int.
        unsafe { ioctl::set_flags(file.as_raw_fd(), &raw const without) }.context("letting go", path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::failed_start::FailedStart;

    #[test]
    fn read_written_and_removed() {
        let read = |path: &Path| read(path, FailedStart::parse);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("variable");
        assert_eq!(read(&path).unwrap(), None);
        remove(&path).unwrap();
        fs::write(&path, b"\x07\0\0\x001\n2026.11.1\nit is damaged\n").unwrap();
        let failed = read(&path).unwrap().unwrap();
        assert_eq!((failed.version.as_str(), failed.sentence.as_str()), ("2026.11.1", "it is damaged"));
        write(&path, ATTRIBUTES, b"1\n2\nx\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"\x07\0\0\x001\n2\nx\n");
        fs::write(&path, b"\x07").unwrap();
        assert_eq!(read(&path).unwrap(), None);
        remove(&path).unwrap();
        assert!(!path.exists());
    }
}
