//! The [unified kernel image](https://uapi-group.org/specifications/specs/unified_kernel_image/): one signed EFI
//! program with everything that starts the system.
//!
//! ```text
//! .sbat .osrel .cmdline .uname .pcrpkey .linux .initrd .ucode    measured into PCR 11 by systemd-stub
//! .pcrsig                                                        the PCR 11 values to come, signed
//! ```
//!
//! The policies are those of the four phases that systemd goes through: `enter-initrd`, `leave-initrd`, `sysinit` and
//! `ready`; `init` extends the first two.

use std::fs;
use std::path::{Path, PathBuf};

use super::sign::{make_empty, sign_efi};
use super::{KernelError, microcode};
use crate::keys::KeySet;
use crate::tool::Command;

/// Where a tree has the programs of systemd-boot; the image's own, so that they fit its systemd.
pub(super) const EFI_PROGRAMS: &str = "usr/lib/systemd/boot/efi";

const PHASES: &str = "enter-initrd enter-initrd:leave-initrd enter-initrd:leave-initrd:sysinit \
                      enter-initrd:leave-initrd:sysinit:ready";

/// A unified kernel image with everything decided.
#[derive(Clone, Debug)]
pub(crate) struct UkiSpec<'a> {
    /// The image's tree, with its kernel, microcode and systemd-stub.
    pub(crate) tree: &'a Path,
    /// The kernel's release, as `uname -r` says it.
    pub(crate) release: &'a str,
    /// The system's `os-release`, which names the release for boot loaders.
    pub(crate) os_release: &'a Path,
    /// The initramfs.
    pub(crate) initramfs: &'a Path,
    /// The kernel's command line.
    pub(crate) command_line: &'a str,
    /// The release's date, in seconds since 1970.
    pub(crate) date: u64,
}

/// The kernel of a tree: Debian's packages have it in /boot, and those from Linux 7 on beside its modules.
fn kernel(tree: &Path, release: &str) -> PathBuf {
    let beside = tree.join("usr/lib/modules").join(release).join("vmlinuz");
    if beside.exists() { beside } else { tree.join(format!("boot/vmlinuz-{release}")) }
}

/// Makes and signs the image at `output`. Files in between are made in the folder `work`.
pub(crate) fn make(
    tools: &Path,
    keys: &KeySet,
    spec: &UkiSpec<'_>,
    work: &Path,
    output: &Path,
) -> Result<(), KernelError> {
    let kernel = kernel(spec.tree, spec.release);
    let stub = spec.tree.join(EFI_PROGRAMS).join("linuxx64.efi.stub");
    let unsigned = work.join("unsigned.efi");
    make_empty(&unsigned)?;
    let mut command = Command::new(tools, "ukify")
        .arg("build")
        .arg(argument("--linux=", &kernel))
        .arg(argument("--initrd=", spec.initramfs))
        .arg(format!("--cmdline={}", spec.command_line))
        .arg(argument("--os-release=@", spec.os_release))
        .arg(format!("--uname={}", spec.release))
        .arg(argument("--stub=", &stub))
        .arg(argument("--pcrpkey=", &keys.speaking().pcr_public))
        .read(&keys.speaking().pcr_public)
        .args(["--pcr-banks=sha256", "--tools=/usr/lib/systemd"])
        .arg(argument("--output=", &unsigned))
        .write(&unsigned);
    // While keys change there are two: data that is sealed to either of them can be opened.
    for (private, public) in keys.policies() {
        command = command
            .arg(argument("--pcr-private-key=", private))
            .arg(argument("--pcr-public-key=", public))
            .arg(format!("--phases={PHASES}"))
            .read(private)
            .read(public);
    }
    for path in [kernel.as_path(), spec.os_release, &stub] {
        command = command.read(path);
    }
    command = command.read(spec.initramfs);
    if let Some(archive) = microcode::archive(spec.tree)? {
        let path = work.join("microcode.cpio");
        fs::write(&path, archive).map_err(KernelError::writing(&path))?;
        command = command.arg(argument("--microcode=", &path)).read(&path);
    }
    command.run().map_err(KernelError::tool("making", output))?;
    sign_efi(tools, &keys.programs(), &unsigned, output, spec.date)
}

/// An argument of ukify with a path in it.
pub(super) fn argument(name: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(name);
    argument.push(path);
    argument
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_of_both_kinds_of_packages() {
        let tree = tempfile::tempdir().unwrap();
        let older = tree.path().join("boot/vmlinuz-6.12.1-amd64");
        assert_eq!(kernel(tree.path(), "6.12.1-amd64"), older);
        let newer = tree.path().join("usr/lib/modules/7.3.4-amd64");
        std::fs::create_dir_all(&newer).unwrap();
        std::fs::write(newer.join("vmlinuz"), "").unwrap();
        assert_eq!(kernel(tree.path(), "7.3.4-amd64"), newer.join("vmlinuz"));
    }
}
