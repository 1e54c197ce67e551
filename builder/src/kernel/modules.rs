//! Which modules the initramfs carries, and the table that tells `init` about them.
//!
//! The image's list has names (`nvme`) and patterns (`virtio_*`), see [`patterns`]. Chosen is what matches, what that
//! depends on, and what it wants loaded before and after it. Whether `init` loads a chosen module always or for a device
//! follows from the module: one that is named and serves no devices (a file system, device mapper's targets) is loaded
//! always.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use formats::modules::{Module, ModuleName, ModuleTable};

use super::module_index::{ModuleIndex, ModuleInfo, canonical, unpack};
use super::{KernelError, patterns};

/// What the initramfs gets.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// What `init` reads.
    pub(crate) table: ModuleTable,
    /// The modules' files below the kernel's folder of modules, and their paths in the table.
    pub(crate) files: BTreeMap<String, String>,
    /// The firmware that the modules may ask for; some have wildcards.
    pub(crate) firmware: BTreeSet<String>,
}

impl Selection {
    /// Chooses the modules of the image's list from those of its kernel.
    pub(crate) fn choose(index: &ModuleIndex, list: &[String]) -> Result<Self, KernelError> {
        for pattern in list {
            check(index, pattern)?;
        }
        let chosen = index.modules.iter().filter(|(_, info)| patterns::decide(list, path(info)) == Some(true));
        let wanted: BTreeMap<&str, &ModuleInfo> = chosen.map(|(name, info)| (name.as_str(), info)).collect();
        let named: BTreeSet<String> = list.iter().map(|pattern| canonical(pattern)).collect();
        let serves_devices = |info: &ModuleInfo| info.aliases.iter().any(|alias| !devices(alias).is_empty());
        let always = wanted.iter().filter(|(name, info)| named.contains(**name) && !serves_devices(info));
        let aliases = named_aliases(index);
        let chosen = closure(index, &aliases, wanted.keys().copied());
        let modules = chosen.iter().filter_map(|&name| {
            let info = &index.modules[name];
            let module = Module {
                path: info.unpacked().to_owned(),
                before: resolve(index, &aliases, info.depends.iter().chain(&info.before)),
                after: resolve(index, &aliases, &info.after),
            };
            Some((ModuleName::new(name)?, module))
        });
        let devices = wanted.iter().flat_map(|(name, info)| {
            info.aliases
                .iter()
                .flat_map(|alias| devices(alias))
                .filter_map(|alias| Some((alias, ModuleName::new(name)?)))
        });
        let always = always.filter_map(|(name, _)| ModuleName::new(name));
        let infos = || chosen.iter().map(|&name| &index.modules[name]);
        Ok(Self {
            table: ModuleTable::new(modules, always, devices)?,
            files: infos().map(|info| (info.file.clone(), info.unpacked().to_owned())).collect(),
            firmware: infos().flat_map(|info| info.firmware.iter().cloned()).collect(),
        })
    }

    /// The modules themselves, unpacked, by their paths in the table; `folder` is the kernel's folder of modules.
    pub(crate) fn unpack(&self, folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, KernelError> {
        self.files.iter().map(|(file, path)| Ok((PathBuf::from(path), unpack(&folder.join(file))?))).collect()
    }
}

/// A pattern that neither a module nor a part of the kernel itself matches is a mistake.
fn check(index: &ModuleIndex, pattern: &str) -> Result<(), KernelError> {
    let is_module = index.modules.values().any(|info| patterns::matches(pattern, path(info)));
    if is_module || index.builtin.iter().any(|name| patterns::matches(pattern, name)) {
        return Ok(());
    }
    let name = canonical(pattern);
    let known = index.modules.keys().chain(&index.builtin);
    let similar = known.map(|known| (strsim::jaro_winkler(known, &name), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    Err(KernelError::NoSuchModule {
        name: pattern.to_owned(),
        release: index.release.clone(),
        similar: similar.filter(|(score, _)| *score > 0.85).map(|(_, known)| known.clone()),
    })
}

/// A module's path as patterns see it: `drivers/nvme/host/nvme`.
pub(super) fn path(info: &ModuleInfo) -> &str {
    let path = info.unpacked().trim_end_matches(".ko");
    path.strip_prefix("kernel/").unwrap_or(path)
}

/// The modules behind names that are no module's and no device's: `crc32c` is an alias of several.
pub(super) fn named_aliases(index: &ModuleIndex) -> BTreeMap<String, Vec<&str>> {
    let mut aliases: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, info) in &index.modules {
        for alias in info.aliases.iter().filter(|alias| devices(alias).is_empty()) {
            aliases.entry(canonical(alias)).or_default().push(name);
        }
    }
    aliases
}

/// The modules that names and named aliases stand for, each once. What is not a module of this kernel is in the kernel
/// itself, or a soft dependency that nobody built.
fn stand_for<'a>(
    index: &'a ModuleIndex,
    aliases: &BTreeMap<String, Vec<&'a str>>,
    names: impl IntoIterator<Item = &'a String>,
) -> Vec<&'a str> {
    let mut modules = Vec::new();
    for name in names {
        match index.modules.get_key_value(name) {
            Some((name, _)) => modules.push(name.as_str()),
            None => modules.extend(aliases.get(name).into_iter().flatten()),
        }
    }
    let mut seen = BTreeSet::new();
    modules.retain(|&name| seen.insert(name));
    modules
}

