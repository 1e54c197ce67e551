//! A maker's change of keys: the folder of the new ones, which has the old ones in it until the change is over.
//!
//! ```text
//! NEW/            a whole set: the keys that come
//! NEW/previous/   a whole set: the keys that go
//! NEW/change.toml which phase the next release is in (formats::key_change)
//! ```
//!
//! So one folder says everything about a release. Invariants: the phase goes forward only, and from `switch` on it is known which
//! release announced the keys, as nodes must have that first. When the change is over, `change.toml` goes, and `previous/` means
//! nothing any more.

use std::fs;
use std::path::{Path, PathBuf};

use formats::date::Date;
use formats::key_change::{Generation, Keys, Phase};
use formats::version::Version;
use serde::{Deserialize, Serialize};

use super::create::{Maker, sync, write_new};
use super::tuf::Roles;
use super::{KeyError, KeySet, Pair, create};

const FILE: &str = "change.toml";
const PREVIOUS: &str = "previous";
const FORMAT: u32 = 1;

/// A change that is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The phase of releases that are made now.
    pub(crate) phase: Phase,
    /// The release that announced the new keys.
    pub(crate) announced: Option<Version>,
    /// The keys that go.
    pub(crate) previous: Box<KeySet>,
}

/// The file, as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    phase: String,
    announced: Option<Version>,
}

impl Change {
    /// The change that a folder is in, if any.
    pub(super) fn load(folder: &Path) -> Result<Option<Self>, KeyError> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(KeyError::reading(&path))?,
        };
        let bad = |reason: String| KeyError::Change { path: path.clone(), reason };
        let file: File = toml::from_str(&text).map_err(|error| bad(error.to_string()))?;
        if file.format != FORMAT {
            return Err(bad(format!("format {FORMAT} is expected")));
        }
        let phase: Phase = file.phase.parse().map_err(|error: formats::key_change::NoPhase| bad(error.to_string()))?;
        if phase != Phase::Announce && file.announced.is_none() {
            return Err(bad("it does not say which release announced the new keys".to_owned()));
        }
        let previous = KeySet::load(&folder.join(PREVIOUS))?;
        if previous.change.is_some() {
            return Err(bad("the keys in 'previous' are in a change themselves: end that first".to_owned()));
        }
        Ok(Some(Self { phase, announced: file.announced, previous: Box::new(previous) }))
    }
}

/// Makes the next generation of `old` in the folder `new`, which must be empty or not there.
pub(crate) fn next(tools: &Path, old: &Path, new: &Path, name: &str, now: u64) -> Result<KeySet, KeyError> {
    let from = KeySet::load(old)?;
    if from.change.is_some() {
        return Err(KeyError::Changing(from.folder));
    }
    let roles = Roles::load(&from.folder)?;
    create::outside_repositories(new)?;
    // Before anything is made: it may be kept elsewhere.
    roles.root_key()?;
    create::in_new_folder(tools, new, name, now, |maker: &Maker<'_>, keys| {
        maker.make(keys)?;
        let previous = keys.folder.join(PREVIOUS);
        fs::create_dir(&previous).map_err(KeyError::writing(&previous))?;
        for file in fs::read_dir(&from.folder).map_err(KeyError::reading(&from.folder))? {
            let file = file.map_err(KeyError::reading(&from.folder))?.path();
            if let (true, Some(name)) = (file.is_file(), file.file_name()) {
                // With its mode.
                let to = previous.join(name);
                fs::copy(&file, &to).map_err(KeyError::writing(&to))?;
                fs::File::open(&to).and_then(|file| file.sync_all()).map_err(KeyError::writing(&to))?;
            }
        }
        sync(&previous)?;
        let day = Date::of_seconds(now).ok_or(KeyError::Clock)?;
        let root = roles.followed_by(&Roles::load(&keys.folder)?, day)?;
        let path = &keys.tuf.root_file;
        fs::write(path, root.bytes).map_err(KeyError::writing(path))?;
        fs::File::open(path).and_then(|file| file.sync_all()).map_err(KeyError::writing(path))?;
        write_new(&keys.folder.join(FILE), 0o644, text(Phase::Announce, None).as_bytes())
    })
}

