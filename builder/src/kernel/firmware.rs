//! Which firmware a root file system can do without.
//!
//! Kept is what the shipped kernel's modules ask for, what the image's list says, and what the links lead to by which
//! it is asked for; drivers ask by name, so a file that nobody names is never loaded. Some drivers make names up while
//! they run and tell only a part of them: [`MADE_UP`].
//!
//! Paths are below `usr/lib/firmware`. Files may be compressed (`.xz`, `.zst`); the kernel asks without the suffix.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use formats::glob;

use super::module_index::ModuleIndex;
use super::{KernelError, patterns};

/// Where a tree has its firmware.
pub(crate) const FOLDER: &str = "usr/lib/firmware";

/// What drivers ask for without saying so in their modules.
const MADE_UP: [&str; 10] = [
    // iwlwifi: the regulatory part of a device, named after its parts.
    "iwlwifi-*.pnvm",
    // ath10k_pci: boards of the one, everything of the other chips for cards.
    "ath10k/QCA[69]*",
    // ath11k_pci and ath12k, which name none or only some of the chips for cards.
    "ath11k/QCA2066/*",
    "ath12k/WCN7850/*",
    // btintel: hardware variant and revision.
    "intel/ibt-*",
    // btqca: chip and board.
    "qca/*",
    // Sound Open Firmware: platform, codecs and their topology.
    "intel/sof*",
    "intel/avs/*",
    // cfg80211: the database's signature, and Debian's alternatives for both.
    "regulatory.db*",
    // The licences that some vendors ask to be kept beside their files.
    "LICENSE*",
];

/// What is in the kernel image instead: microcode is loaded before any file system is there.
const IN_KERNEL_IMAGE: [&str; 2] = ["intel-ucode/*", "amd-ucode/*"];

/// Something in the firmware folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A file.
    File,
    /// A symbolic link to a file or folder, with what it says.
    Link(String),
}

/// Everything in the firmware folder, by path; folders are not listed.
pub(crate) type Present = BTreeMap<String, Entry>;

/// What the modules of a kernel, and the kernel itself, ask for; some have wildcards.
pub(crate) fn wanted(index: &ModuleIndex) -> BTreeSet<String> {
    let modules = index.modules.values().flat_map(|module| &module.firmware);
    modules.chain(&index.builtin_firmware).cloned().collect()
}

/// What is in the firmware folder of `tree`.
pub(crate) fn present(tree: &Path) -> Result<Present, KernelError> {
    let mut present = Present::new();
    let folder = tree.join(FOLDER);
    if folder.is_dir() {
        list(&folder, "", &mut present)?;
    }
    Ok(present)
}

fn list(folder: &Path, below: &str, present: &mut Present) -> Result<(), KernelError> {
    let path = folder.join(below);
    for entry in fs::read_dir(&path).map_err(KernelError::reading(&path))? {
        let entry = entry.map_err(KernelError::reading(&path))?;
        let (name, path) = (entry.file_name(), entry.path());
        let name = format!("{below}{}", name.to_string_lossy());
        let kind = entry.file_type().map_err(KernelError::reading(&path))?;
        if kind.is_dir() {
            list(folder, &format!("{name}/"), present)?;
        } else if kind.is_symlink() {
            let target = fs::read_link(&path).map_err(KernelError::reading(&path))?;
            present.insert(name, Entry::Link(target.to_string_lossy().into_owned()));
        } else {
            present.insert(name, Entry::File);
        }
    }
    Ok(())
}

/// The paths that nobody asks for; `list` has the image's patterns of what stays or goes in any case, see [`patterns`].
pub(crate) fn unwanted(wanted: &BTreeSet<String>, list: &[String], present: &Present) -> BTreeSet<String> {
    let versions = newest_versions(wanted, present);
    let is_pattern = |name: &str| name.contains(['*', '?', '[']);
    let made_up = MADE_UP.into_iter().chain(wanted.iter().map(String::as_str).filter(|name| is_pattern(name)));
    let patterns: Vec<&str> = made_up.collect();
    let asked = |path: &str| {
        let name = path.trim_end_matches(".xz").trim_end_matches(".zst");
        let matches = |pattern: &str| glob::matches(pattern, name);
        if let Some(decision) = patterns::decide(list, name) {
            return decision;
        }
        !IN_KERNEL_IMAGE.into_iter().any(matches)
            && (wanted.contains(name) || versions.contains(name) || patterns.iter().any(|pattern| matches(pattern)))
    };
    let mut unwanted: BTreeSet<String> = present.keys().cloned().collect();
    for (path, entry) in present {
        match entry {
            Entry::File if asked(path) => {
                unwanted.remove(path);
            }
            Entry::File => {}
            Entry::Link(_) => keep_link(path, present, &asked, &mut unwanted),
        }
    }
    unwanted
}

