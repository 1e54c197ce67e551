//! What is on a disk, in the words that its owner knows it by. Pure.

use formats::layout::Role;

use crate::volume::Holds;

/// A partition.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Its name in the partition table.
    pub(super) label: String,
    /// What is on it; nothing is known where it can't be read.
    pub(super) holds: Option<Holds>,
}

/// Types of file systems and volumes that a Linux lives on, as blkid names them.
const LINUX: [&str; 6] = ["ext4", "btrfs", "xfs", "f2fs", "LVM2_member", "zfs_member"];

/// What a disk holds, which has this besides its partitions; nothing if it is empty. A partition table without partitions is nothing.
pub(super) fn said(whole: Option<&Holds>, parts: &[Part]) -> Option<String> {
    if parts.is_empty() {
        return match whole {
            Some(Holds::Nothing) => None,
            Some(Holds::Other { kind, .. }) if ["gpt", "dos"].contains(&kind.as_str()) => None,
            Some(other) => Some(other.to_string()),
            None => Some("something that can't be read".to_owned()),
        };
    }
    let is = |part: &Part, kinds: &[&str]| matches!(&part.holds, Some(Holds::Other { kind, .. }) if kinds.contains(&kind.as_str()));
    let starts = parts.iter().any(|part| part.label.starts_with("EFI") || part.label.contains("boot"));
    let mut said: Vec<String> = Vec::new();
    if parts.iter().any(|part| part.label.starts_with("Microsoft reserved") || is(part, &["BitLocker"])) {
        said.push("Windows".to_owned());
    }
    if parts.iter().any(|part| matches!(Role::of(&part.label), Some(Role::Root(_)))) {
        said.push("another Ilanga".to_owned());
    } else if starts && parts.iter().any(|part| is(part, &LINUX) || matches!(part.holds, Some(Holds::Volume(_)))) {
        said.push("Linux".to_owned());
    }
    // What has a name of its owner's, or belongs to no system that was named.
    let system = !said.is_empty();
    for part in parts {
        match &part.holds {
            Some(Holds::Nothing) if !system => said.push("a partition of an unknown kind".to_owned()),
            Some(Holds::Nothing) => {}
            Some(holds @ Holds::Other { name: Some(_), .. }) => said.push(holds.to_string()),
            Some(holds) if !system => said.push(holds.to_string()),
            Some(_) => {}
            None => said.push("something that can't be read".to_owned()),
        }
    }
    let mut once: Vec<String> = Vec::new();
    said.into_iter().for_each(|word| {
        if !once.contains(&word) {
            once.push(word)
        }
    });
    Some(once.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn other(kind: &str, name: Option<&str>) -> Option<Holds> {
        Some(Holds::Other { kind: kind.into(), name: name.map(str::to_owned), uuid: None })
    }

    #[test]
    fn systems_and_data() {
        let part = |label: &str, holds| Part { label: label.to_owned(), holds };
        let nothing = || Some(Holds::Nothing);
        let luks = || Some(Holds::Volume(Uuid::from_u128(7)));
        for (whole, parts, expected) in [
            (nothing(), vec![], None),
            (other("gpt", None), vec![], None),
            (None, vec![], Some("something that can't be read")),
            (other("exfat", Some("CARD")), vec![], Some("exfat 'CARD'")),
            (luks(), vec![], Some("encrypted data")),
            (
                other("gpt", None),
                vec![
                    part("EFI system partition", other("vfat", Some("SYSTEM"))),
                    part("Microsoft reserved partition", nothing()),
                    part("Basic data partition", other("ntfs", None)),
                    part("", other("ntfs", Some("Recovery"))),
                ],
                Some("Windows, vfat 'SYSTEM', ntfs 'Recovery'"),
            ),
            (other("gpt", None), vec![part("Basic data partition", other("BitLocker", None))], Some("Windows")),
            (
                other("gpt", None),
                vec![part("EFI System Partition", other("vfat", None)), part("", other("ext4", None))],
                Some("Linux"),
            ),
            (
                other("gpt", None),
                vec![part("EFI System", None), part("", luks())],
                Some("Linux, something that can't be read"),
            ),
            (
                other("gpt", None),
                vec![
                    part("ilanga-esp", other("vfat", None)),
                    part("ilanga-root-a", other("erofs", None)),
                    part("ilanga-data", luks()),
                ],
                Some("another Ilanga"),
            ),
            (other("dos", None), vec![part("", other("ext4", Some("photos")))], Some("ext4 'photos'")),
            (
                other("dos", None),
                vec![part("", nothing()), part("", nothing())],
                Some("a partition of an unknown kind"),
            ),
        ] {
            assert_eq!(said(whole.as_ref(), &parts).as_deref(), expected, "{parts:?}");
        }
    }
}
