//! A node in a folder: `/proc`, `/sys`, `/dev`, an ESP, and slots with small images of the real layout.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use formats::digest::Digest;
use formats::slot::Slot;
use updater::backend::{Request, answer};
use updater::error::chain;
use updater::tree::Tree;

const BLOCK: usize = 4096;

/// A node.
pub(crate) struct Node {
    folder: tempfile::TempDir,
}

/// A slot image: two blocks of EROFS, their tree with its superblock, and a kernel image. `build` tells builds of one version
/// apart.
pub(crate) struct Image {
    pub(crate) bytes: Vec<u8>,
    pub(crate) kernel: Vec<u8>,
    pub(crate) root: Digest,
}

pub(crate) fn image(version: &str, build: u8) -> Image {
    let mut bytes = vec![0; 4 * BLOCK];
    bytes[1024..1028].copy_from_slice(&0xE0F5_E1E2_u32.to_le_bytes());
    bytes[1024 + 12] = 12;
    bytes[1024 + 36] = 2;
    bytes[BLOCK..2 * BLOCK].fill(build);
    bytes[BLOCK..BLOCK + version.len()].copy_from_slice(version.as_bytes());
    let digests = [&bytes[..BLOCK], &bytes[BLOCK..2 * BLOCK]].map(|block| *Digest::of(block).as_bytes()).concat();
    let tree = &mut bytes[2 * BLOCK..];
    tree[..6].copy_from_slice(b"verity");
    (tree[8], tree[12]) = (1, 1);
    tree[32..38].copy_from_slice(b"sha256");
    (tree[65], tree[69], tree[72]) = (0x10, 0x10, 2);
    let top = &mut tree[BLOCK..2 * BLOCK];
    top[..digests.len()].copy_from_slice(&digests);
    let root = Digest::of(top);
    let kernel = kernel(version, &root.to_string());
    bytes.extend(&kernel);
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    Image { bytes, kernel, root }
}

/// A PE file with the sections that count, and 1 MiB that does not.
pub(crate) fn kernel(version: &str, root: &str) -> Vec<u8> {
    let line = format!("ilanga.root={root} ilanga.esp=512M ilanga.slot=3072M ilanga.state=512M quiet\0");
    let release = format!("ID=ilanga\nIMAGE_VERSION=\"{version}\"\n\0");
    let kernel = vec![7; 1 << 20];
    let sections: [(&[u8; 8], &[u8]); 3] =
        [(b".osrel\0\0", release.as_bytes()), (b".cmdline", line.as_bytes()), (b".linux\0\0", &kernel)];
    let mut file = vec![0; 0x40];
    file[..2].copy_from_slice(b"MZ");
    file[0x3c] = 0x40;
    file.extend(b"PE\0\0\x64\x86");
    file.extend((sections.len() as u16).to_le_bytes());
    file.extend([0; 12]);
    file.extend(240u16.to_le_bytes());
    file.extend(0x22u16.to_le_bytes());
    // The optional header of PE32+, with 16 data directories.
    let mut optional = vec![0; 240];
    optional[..2].copy_from_slice(&0x20bu16.to_le_bytes());
    optional[108] = 16;
    file.extend(optional);
    let mut data: Vec<u8> = Vec::new();
    for (name, bytes) in sections {
        file.extend(name);
        file.extend((bytes.len() as u32).to_le_bytes());
        file.extend((0x1000 + data.len() as u32).to_le_bytes());
        file.extend((bytes.len().next_multiple_of(512) as u32).to_le_bytes());
        file.extend((1024 + data.len() as u32).to_le_bytes());
        file.extend([0; 16]);
        data.extend(bytes);
        data.resize(data.len().next_multiple_of(512), 0);
    }
    file.resize(1024, 0);
    file.extend(data);
    file
}

impl Node {
    /// A node whose slot a holds and runs release 1.
    pub(crate) fn flashed() -> Self {
        let node = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["dev", "proc", "run/ilanga/disk", "esp/EFI/Linux"] {
            fs::create_dir_all(node.path(folder)).unwrap();
        }
        for (name, label) in [("sda1", "ilanga-esp"), ("sda2", "ilanga-root-a"), ("sda3", "ilanga-root-b")] {
            symlink(node.path("dev").join(name), node.path("run/ilanga/disk").join(label)).unwrap();
        }
        fs::write(node.path("dev/sda3"), vec![0; 2 << 20]).unwrap();
        let one = image("1", 0);
        node.write(Slot::A, &one.bytes);
        fs::write(node.path("esp/EFI/Linux/ilanga_1.efi"), &one.kernel).unwrap();
        node.runs(Slot::A, &one);
        node
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn tree(&self) -> Tree {
        Tree::in_folder(self.folder.path(), &self.path("esp"))
    }

    /// What a slot's partition holds from now on.
    pub(crate) fn write(&self, slot: Slot, bytes: &[u8]) {
        let device = if slot == Slot::A { "dev/sda2" } else { "dev/sda3" };
        fs::write(self.path(device), bytes).unwrap();
    }

    /// A slot runs, and the boot loader has counted.
    pub(crate) fn runs(&self, slot: Slot, image: &Image) {
        fs::write(self.path("run/ilanga/slot"), format!("SLOT={slot}\n")).unwrap();
        let line = format!("ilanga.root={} ilanga.esp=512M ilanga.slot=3072M ilanga.state=512M\n", image.root);
        fs::write(self.path("proc/cmdline"), line).unwrap();
    }

    /// Gives an entry another name, as the boot loader does.
    pub(crate) fn rename(&self, from: &str, to: &str) {
        let folder = self.path("esp/EFI/Linux");
        fs::rename(folder.join(from), folder.join(to)).unwrap();
    }

    /// What `ilanga-boot-state` prints, or the error.
    pub(crate) fn ask(&self, words: &str) -> Result<String, String> {
        let words: Vec<&str> = words.split(' ').collect();
        let request = Request::parse(&words).unwrap();
        answer(&request, &self.tree(), |_| ()).map_err(|error| chain(&error))
    }

    /// The names in the folder of the entries.
    pub(crate) fn entries(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.path("esp/EFI/Linux")) else { return Vec::new() };
        let mut names: Vec<String> =
            folder.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}
