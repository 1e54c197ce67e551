//! Which of the kernel's modules a root file system has: mkosi's `KernelModules=`, see [`patterns`].
//!
//! What the kept modules need stays too, so that leaving out a folder never breaks a module outside it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::module_index::{MODULES, ModuleIndex, ModuleInfo, unpack};
use super::modules::{closure, named_aliases, path};
use super::{KernelError, patterns};
use crate::parallel::each;
use crate::tool::Command;

/// The index without the modules that `list` leaves out; without a list, all stay.
pub(crate) fn prune(index: &ModuleIndex, list: &[String]) -> ModuleIndex {
    if list.is_empty() {
        return index.clone();
    }
    let chosen = index.modules.iter().filter(|(_, module)| patterns::decide(list, path(module)) == Some(true));
    let kept = closure(index, &named_aliases(index), chosen.map(|(name, _)| name.as_str()));
    let modules = index.modules.iter().filter(|(name, _)| kept.contains(name.as_str()));
    ModuleIndex { modules: modules.map(|(name, module)| (name.clone(), module.clone())).collect(), ..index.clone() }
}

/// Makes the folder `layer`, which lies above a tree: with the modules of `kept`, unpacked, and depmod's lists of them, as
/// `modprobe` and udev need them. `tree` has the modules; `layer` must not exist.
///
/// Compressed one by one, modules would defeat every delta, as all of them change with each kernel: unpacked ones do not,
/// and the root file system compresses them again.
pub(crate) fn layer(tools: &Path, tree: &Path, kept: &ModuleIndex, layer: &Path) -> Result<(), KernelError> {
    let from = ModuleIndex::folder(tree)?;
    let to = layer.join(MODULES).join(&kept.release);
    let shipped = ["modules.builtin", "modules.builtin.modinfo", "modules.order"].map(|file| (file, file));
    let modules = kept.modules.values().map(|module| (module.file.as_str(), module.unpacked()));
    let files: Vec<(&str, &str)> = shipped.into_iter().chain(modules).collect();
    let write = |(): &mut (), &(file, unpacked): &(&str, &str)| {
        let path = to.join(unpacked);
        let content = unpack(&from.join(file))?;
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(&to))?;
            fs::write(&path, content)
        };
        write().map_err(KernelError::writing(&path))
    };
    each(&files, || Ok(()), write)?;
    // Where depmod looks.
    let link = layer.join("lib");
    symlink("usr/lib", &link).map_err(KernelError::writing(&link))?;
    Command::new(tools, "depmod")
        .args(["--basedir", "/mnt"])
        .arg(&kept.release)
        .bind(layer, Path::new("/mnt"), true)
        .run()
        .map_err(KernelError::tool("listing the modules of", &from))?;
    remove(&link)?;
    for (file, _) in shipped {
        remove(&to.join(file))?;
    }
    readable(layer)
}

/// Gives a folder and what is in it the modes that a package's files have, whatever the umask is.
fn readable(path: &Path) -> Result<(), KernelError> {
    let is_folder = path.is_dir();
    let mode = Permissions::from_mode(if is_folder { 0o755 } else { 0o644 });
    fs::set_permissions(path, mode).map_err(KernelError::writing(path))?;
    if is_folder {
        for entry in fs::read_dir(path).map_err(KernelError::reading(path))? {
            readable(&entry.map_err(KernelError::reading(path))?.path())?;
        }
    }
    Ok(())
}

/// Removes from `tree`, above which [`layer`] lies, the modules as the package has them: all but those that it does not
/// compress and `kept` has.
pub(crate) fn apply(tree: &Path, all: &ModuleIndex, kept: &ModuleIndex) -> Result<(), KernelError> {
    let folder = ModuleIndex::folder(tree)?;
    let stays = |name: &str, module: &ModuleInfo| kept.modules.contains_key(name) && module.unpacked() == module.file;
    let gone = all.modules.iter().filter(|(name, module)| !stays(name, module));
    gone.map(|(_, module)| module).try_for_each(|module| remove(&folder.join(&module.file)))
}

fn remove(path: &Path) -> Result<(), KernelError> {
    fs::remove_file(path).map_err(|source| KernelError::Remove { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> ModuleIndex {
        let module = |file: &str, depends: &[&str]| ModuleInfo {
            file: format!("kernel/{file}.ko.xz"),
            depends: depends.iter().map(|&name| name.to_owned()).collect(),
            ..ModuleInfo::default()
        };
        ModuleIndex {
            modules: [
                ("nvme", module("drivers/nvme/host/nvme", &["nvme_core"])),
                ("nvme_core", module("drivers/nvme/host/nvme-core", &[])),
                ("cec", module("drivers/media/cec/core/cec", &["rc_core"])),
                ("rc_core", module("drivers/media/rc/rc-core", &[])),
                ("dvb_core", module("drivers/media/dvb-core/dvb-core", &[])),
                ("i915", module("drivers/gpu/drm/i915/i915", &["cec"])),
            ]
            .map(|(name, module)| (name.to_owned(), module))
            .into(),
            ..ModuleIndex::default()
        }
    }

    #[test]
    fn patterns() {
        for (patterns, expected) in [
            ("", "cec dvb_core i915 nvme nvme_core rc_core"),
            ("*", "cec dvb_core i915 nvme nvme_core rc_core"),
            ("-nvme", ""),
            ("nvme", "nvme nvme_core"),
            ("nvme-core", "nvme_core"),
            ("host/nvme*", "nvme nvme_core"),
            ("/drivers/nvme/", "nvme nvme_core"),
            ("/nvme/", ""),
            ("nvme/", "nvme nvme_core"),
            // What is excluded stays if something needs it.
            ("* -drivers/media/", "cec i915 nvme nvme_core rc_core"),
            ("* -drivers/media/ -drivers/gpu/", "nvme nvme_core"),
            ("* -drivers/ cec", "cec rc_core"),
        ] {
            let patterns: Vec<String> = patterns.split_whitespace().map(str::to_owned).collect();
            let kept = prune(&index(), &patterns);
            let names: Vec<&str> = kept.modules.keys().map(String::as_str).collect();
            assert_eq!(names.join(" "), expected, "{patterns:?}");
        }
    }
}
