//! A small disk of Ilanga's layout, and releases for it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::ops::Range;
use std::path::PathBuf;

use fatfs::{FileSystem, FormatVolumeOptions, FsOptions};
use formats::layout::Role;
use formats::slot::Slot;
use formats::verity_tree::Builder;

use super::super::log::made::Made;
use super::super::recording::Recording;
use crate::disk::Disk;
use crate::error::Error;

const BLOCK: usize = 4096;
const MIB: usize = 1 << 20;

/// A release.
pub(super) struct Image {
    pub(super) bytes: Vec<u8>,
    pub(super) kernel: Vec<u8>,
}

/// A slot image whose parts belong together: a root file system of 40 blocks, its tree, a kernel image.
pub(super) fn image(version: &str) -> Image {
    let mut bytes: Vec<u8> = (0..40 * BLOCK).map(|at| (at / 512) as u8 ^ version.as_bytes()[0]).collect();
    bytes[1024..1152].fill(0);
    bytes[1024..1028].copy_from_slice(&0xE0F5_E1E2_u32.to_le_bytes());
    bytes[1024 + 12] = 12;
    bytes[1024 + 36] = 40;
    let mut builder = Builder::new([7; 32]);
    builder.update(&bytes);
    let tree = builder.finish().unwrap();
    let mut superblock = vec![0; BLOCK];
    superblock[..6].copy_from_slice(b"verity");
    (superblock[8], superblock[12]) = (1, 1);
    superblock[32..38].copy_from_slice(b"sha256");
    (superblock[65], superblock[69], superblock[72], superblock[80]) = (0x10, 0x10, 40, 32);
    superblock[88..120].fill(7);
    bytes.extend(superblock);
    bytes.extend(&tree.bytes);
    let kernel = kernel(version, &tree.root_hash.to_string());
    bytes.extend(&kernel);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    Image { bytes, kernel }
}

/// A PE file with the sections that count, 20 KiB that do not, and certificates of 100 bytes.
fn kernel(version: &str, root: &str) -> Vec<u8> {
    let line = format!("ilanga.root={root} ilanga.esp=512M ilanga.slot=3072M ilanga.state=512M quiet\0");
    let release = format!("ID=ilanga\nIMAGE_VERSION=\"{version}\"\n\0");
    let linux: Vec<u8> = (0..20 << 10).map(|at| (at / 512) as u8 ^ 0x55).collect();
    let sections: [(&[u8; 8], &[u8]); 3] =
        [(b".osrel\0\0", release.as_bytes()), (b".cmdline", line.as_bytes()), (b".linux\0\0", &linux)];
    let (mut headers, mut data) = (Vec::new(), Vec::new());
    for (name, bytes) in sections {
        headers.extend(name);
        headers.extend((bytes.len() as u32).to_le_bytes());
        headers.extend((0x1000 + data.len() as u32).to_le_bytes());
        headers.extend((bytes.len().next_multiple_of(512) as u32).to_le_bytes());
        headers.extend((1024 + data.len() as u32).to_le_bytes());
        headers.extend([0; 16]);
        data.extend(bytes);
        data.resize(data.len().next_multiple_of(512), 0);
    }
    let mut file = vec![0; 0x40];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c] = 0x40;
    file.extend(b"PE\0\0\x64\x86");
    file.extend((sections.len() as u16).to_le_bytes());
    file.extend([0; 12]);
    file.extend(240_u16.to_le_bytes());
    file.extend(0x22_u16.to_le_bytes());
    // The optional header of PE32+, with 16 data directories; the fifth one says where the certificates are.
    let mut optional = vec![0; 240];
    optional[..2].copy_from_slice(&0x20b_u16.to_le_bytes());
    optional[108] = 16;
    optional[144..148].copy_from_slice(&(1024 + data.len() as u32).to_le_bytes());
    optional[148] = 100;
    file.extend(optional);
    file.extend(headers);
    file.resize(1024, 0);
    file.extend(data);
    file.extend([9; 100]);
    file
}

/// A disk that is written to, and the record of it.
pub(super) struct Recorded {
    pub(super) base: Vec<u8>,
    pub(super) bytes: Vec<u8>,
    log: Made,
    folder: tempfile::TempDir,
}

/// Where the partitions are, in bytes.
fn place(role: Role) -> Range<usize> {
    let [esp, a, b, state] = [MIB..9 * MIB, 9 * MIB..10 * MIB, 10 * MIB..11 * MIB, 11 * MIB..12 * MIB];
    match role {
        Role::Esp => esp,
        Role::Root(Slot::A) => a,
        Role::Root(Slot::B) => b,
        Role::State | Role::Data => state,
    }
}