/// Keeps a link by which something is asked for, and what it leads to.
fn keep_link(link: &str, present: &Present, asked: &dyn Fn(&str) -> bool, unwanted: &mut BTreeSet<String>) {
    let (mut way, mut at) = (vec![link.to_owned()], link.to_owned());
    let end = loop {
        match follow(&at, present) {
            Some(Step::Link { link, next }) if way.len() < 40 => {
                way.push(link);
                at = next;
            }
            Some(Step::Link { .. }) => return,
            Some(Step::End) => break Some(at),
            None => break None,
        }
    };
    let below = |folder: &str| {
        let folder = format!("{folder}/");
        let files = present.keys().filter_map(move |path| Some((path, path.strip_prefix(&folder)?.to_owned())));
        files.collect::<Vec<_>>()
    };
    let mut kept = Vec::new();
    match end {
        Some(file) if present.contains_key(&file) => kept.extend(asked(link).then_some(file)),
        Some(folder) => {
            let files = below(&folder).into_iter();
            kept.extend(files.filter(|(_, rest)| asked(&format!("{link}/{rest}"))).map(|(path, _)| path.clone()));
        }
        // It leads out of the folder, such as to /etc/alternatives.
        None if asked(link) => kept.push(link.to_owned()),
        None => {}
    }
    if !kept.is_empty() {
        for path in way.into_iter().chain(kept) {
            unwanted.remove(&path);
        }
    }
}

enum Step {
    /// `link` is on the way, and the path without it is `next`.
    Link { link: String, next: String },
    /// Nothing on the way is a link: a file or a folder.
    End,
}

/// Replaces the first link on the path; `None` if it leads out of the folder or nowhere.
fn follow(path: &str, present: &Present) -> Option<Step> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        if let Some(Entry::Link(target)) = present.get(&path[..end]) {
            let link = path[..end].to_owned();
            let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
            let next = join(folder, target)? + &path[end..];
            return Some(Step::Link { link, next });
        }
    }
    let is_folder = || {
        let folder = format!("{path}/");
        present.range(folder.clone()..).next().is_some_and(|(first, _)| first.starts_with(&folder))
    };
    (present.contains_key(path) || is_folder()).then_some(Step::End)
}

