//! The files of the ESP beside the kernel image, for each way in which a machine is made to trust the maker's keys.
//!
//! | | own keys | shim |
//! |---|---|---|
//! | `EFI/BOOT/BOOTX64.EFI` | systemd-boot, signed with our key | Debian's shim, signed by Microsoft |
//! | `EFI/BOOT/grubx64.efi` | – | systemd-boot, signed with our key |
//! | `EFI/BOOT/mmx64.efi` | – | shim's MokManager |
//! | `EFI/systemd/systemd-bootx64.efi` | systemd-boot, signed with our key | the same |
//! | `loader/keys/auto/*.auth` | PK, KEK and db | – |
//! | `ilanga-mok.cer` | – | our certificate, for MokManager |
//!
//! Debian's own signed systemd-boot would start behind shim before our key is enrolled, and each such start would spend
//! a try of the kernel image: so it is signed with our key in both ways.

use std::path::{Path, PathBuf};

use super::secure_boot::Variable;
use crate::config::Trust;
use crate::disk::esp::{Content, EspFile};
use crate::disk::esp_paths as paths;

/// What the files of the ESP are made of.
#[derive(Clone, Debug)]
pub(crate) struct BootFiles<'a> {
    /// The image's tree, with shim's packages if shim is used.
    pub(crate) tree: &'a Path,
    /// systemd-boot, signed with the maker's key.
    pub(crate) systemd_boot: &'a Path,
    /// The variables to enrol.
    pub(crate) variables: &'a [Variable],
    /// The maker's certificate, in DER.
    pub(crate) certificate: &'a [u8],
}

/// systemd-boot before it is signed, in a tree.
pub(crate) fn unsigned_systemd_boot(tree: &Path) -> PathBuf {
    tree.join(super::uki::EFI_PROGRAMS).join("systemd-bootx64.efi")
}

/// `loader.conf`. No entry is the default: systemd-boot would start it though it is marked bad. The menu comes up when a
/// key is held; editing the command line there is off, with Secure Boot or without.
pub(crate) fn loader_conf(trust: Trust) -> String {
    let enroll = match trust {
        Trust::Own => "if-safe",
        Trust::Shim => "off",
    };
    format!("timeout 0\neditor no\nauto-entries no\nsecure-boot-enroll {enroll}\n")
}

/// The files, in the order in which they are written.
pub(crate) fn files(trust: Trust, from: &BootFiles<'_>) -> Vec<EspFile> {
    let file = |path: &str, source: PathBuf| EspFile { path: path.to_owned(), content: Content::File(source) };
    let bytes = |path: &str, bytes: &[u8]| EspFile { path: path.to_owned(), content: Content::Bytes(bytes.to_vec()) };
    let systemd_boot = |path: &str| file(path, from.systemd_boot.to_owned());
    let shim = |name: &str| from.tree.join("usr/lib/shim").join(name);
    let mut files = match trust {
        Trust::Own => vec![systemd_boot(paths::REMOVABLE)],
        Trust::Shim => vec![
            file(paths::REMOVABLE, shim("shimx64.efi.signed")),
            systemd_boot(paths::SHIM_SECOND_STAGE),
            file(paths::MOK_MANAGER, shim("mmx64.efi.signed")),
        ],
    };
    files.push(systemd_boot(paths::SYSTEMD_BOOT));
    files.push(bytes(paths::LOADER_CONF, loader_conf(trust).as_bytes()));
    match trust {
        Trust::Own => files.extend(
            from.variables.iter().map(|variable| bytes(&paths::enrolled_variable(variable.name), &variable.content)),
        ),
        Trust::Shim => files.push(bytes(paths::OWNER_CERTIFICATE, from.certificate)),
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(trust: Trust) -> Vec<String> {
        let variables = ["PK", "KEK", "db"].map(|name| Variable { name, content: vec![1] });
        let from = BootFiles {
            tree: Path::new("/tree"),
            systemd_boot: Path::new("/work/boot.efi"),
            variables: &variables,
            certificate: b"der",
        };
        let source = |content: &Content| match content {
            Content::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Content::File(path) => path.display().to_string(),
        };
        files(trust, &from).iter().map(|file| format!("{} {}", file.path, source(&file.content))).collect()
    }

    #[test]
    fn own_keys() {
        assert_eq!(
            listed(Trust::Own),
            [
                "EFI/BOOT/BOOTX64.EFI /work/boot.efi",
                "EFI/systemd/systemd-bootx64.efi /work/boot.efi",
                "loader/loader.conf 63 bytes",
                "loader/keys/auto/PK.auth 1 bytes",
                "loader/keys/auto/KEK.auth 1 bytes",
                "loader/keys/auto/db.auth 1 bytes",
            ]
        );
    }

    #[test]
    fn shim() {
        assert_eq!(
            listed(Trust::Shim),
            [
                "EFI/BOOT/BOOTX64.EFI /tree/usr/lib/shim/shimx64.efi.signed",
                "EFI/BOOT/grubx64.efi /work/boot.efi",
                "EFI/BOOT/mmx64.efi /tree/usr/lib/shim/mmx64.efi.signed",
                "EFI/systemd/systemd-bootx64.efi /work/boot.efi",
                "loader/loader.conf 59 bytes",
                "ilanga-mok.cer 3 bytes",
            ]
        );
    }

    #[test]
    fn no_default_entry() {
        for trust in [Trust::Own, Trust::Shim] {
            assert!(!loader_conf(trust).contains("default"));
        }
    }
}
