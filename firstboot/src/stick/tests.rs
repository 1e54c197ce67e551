//! Sticks as plain files with real FAT file systems, on a computer of files.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::Path;

use fatfs::{FatType, FileSystem, FormatVolumeOptions, FsOptions, format_volume};
use uuid::Uuid;

use super::*;
use crate::header::{Cost, Headers};

/// A computer with these sticks, each with a FAT file system of this type on its one partition.
fn computer(sticks: &[(&str, FatType)]) -> (tempfile::TempDir, Node) {
    let folder = tempfile::tempdir().unwrap();
    let node = computer_at(folder.path(), sticks);
    (folder, node)
}

/// The same in a folder.
fn computer_at(folder: &Path, sticks: &[(&str, FatType)]) -> Node {
    for path in ["sys/class/block", "dev", "run/ilanga/disk"] {
        fs::create_dir_all(folder.join(path)).unwrap();
    }
    for (disk, kind) in sticks {
        plug(folder, disk, "usb1/1-1", *kind);
    }
    Node::new(folder)
}

fn plug(root: &Path, disk: &str, bus: &str, kind: FatType) {
    let at = root.join("sys/devices").join(bus).join(disk);
    let partition = format!("{disk}1");
    fs::create_dir_all(at.join(&partition)).unwrap();
    fs::create_dir_all(at.join("device")).unwrap();
    for (file, text) in [("device/vendor", "SanDisk \n"), ("device/model", "Ultra\u{1b}[2J\n"), ("removable", "0\n")] {
        fs::write(at.join(file), text).unwrap();
    }
    fs::write(at.join(&partition).join("partition"), "1\n").unwrap();
    fs::write(at.join(&partition).join("size"), "81920\n").unwrap();
    symlink(&at, root.join("sys/class/block").join(disk)).unwrap();
    symlink(at.join(&partition), root.join("sys/class/block").join(&partition)).unwrap();
    let device = root.join("dev").join(&partition);
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&device).unwrap();
    file.set_len(40 << 20).unwrap();
    format_volume(&file, FormatVolumeOptions::new().fat_type(kind).bytes_per_cluster(512)).unwrap();
    File::create(root.join("dev").join(disk)).unwrap();
}

fn header(number: u128) -> Header {
    Header(Uuid::from_u128(number))
}

/// All files in the root folder, with their lengths.
pub(crate) fn files(device: &Path) -> Vec<(String, u64)> {
    let file = OpenOptions::new().read(true).write(true).open(device).unwrap();
    let system = FileSystem::new(file, FsOptions::new()).unwrap();
    let mut all: Vec<_> =
        system.root_dir().iter().map(|entry| entry.unwrap()).map(|entry| (entry.file_name(), entry.len())).collect();
    all.sort();
    all
}

/// The headers in a folder, of a computer in it into which a stick is plugged.
pub(crate) fn headers(folder: &Path) -> Headers {
    let computer = folder.join("computer");
    let node = match computer.exists() {
        true => Node::new(&computer),
        false => computer_at(&computer, &[("sdb", FatType::Fat16)]),
    };
    Headers::new(folder.to_owned(), Cost { memory: 32, milliseconds: 1 }).with_sticks(Sticks::of(&node))
}

/// A computer at `folder` with a stick, `/dev/sdb1`.
pub(crate) fn with_stick(folder: &Path) -> Node {
    computer_at(folder, &[("sdb", FatType::Fat32)])
}

/// Puts a file on it.
pub(crate) fn put(device: &Path, file: &str, bytes: &[u8]) {
    fat::write(device, file, bytes).unwrap();
}

/// How many keys there are on all sticks.
pub(crate) fn keys(sticks: &Sticks) -> usize {
    let all = sticks.present().into_iter().flat_map(|stick| files(&stick.device));
    all.filter(|(name, _)| name.starts_with("ilanga-key-")).count()
}

#[test]
fn a_key_beside_other_files() {
    for kind in [FatType::Fat16, FatType::Fat32] {
        let (_folder, node) = computer(&[("sdb", kind)]);
        let sticks = Sticks::of(&node);
        let device = node.path("/dev/sdb1");
        fat::write(&device, "Amaholide.jpg", &[7; 5000]).unwrap();
        let (old, new) = (Zeroizing::new([1; LENGTH]), Zeroizing::new([2; LENGTH]));
        assert_eq!(sticks.key(header(1)), None);
        sticks.keep(header(1), &old).unwrap();
        assert_eq!(sticks.key(header(1)), Some(old));
        sticks.keep(header(2), &new).unwrap();
        sticks.forget(header(1));
        sticks.forget(header(3));
        assert_eq!((sticks.key(header(1)), sticks.key(header(2))), (None, Some(new)));
        let expected = [("Amaholide.jpg".to_owned(), 5000), (name(header(2)), 32)];
        assert_eq!(files(&device), expected);
        assert_eq!(*fat::read(&device, "Amaholide.jpg", 5000).unwrap().unwrap(), vec![7; 5000]);
    }
}

