//! Which of the kernel's modules a root file system has: mkosi's `KernelModules=`, see [`patterns`].
//!
//! What the kept modules need stays too, so that leaving out a folder never breaks a module outside it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::module_index::ModuleIndex;
use super::modules::{closure, named_aliases, path};
use super::{KernelError, patterns};
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

/// Lets depmod list the modules of `kept`, as `modprobe` and udev need it: makes the folder `lists` with its files, for
/// the folder of modules of a tree. `tree` has the modules; on the same file system, `lists` must not exist.
pub(crate) fn list(tools: &Path, tree: &Path, kept: &ModuleIndex, lists: &Path) -> Result<(), KernelError> {
    let from = ModuleIndex::folder(tree)?;
    let view = lists.with_extension("view");
    let below = Path::new("usr/lib/modules").join(&kept.release);
    let to = view.join(&below);
    let link = |file: &Path| {
        let path = to.join(file);
        fs::create_dir_all(path.parent().unwrap_or(&to))
            .and_then(|()| fs::hard_link(from.join(file), &path))
            .map_err(KernelError::writing(&path))
    };
    let shipped = ["modules.builtin", "modules.builtin.modinfo", "modules.order"].map(Path::new);
    shipped.into_iter().try_for_each(link)?;
    kept.modules.values().try_for_each(|module| link(Path::new(&module.file)))?;
    symlink("usr/lib", view.join("lib")).map_err(KernelError::writing(&view))?;
    Command::new(tools, "depmod")
        .args(["--basedir", "/mnt"])
        .arg(&kept.release)
        .bind(&view, Path::new("/mnt"), true)
        .run()
        .map_err(KernelError::tool("listing the modules of", &from))?;
    for file in shipped {
        remove(&to.join(file))?;
    }
    let all = to.join("kernel");
    fs::remove_dir_all(&all).map_err(|source| KernelError::Remove { path: all, source })?;
    fs::rename(&to, lists).map_err(KernelError::writing(lists))?;
    fs::remove_dir_all(&view).map_err(|source| KernelError::Remove { path: view, source })
}

/// Leaves in `tree` the modules of `kept` only, and copies depmod's lists of them into it.
pub(crate) fn apply(tree: &Path, all: &ModuleIndex, kept: &ModuleIndex, lists: &Path) -> Result<(), KernelError> {
    let folder = ModuleIndex::folder(tree)?;
    for module in all.modules.iter().filter(|(name, _)| !kept.modules.contains_key(*name)).map(|(_, module)| module) {
        remove(&folder.join(&module.file))?;
    }
    for entry in fs::read_dir(lists).map_err(KernelError::reading(lists))? {
        let entry = entry.map_err(KernelError::reading(lists))?;
        let path = folder.join(entry.file_name());
        fs::copy(entry.path(), &path).map_err(KernelError::writing(&path))?;
    }
    Ok(())
}

fn remove(path: &Path) -> Result<(), KernelError> {
    fs::remove_file(path).map_err(|source| KernelError::Remove { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::super::module_index::ModuleInfo;
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
