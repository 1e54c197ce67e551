//! Strings of the firmware that would change how the system starts.
//!
//! systemd-stub appends the OEM strings (SMBIOS type 11) `io.systemd.stub.kernel-cmdline-extra=…` to the signed command
//! line, with Secure Boot too, and only measures them. What is not signed must gain nothing, so a start with such a
//! string ends. See [systemd-stub(7)](https://www.freedesktop.org/software/systemd/man/257/systemd-stub.html).

use std::fs;
use std::io;

/// Where the kernel shows the firmware's tables: the bytes as they are, only for root.
const TABLES: &str = "/sys/firmware/dmi/tables/DMI";

/// What begins a string that adds to the command line.
const ADDS: &[u8] = b"io.systemd.stub.kernel-cmdline-extra";

/// Whether the firmware adds to the kernel's command line. A machine without such tables adds nothing.
pub(crate) fn adds_to_command_line() -> io::Result<bool> {
    match fs::read(TABLES) {
        Ok(tables) => Ok(adds(&tables)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the tables hold such a string; anywhere, as a string's place in them decides nothing for the worse.
fn adds(tables: &[u8]) -> bool {
    tables.windows(ADDS.len()).any(|part| part == ADDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_adds() {
        assert!(adds(b"\x0b\x05\x00\x01\x01io.systemd.stub.kernel-cmdline-extra=init=/bin/sh\0\0"));
        assert!(!adds(b"\x0b\x05\x00\x01\x01io.systemd.credential:a=b\0\0"));
        assert!(!adds(b""));
    }
}
