//! Reads a folder of mkosi configuration: `mkosi.conf`, what it includes, `mkosi.conf.d/`, `mkosi.profiles/`, and the
//! files and folders that set something by being there.
//!
//! The order is mkosi's, later assignments winning or adding: files beside `mkosi.conf`, `mkosi.conf` with each
//! `Include=` where it stands, the drop-ins sorted by name, the profiles. A folder counts like the image's own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use formats::suggest;

use super::error::{ConfigError, Problem};
use super::ini::{self, Line, Place, Section, Setting};
use super::matching::{self, Purpose};
use super::settings::{Kind, Known, SECTIONS, SETTINGS, find};
use super::value::{self, Value};

/// Folders that mkosi includes by name.
const BUILT_IN: &[&str] = &["mkosi-vm", "mkosi-initrd", "mkosi-tools", "mkosi-addon", "mkosi-obs"];

/// The settings of an image, as far as they have been read.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, Value>,
    /// The files that were read, in order.
    pub(crate) files: Vec<PathBuf>,
    included: BTreeSet<PathBuf>,
    image: PathBuf,
}

/// Reads the configuration in `image`.
pub(crate) fn read(image: &Path) -> Result<Settings, ConfigError> {
    let mut settings = Settings { image: image.to_owned(), ..Settings::default() };
    for (name, what) in [
        ("mkosi.local", "a configuration of one machine (mkosi.local)"),
        ("mkosi.local.conf", "a configuration of one machine (mkosi.local.conf)"),
        ("mkosi.images", "more than one image (mkosi.images)"),
    ] {
        let path = image.join(name);
        if path.exists() {
            return Err(ConfigError::Beside { path, problem: Problem::UnsupportedUse(what.to_owned()) });
        }
    }
    settings.folder(image, true)?;
    Ok(settings)
}

impl Settings {
    /// The value of a setting, by its present name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// The image's folder.
    pub(crate) fn image(&self) -> &Path {
        &self.image
    }

    /// A folder with a `mkosi.conf`, which it may lack.
    fn folder(&mut self, folder: &Path, profiles: bool) -> Result<(), ConfigError> {
        let conf = folder.join("mkosi.conf");
        let sections = if conf.exists() { parse(&conf)? } else { Vec::new() };
        if !self.applies(&sections, folder)? {
            return Ok(());
        }
        for known in SETTINGS {
            self.beside(known, folder)?;
        }
        if conf.exists() {
            self.sections(&conf, &sections, folder)?;
        }
        let drop_ins = folder.join("mkosi.conf.d");
        if drop_ins.exists() {
            for path in entries(&drop_ins)? {
                if path.is_dir() {
                    self.folder(&path, false)?;
                } else if path.extension().is_some_and(|extension| extension == "conf") {
                    self.file(&path, folder)?;
                }
            }
        }
        if profiles && let Some(Value::List(names)) = self.values.get("Profiles").cloned() {
            for name in names {
                let path = folder.join("mkosi.profiles").join(&name.text);
                if path.exists() {
                    self.folder(&path, false)?;
                }
                let path = folder.join("mkosi.profiles").join(format!("{}.conf", name.text));
                if path.exists() {
                    self.file(&path, folder)?;
                }
            }
        }
        Ok(())
    }

    /// A single file, its relative paths beginning at `folder`.
    fn file(&mut self, path: &Path, folder: &Path) -> Result<(), ConfigError> {
        let sections = parse(path)?;
        if self.applies(&sections, folder)? {
            self.sections(path, &sections, folder)?;
        }
        Ok(())
    }

    fn applies(&self, sections: &[Section], folder: &Path) -> Result<bool, ConfigError> {
        Ok(matching::check(sections, Purpose::Match, self, folder)?
            && matching::check(sections, Purpose::Assert, self, folder)?)
    }

    fn sections(&mut self, path: &Path, sections: &[Section], folder: &Path) -> Result<(), ConfigError> {
        self.files.push(path.to_owned());
        for section in sections {
            if ["Match", "TriggerMatch", "Assert", "TriggerAssert"].contains(&section.name.as_str()) {
                continue;
            }
            for setting in &section.settings {
                self.setting(section, setting, folder)?;
            }
        }
        Ok(())
    }

    fn setting(&mut self, section: &Section, setting: &Setting, folder: &Path) -> Result<(), ConfigError> {
        // mkosi still takes an '@' in front of a name, which once meant a default.
        let name = setting.name.strip_prefix('@').unwrap_or(&setting.name);
        let known = known(name, &setting.place)?;
        let section_fits = section.name == known.section || (section.name == "Host" && known.section == "Runtime");
        if !section_fits {
            return Err(setting.place.error(Problem::WrongSection {
                name: name.to_owned(),
                right: known.section,
                found: section.name.clone(),
            }));
        }
        if known.kind == Kind::Unsupported {
            return Err(setting.place.error(Problem::Unsupported(name.to_owned())));
        }
        let mut lines = Vec::with_capacity(setting.lines.len());
        for line in &setting.lines {
            lines.push(Line { text: self.expand(&line.text, &line.place, folder)?, place: line.place.clone() });
        }
        if known.name == "Include" {
            return self.include(known, &lines, folder);
        }
        self.assign(known, &lines, folder)
    }

