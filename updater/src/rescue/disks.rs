//! The disks with Ilanga's partitions, as `/sys/class/block` names them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use formats::layout::Role;
use formats::slot::Slot;

use super::Computer;
use crate::tree::Tree;

/// The partitions with a role of each disk, by the disk's name.
type Disks = BTreeMap<String, BTreeMap<Role, PathBuf>>;

/// All disks.
pub fn disks(tree: &Tree) -> Disks {
    let mut disks = Disks::new();
    for entry in fs::read_dir(tree.block_class()).into_iter().flatten().flatten() {
        if let Some((disk, role, node)) = partition(&entry.path()) {
            // Of two with one name, which no node has, the first.
            disks.entry(disk).or_default().entry(role).or_insert(tree.device(&node));
        }
    }
    disks
}

fn partition(folder: &Path) -> Option<(String, Role, String)> {
    let uevent = fs::read_to_string(folder.join("uevent")).ok()?;
    let role = Role::of(uevent.lines().find_map(|line| line.strip_prefix("PARTNAME="))?)?;
    let real = fs::canonicalize(folder).ok()?;
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    // The kernel writes `!` for a `/` in a name.
    Some((name(real.parent()?)?, role, name(&real)?.replace('!', "/")))
}

/// The disk that this partition is on.
pub fn disk_of(disks: &Disks, node: &Path) -> Option<String> {
    disks.iter().find(|(_, roles)| roles.values().any(|other| other == node)).map(|(disk, _)| disk.clone())
}

/// The computers: all disks but the own one that have an ESP and a slot a.
pub fn computers(disks: &Disks, own: &str) -> Vec<Computer> {
    let others = disks.iter().filter(|(disk, _)| *disk != own);
    others
        .filter_map(|(disk, roles)| {
            Some(Computer {
                disk: disk.clone(),
                esp: roles.get(&Role::Esp)?.clone(),
                a: roles.get(&Role::Root(Slot::A))?.clone(),
                b: roles.get(&Role::Root(Slot::B)).cloned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found() {
        let roles = |disk: &str, roles: &[(Role, u8)]| {
            let nodes = roles.iter().map(|(role, number)| (*role, PathBuf::from(format!("/dev/{disk}{number}"))));
            (disk.to_owned(), nodes.collect::<BTreeMap<_, _>>())
        };
        let (esp, a, b) = (Role::Esp, Role::Root(Slot::A), Role::Root(Slot::B));
        let disks = Disks::from([
            roles("sda", &[(esp, 1), (a, 2)]),
            roles("sdb", &[(esp, 1), (a, 2), (b, 3)]),
            roles("sdc", &[(esp, 1)]),
        ]);
        assert_eq!(disk_of(&disks, Path::new("/dev/sda2")).as_deref(), Some("sda"));
        let found = computers(&disks, "sda");
        assert_eq!(found.iter().map(|computer| computer.disk.as_str()).collect::<Vec<_>>(), ["sdb"]);
        assert_eq!(found[0].b.as_deref(), Some(Path::new("/dev/sdb3")));
    }
}
