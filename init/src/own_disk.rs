//! Tells the system which partitions are its own: `formats::own_disk` draws how.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;

use formats::layout::Role;
use formats::own_disk;

use crate::block::{self, Partition};
use crate::error::Context as _;
use crate::log::{self, Level};
use crate::mounts;

/// Leaves the links and the slot's name. Without them there are no updates; that is said, and no reason to end the
/// start.
pub(crate) fn tell(running: &Partition) {
    let tell = || {
        mounts::directory("/run/ilanga", 0o755)?;
        mounts::directory(own_disk::FOLDER, 0o755)?;
        for (role, node) in own(&running.disk, block::partitions()) {
            let link = own_disk::link(role);
            symlink(node, &link).or_else(there).context("making", &link)?;
        }
        match Role::of(&running.label) {
            Some(Role::Root(slot)) => {
                fs::write(own_disk::SLOT, own_disk::text(slot)).context("writing", own_disk::SLOT)
            }
            _ => Ok(()),
        }
    };
    if let Err(error) = tell() {
        log::error(Level::Warning, &error);
    }
}

fn there(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) }
}

/// The nodes of a disk's partitions that have a role; of several with one name, which no node has, the first.
fn own(disk: &str, partitions: Vec<Partition>) -> BTreeMap<Role, String> {
    let mut nodes = BTreeMap::new();
    for partition in partitions.into_iter().filter(|partition| partition.disk == disk) {
        if let Some(role) = Role::of(&partition.label) {
            nodes.entry(role).or_insert_with(|| partition.node());
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use formats::size::Bytes;
    use formats::slot::Slot;

    use super::*;

    #[test]
    fn a_stick_with_the_same_names_is_not_ours() {
        let partition = |name: &str, disk: &str, label: &str| Partition {
            name: name.to_owned(),
            disk: disk.to_owned(),
            label: label.to_owned(),
            number: String::new(),
            length: Bytes(0),
        };
        let all = vec![
            partition("nvme0n1p1", "nvme0n1", "ilanga-esp"),
            partition("nvme0n1p2", "nvme0n1", "ilanga-root-a"),
            partition("nvme0n1p5", "nvme0n1", "Basic data"),
            partition("nvme0n1p6", "nvme0n1", "ilanga-esp"),
            partition("nvme0n1p7", "nvme0n1", "ilanga-data"),
            partition("sda5", "sda", "ilanga-data"),
            partition("sda1", "sda", "ilanga-esp"),
            partition("sda3", "sda", "ilanga-root-b"),
        ];
        let expected = [(Role::Esp, "p1"), (Role::Root(Slot::A), "p2"), (Role::Data, "p7")];
        assert_eq!(own("nvme0n1", all), expected.map(|(role, end)| (role, format!("/dev/nvme0n1{end}"))).into());
    }
}
