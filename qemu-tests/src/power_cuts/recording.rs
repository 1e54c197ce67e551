//! A disk as it was, every write since, and the releases that it holds: read once, as numbers.

use std::fs::{File, OpenOptions};
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use formats::layout::Role;

use super::contents::{Content, Contents};
use super::cuts::{Cut, Part};
use super::log::{self, Entry, Kind, SECTOR};
use super::release::Release;
use super::state::{Region, Regions, State};
use crate::disk::{Disk, data_of};
use crate::error::{Doing as _, Error};

/// How much is read at once: a multiple of a sector.
const PIECE: u64 = 1 << 20;

/// What was recorded.
#[derive(Debug)]
pub struct Recording {
    base: PathBuf,
    log: PathBuf,
    entries: Vec<Entry>,
    /// What each entry writes.
    written: Vec<Vec<Content>>,
    start: State,
}

impl Recording {
    /// `base` is the disk as it was when the record began, `log` the record, `disk` what both led to, and `releases` say in which
    /// files, and from which byte on, the slot images are that it may hold.
    pub fn read(base: &Path, log: &Path, disk: &Disk, releases: &[(PathBuf, u64)]) -> Result<Self, Error> {
        let mut contents = Contents::default();
        let sectors = disk.size()?.0 / SECTOR;
        let mut partitions = Vec::new();
        for role in [Role::Esp, Role::Root(formats::slot::Slot::A), Role::Root(formats::slot::Slot::B), Role::State] {
            let extent = disk.partition(role)?;
            partitions.push((role, extent.start.0 / SECTOR..(extent.start + extent.length).0 / SECTOR));
        }
        let regions = Rc::new(Regions::new(sectors, partitions));
        let read = |(path, at): &(PathBuf, u64)| Release::read(path, *at, &mut contents);
        let releases = Rc::new(releases.iter().map(read).collect::<Result<Vec<_>, _>>()?);
        let before = disk_contents(base, &regions, &mut contents)?;
        let after = disk_contents(disk.path(), &regions, &mut contents)?;
        let file = File::open(log).at("opening", log)?;
        let bad =
            |error: log::BadLog| Error::Disk { disk: log.display().to_string(), what: crate::error::chain(&error) };
        let entries = log::entries(sectors, |at, buffer| file.read_exact_at(buffer, at)).map_err(bad)?;
        let mut written = Vec::new();
        for entry in &entries {
            written.push(match entry.kind {
                Kind::Write { data, .. } => {
                    let mut numbers = Vec::new();
                    numbered(&file, data..data + entry.sectors * SECTOR, |at, sector| {
                        let to = entry.sector + (at - data) / SECTOR;
                        numbers.push(contents.number(sector, is_kept(&regions, to)));
                    })
                    .at("reading", log)?;
                    numbers
                }
                Kind::Discard | Kind::Flush => Vec::new(),
            });
        }
        let start = State::new(regions, Rc::new(contents), releases, before);
        let recording = Self { base: base.to_owned(), log: log.to_owned(), entries, written, start };
        recording.leads_to(&after, disk)?;
        Ok(recording)
    }

    /// A record that misses a write would show less than there is: all writes must lead to the disk as it is.
    fn leads_to(&self, after: &[Content], disk: &Disk) -> Result<(), Error> {
        let mut state = self.start.clone();
        for part in (0..self.entries.len()).map(|entry| self.all_of(entry)) {
            self.apply(&mut state, part);
        }
        let differs = state.sectors(0..state.regions().sectors()).iter().zip(after).position(|(a, b)| a != b);
        match differs {
            None => Ok(()),
            Some(sector) => Err(Error::Disk {
                disk: disk.path().display().to_string(),
                what: format!("sector {sector} is not what the record of writes, {}, says", self.log.display()),
            }),
        }
    }

    /// The record.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The disk as it was.
    pub fn start(&self) -> &State {
        &self.start
    }

