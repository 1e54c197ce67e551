//! Disks of a computer that is made up, in a folder.

use std::os::unix::fs::symlink;

use super::*;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A disk with this place in the tree of devices.
fn disk(root: &Path, place: &str, sectors: u64, name: Option<&str>) {
    let (kernel, parent) = (place.rsplit('/').next().unwrap(), root.join("sys/devices").join(place));
    write(root, &format!("sys/devices/{place}/size"), &format!("{sectors}\n"));
    fs::create_dir_all(root.join("sys/class/block")).unwrap();
    symlink(parent, root.join("sys/class/block").join(kernel)).unwrap();
    write(root, &format!("dev/{kernel}"), "");
    if let Some(name) = name {
        fs::create_dir_all(root.join("dev/disk/by-id")).unwrap();
        symlink(format!("../../{kernel}"), root.join("dev/disk/by-id").join(name)).unwrap();
    }
}

fn partition(root: &Path, place: &str, part: &str, label: &str) {
    write(root, &format!("sys/devices/{place}/{part}/partition"), "1\n");
    write(root, &format!("sys/devices/{place}/{part}/uevent"), &format!("PARTNAME={label}\n"));
    write(root, &format!("dev/{part}"), "");
    symlink(root.join("sys/devices").join(place).join(part), root.join("sys/class/block").join(part)).unwrap();
}

#[test]
fn from_a_stick_on_a_mini_pc() {
    if !Path::new("/usr/sbin/blkid").exists() {
        return println!("skipped: no blkid");
    }
    let root = tempfile::tempdir().unwrap();
    let (root, node) = (root.path(), Node::new(root.path()));
    disk(root, "pci0/usb2/2-1/sdb", 31_000_000, Some("usb-SanDisk_Ultra"));
    partition(root, "pci0/usb2/2-1/sdb", "sdb1", "ilanga-esp");
    fs::create_dir_all(root.join("run/ilanga/disk")).unwrap();
    symlink(root.join("dev/sdb1"), root.join("run/ilanga/disk/ilanga-esp")).unwrap();
    disk(root, "pci0/mmc0/mmcblk0", 60_000_000, Some("mmc-HS400_0x1234"));
    write(root, "sys/devices/pci0/mmc0/mmcblk0/device/life_time", "0x02 0x01\n");
    disk(root, "pci0/mmc0/mmcblk0boot0", 8192, Some("mmc-boot"));
    disk(root, "virtual/block/loop0", 8192, Some("loop"));
    disk(root, "pci0/ata1/sr0", 8192, Some("ata-DVD"));
    disk(root, "pci0/virtio1/vda", 8192, None);
    disk(root, "pci0/usb2/2-2/sdc", 8192, Some("usb-Camera"));
    assert_eq!(own_name(&node).unwrap().as_str(), "usb-SanDisk_Ultra");

    let (mut disks, mut facts) = (Disks::default(), Facts::default());
    disks.tell(&node, &mut facts);
    let found: Vec<(&str, bool, Option<u8>)> =
        facts.disks.iter().map(|disk| (disk.name.as_str(), disk.removable, disk.worn)).collect();
    assert_eq!(found, [("mmc-HS400_0x1234", false, Some(20)), ("usb-Camera", true, None)]);
    assert!(facts.from_stick && facts.disks.iter().all(|disk| disk.holds.is_none()));
    assert_eq!(device(&node, &facts.disks[0].name), Some(root.join("dev/mmcblk0")));

    // It got a partition meanwhile; and without an internal disk there is nowhere to go.
    partition(root, "pci0/mmc0/mmcblk0", "mmcblk0p1", "Basic data partition");
    disks.tell(&node, &mut facts);
    assert_eq!(facts.disks[0].holds.as_deref(), Some("a partition of an unknown kind"));
    fs::remove_file(root.join("sys/class/block/mmcblk0")).unwrap();
    disks.tell(&node, &mut facts);
    assert!(!facts.from_stick && facts.disks.len() == 1);
}

#[test]
fn wear() {
    for (text, expected) in
        [("0x01 0x01", Some(10)), ("0x00 0x00", None), ("0x02 0x0b", Some(110)), ("", None), ("x", None)]
    {
        assert_eq!(worn(text), expected, "{text}");
    }
}
