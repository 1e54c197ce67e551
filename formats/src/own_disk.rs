//! What `init` tells the system about the disk that it started from.
//!
//! ```text
//! /run/ilanga/disk/ilanga-esp ─▶ /dev/nvme0n1p1      one link for each partition of the slot's disk that has a role
//! /run/ilanga/slot                                   SLOT=a or SLOT=b: what runs, as an environment file
//! ```
//!
//! Names of partitions are not enough: a stick with another node's image has the same ones, and whoever went by them
//! would write an update to the stick.

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
    fn slots() {
        for each in Slot::ALL {
            assert_eq!(slot(&text(each)), Some(each));
        }
        assert!(["", "a", "SLOT=", "SLOT=c", "SLOT=a b"].into_iter().all(|text| slot(text).is_none()));
        assert_eq!(link(Role::Root(Slot::B)), "/run/ilanga/disk/ilanga-root-b");
    }
}