/// The path that `target` means for a link in `folder`; `None` if it leads out of the firmware folder.
fn join(folder: &str, target: &str) -> Option<String> {
    let absolute = ["/usr/lib/firmware/", "/lib/firmware/"];
    let (mut parts, rest): (Vec<&str>, &str) = match absolute.iter().find_map(|start| target.strip_prefix(start)) {
        Some(rest) => (Vec::new(), rest),
        None if target.starts_with('/') => return None,
        None => (folder.split('/').filter(|part| !part.is_empty()).collect(), target),
    };
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// For drivers that ask for a numbered version and then for each lower one (iwlwifi, rtw89): the newest that is there.
fn newest_versions(wanted: &BTreeSet<String>, present: &Present) -> BTreeSet<String> {
    let mut newest: BTreeMap<(&str, &str), (u32, &str)> = BTreeMap::new();
    let mut highest: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (stem, number, suffix) in wanted.iter().filter_map(|name| numbered(name)) {
        let entry = highest.entry((stem, suffix)).or_default();
        *entry = number.max(*entry);
    }
    for path in present.keys() {
        let name = path.trim_end_matches(".xz").trim_end_matches(".zst");
        let Some((stem, number, suffix)) = numbered(name) else { continue };
        if highest.get(&(stem, suffix)).is_some_and(|&highest| number <= highest) {
            let entry = newest.entry((stem, suffix)).or_insert((number, name));
            *entry = (*entry).max((number, name));
        }
    }
    newest.into_values().map(|(_, name)| name.to_owned()).collect()
}

/// `iwlwifi-so-a0-hr-b0-89.ucode` as `iwlwifi-so-a0-hr-b0`, 89, `ucode`.
fn numbered(name: &str) -> Option<(&str, u32, &str)> {
    let (stem, suffix) = name.rsplit_once('.')?;
    let (stem, number) = stem.rsplit_once('-')?;
    Some((stem, number.parse().ok()?, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&str]) -> BTreeSet<String> {
        list.iter().map(|&name| name.to_owned()).collect()
    }

    fn present(list: &[&str]) -> Present {
        let entry = |text: &&str| match text.split_once(" -> ") {
            Some((link, target)) => (link.to_owned(), Entry::Link(target.to_owned())),
            None => (text.to_string(), Entry::File),
        };
        list.iter().map(entry).collect()
    }

    #[test]
    fn keeps_what_is_asked_for() {
        for (wanted, keep, files, removed) in [
            (&["a.bin"][..], &[][..], &["a.bin", "b.bin"][..], &["b.bin"][..]),
            (&["d/a.bin"], &[], &["d/a.bin.zst", "a.bin"], &["a.bin"]),
            (&["brcm/x*-sdio.*.bin"], &[], &["brcm/x4-sdio.acme.bin", "brcm/x4.bin"], &["brcm/x4.bin"]),
            (&[], &["k/*"], &["k/l/m", "o"], &["o"]),
            (&[], &[], &["intel/ibt-17.sfi", "regulatory.db -> /etc/alternatives/regulatory.db"], &[]),
            (&["amd-ucode/x.bin"], &[], &["amd-ucode/x.bin", "intel-ucode/06"], &["amd-ucode/x.bin", "intel-ucode/06"]),
            (&[], &["amd-ucode/"], &["amd-ucode/x.bin"], &[]),
            (&["d/a.bin", "d/b.bin"], &["-d/a*"], &["d/a.bin", "d/b.bin"], &["d/a.bin"]),
        ] {
            let keep: Vec<String> = keep.iter().map(|&pattern: &&str| pattern.to_owned()).collect();
            assert_eq!(unwanted(&names(wanted), &keep, &present(files)), names(removed), "{wanted:?} of {files:?}");
        }
    }

    #[test]
    fn follows_links() {
        for (wanted, files, removed) in [
            ("v/new.bin", &["v/new.bin -> ../w/old.bin", "w/old.bin", "w/x"][..], &["w/x"][..]),
            ("a", &["a -> b", "b -> c", "c", "d -> c"], &["d"]),
            ("nv/ga103/acr.bin", &["nv/ga103 -> ga102", "nv/ga102/acr.bin", "nv/ga102/x"], &["nv/ga102/x"]),
            ("nv/ga104/acr.bin", &["nv/ga104 -> ga103", "nv/ga103 -> /lib/firmware/nv/ga102", "nv/ga102/acr.bin"], &[]),
            ("q/a.bin", &["q/a.bin -> ../l/b.bin", "l -> m", "m/b.bin"], &[]),
            ("a", &["a -> b", "b -> a"], &["a", "b"]),
            ("a", &["a -> gone"], &[]),
            ("a", &["b -> gone", "c -> ../../x"], &["b", "c"]),
        ] {
            assert_eq!(unwanted(&names(&[wanted]), &[], &present(files)), names(removed), "{wanted} of {files:?}");
        }
    }

    #[test]
    fn keeps_the_newest_that_the_driver_takes() {
        let files = ["iwlwifi-cc-a0-72.ucode", "iwlwifi-cc-a0-74.ucode", "iwlwifi-cc-a0-99.ucode", "iwlwifi-8.ucode"];
        assert_eq!(
            unwanted(&names(&["iwlwifi-cc-a0-77.ucode"]), &[], &present(&files)),
            names(&["iwlwifi-8.ucode", "iwlwifi-cc-a0-72.ucode", "iwlwifi-cc-a0-99.ucode"])
        );
    }
}