fn resolve<'a>(
    index: &'a ModuleIndex,
    aliases: &BTreeMap<String, Vec<&'a str>>,
    names: impl IntoIterator<Item = &'a String>,
) -> Vec<ModuleName> {
    stand_for(index, aliases, names).into_iter().filter_map(ModuleName::new).collect()
}

/// The modules with everything that they need.
pub(super) fn closure<'a>(
    index: &'a ModuleIndex,
    aliases: &BTreeMap<String, Vec<&'a str>>,
    wanted: impl Iterator<Item = &'a str>,
) -> BTreeSet<&'a str> {
    let mut chosen = BTreeSet::new();
    let mut left: Vec<&str> = wanted.collect();
    while let Some(name) = left.pop() {
        if chosen.insert(name) {
            let info = &index.modules[name];
            left.extend(stand_for(index, aliases, info.depends.iter().chain(&info.before).chain(&info.after)));
        }
    }
    chosen
}

/// The patterns of devices in an alias: none in that of a file system (`fs-ext4`) or an algorithm. `acpi*:LNRO0005:*`
/// means two, a device's first name and its others.
fn devices(alias: &str) -> Vec<String> {
    let Some((bus, rest)) = alias.split_once(':') else { return Vec::new() };
    let name = bus.strip_suffix('*').unwrap_or(bus);
    let is_name = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-');
    match (is_name && !alias.contains(char::is_whitespace), name == bus) {
        (false, _) => Vec::new(),
        (true, true) => vec![alias.to_owned()],
        (true, false) => vec![format!("{name}:{rest}"), format!("{name}:*:{rest}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> ModuleIndex {
        let module = |depends: &[&str], before: &[&str], aliases: &[&str], firmware: &[&str]| {
            let own = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
            ModuleInfo {
                depends: own(depends),
                before: own(before),
                aliases: own(aliases),
                firmware: own(firmware),
                ..ModuleInfo::default()
            }
        };
        let mut modules = BTreeMap::from([
            ("nvme", module(&["nvme_core"], &[], &["pci:v*"], &["nvme/a.bin"])),
            ("nvme_core", module(&[], &["builtin_thing"], &[], &[])),
            ("ext4", module(&["jbd2"], &["crc32c"], &["fs-ext4"], &[])),
            ("jbd2", module(&[], &[], &[], &[])),
            ("crc32c_generic", module(&[], &[], &["crypto-crc32c", "crc32c"], &[])),
            ("wifi", module(&[], &[], &["pci:v2*"], &["wifi.bin"])),
        ]);
        for (name, info) in &mut modules {
            info.file = format!("kernel/{name}.ko.xz");
        }
        ModuleIndex {
            release: "6.12".to_owned(),
            modules: modules.into_iter().map(|(name, info)| (name.to_owned(), info)).collect(),
            builtin: BTreeSet::from(["builtin_thing".to_owned()]),
            builtin_firmware: BTreeSet::new(),
        }
    }

    fn choose(list: &[&str]) -> Result<Selection, KernelError> {
        Selection::choose(&index(), &list.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn brings_what_is_needed() {
        let selection = choose(&["nvm*", "ext4", "builtin-thing"]).unwrap();
        assert_eq!(
            selection.table.to_text(),
            "ilanga-modules 1\n\
             module crc32c_generic kernel/crc32c_generic.ko - -\n\
             module ext4 kernel/ext4.ko jbd2,crc32c_generic -\n\
             module jbd2 kernel/jbd2.ko - -\n\
             module nvme kernel/nvme.ko nvme_core -\n\
             module nvme_core kernel/nvme_core.ko - -\n\
             always ext4\n\
             alias pci:v* nvme\n"
        );
        assert_eq!(selection.files["kernel/ext4.ko.xz"], "kernel/ext4.ko");
        assert_eq!(selection.firmware, BTreeSet::from(["nvme/a.bin".to_owned()]));
    }

    #[test]
    fn aliases_of_devices() {
        for (alias, patterns) in [
            ("pci:v*", &["pci:v*"][..]),
            ("acpi*:LNRO0005:*", &["acpi:LNRO0005:*", "acpi:*:LNRO0005:*"]),
            ("fs-ext4", &[]),
            ("net-pf-16-proto-4", &[]),
            ("*:x", &[]),
            ("dmi*:*svnAcme Inc:*", &[]),
        ] {
            assert_eq!(devices(alias), patterns, "{alias}");
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        for (name, message) in [
            ("nvmee", "the kernel 6.12 has no module 'nvmee', which KernelInitrdModules= names; did you mean 'nvme'?"),
            ("zfs*", "the kernel 6.12 has no module 'zfs*', which KernelInitrdModules= names"),
        ] {
            assert_eq!(choose(&[name]).unwrap_err().to_string(), message);
        }
    }
}