#[test]
fn which_are_sticks() {
    let (folder, node) = computer(&[("sdb", FatType::Fat32)]);
    let sticks = Sticks::of(&node);
    assert_eq!(sticks.present(), [Stick { device: node.path("/dev/sdb1"), name: "SanDisk Ultra[2J, 41.9 MB".into() }]);
    plug(folder.path(), "sda", "pci0/ata1", FatType::Fat32);
    assert_eq!(sticks.present().len(), 1);
    plug(folder.path(), "sdc", "usb2/2-1", FatType::Fat32);
    assert_eq!(sticks.present().len(), 2);
    assert!(matches!(sticks.keep(header(1), &Zeroizing::new([1; LENGTH])), Err(StickError::NotOne(2))));
    // The node runs from it.
    symlink("/dev/sdc1", folder.path().join("run/ilanga/disk/ilanga-esp")).unwrap();
    assert_eq!(sticks.present().len(), 1);
    fs::write(folder.path().join("sys/class/block/sdb1/uevent"), "DEVNAME=sdb1\nPARTNAME=ilanga-esp\n").unwrap();
    assert!(sticks.present().is_empty());
    assert!(matches!(sticks.keep(header(1), &Zeroizing::new([1; LENGTH])), Err(StickError::NotOne(0))));
}

#[test]
fn a_file_that_is_no_key_is_none() {
    let (_folder, node) = computer(&[("sdb", FatType::Fat32)]);
    let (sticks, device) = (Sticks::of(&node), node.path("/dev/sdb1"));
    for content in [&[][..], &[1; LENGTH - 1], &[1; LENGTH + 1], &[1; 100_000]] {
        fat::write(&device, &name(header(1)), content).unwrap();
        assert_eq!(sticks.key(header(1)), None);
    }
    // A folder of that name.
    let file = OpenOptions::new().read(true).write(true).open(&device).unwrap();
    FileSystem::new(file, FsOptions::new()).unwrap().root_dir().create_dir(&name(header(2))).unwrap();
    assert_eq!(sticks.key(header(2)), None);
}

#[test]
fn a_hostile_stick_ends() {
    let (_folder, node) = computer(&[("sdb", FatType::Fat32)]);
    let (sticks, device) = (Sticks::of(&node), node.path("/dev/sdb1"));
    sticks.keep(header(1), &Zeroizing::new([1; LENGTH])).unwrap();
    let good = fs::read(&device).unwrap();
    // The root folder's chain leads back to itself, and its clusters are full of entries that lead nowhere.
    let word = |at: usize| u32::from_le_bytes(good[at..at + 4].try_into().unwrap()) as usize;
    let reserved = usize::from(u16::from_le_bytes([good[14], good[15]])) * 512;
    let (fats, length, root) = (usize::from(good[16]), word(36) * 512, word(44));
    let (data, cluster) = (reserved + fats * length, usize::from(good[13]) * 512);
    let file = OpenOptions::new().write(true).open(&device).unwrap();
    let leads_back = u32::try_from(root).unwrap().to_le_bytes();
    assert_eq!(good[reserved + root * 4..][..4], [0xff, 0xff, 0xff, 0x0f], "the chain's end, cluster {cluster}");
    file.write_all_at(&leads_back, (reserved + root * 4) as u64).unwrap();
    let mut entry = [0; 32];
    entry[..11].copy_from_slice(b"NOTHING TXT");
    entry[11] = 0x20;
    let entries: Vec<u8> = entry.iter().copied().cycle().take(cluster).collect();
    file.write_all_at(&entries, (data + (root - 2) * cluster) as u64).unwrap();
    let said = fat::read(&device, &name(header(1)), LENGTH).unwrap_err().to_string();
    assert_eq!(said, "what is on it has no end");
    assert_eq!(sticks.key(header(1)), None);
    // Each byte of what describes it as it should not be: an answer, whichever it is.
    for place in [11, 12, 13, 14, 16, 17, 21, 22, 32, 36, 39, 44, 48] {
        for value in [0, 0xff] {
            let mut head = good[..512].to_vec();
            head[place] = value;
            file.write_all_at(&head, 0).unwrap();
            let _ = sticks.key(header(1));
        }
    }
    file.set_len(600).unwrap();
    assert_eq!(sticks.key(header(1)), None);
}