    /// All of an entry.
    pub fn all_of(&self, entry: usize) -> Part {
        Part { entry, sectors: self.entries.get(entry).map_or(0, |entry| entry.sectors) }
    }

    /// Whether an entry writes to a slot.
    pub fn is_bulk(&self, entry: usize) -> bool {
        let region = self.entries.get(entry).map(|entry| self.start.regions().of(entry.sector));
        matches!(region, Some(Region::Slot(_)))
    }

    /// Writes one sector of an entry.
    pub fn apply_sector(&self, state: &mut State, entry: usize, sector: u64) {
        let Some(at) = self.entries.get(entry).map(|entry| entry.sector) else { return };
        let written = usize::try_from(sector).ok().and_then(|sector| self.written.get(entry)?.get(sector));
        state.set(at + sector, written.copied().unwrap_or(Content::ZEROS));
    }

    /// Writes a part.
    pub fn apply(&self, state: &mut State, part: Part) {
        for sector in 0..part.sectors {
            self.apply_sector(state, part.entry, sector);
        }
    }

    /// Makes the disk of a cut, in a file.
    pub fn replay(&self, cut: &Cut, to: &Path) -> Result<Disk, Error> {
        let disk = Disk::copy(&self.base, to)?;
        let file = OpenOptions::new().write(true).open(to).at("opening", to)?;
        let log = File::open(&self.log).at("opening", &self.log)?;
        let whole = (0..cut.whole).map(|entry| self.all_of(entry));
        for part in whole.chain(cut.parts.iter().copied()) {
            let Some(entry) = self.entries.get(part.entry) else { continue };
            let (mut from, mut at) = (0, entry.sector * SECTOR);
            if let Kind::Write { data, .. } = entry.kind {
                from = data;
            }
            let end = at + part.sectors * SECTOR;
            while at < end {
                let mut piece = vec![0; usize::try_from(PIECE.min(end - at)).unwrap_or(0)];
                if let Kind::Write { .. } = entry.kind {
                    log.read_exact_at(&mut piece, from).at("reading", &self.log)?;
                }
                file.write_all_at(&piece, at).at("writing", to)?;
                (from, at) = (from + piece.len() as u64, at + piece.len() as u64);
            }
        }
        Ok(disk)
    }
}

/// Whether what is in a sector is to be read again: slots are only compared.
fn is_kept(regions: &Regions, sector: u64) -> bool {
    !matches!(regions.of(sector), Region::Slot(_))
}

/// All sectors of a disk, as numbers.
fn disk_contents(path: &Path, regions: &Regions, contents: &mut Contents) -> Result<Vec<Content>, Error> {
    let file = File::open(path).at("opening", path)?;
    let sectors = usize::try_from(regions.sectors()).unwrap_or(usize::MAX);
    let mut all = vec![Content::ZEROS; sectors];
    let length = file.metadata().at("measuring", path)?.len();
    for data in data_of(&file, 0, length).at("finding the data of", path)? {
        numbered(&file, data.start / SECTOR * SECTOR..data.end, |at, bytes| {
            let sector = at / SECTOR;
            if let Some(place) = usize::try_from(sector).ok().and_then(|sector| all.get_mut(sector)) {
                *place = contents.number(bytes, is_kept(regions, sector));
            }
        })
        .at("reading", path)?;
    }
    Ok(all)
}

/// Hands on the sectors of a stretch of a file, which may end within one.
fn numbered(file: &File, bytes: Range<u64>, mut take: impl FnMut(u64, &[u8; SECTOR as usize])) -> std::io::Result<()> {
    for at in bytes.clone().step_by(PIECE as usize) {
        let length = usize::try_from(PIECE.min(bytes.end - at)).unwrap_or(0);
        let mut piece = vec![0; length.next_multiple_of(SECTOR as usize)];
        file.read_exact_at(&mut piece[..length], at)?;
        let (sectors, _) = piece.as_chunks();
        for (number, sector) in (0..).zip(sectors) {
            take(at + number * SECTOR, sector);
        }
    }
    Ok(())
}
