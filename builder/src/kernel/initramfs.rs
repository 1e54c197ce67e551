//! The initramfs: `init`, the kernel modules that it may load, and nothing else.
//!
//! ```text
//! /init             the program
//! /dev/console      5:1, so that PID 1 has standard streams before it mounts anything; /dev/null 1:3
//! /modules.table    which modules there are, see formats::modules
//! /modules/…        the modules, unpacked; their signatures are part of them
//! /usr/lib/firmware what these ask for; /lib leads to /usr/lib, as the kernel looks in /lib/firmware
//! ```
//!
//! The archive is a [newc cpio](https://docs.kernel.org/driver-api/early-userspace/buffer-format.html): sorted, owned
//! by root, dated 1970, compressed with zstd in one thread. It depends on the content of the files alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cpio::newc;
use formats::modules::{FOLDER as MODULES, TABLE};

use super::KernelError;
use super::firmware::{self, Present};
use super::module_index::ModuleIndex;
use super::modules::Selection;

/// Level 19 takes ten times as long and saves a tenth.
const LEVEL: i32 = 12;

const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const FILE: u32 = 0o100_644;
const LINK: u32 = 0o120_777;
const CONSOLE: u32 = 0o020_600;
const NULL: u32 = 0o020_666;

/// What is at a path of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    mode: u32,
    device: (u32, u32),
    content: Vec<u8>,
}

/// The files of an archive by their paths, without `/` at the start. A path's folders come before it.
#[derive(Clone, Debug, Default)]
pub(super) struct Archive(BTreeMap<String, Node>);

impl Archive {
    /// Adds a file that everybody may read.
    pub(super) fn file(&mut self, path: &str, content: Vec<u8>) {
        self.add(path, FILE, content);
    }

    fn add(&mut self, path: &str, mode: u32, content: Vec<u8>) {
        let path = path.trim_start_matches('/');
        for (at, _) in path.match_indices('/') {
            let folder = Node { mode: FOLDER, device: (0, 0), content: Vec::new() };
            self.0.entry(path[..at].to_owned()).or_insert(folder);
        }
        self.0.insert(path.to_owned(), Node { mode, device: (0, 0), content });
    }

    fn device(&mut self, path: &str, mode: u32, device: (u32, u32)) {
        self.add(path, mode, Vec::new());
        if let Some(node) = self.0.get_mut(path) {
            node.device = device;
        }
    }

    /// The archive's bytes.
    pub(super) fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for (number, (path, node)) in (1..).zip(&self.0) {
            let length = u32::try_from(node.content.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
            let (major, minor) = node.device;
            let header = newc::Builder::new(path).ino(number).mode(node.mode).nlink(1);
            let mut entry = header.rdev_major(major).rdev_minor(minor).write(&mut bytes, length);
            entry.write_all(&node.content)?;
            entry.finish()?;
        }
        newc::trailer(&mut bytes)?;
        Ok(bytes)
    }
}

/// Makes the initramfs of `init` (a program linked statically) and the chosen modules, whose kernel and firmware are in
/// `tree`.
pub(crate) fn make(init: &Path, selection: &Selection, tree: &Path) -> Result<Vec<u8>, KernelError> {
    let mut archive = Archive::default();
    archive.add("init", PROGRAM, fs::read(init).map_err(KernelError::reading(init))?);
    archive.device("dev/console", CONSOLE, (5, 1));
    archive.device("dev/null", NULL, (1, 3));
    archive.file(TABLE, selection.table.to_text().into_bytes());
    for (path, module) in selection.unpack(&ModuleIndex::folder(tree)?)? {
        archive.file(&format!("{MODULES}/{}", path.display()), module);
    }
    let firmware = firmware_of(selection, &firmware::present(tree)?);
    if !firmware.is_empty() {
        archive.add("lib", LINK, b"usr/lib".to_vec());
    }
    for path in firmware {
        let source = tree.join(firmware::FOLDER).join(&path);
        archive
            .file(&format!("{}/{path}", firmware::FOLDER), fs::read(&source).map_err(KernelError::reading(&source))?);
    }
    let compress = || zstd::encode_all(archive.to_bytes()?.as_slice(), LEVEL);
    compress().map_err(KernelError::writing(&PathBuf::from("initramfs")))
}

/// The firmware that the chosen modules may ask for and that there is. Links become files.
fn firmware_of(selection: &Selection, present: &Present) -> Vec<String> {
    let unwanted = firmware::unwanted(&selection.firmware, &[], present);
    let asked = |path: &&String| {
        let name = path.trim_end_matches(".xz").trim_end_matches(".zst");
        selection.firmware.contains(name)
    };
    present.keys().filter(|path| !unwanted.contains(*path)).filter(asked).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_sorted_and_whole() {
        let mut archive = Archive::default();
        archive.file("/modules/kernel/a.ko", b"module".to_vec());
        archive.add("init", PROGRAM, b"program".to_vec());
        archive.device("dev/console", CONSOLE, (5, 1));
        let bytes = archive.to_bytes().unwrap();
        let mut rest = bytes.as_slice();
        let mut found = Vec::new();
        loop {
            let entry = newc::Reader::new(rest).unwrap();
            if entry.entry().is_trailer() {
                break;
            }
            let header = entry.entry();
            assert_eq!((header.mtime(), header.uid(), header.gid()), (0, 0, 0));
            found.push((header.name().to_owned(), header.mode(), header.rdev_major(), header.file_size()));
            rest = entry.finish().unwrap();
        }
        let expected = [
            ("dev", FOLDER, 0, 0),
            ("dev/console", CONSOLE, 5, 0),
            ("init", PROGRAM, 0, 7),
            ("modules", FOLDER, 0, 0),
            ("modules/kernel", FOLDER, 0, 0),
            ("modules/kernel/a.ko", FILE, 0, 6),
        ];
        assert_eq!(found, expected.map(|(name, mode, major, size)| (name.to_owned(), mode, major, size)));
    }
}
