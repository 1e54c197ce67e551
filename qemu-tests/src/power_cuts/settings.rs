//! The settings on a state's state partition: those that a release would use.
//!
//! It is read with the crate `ext4-view`, which sees a journal that has to be replayed as if it had been: blocks of its whole
//! transactions stand for those in place, and what follows the last whole one does not count. That is what a node's `e2fsck`
//! does before `/state` is mounted. Where the crate finds no file system (a torn superblock), the same `e2fsck` is asked, with the
//! same options, on a file with the partition's contents.

use std::collections::HashMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use ext4_view::{Ext4, Ext4Error};
use formats::layout::Role;
use formats::settings::{self, MachineId, Settings};
use formats::state_version::{self, Files, Found, LONGEST, OURS};

use super::contents::Content;
use super::log::SECTOR;
use super::state::{Region, State};
use super::view::View;
use crate::tool;

/// Reads settings, each state of the partition once.
#[derive(Debug)]
pub struct StatePartition {
    scratch: PathBuf,
    known: HashMap<u64, Result<Option<MachineId>, String>>,
    /// How often e2fsck was asked.
    pub repaired: u64,
}

impl StatePartition {
    /// With a folder for files.
    pub fn new(scratch: &Path) -> Self {
        Self { scratch: scratch.to_owned(), known: HashMap::new(), repaired: 0 }
    }

    /// The machine id in the settings; `None` if there are none yet. It is repaired only where settings are `expected`: before
    /// that, whatever is found is made anew.
    pub fn read(&mut self, state: &State, expected: bool) -> Result<Option<MachineId>, String> {
        let digest = state.digest(Region::State);
        if let Some(known) = self.known.get(&digest) {
            return known.clone();
        }
        let Some(range) = state.regions().partition(Role::State) else { return Ok(None) };
        let sectors = state.sectors(range);
        // Nothing is there before the first start has made it.
        let found = if sectors.iter().all(|content| *content == Content::ZEROS) {
            Ok(None)
        } else {
            let view = View::new(sectors, state.contents()).owned();
            Ext4::load(Box::new(view)).map_err(|error| error.to_string()).and_then(|system| settings(&system))
        };
        if !expected {
            return found;
        }
        let found = found.or_else(|error| {
            self.repaired += 1;
            self.repair(state, sectors).map_err(|after| format!("{error}; after e2fsck: {after}"))
        });
        self.known.insert(digest, found.clone());
        found
    }

    /// Has it repaired as a node has.
    fn repair(&self, state: &State, sectors: &[Content]) -> Result<Option<MachineId>, String> {
        let path = self.scratch.join("state-to-repair.ext4");
        let write = || {
            let file = File::create(&path)?;
            file.set_len(sectors.len() as u64 * SECTOR)?;
            for (sector, content) in (0..).zip(sectors).filter(|(_, content)| **content != Content::ZEROS) {
                let bytes = state.contents().bytes(*content);
                file.write_all_at(bytes.ok_or(std::io::ErrorKind::InvalidData)?, sector * SECTOR)?;
            }
            Ok::<_, std::io::Error>(())
        };
        write().map_err(|error| format!("writing {}: {error}", path.display()))?;
        let check =
            |how: &str| tool::verdict("e2fsck", [how.as_ref(), path.as_os_str()]).map_err(|error| error.to_string());
        let mut verdict = check("-p")?;
        // 1 and 2 say that it was repaired (`e2fsck(8)`).
        let repaired =
            |status: &str| ["exit status 0", "exit status 1", "exit status 2", "exit status 3"].contains(&status);
        if !repaired(&verdict.status) {
            verdict = check("-fy")?;
        }
        let found = if repaired(&verdict.status) {
            let system = Ext4::load_from_path(&path).map_err(|error| error.to_string());
            system.and_then(|system| settings(&system))
        } else {
            Err(verdict.said)
        };
        let _ = fs::remove_file(&path);
        found
    }
}

/// What a release would find, by its own rules: `formats::state_version`.
fn settings(system: &Ext4) -> Result<Option<MachineId>, String> {
    let mut problem = None;
    let seen = state_version::look(OURS, None, |name| {
        found(system, name).unwrap_or_else(|error| {
            problem = Some(format!("{name}: {error}"));
            Found::Unreadable
        })
    });
    if let Some(problem) = problem {
        return Err(problem);
    }
    let uses = state_version::decide(&seen, &Files::new()).uses;
    let Some(text) = uses.get(settings::FILE).and_then(|text| str::from_utf8(text).ok()) else { return Ok(None) };
    Ok(Settings::parse(text).map_err(|error| format!("{}: {error}", settings::FILE))?.machine_id)
}

fn found(system: &Ext4, name: &str) -> Result<Found, Ext4Error> {
    let path = format!("/{name}");
    if !system.exists(path.as_str())? {
        return Ok(Found::Absent);
    }
    if system.metadata(path.as_str())?.is_dir() {
        return Ok(Found::Other);
    }
    let mut bytes = system.read(path.as_str())?;
    bytes.truncate(LONGEST + 1);
    Ok(Found::File(bytes))
}