    fn assign(&mut self, known: &'static Known, lines: &[Line], folder: &Path) -> Result<(), ConfigError> {
        let old = self.values.remove(known.name);
        if let Some(new) = value::assign(known, lines, folder, old)? {
            self.values.insert(known.name, new);
        }
        Ok(())
    }

    /// Reads what an `Include=` names, each file and folder once.
    fn include(&mut self, known: &'static Known, lines: &[Line], folder: &Path) -> Result<(), ConfigError> {
        for line in lines {
            if let Some(name) = BUILT_IN.iter().find(|&&name| line.text.split([',', ' ']).any(|word| word == name)) {
                return Err(line.place.error(Problem::UnsupportedUse(format!("the built-in include '{name}'"))));
            }
        }
        if let Some(Value::Paths(paths)) = value::assign(known, lines, folder, None)? {
            for item in paths {
                let real = item.path.canonicalize().map_err(|source| read_error(&item.path, source))?;
                if !self.included.insert(real) {
                    continue;
                }
                if item.path.is_dir() {
                    self.folder(&item.path, true)?;
                } else {
                    self.file(&item.path, folder)?;
                }
            }
        }
        Ok(())
    }

    /// What the presence of files and folders sets.
    fn beside(&mut self, known: &'static Known, folder: &Path) -> Result<(), ConfigError> {
        let mut found: Vec<PathBuf> = known.files.iter().map(|name| folder.join(name)).collect();
        found.retain(|path| path.exists());
        if let Some(name) = known.folder {
            let scripts = folder.join(name);
            if scripts.is_dir() {
                found.extend(entries(&scripts)?);
            }
        }
        for path in found {
            if known.kind == Kind::Unsupported {
                return Err(ConfigError::Beside { path, problem: Problem::Unsupported(known.name.to_owned()) });
            }
            let file: Arc<Path> = path.as_path().into();
            let text = if known.read {
                text(&path)?.trim_end_matches('\n').to_owned()
            } else {
                path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned()
            };
            let place = Place { file, line: 1, column: 1 };
            self.assign(known, &[Line { text, place }], folder)?;
        }
        Ok(())
    }

    /// Replaces `%x` by what it stands for.
    pub(crate) fn expand(&self, text: &str, place: &Place, folder: &Path) -> Result<String, ConfigError> {
        let mut expanded = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                expanded.push(c);
                continue;
            }
            let setting = |letter, setting: &'static str, default: Option<&'static str>| match self.values.get(setting)
            {
                Some(Value::One(item)) => Ok(item.text.clone()),
                _ => default.map(str::to_owned).ok_or_else(|| place.error(Problem::UnsetSpecifier { letter, setting })),
            };
            let part = match chars.next() {
                None | Some('%') => "%".to_owned(),
                Some('d') => setting('d', "Distribution", None)?,
                Some('r') => setting('r', "Release", None)?,
                Some('a') => setting('a', "Architecture", None)?,
                Some('t') => setting('t', "Format", Some("disk"))?,
                Some('o') => setting('o', "Output", None)?,
                Some('v') => setting('v', "ImageVersion", None)?,
                Some('i') => setting('i', "ImageId", None)?,
                Some('I') => "main".to_owned(),
                Some('F') => "ext4".to_owned(),
                Some('C') => place.file.parent().unwrap_or(folder).to_string_lossy().into_owned(),
                Some('P') => folder.to_string_lossy().into_owned(),
                Some('D') => self.image.to_string_lossy().into_owned(),
                Some('O') => return Err(place.error(Problem::UnsupportedUse("the specifier '%O'".to_owned()))),
                Some(c) => return Err(place.error(Problem::UnknownSpecifier(c))),
            };
            expanded.push_str(&part);
        }
        Ok(expanded)
    }
}

fn known(name: &str, place: &Place) -> Result<&'static Known, ConfigError> {
    find(name).ok_or_else(|| {
        let hint = suggest::hint(name, SETTINGS.iter().map(|known| known.name), "remove it, or see mkosi(1)");
        place.error(Problem::UnknownSetting { name: name.to_owned(), hint })
    })
}

/// A file's sections, all of which mkosi knows.
fn parse(path: &Path) -> Result<Vec<Section>, ConfigError> {
    let sections = ini::parse(path, &text(path)?)?;
    for section in &sections {
        if !SECTIONS.contains(&section.name.as_str()) {
            let list = format!("sections are {}", SECTIONS[..12].join(", "));
            let hint = suggest::hint(&section.name, SECTIONS.iter().copied(), &list);
            return Err(section.place.error(Problem::UnknownSection { name: section.name.clone(), hint }));
        }
    }
    Ok(sections)
}

fn text(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|source| read_error(path, source))
}

/// The entries of a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|source| read_error(folder, source))? {
        paths.push(entry.map_err(|source| read_error(folder, source))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn read_error(path: &Path, source: std::io::Error) -> ConfigError {
    ConfigError::Read { path: path.to_owned(), source }
}
