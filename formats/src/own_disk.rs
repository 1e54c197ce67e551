//! What `init` tells the system about the disk that it started from.
//!
//! ```text
//! /run/ilanga/disk/ilanga-esp ─▶ /dev/nvme0n1p1      one link for each partition of the slot's disk that has a role
//! /run/ilanga/slot                                   SLOT=a or SLOT=b: what runs, as an environment file
//! ```
//!
//! Names of partitions are not enough: a stick with another node's image has the same ones, and whoever went by them
//! would write an update to the stick. Nor is the root hash: a stick with the same release has the same slot. What tells disks
//! apart are the GUIDs of their partitions, which each disk gets at its first start (`crate::first_start`); systemd-boot
//! names the ESP that it was started from in `LoaderDevicePartUUID`. [`choose`] decides.

use uuid::Uuid;

use crate::layout::Role;
use crate::slot::Slot;

/// The folder of the links.
pub const FOLDER: &str = "/run/ilanga/disk";

/// The file that says which slot runs.
pub const SLOT: &str = "/run/ilanga/slot";

/// Where the root file system has the files of its ESP other than kernel images: the boot loader, its settings and the
/// Secure Boot variables, with the same paths.
pub const SPARE_ESP: &str = "/usr/lib/ilanga/esp";

/// Where the system finds the record of a start that failed before this one (`crate::failed_start`).
pub const FAILED_START: &str = "/run/ilanga/failed-start";

/// The link to the partition of this role.
pub fn link(role: Role) -> String {
    format!("{FOLDER}/{}", role.name())
}

/// Which of the disks that hold the slot is the one that the machine was started from. `esp` is the GUID of the ESP that
/// systemd-boot was started from, if it says so; `disks` are the GUIDs of the disks' ESPs, in the order in which they
/// answered. `there` says that some disk has that ESP, `over` that no other will answer.
///
/// - Where nothing is known of an ESP, it is the first that answered.
/// - Else it is the disk with that ESP. Of several, which have never been started and so are the same bits, or of which one is
///   a copy of the other, it is the first that answered.
/// - Is no disk with that ESP there at all, it is the first that answered, once the search is over: the boot loader came from
///   elsewhere.
pub fn choose(esp: Option<Uuid>, disks: &[Option<Uuid>], there: bool, over: bool) -> Option<usize> {
    let first = if disks.is_empty() { None } else { Some(0) };
    match esp {
        None => first,
        Some(esp) => {
            let same = disks.iter().position(|disk| *disk == Some(esp));
            same.or(first.filter(|_| over && !there))
        }
    }
}

/// The text of [`SLOT`].
pub fn text(slot: Slot) -> String {
    format!("SLOT={slot}\n")
}

/// The slot that the text of [`SLOT`] names; `None` if it names none.
pub fn slot(text: &str) -> Option<Slot> {
    let name = text.trim_end().strip_prefix("SLOT=")?;
    Slot::ALL.into_iter().find(|slot| slot.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_that_was_started_from() {
        let [computer, stick] = [1, 2].map(|id| Some(Uuid::from_u128(id)));
        for (esp, disks, there, over, expected) in [
            (None, &[][..], false, true, None),
            (None, &[computer, stick][..], false, false, Some(0)),
            (computer, &[computer][..], true, false, Some(0)),
            // The stick answers first, or alone as the computer's slot is damaged.
            (computer, &[stick, computer][..], true, false, Some(1)),
            (computer, &[stick][..], true, false, None),
            (computer, &[stick][..], true, true, None),
            (stick, &[computer, None, stick][..], true, false, Some(2)),
            // Two that were never started.
            (computer, &[computer, computer][..], true, false, Some(0)),
            // The boot loader came from elsewhere.
            (computer, &[stick, None][..], false, false, None),
            (computer, &[stick, None][..], false, true, Some(0)),
            (computer, &[None][..], false, true, Some(0)),
            (computer, &[][..], false, true, None),
        ] {
            assert_eq!(choose(esp, disks, there, over), expected, "{esp:?} {disks:?} {there} {over}");
        }
    }

    #[test]
    fn slots() {
        for each in Slot::ALL {
            assert_eq!(slot(&text(each)), Some(each));
        }
        assert!(["", "a", "SLOT=", "SLOT=c", "SLOT=a b"].into_iter().all(|text| slot(text).is_none()));
        assert_eq!(link(Role::Root(Slot::B)), "/run/ilanga/disk/ilanga-root-b");
    }
}
