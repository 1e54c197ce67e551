//! What the release that runs knows of its node: found, or made from what an older release knew, as
//! [`formats::state_version`] decides. A state that can't be kept is used all the same, for this start.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use formats::command_line::CommandLine;
use formats::digest::Digest;
use formats::settings::{self, Settings};
use formats::state_version::{self, FIRST, Files, Generation, ORIGIN, OURS, Seen, Step, aside, decide, folder, half};

use crate::disk::{self, DiskError, Gate, failed};
use crate::tell;

/// Where the state is, and whose it is to be.
#[derive(Debug)]
pub(crate) struct State {
    root: PathBuf,
    by: Option<Digest>,
    generations: &'static [Generation],
}

/// What is used.
#[derive(Debug)]
pub(crate) struct Used {
    /// The settings among it.
    pub(crate) settings: Settings,
    /// Whether that is on the partition, in this release's place: only then it can be changed.
    pub(crate) kept: bool,
}

impl State {
    /// That of the node with this root folder.
    pub(crate) fn new(root: &Path) -> Self {
        let line = fs::read_to_string(root.join("proc/cmdline")).unwrap_or_default();
        let by = line.parse::<CommandLine>().ok().map(|line| line.root);
        Self { root: root.join("state"), by, generations: OURS }
    }

    /// Keeps others from changing it until the result is dropped.
    pub(crate) fn lock(&self) -> Result<File, DiskError> {
        let folder = File::open(&self.root).map_err(failed("opening", &self.root))?;
        folder.lock().map_err(failed("locking", &self.root))?;
        Ok(folder)
    }

    fn look(&self) -> Seen<'static> {
        state_version::look(self.generations, self.by, |name| disk::look(&self.root, name))
    }

    /// What would be used; nothing is changed.
    pub(crate) fn read(&self) -> Used {
        let plan = decide(&self.look(), &Files::new());
        Used { settings: settings_of(&plan.uses), kept: false }
    }

    /// Makes what is used, if it is not there yet. `fresh` is what a node begins with. What does not work is said.
    pub(crate) fn prepare(&self, fresh: &Settings, gate: Gate<'_>) -> Used {
        let plan = decide(&self.look(), &state_version::only(fresh));
        let done = self.carry_out(&plan.steps, gate).inspect_err(|error| {
            tell(error);
            eprintln!("the state of this release is not kept: it is used for this start only");
        });
        Used { settings: settings_of(&plan.uses), kept: plan.kept && done.is_ok() }
    }

    /// Replaces the settings; they are on the disk when this returns.
    pub(crate) fn save(&self, settings: &Settings) -> Result<(), DiskError> {
        let own = u32::try_from(self.generations.len()).unwrap_or(FIRST);
        let (name, text) = (settings::FILE, settings.to_text());
        disk::write_in(&self.root, folder(own).as_deref(), name, mode(name), text.as_bytes())
    }

    fn carry_out(&self, steps: &[Step], gate: Gate<'_>) -> Result<(), DiskError> {
        for step in steps {
            eprintln!("{step}");
            match step {
                // If it stays and something is to be made, that fails.
                Step::Clear(version) => self.clear(*version, gate).unwrap_or_else(|error| tell(&error)),
                Step::Begin(files) => {
                    for (name, contents) in files {
                        disk::write(&self.root.join(name), mode(name), contents, gate)?;
                    }
                }
                Step::Make { version, files, origin } => {
                    let origin = (ORIGIN.to_owned(), origin.to_text().into_bytes());
                    let files: Vec<_> = files.clone().into_iter().chain([origin]).collect();
                    self.make(*version, &files, gate).inspect_err(|_| {
                        if gate("cleaning").is_ok() {
                            let _ = self.clear(*version, gate);
                        }
                    })?;
                }
                Step::Aside(version) => {
                    let to = self.root.join(aside(*version));
                    gate("putting aside").and_then(|()| disk::remove(&to)).map_err(failed("removing", &to))?;
                    self.rename(folder(*version), &to, gate)?;
                }
                Step::Publish(version) => {
                    let to = self.root.join(state_version::path(*version, ""));
                    self.rename(Some(half(*version)), &to, gate)?;
                }
            }
        }
        Ok(())
    }

    fn clear(&self, version: u32, gate: Gate<'_>) -> Result<(), DiskError> {
        let path = self.root.join(half(version));
        let clear = || {
            gate("clearing")?;
            disk::remove(&path)?;
            disk::flush(&self.root)
        };
        clear().map_err(failed("removing", &path))
    }

    fn make(&self, version: u32, files: &[(String, Vec<u8>)], gate: Gate<'_>) -> Result<(), DiskError> {
        let path = self.root.join(half(version));
        let make = || {
            gate("making")?;
            disk::folder(&path)?;
            for (name, contents) in files {
                disk::create(&path.join(name), mode(name), contents, gate)?;
            }
            gate("flushing")?;
            disk::flush(&path)
        };
        make().map_err(failed("making", &path))
    }

    fn rename(&self, from: Option<String>, to: &Path, gate: Gate<'_>) -> Result<(), DiskError> {
        let from = self.root.join(from.unwrap_or_default());
        let rename = || {
            gate("renaming")?;
            fs::rename(&from, to)?;
            gate("flushing")?;
            disk::flush(&self.root)
        };
        rename().map_err(failed("renaming", &from))
    }
}

/// Who may read a file: there are keys of networks in the settings.
fn mode(name: &str) -> u32 {
    if name == settings::FILE { 0o600 } else { 0o644 }
}

/// The settings in what is used: it was found whole, or made here.
fn settings_of(files: &Files) -> Settings {
    let text = files.get(settings::FILE).and_then(|text| str::from_utf8(text).ok());
    text.and_then(|text| Settings::parse(text).ok()).unwrap_or_default()
}