/// Lets the next release be in another phase, or ends the change with `None`.
pub(crate) fn advance(folder: &Path, to: Option<Phase>, announced: Option<Version>) -> Result<KeySet, KeyError> {
    let keys = KeySet::load(folder)?;
    let Some(change) = &keys.change else { return Err(KeyError::NoChange(keys.folder)) };
    let path = keys.folder.join(FILE);
    let order = |phase: Phase| Phase::ALL.into_iter().position(|each| each == phase).unwrap_or(0);
    let (from, target) = (order(change.phase), to.map_or(Phase::ALL.len(), order));
    if !(from..=from + 1).contains(&target) {
        let name = to.map_or("done", Phase::name);
        return Err(KeyError::Order { from: change.phase.name(), to: name });
    }
    let Some(phase) = to else {
        fs::remove_file(&path).map_err(KeyError::writing(&path))?;
        sync(&keys.folder)?;
        return KeySet::load(folder);
    };
    let announced = announced.or_else(|| change.announced.clone());
    if phase != Phase::Announce && announced.is_none() {
        return Err(KeyError::Announced);
    }
    let new = path.with_extension("new");
    let _ = fs::remove_file(&new);
    write_new(&new, 0o644, text(phase, announced).as_bytes())?;
    fs::rename(&new, &path).map_err(KeyError::writing(&path))?;
    sync(&keys.folder)?;
    KeySet::load(folder)
}

fn text(phase: Phase, announced: Option<Version>) -> String {
    let announced = announced.map(|version| format!("announced = \"{version}\"\n")).unwrap_or_default();
    format!("# Made by `ilanga keys`: docs/keys.md.\nformat = {FORMAT}\nphase = \"{phase}\"\n{announced}")
}

impl KeySet {
    /// The keys of a generation; outside of a change there is one.
    pub(crate) fn of(&self, generation: Generation) -> &Self {
        match (&self.change, generation) {
            (Some(change), Generation::Old) => &change.previous,
            _ => self,
        }
    }

    fn those(&self, choose: impl Fn(Phase) -> Keys) -> Vec<&Self> {
        let Some(change) = &self.change else { return vec![self] };
        let keys = choose(change.phase);
        [(keys.old, Generation::Old), (keys.new, Generation::New)]
            .into_iter()
            .filter(|(chosen, _)| *chosen)
            .map(|(_, generation)| self.of(generation))
            .collect()
    }

    /// Those that people and nodes know best: they sign bundles, and files for people.
    pub(crate) fn speaking(&self) -> &Self {
        self.change.as_ref().map_or(self, |change| self.of(change.phase.bundle()))
    }

    /// Those that an image brings for firmware in set-up mode, and whose root of the lists it trusts.
    pub(crate) fn enrolled(&self) -> &Self {
        self.change.as_ref().map_or(self, |change| self.of(change.phase.enrolled()))
    }

    /// What signs all that firmware or shim starts.
    pub(crate) fn programs(&self) -> Vec<&Pair> {
        self.those(Phase::programs).into_iter().map(|keys| &keys.secure_boot).collect()
    }

    /// What signs PCR policies: private and public keys.
    pub(crate) fn policies(&self) -> Vec<(&PathBuf, &PathBuf)> {
        self.those(Phase::policies).into_iter().map(|keys| (&keys.pcr, &keys.pcr_public)).collect()
    }

    /// The certificates of those whose bundles a node takes.
    pub(crate) fn keyring(&self) -> Vec<&PathBuf> {
        self.those(Phase::keyring).into_iter().map(|keys| &keys.rauc_ca.certificate).collect()
    }

    /// The oldest release that may run where a bundle is installed.
    pub(crate) fn needs(&self) -> Option<&Version> {
        self.change.as_ref().filter(|change| change.phase != Phase::Announce)?.announced.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_as_it_is_written() {
        let version: Version = "2026.12.0".parse().unwrap();
        let file: File = toml::from_str(&text(Phase::Switch, Some(version.clone()))).unwrap();
        assert_eq!((file.format, file.phase.as_str(), file.announced), (1, "switch", Some(version)));
        assert!(toml::from_str::<File>("format = 1\nphase = \"switch\"\nx = 1\n").is_err());
    }

    #[test]
    fn what_is_no_change_says_so() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Change::load(folder.path()).unwrap(), None);
        for (text, expected) in [
            ("format = 2\nphase = \"switch\"\n", "format 1 is expected"),
            ("format = 1\nphase = \"later\"\n", "'later' is no phase"),
            ("format = 1\nphase = \"retire\"\n", "does not say which release announced"),
        ] {
            fs::write(folder.path().join(FILE), text).unwrap();
            let error = Change::load(folder.path()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
