//! Processors' microcode, as the kernel reads it before anything else: an uncompressed cpio archive.
//!
//! ```text
//! kernel/x86/microcode/GenuineIntel.bin    updates one after the other; each says how long it is
//! kernel/x86/microcode/AuthenticAMD.bin    containers one after the other
//! ```
//!
//! See [the kernel's documentation](https://docs.kernel.org/arch/x86/microcode.html). Intel's package has the same
//! update under the name of each processor that it fits (the kernel reads that from the update): each goes in once,
//! which saves a third. Servers' and workstations' processors ([`SERVERS`]) are in no mini PC, and are half of the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use formats::digest::Digest;

use super::KernelError;
use super::firmware;
use super::initramfs::Archive;

/// Intel's files for Xeon servers, Xeon Phi and Atom servers: family and model, by the kernel's
/// `arch/x86/include/asm/intel-family.h`.
const SERVERS: [&str; 19] = [
    "06-2d", "06-2e", "06-2f", "06-3e", "06-3f", "06-4f", "06-55", "06-56", "06-57", "06-5f", "06-6a", "06-6c",
    "06-85", "06-86", "06-8f", "06-ad", "06-ae", "06-af", "06-cf",
];

/// The microcode in `tree`'s packages, as an archive; `None` if there is none.
pub(crate) fn archive(tree: &Path) -> Result<Option<Vec<u8>>, KernelError> {
    let folder = tree.join(firmware::FOLDER);
    let mut intel_files = read_all(&folder.join("intel-ucode"))?;
    intel_files.retain(|(path, _)| !is_server(path));
    let intel = intel(&intel_files)?;
    let amd: Vec<u8> = read_all(&folder.join("amd-ucode"))?.into_iter().filter(is_amd).flat_map(|(_, b)| b).collect();
    let mut archive = Archive::default();
    for (vendor, content) in [("GenuineIntel", &intel), ("AuthenticAMD", &amd)] {
        if !content.is_empty() {
            archive.file(&format!("kernel/x86/microcode/{vendor}.bin"), content.clone());
        }
    }
    if intel.is_empty() && amd.is_empty() {
        return Ok(None);
    }
    archive.to_bytes().map(Some).map_err(KernelError::writing(&PathBuf::from("microcode archive")))
}

/// The files of a folder in order; none if it is not there.
fn read_all(folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, KernelError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(KernelError::reading(folder))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<BTreeSet<_>, _>>();
    let read = |path: PathBuf| {
        let content = fs::read(&path).map_err(KernelError::reading(&path))?;
        Ok((path, content))
    };
    paths.map_err(KernelError::reading(folder))?.into_iter().filter(|path| path.is_file()).map(read).collect()
}

fn is_server(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    SERVERS.iter().any(|model| name.starts_with(model))
}

fn is_amd((path, content): &(PathBuf, Vec<u8>)) -> bool {
    path.extension().is_some_and(|suffix| suffix == "bin") && content.starts_with(b"DMA\0")
}

/// Bytes of an update's header, and of one that does not say its length.
const HEADER: usize = 48;
const DEFAULT: usize = 2048;

/// Each update of these files once.
fn intel(files: &[(PathBuf, Vec<u8>)]) -> Result<Vec<u8>, KernelError> {
    let (mut updates, mut seen) = (Vec::new(), BTreeSet::new());
    for (path, content) in files {
        let bad = |reason| KernelError::NotMicrocode { path: path.clone(), reason };
        let mut rest = content.as_slice();
        while !rest.is_empty() {
            let header = rest.get(..HEADER).ok_or_else(|| bad("it ends within a header"))?;
            let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| header[at + i]));
            if u32_at(0) != 1 {
                return Err(bad("a header is of another version than 1"));
            }
            let length = match (u32_at(28), u32_at(32)) {
                (0, _) => DEFAULT,
                (_, total) => total as usize,
            };
            let fits = length >= HEADER && length <= rest.len();
            let (update, others) = rest.split_at(if fits { length } else { 0 });
            if update.is_empty() {
                return Err(bad("it ends within an update"));
            }
            if seen.insert(Digest::of(update)) {
                updates.extend_from_slice(update);
            }
            rest = others;
        }
    }
    Ok(updates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(length: u32, mark: u8) -> Vec<u8> {
        let mut update = vec![mark; length as usize];
        update[..4].copy_from_slice(&1u32.to_le_bytes());
        update[28..32].copy_from_slice(&(length - 48).to_le_bytes());
        update[32..36].copy_from_slice(&length.to_le_bytes());
        update
    }

    fn intel_of(contents: &[Vec<u8>]) -> Result<Vec<u8>, KernelError> {
        intel(&contents.iter().map(|content| (PathBuf::from("06-01-01"), content.clone())).collect::<Vec<_>>())
    }

    #[test]
    fn each_update_once() {
        let (a, b) = (update(1024, 1), update(2048, 2));
        let both = [a.clone(), b.clone()].concat();
        assert_eq!(intel_of(&[a.clone(), both.clone(), b]).unwrap(), both);
        assert!(intel_of(&[]).unwrap().is_empty());
    }

    #[test]
    fn damage_is_found() {
        let a = update(1024, 1);
        let mut short = a.clone();
        short[32..36].copy_from_slice(&7u32.to_le_bytes());
        let mut version = a.clone();
        version[0] = 2;
        for bad in [a[..1000].to_vec(), a[..20].to_vec(), short, version] {
            assert!(matches!(intel_of(&[bad]), Err(KernelError::NotMicrocode { .. })));
        }
    }
}
