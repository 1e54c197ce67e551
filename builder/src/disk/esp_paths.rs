//! The paths of the ESP, each named once.

use formats::boot_entry;

/// What the firmware of an amd64 machine starts from a disk that has no boot entry: systemd-boot, or shim.
pub(crate) const REMOVABLE: &str = "EFI/BOOT/BOOTX64.EFI";

/// What shim starts: systemd-boot, signed with the owner key.
pub(crate) const SHIM_SECOND_STAGE: &str = "EFI/BOOT/grubx64.efi";

/// shim's MokManager.
pub(crate) const MOK_MANAGER: &str = "EFI/BOOT/mmx64.efi";

/// Where `bootctl` looks for systemd-boot.
pub(crate) const SYSTEMD_BOOT: &str = "EFI/systemd/systemd-bootx64.efi";

/// The folder of the unified kernel images.
pub(crate) const KERNEL_FOLDER: &str = boot_entry::FOLDER;

/// systemd-boot's configuration.
pub(crate) const LOADER_CONF: &str = "loader/loader.conf";

/// The folder of boot entries, of which an image has none.
pub(crate) const ENTRIES_FOLDER: &str = "loader/entries";

/// The folder of the Secure Boot variables that systemd-boot enrols.
pub(crate) const KEYS_FOLDER: &str = "loader/keys/auto";

/// The certificate that shim's MokManager enrols, in DER.
pub(crate) const OWNER_CERTIFICATE: &str = "ilanga-mok.cer";

/// Where the variable `PK`, `KEK` or `db` is.
pub(crate) fn enrolled_variable(name: &str) -> String {
    format!("{KEYS_FOLDER}/{name}.auth")
}
