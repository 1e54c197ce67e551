//! Signed [add-ons](https://www.freedesktop.org/software/systemd/man/latest/systemd-stub.html): more of a kernel
//! command line, for one machine or for all kernel images of an ESP.
//!
//! An add-on lies at `EFI/Linux/<kernel image>.efi.extra.d/<name>.addon.efi` or `loader/addons/<name>.addon.efi`. With
//! Secure Boot systemd-stub takes only signed ones. What they add is measured into PCR 12, not PCR 11. They can't
//! replace the values that `init` reads, see `formats::command_line`.

use std::path::Path;

use super::KernelError;
use super::sign::{make_empty, sign_efi};
use super::uki::argument;
use crate::keys::KeySet;
use crate::tool::Command;

/// Where the tools tree has the empty add-on.
const STUB: &str = "/usr/lib/systemd/boot/efi/addonx64.efi.stub";

/// Makes a signed add-on at `output`; `date`, in seconds since 1970, is in its signature.
pub(crate) fn make(
    tools: &Path,
    keys: &KeySet,
    command_line: &str,
    output: &Path,
    date: u64,
) -> Result<(), KernelError> {
    let folder = output.parent().unwrap_or(output);
    let temporary =
        tempfile::Builder::new().prefix(".ilanga-addon-").tempdir_in(folder).map_err(KernelError::writing(folder))?;
    let (unsigned, signed) = (temporary.path().join("unsigned.efi"), temporary.path().join("signed.efi"));
    make_empty(&unsigned)?;
    Command::new(tools, "ukify")
        .arg("build")
        .arg(format!("--stub={STUB}"))
        .arg(format!("--cmdline={command_line}"))
        .arg(argument("--output=", &unsigned))
        .write(&unsigned)
        .run()
        .map_err(KernelError::tool("making", output))?;
    sign_efi(tools, &keys.programs(), &unsigned, &signed, date)?;
    std::fs::File::open(&signed).and_then(|file| file.sync_all()).map_err(KernelError::writing(output))?;
    std::fs::rename(&signed, output).map_err(KernelError::writing(output))
}
