//! What each module of an unpacked kernel package says about itself.
//!
//! Debian's kernel packages carry no `modules.dep`; modules are compressed one by one:
//!
//! ```text
//! usr/lib/modules/<release>/kernel/…/<name>.ko[.xz|.zst]    ELF; .modinfo: key=value, each ended by a zero byte
//!                           modules.builtin                 paths of what is in the kernel itself
//!                           modules.builtin.modinfo         <name>.key=value, each ended by a zero byte
//! ```
//!
//! Reading the index unpacks every module (half a gigabyte): it depends on nothing but the kernel package, so callers
//! keep it, by the package's digest. The keys are described in the kernel's `include/linux/module.h`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use formats::modules::ModuleName;
use object::{Object as _, ObjectSection as _};
use serde::{Deserialize, Serialize};

use super::KernelError;
use crate::parallel::each;

/// Where a tree has its kernels' modules.
pub(super) const MODULES: &str = "usr/lib/modules";

/// The modules of one kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleIndex {
    /// The kernel's release, as `uname -r` says it.
    pub(crate) release: String,
    /// Its modules, by name.
    pub(crate) modules: BTreeMap<String, ModuleInfo>,
    /// The names of what is in the kernel itself.
    pub(crate) builtin: BTreeSet<String>,
    /// The firmware that these ask for.
    pub(crate) builtin_firmware: BTreeSet<String>,
}

/// What a module says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleInfo {
    /// Its file, below the kernel's folder of modules.
    pub(crate) file: String,
    /// The modules whose symbols it uses.
    pub(crate) depends: Vec<String>,
    /// The modules that it wants loaded before it.
    pub(crate) before: Vec<String>,
    /// The modules that it wants loaded after it.
    pub(crate) after: Vec<String>,
    /// The firmware that it may ask for; some have wildcards.
    pub(crate) firmware: Vec<String>,
    /// Patterns of the devices, and other names, that it serves.
    pub(crate) aliases: Vec<String>,
}

impl ModuleInfo {
    /// Its file without the compression's suffix.
    pub(crate) fn unpacked(&self) -> &str {
        self.file.trim_end_matches(".xz").trim_end_matches(".zst")
    }

    /// Reads the `.modinfo` section of a module whose file is `file`.
    fn parse(file: String, section: &[u8]) -> Self {
        let mut info = Self { file, ..Self::default() };
        for (key, value) in pairs(section) {
            let words = || value.split_whitespace();
            match key {
                "depends" => info.depends.extend(value.split(',').filter(|name| !name.is_empty()).map(canonical)),
                "firmware" => info.firmware.push(value.to_owned()),
                "alias" => info.aliases.push(value.to_owned()),
                "softdep" => {
                    let mut list = &mut info.before;
                    for word in words() {
                        match word {
                            "pre:" => list = &mut info.before,
                            "post:" => list = &mut info.after,
                            name => list.push(canonical(name)),
                        }
                    }
                }
                _ => {}
            }
        }
        info
    }
}

/// A module's name as the kernel writes it.
pub(super) fn canonical(name: &str) -> String {
    name.trim().replace('-', "_")
}

fn pairs(section: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    section.split(|&c| c == 0).filter_map(|entry| std::str::from_utf8(entry).ok()?.split_once('='))
}

impl ModuleIndex {
    /// The folder of the modules of the one kernel of `tree`.
    pub(crate) fn folder(tree: &Path) -> Result<PathBuf, KernelError> {
        let all = tree.join(MODULES);
        let entries = fs::read_dir(&all).map_err(KernelError::reading(&all))?;
        let mut kernels = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
        if let Ok(kernels) = &mut kernels {
            kernels.retain(|path| path.join("kernel").is_dir());
        }
        let mut kernels = kernels.map_err(KernelError::reading(&all))?;
        match (kernels.pop(), kernels.len()) {
            (Some(kernel), 0) => Ok(kernel),
            (last, others) => Err(KernelError::Kernels { path: all, found: others + usize::from(last.is_some()) }),
        }
    }