impl Recorded {
    /// A disk with a release in slot a, which was judged good.
    pub(super) fn new(image: &Image) -> Self {
        let mut disk = Cursor::new(vec![0; 13 * MIB]);
        let mut table = gpt::GptConfig::new().writable(true).create_from_device(&mut disk, None).unwrap();
        let roles = [Role::Esp, Role::Root(Slot::A), Role::Root(Slot::B), Role::State];
        let entry = |role: Role| {
            let place = place(role);
            gpt::partition::Partition {
                part_type_guid: gpt::partition_types::LINUX_FS,
                part_guid: uuid::Uuid::from_u128(place.start as u128),
                first_lba: place.start as u64 / 512,
                last_lba: place.end as u64 / 512 - 1,
                flags: 0,
                name: role.name().to_owned(),
            }
        };
        let entries: BTreeMap<u32, _> = (1..).zip(roles.map(entry)).collect();
        table.update_partitions(entries).unwrap();
        table.write().unwrap();
        let mut bytes = disk.into_inner();
        let mut esp = Cursor::new(vec![0; 8 * MIB]);
        fatfs::format_volume(&mut esp, FormatVolumeOptions::new()).unwrap();
        bytes[place(Role::Esp)].copy_from_slice(&esp.into_inner());
        let mut recorded = Self { base: Vec::new(), bytes, log: Made::new(), folder: tempfile::tempdir().unwrap() };
        recorded.write_file("EFI/BOOT/BOOTX64.EFI", &[0xb0; 5000]);
        recorded.write_file("EFI/Linux/ilanga_1.efi", &image.kernel);
        recorded.write_slot(Slot::A, &image.bytes);
        recorded.base = recorded.bytes.clone();
        recorded.log = Made::new();
        recorded
    }

    /// Writes what differs: each stretch of sectors is one write.
    fn put(&mut self, at: usize, new: &[u8]) {
        let old = self.bytes[at..at + new.len()].to_vec();
        let differs: Vec<bool> =
            old.chunks(512).zip(new.chunks(512)).map(|(old, new)| old != new).chain([false]).collect();
        let mut start = None;
        for (sector, differs) in differs.into_iter().enumerate() {
            match (start, differs) {
                (None, true) => start = Some(sector),
                (Some(from), false) => {
                    self.log.write((at / 512 + from) as u64, &new[from * 512..sector * 512]);
                    start = None;
                }
                _ => {}
            }
        }
        self.bytes[at..at + new.len()].copy_from_slice(new);
    }

    pub(super) fn flush(&mut self) {
        self.log.flush();
    }

    pub(super) fn write_slot(&mut self, slot: Slot, bytes: &[u8]) {
        let start = place(Role::Root(slot)).start;
        for (number, piece) in bytes.chunks(64 << 10).enumerate() {
            self.put(start + number * (64 << 10), piece);
        }
    }

    fn change_esp(&mut self, change: impl FnOnce(&FileSystem<&mut Cursor<Vec<u8>>>)) {
        let mut esp = Cursor::new(self.bytes[place(Role::Esp)].to_vec());
        let system = FileSystem::new(&mut esp, FsOptions::new()).unwrap();
        change(&system);
        system.unmount().unwrap();
        self.put(place(Role::Esp).start, &esp.into_inner());
    }

    pub(super) fn write_file(&mut self, path: &str, content: &[u8]) {
        self.change_esp(|system| {
            let mut folder = system.root_dir();
            let (folders, name) = path.rsplit_once('/').unwrap();
            for part in folders.split('/') {
                folder = folder.create_dir(part).unwrap();
            }
            let mut file = folder.create_file(name).unwrap();
            file.truncate().unwrap();
            file.write_all(content).unwrap();
        });
    }

    /// Renames a kernel image.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        self.change_esp(|system| {
            let folder = system.root_dir().open_dir("EFI/Linux").unwrap();
            folder.rename(from, &folder, to).unwrap();
        });
    }

    /// Damages the partition table, or its copy; mends it the second time.
    pub(super) fn tear_table(&mut self, copy: bool) {
        let at = if copy { self.bytes.len() - 512 } else { 512 };
        let mut torn = self.bytes[at..at + 512].to_vec();
        torn[60] ^= 1;
        self.put(at, &torn);
    }

    /// Reads the record, and panics if it can't be.
    pub(super) fn recording(&self, releases: &[&str]) -> Recording {
        self.read(releases).unwrap()
    }

    pub(super) fn read(&self, releases: &[&str]) -> Result<Recording, Error> {
        let path = |name: &str| self.folder.path().join(name);
        fs::write(path("base"), &self.base).unwrap();
        fs::write(path("disk"), &self.bytes).unwrap();
        fs::write(path("log"), &self.log.bytes).unwrap();
        let image = |version: &&str| -> (PathBuf, u64) {
            let path = path(version);
            fs::write(&path, [vec![0; 96], image(version).bytes].concat()).unwrap();
            (path, 96)
        };
        let releases: Vec<_> = releases.iter().map(image).collect();
        Recording::read(&path("base"), &path("log"), &Disk::at(&path("disk")), &releases)
    }
}

#[test]
fn writes_what_differs() {
    let mut recorded = Recorded::new(&image("1"));
    let mut bytes = Vec::new();
    recorded.change_esp(|system| {
        system.root_dir().open_file("EFI/BOOT/BOOTX64.EFI").unwrap().read_to_end(&mut bytes).unwrap();
    });
    assert_eq!(bytes, [0xb0; 5000]);
    let before = recorded.log.bytes.len();
    recorded.write_slot(Slot::A, &image("1").bytes);
    assert_eq!(recorded.log.bytes.len(), before);
}
