//! `/modules.table` of the initramfs: which kernel modules it has, and which of them a device needs.
//!
//! ```text
//! ilanga-modules 1
//! module virtio_ring kernel/drivers/virtio/virtio_ring.ko - -
//! module virtio_blk kernel/drivers/block/virtio_blk.ko virtio,virtio_ring -
//! always dm_verity
//! alias virtio:d00000002v* virtio_blk
//! ```
//!
//! One entry a line, fields apart by one space, `-` for none, lists apart by commas. `module` names a module, its file
//! below `/modules`, what is loaded before it (what it depends on, and its soft dependencies `pre:`) and after it
//! (`post:`). `always` lists modules that are loaded whatever the hardware; `alias` says which module serves the
//! devices whose `modalias` matches a pattern.
//!
//! Invariants: every name in the table is that of a module in it, `-` in names is written `_`, and no path leaves
//! `/modules`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use thiserror::Error;

use crate::glob;

/// Where the table is in the initramfs.
pub const TABLE: &str = "/modules.table";

/// The folder that the paths in the table are below.
pub const FOLDER: &str = "/modules";

const HEADER: &str = "ilanga-modules 1";

/// A module's name as the kernel writes it: letters, digits and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleName(String);

impl ModuleName {
    /// The name in `text`, where `-` is the same as `_`; `None` if it is no module's name.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_' || c == b'-')
            && text != "-";
        fits.then(|| Self(text.replace('-', "_")))
    }

    /// The name of the module in the file at `path`, which may be compressed.
    pub fn of_path(path: &str) -> Option<Self> {
        let file = path.rsplit('/').next()?;
        Self::new(&file[..file.find(".ko")?])
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Its file below [`FOLDER`].
    pub path: String,
    /// What is loaded before it.
    pub before: Vec<ModuleName>,
    /// What is loaded after it.
    pub after: Vec<ModuleName>,
}

/// The whole table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleTable {
    modules: BTreeMap<ModuleName, Module>,
    always: BTreeSet<ModuleName>,
    /// By the pattern's text up to its first `:`, which is the bus, and never has a wildcard there.
    aliases: BTreeMap<String, BTreeSet<(String, ModuleName)>>,
}

/// The table cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BadTable {
    /// The first line is another one.
    #[error("the module table does not begin with '{HEADER}'")]
    Header,
    /// A line is none of the three.
    #[error("line {0} of the module table is not understood")]
    Line(usize),
    /// A path leaves the folder, or has a blank.
    #[error("'{0}' is not a path below /modules")]
    Path(String),
    /// A name that no `module` line explains.
    #[error("module '{0}' is named, but not in the module table")]
    Unknown(String),
    /// An alias with a blank, or with no bus before a colon.
    #[error("'{0}' is not an alias of a device")]
    Alias(String),
}

impl ModuleTable {
    /// A table of these. Aliases are pairs of pattern and module.
    pub fn new(
        modules: impl IntoIterator<Item = (ModuleName, Module)>,
        always: impl IntoIterator<Item = ModuleName>,
        aliases: impl IntoIterator<Item = (String, ModuleName)>,
    ) -> Result<Self, BadTable> {
        let mut table = Self {
            modules: modules.into_iter().collect(),
            always: always.into_iter().collect(),
            aliases: BTreeMap::new(),
        };
        for (pattern, module) in aliases {
            let bus = bus(&pattern).ok_or_else(|| BadTable::Alias(pattern.clone()))?.to_owned();
            table.aliases.entry(bus).or_default().insert((pattern, module));
        }
        table.check()?;
        Ok(table)
    }

