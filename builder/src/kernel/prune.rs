//! Which of the kernel's modules a root file system has: mkosi's `KernelModules=`, see [`patterns`].
//!
//! What the kept modules need stays too, so that leaving out a folder never breaks a module outside it.

use std::fs;
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

/// Removes from `tree` the modules of `all` that are not in `kept`, and lets depmod of the tree list the others anew.
pub(crate) fn remove(tree: &Path, all: &ModuleIndex, kept: &ModuleIndex) -> Result<(), KernelError> {
    if all.modules.len() == kept.modules.len() {
        return Ok(());
    }
    let folder = ModuleIndex::folder(tree)?;
    for (name, module) in &all.modules {
        if !kept.modules.contains_key(name) {
            let path = folder.join(&module.file);
            fs::remove_file(&path).map_err(|source| KernelError::Remove { path, source })?;
        }
    }
    Command::in_tree(tree, "depmod").arg(&all.release).run().map_err(|source| KernelError::Tool {
        operation: "listing the modules of",
        path: folder,
        source,
    })
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
