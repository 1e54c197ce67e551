//! Variables of the firmware, written through efivarfs, which must be mounted.
//!
//! efivarfs puts four bytes of attributes before a value, takes a variable in one write only, and keeps variables that it
//! does not know from being changed by a flag of the file ([efivarfs](https://docs.kernel.org/filesystems/efivarfs.html)).

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;

use nix::libc::c_long;

use crate::error::{Context as _, IoError};

/// Where the kernel shows the variables.
pub(crate) const FOLDER: &str = "/sys/firmware/efi/efivars";

/// Non-volatile, and readable at boot and at run time.
const ATTRIBUTES: u32 = 7;

/// The request names a long, and the kernel reads an int.
mod ioctl {
    nix::ioctl_write_ptr!(set_flags, b'f', 2, nix::libc::c_long);
}

/// Sets a variable, if there is none with this name.
pub(crate) fn create(name: &str, value: &[u8]) -> Result<(), IoError> {
    let path = format!("{FOLDER}/{name}");
    match File::options().write(true).create_new(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        file => file.and_then(|file| set(&file, value)).context("writing", &path),
    }
}

/// Sets a variable, whatever it was.
pub(crate) fn write(name: &str, value: &[u8]) -> Result<(), IoError> {
    let path = format!("{FOLDER}/{name}");
    match File::open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return create(name, value),
        file => {
            let (file, none): (_, c_long) = (file.context("opening", &path)?, 0);
            // SAFETY: the descriptor is open, and the kernel reads an int.
            unsafe { ioctl::set_flags(file.as_raw_fd(), &raw const none) }.context("letting go", &path)?;
        }
    }
    File::options().write(true).open(&path).and_then(|file| set(&file, value)).context("writing", &path)
}

fn set(mut file: &File, value: &[u8]) -> io::Result<()> {
    file.write_all(&[&ATTRIBUTES.to_le_bytes(), value].concat())
}