    fn check(&self) -> Result<(), BadTable> {
        for module in self.modules.values() {
            let path = module.path.as_str();
            if !path.split('/').all(|part| !matches!(part, "" | "." | "..")) || path.contains(char::is_whitespace) {
                return Err(BadTable::Path(path.to_owned()));
            }
        }
        let named = self.modules.values().flat_map(|module| module.before.iter().chain(&module.after));
        let aliased = self.aliases.values().flatten().map(|(_, module)| module);
        match named.chain(&self.always).chain(aliased).find(|name| !self.modules.contains_key(name)) {
            Some(unknown) => Err(BadTable::Unknown(unknown.0.clone())),
            None => Ok(()),
        }
    }

    /// The table in the text of the file.
    pub fn parse(text: &str) -> Result<Self, BadTable> {
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line) != Some(HEADER) {
            return Err(BadTable::Header);
        }
        let (mut modules, mut always, mut aliases) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (number, line) in lines {
            let error = || BadTable::Line(number + 1);
            let name = |text: &str| ModuleName::new(text).ok_or_else(error);
            let names = |text: &str| match text {
                "-" => Ok(Vec::new()),
                text => text.split(',').map(name).collect(),
            };
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["module", module, path, before, after] => {
                    let value = Module { path: path.to_owned(), before: names(before)?, after: names(after)? };
                    if modules.insert(name(module)?, value).is_some() {
                        return Err(error());
                    }
                }
                ["always", module] => always.push(name(module)?),
                ["alias", pattern, module] => aliases.push((pattern.to_owned(), name(module)?)),
                _ => return Err(error()),
            }
        }
        Self::new(modules, always, aliases)
    }

    /// The text of the file, sorted.
    pub fn to_text(&self) -> String {
        let list = |names: &[ModuleName]| match names {
            [] => "-".to_owned(),
            names => names.iter().map(ModuleName::as_str).collect::<Vec<_>>().join(","),
        };
        let mut text = format!("{HEADER}\n");
        for (name, Module { path, before, after }) in &self.modules {
            let _ = writeln!(text, "module {} {path} {} {}", name.0, list(before), list(after));
        }
        for name in &self.always {
            let _ = writeln!(text, "always {}", name.0);
        }
        for (pattern, name) in self.aliases.values().flatten() {
            let _ = writeln!(text, "alias {pattern} {}", name.0);
        }
        text
    }

    /// The module with this name.
    pub fn get(&self, name: &ModuleName) -> Option<&Module> {
        self.modules.get(name)
    }

    /// The modules that are loaded whatever the hardware.
    pub fn always(&self) -> impl Iterator<Item = &ModuleName> {
        self.always.iter()
    }

    /// The modules that serve a device with this `modalias`, by name.
    pub fn matching(&self, modalias: &str) -> BTreeSet<&ModuleName> {
        let aliases = bus(modalias).and_then(|bus| self.aliases.get(bus)).into_iter().flatten();
        aliases.filter(|(pattern, _)| glob::matches(pattern, modalias)).map(|(_, module)| module).collect()
    }

    /// What is loaded for a module, itself included, in this order: each once, what it needs before it. Modules that
    /// need each other come in some order. Empty if the module is not in the table.
    pub fn load_order<'a>(&'a self, name: &'a ModuleName) -> Vec<&'a ModuleName> {
        enum Step<'a> {
            Visit(&'a ModuleName),
            Load(&'a ModuleName),
        }
        let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
        let mut steps = vec![Step::Visit(name)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Load(name) => order.push(name),
                Step::Visit(name) => {
                    let Some((name, module)) = self.modules.get_key_value(name) else { continue };
                    if seen.insert(name) {
                        steps.extend(module.after.iter().rev().map(Step::Visit));
                        steps.push(Step::Load(name));
                        steps.extend(module.before.iter().rev().map(Step::Visit));
                    }
                }
            }
        }
        order
    }
}