    /// Reads the modules of the one kernel of `tree`.
    pub(crate) fn read(tree: &Path) -> Result<Self, KernelError> {
        let folder = Self::folder(tree)?;
        let mut files = Vec::new();
        list(&folder, "kernel", &mut files)?;
        let builtin_path = folder.join("modules.builtin");
        let builtin = fs::read_to_string(&builtin_path).map_err(KernelError::reading(&builtin_path))?;
        let modinfo_path = folder.join("modules.builtin.modinfo");
        let modinfo = fs::read(&modinfo_path).map_err(KernelError::reading(&modinfo_path))?;
        let firmware = pairs(&modinfo).filter(|(key, _)| key.ends_with(".firmware"));
        Ok(Self {
            release: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            modules: each(&files, || Ok(()), |(), file| parse_one(&folder, file))?.into_iter().collect(),
            builtin: builtin.lines().filter_map(ModuleName::of_path).map(|name| name.as_str().to_owned()).collect(),
            builtin_firmware: firmware.map(|(_, file)| file.to_owned()).collect(),
        })
    }
}

/// Adds the modules in `folder/below` to `files`, with their paths below `folder`.
fn list(folder: &Path, below: &str, files: &mut Vec<String>) -> Result<(), KernelError> {
    let path = folder.join(below);
    for entry in fs::read_dir(&path).map_err(KernelError::reading(&path))? {
        let entry = entry.map_err(KernelError::reading(&path))?;
        let name = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(KernelError::reading(&path))?.is_dir() {
            list(folder, &name, files)?;
        } else if [".ko", ".ko.xz", ".ko.zst"].iter().any(|suffix| name.ends_with(suffix)) {
            files.push(name);
        }
    }
    Ok(())
}

fn parse_one(folder: &Path, file: &str) -> Result<(String, ModuleInfo), KernelError> {
    let path = folder.join(file);
    let bad = |reason: String| KernelError::NotAModule { path: path.clone(), reason };
    let name = ModuleName::of_path(file).ok_or_else(|| bad("its name is none that the kernel takes".to_owned()))?;
    let elf = unpack(&path)?;
    let parsed = object::File::parse(elf.as_slice()).map_err(|error| bad(error.to_string()))?;
    let section = parsed.section_by_name(".modinfo").ok_or_else(|| bad("it has no section .modinfo".to_owned()))?;
    let section = section.data().map_err(|error| bad(error.to_string()))?;
    Ok((name.as_str().to_owned(), ModuleInfo::parse(file.to_owned(), section)))
}

/// The module in the file at `path`, which may be compressed. Its signature, behind the ELF file, stays.
pub(super) fn unpack(path: &Path) -> Result<Vec<u8>, KernelError> {
    let reading = || -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        let mut module = Vec::new();
        let mut unpacked: Box<dyn Read> = match path.extension().and_then(|suffix| suffix.to_str()) {
            Some("xz") => Box::new(liblzma::read::XzDecoder::new(file)),
            Some("zst") => Box::new(zstd::Decoder::new(file)?),
            _ => Box::new(file),
        };
        unpacked.read_to_end(&mut module)?;
        Ok(module)
    };
    reading().map_err(KernelError::reading(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_modinfo() {
        let section = b"license=GPL\0alias=pci:v*\0alias=fs-ext4\0depends=jbd2,mbcache,crc16\0softdep=pre: crc32c-x \
                        post: after\0firmware=a/b.bin\0\0\0softdep=pre:y\0depends=\0broken";
        let info = ModuleInfo::parse("kernel/fs/ext4/ext4.ko.xz".to_owned(), section);
        assert_eq!(info.depends, ["jbd2", "mbcache", "crc16"]);
        assert_eq!(info.before, ["crc32c_x", "pre:y"]);
        assert_eq!(info.after, ["after"]);
        assert_eq!(info.firmware, ["a/b.bin"]);
        assert_eq!(info.aliases, ["pci:v*", "fs-ext4"]);
        assert_eq!(info.unpacked(), "kernel/fs/ext4/ext4.ko");
    }
}
