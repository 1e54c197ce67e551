//! How a story looks into the shipped image: a signed add-on to its kernel image.
//!
//! All unified kernel images, those of later releases too, take more kernel parameters from
//! [add-ons](https://www.freedesktop.org/software/systemd/man/257/systemd-stub.html) on the ESP, if their signature is
//! good:
//!
//! ```text
//! EFI/Linux/ilanga_<version>.efi
//! loader/addons/console.addon.efi
//! ```
//!
//! Ours puts the console on the first serial port and a shell of `systemd-debug-generator` on the second. It is signed
//! with the key of the kernel image: who has no such key cannot look in. Nothing else of the image changes; PCR 11 is
//! the same, PCR 12 holds the parameters.

use std::fs;
use std::path::{Path, PathBuf};

use formats::digest::Digest;

use crate::disk::Disk;
use crate::error::{Doing, Error};
use crate::esp::Esp;
use crate::inputs::Keys;
use crate::tool;

/// The kernel parameters: what the machine says on the first serial port, a shell for the story on the second.
pub const STORY: &str = "console=ttyS0 systemd.debug_shell=ttyS1 systemd.show_status=yes loglevel=5";

/// The kernel parameters for a person: the same without a shell.
pub const CONSOLE: &str = "console=tty0 console=ttyS0 systemd.show_status=yes";

/// The kernel parameters for a person who wants a root shell on the serial console.
pub const SHELL: &str = "console=tty0 console=ttyS0 systemd.debug_shell=ttyS0 systemd.mask=serial-getty@ttyS0.service";

const STUB: &str = "/usr/lib/systemd/boot/efi/addonx64.efi.stub";
const PLACE: &str = "loader/addons/console.addon.efi";

/// Puts an add-on with these kernel parameters on a disk, for all its kernel images.
pub fn install(disk: &Disk, parameters: &str, keys: &Keys, cache: &Path) -> Result<(), Error> {
    let add_on = add_on(parameters, keys, cache)?;
    let content = fs::read(&add_on).at("reading", &add_on)?;
    Esp::of(disk)?.write(PLACE, &content)
}

/// A signed add-on with these kernel parameters; kept in `cache`.
pub fn add_on(parameters: &str, keys: &Keys, cache: &Path) -> Result<PathBuf, Error> {
    let (key, certificate) = (keys.secure_boot_key(), keys.secure_boot_certificate());
    let identity = [parameters.as_bytes(), b"\0", &fs::read(&certificate).at("reading", &certificate)?].concat();
    let path = cache.join(format!("{}.addon.efi", Digest::of(identity)));
    if !path.exists() {
        let folder = tempfile::tempdir_in(cache).at("creating a folder in", cache)?;
        let fresh = folder.path().join("new");
        let option = |name: &str, path: &Path| format!("--{name}={}", path.display());
        let args = [
            "build".to_owned(),
            format!("--stub={STUB}"),
            format!("--cmdline={parameters}"),
            option("secureboot-private-key", &key),
            option("secureboot-certificate", &certificate),
            option("output", &fresh),
        ];
        tool::run("ukify", args)?;
        fs::rename(&fresh, &path).at("creating", &path)?;
    }
    Ok(path)
}