/// The bus of a device's alias.
fn bus(alias: &str) -> Option<&str> {
    let (bus, _) = alias.split_once(':')?;
    let literal = !bus.is_empty() && bus.bytes().all(|c| c.is_ascii_alphanumeric() || b"_-".contains(&c));
    (literal && !alias.contains(char::is_whitespace)).then_some(bus)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "ilanga-modules 1
module a kernel/a.ko - -
module b kernel/b.ko a c
module c kernel/c.ko a -
module d kernel/d.ko b,e -
module e kernel/e.ko d -
always d
alias pci:v00001AF4d* b
alias pci:v00001AF4d00001000* c
alias virtio:d00000002v* c
";

    fn name(text: &str) -> ModuleName {
        ModuleName::new(text).unwrap()
    }

    fn text(names: impl IntoIterator<Item = impl std::borrow::Borrow<ModuleName>>) -> String {
        names.into_iter().map(|name| name.borrow().as_str().to_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn text_and_back() {
        let table = ModuleTable::parse(TEXT).unwrap();
        assert_eq!(table.to_text(), TEXT);
        assert_eq!(text(table.always().cloned()), "d");
        assert_eq!(ModuleTable::parse("ilanga-modules 1"), Ok(ModuleTable::default()));
    }

    #[test]
    fn loads_what_is_needed_first() {
        let table = ModuleTable::parse(TEXT).unwrap();
        for (module, order) in [("a", "a"), ("b", "a b c"), ("c", "a c"), ("d", "a b c e d"), ("x", "")] {
            assert_eq!(text(table.load_order(&name(module)).into_iter().cloned()), order, "{module}");
        }
    }

    #[test]
    fn devices_find_their_modules() {
        let table = ModuleTable::parse(TEXT).unwrap();
        for (modalias, modules) in [
            ("pci:v00001AF4d00001000sv0", "b c"),
            ("pci:v00001AF4d00001001sv0", "b"),
            ("virtio:d00000002v00001AF4", "c"),
            ("virtio:d00000001v00001AF4", ""),
            ("usb:x", ""),
            ("", ""),
        ] {
            assert_eq!(text(table.matching(modalias).into_iter().cloned()), modules, "{modalias}");
        }
    }

    #[test]
    fn names() {
        assert_eq!(ModuleName::of_path("kernel/drivers/block/virtio-blk.ko.xz"), Some(name("virtio_blk")));
        for bad in ["", "-", "a b", "a/b", "a.b", &"a".repeat(65)] {
            assert_eq!(ModuleName::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn refuses_what_is_not_closed() {
        let parse = |line: &str| ModuleTable::parse(&format!("ilanga-modules 1\nmodule a a.ko - -\n{line}\n"));
        for (line, error) in [
            ("module b ../b.ko - -", BadTable::Path("../b.ko".into())),
            ("module b /b.ko - -", BadTable::Path("/b.ko".into())),
            ("module b b.ko c -", BadTable::Unknown("c".into())),
            ("module a a.ko - -", BadTable::Line(3)),
            ("always b", BadTable::Unknown("b".into())),
            ("alias pci:* b", BadTable::Unknown("b".into())),
            ("alias * a", BadTable::Alias("*".into())),
            ("alias  a", BadTable::Alias("".into())),
            ("always", BadTable::Line(3)),
            ("", BadTable::Line(3)),
        ] {
            assert_eq!(parse(line), Err(error), "{line}");
        }
        assert_eq!(ModuleTable::parse("ilanga-modules 2\n"), Err(BadTable::Header));
        assert_eq!(ModuleTable::parse(""), Err(BadTable::Header));
    }

    #[test]
    fn arbitrary_text_does_no_harm() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..2000 {
            let mut bytes = TEXT.as_bytes().to_vec();
            for _ in 0..next() % 8 {
                let at = next() as usize % bytes.len();
                bytes[at] = next() as u8;
            }
            if let Ok(table) = ModuleTable::parse(&String::from_utf8_lossy(&bytes)) {
                assert_eq!(ModuleTable::parse(&table.to_text()).as_ref(), Ok(&table));
                for module in table.modules.keys() {
                    assert!(table.load_order(module).contains(&module));
                }
            }
        }
    }
}
