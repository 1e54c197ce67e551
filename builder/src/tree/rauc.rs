//! What RAUC on a node is told: `/etc/rauc/system.conf`.
//!
//! Slots are named by the links that `init` makes to the partitions of its own disk, never by names of partitions, which
//! a stick may have too. Which release starts next is up to `ilanga-boot-state` (docs/boot.md).

use std::path::PathBuf;

use formats::layout::Role;
use formats::own_disk;
use formats::slot::Slot;

/// Where a tree has the certificate of who may sign update bundles.
pub(crate) const KEYRING: &str = "/usr/share/ilanga/keys/rauc-ca.crt";

/// The configuration's path in a tree and its text, for a node that takes bundles for `compatible`.
pub(crate) fn system_conf(compatible: &str) -> (PathBuf, Vec<u8>) {
    let mut text = format!(
        "# Made by the builder: docs/boot.md.\n\
         [system]\n\
         compatible={compatible}\n\
         bootloader=custom\n\
         bundle-formats=verity\n\
         data-directory=/run/ilanga/rauc\n\
         \n\
         [keyring]\n\
         path={KEYRING}\n\
         check-purpose=codesign\n\
         use-bundle-signing-time=true\n\
         \n\
         [handlers]\n\
         bootloader-custom-backend=/usr/lib/ilanga/ilanga-boot-state\n\
         pre-install=/usr/lib/ilanga/accept-bundle\n"
    );
    for (number, slot) in Slot::ALL.into_iter().enumerate() {
        let device = own_disk::link(Role::Root(slot));
        text.push_str(&format!("\n[slot.rootfs.{number}]\ndevice={device}\ntype=raw\nbootname={slot}\n"));
    }
    (PathBuf::from("/etc/rauc/system.conf"), text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_both_slots_of_the_own_disk() {
        let (_, text) = system_conf("ilanga-mini-pc");
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains("[slot.rootfs.1]\ndevice=/run/ilanga/disk/ilanga-root-b\ntype=raw\nbootname=b\n"),
            "{text}"
        );
        assert!(text.lines().all(|line| !line.starts_with(' ')), "{text}");
    }
}
