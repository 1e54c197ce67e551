//! What is on a state's ESP, as firmware and systemd-boot see it: the first FAT, the folders, and which files are what.
//!
//! Of two states whose file allocation table and folders are the same, only one is read: [`Esps`] knows which sectors the crate
//! `fatfs` has ever asked for (those of files' data apart), and finds what it read by their contents. What files hold is
//! compared as contents of sectors, with the releases' kernel images and with what the image had.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Read as _;
use std::ops::Range;
use std::rc::Rc;

use fatfs::{Dir, FileSystem, FsOptions};
use formats::boot_entry::{BootEntry, FOLDER};
use formats::boot_state::TEMPORARY;
use formats::layout::Role;

use super::contents::Content;
use super::log::SECTOR;
use super::release::Release;
use super::state::State;
use super::view::{Trace, View};

/// More folders in folders than an ESP has.
const DEEPEST: usize = 8;

/// A kernel image that systemd-boot would list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: BootEntry,
    /// The release whose kernel image it is, byte for byte.
    pub release: Option<usize>,
}

/// What is on an ESP.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Esp {
    /// What may start.
    pub listed: Vec<Listed>,
    /// What a write has left.
    pub temporary: bool,
    /// Files in the folder of kernel images that systemd-boot takes for none of ours, or passes over.
    pub passed_over: Vec<String>,
    /// Other files of the image that are gone or changed: the boot loader is one.
    pub damaged: Vec<String>,
}

/// A file: its length, and where its data are, in bytes of the ESP.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    length: u64,
    places: Vec<Range<u64>>,
}

/// Files by path, or why they can't be read.
type Files = BTreeMap<String, Result<File, String>>;

/// Reads ESPs.
#[derive(Debug, Default)]
pub struct Esps {
    /// The sectors that tell what there is, in order.
    structure: Vec<u64>,
    known: HashMap<u64, Rc<Result<Files, String>>>,
    /// What the image has beside kernel images.
    image: BTreeMap<String, Vec<Content>>,
    /// How often one was read.
    pub read: u64,
}

impl Esps {
    /// Takes what is on this state's ESP for what belongs there.
    pub fn of_image(state: &State) -> Result<Self, String> {
        let mut esps = Self::default();
        let files = esps.files(state)?;
        let files = files.as_ref().as_ref().map_err(Clone::clone)?;
        for (path, file) in files.iter().filter(|(path, _)| !is_kernel_image(path)) {
            let file = file.as_ref().map_err(|error| format!("{path}: {error}"))?;
            esps.image.insert(path.clone(), contents(state, file));
        }
        Ok(esps)
    }

    /// Reads a state's ESP.
    pub fn read(&mut self, state: &State) -> Result<Esp, String> {
        let files = self.files(state)?;
        let files = files.as_ref().as_ref().map_err(Clone::clone)?;
        let mut esp = Esp::default();
        for (path, image) in &self.image {
            match files.get(path) {
                Some(Ok(file)) if contents(state, file) == *image => {}
                Some(Ok(_)) => esp.damaged.push(format!("{path} is changed")),
                Some(Err(error)) => esp.damaged.push(format!("{path}: {error}")),
                None => esp.damaged.push(format!("{path} is gone")),
            }
        }
        for (path, file) in files.iter().filter(|(path, _)| is_kernel_image(path)) {
            let name = path.rsplit('/').next().unwrap_or_default();
            match (name.parse::<BootEntry>(), file) {
                _ if name == TEMPORARY => esp.temporary = true,
                (Ok(name), Ok(file)) => {
                    let same =
                        |release: &Release| release.name.version == name.version && is_kernel(state, file, release);
                    let release = state.releases().iter().position(same);
                    if release.is_some() || is_program(state, file) {
                        esp.listed.push(Listed { name, release });
                    } else {
                        esp.passed_over.push(path.clone());
                    }
                }
                // What its sectors hold can't be told, so it may look like a kernel image.
                (Ok(name), Err(_)) => esp.listed.push(Listed { name, release: None }),
                (Err(_), _) => esp.passed_over.push(path.clone()),
            }
        }
        Ok(esp)
    }

    /// The files of a state's ESP.
    fn files(&mut self, state: &State) -> Result<Rc<Result<Files, String>>, String> {
        let range = state.regions().partition(Role::Esp).ok_or("the disk has no ESP")?;
        let sectors = state.sectors(range.clone());
        let key = |structure: &[u64]| {
            let content = |sector: &u64| sectors.get(usize::try_from(*sector).ok()?).map(|content| content.at(*sector));
            structure.iter().filter_map(content).fold(0_u64, u64::wrapping_add)
        };
        if let Some(known) = self.known.get(&key(&self.structure)) {
            return Ok(Rc::clone(known));
        }
        self.read += 1;
        let trace = Rc::new(RefCell::new(Trace::default()));
        let files = Rc::new(walk(View::new(sectors, state.contents()).traced(&trace), &trace));
        let trace = &mut *trace.borrow_mut();
        let known = self.structure.len();
        self.structure.append(&mut trace.structure);
        self.structure.sort_unstable();
        self.structure.dedup();
        if self.structure.len() != known {
            // What was read earlier was found by less.
            self.known.clear();
        }
        self.known.insert(key(&self.structure), Rc::clone(&files));
        Ok(files)
    }
}

fn is_kernel_image(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// Reads all folders, and where the files are.
fn walk(view: View<'_>, trace: &Rc<RefCell<Trace>>) -> Result<Files, String> {
    let mut boot = [0; 512];
    view.clone().read_exact(&mut boot).map_err(|error| format!("reading the ESP: {error}"))?;
    let u32_at = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|i| boot[at + i]));
    // Microsoft's FAT specification: bytes in a sector, reserved sectors, number of FATs, sectors in one.
    let (sector, reserved) = (u64::from(u32_at(11) & 0xffff), u64::from(u32_at(14) & 0xffff));
    let small = u64::from(u32_at(22) & 0xffff);
    let fat = if small == 0 { u64::from(u32_at(36)) } else { small };
    let folder = if small == 0 { 0 } else { u64::from(u32_at(17) & 0xffff) * 32 };
    trace.borrow_mut().data = (reserved + u64::from(boot[16]) * fat).saturating_mul(sector).saturating_add(folder);
    let system = FileSystem::new(view, FsOptions::new()).map_err(|error| format!("opening the ESP: {error}"))?;
    let mut files = Files::new();
    let root = system.root_dir();
    enter(&root, "", DEEPEST, trace, &mut files)?;
    Ok(files)
}

fn enter(
    folder: &Dir<'_, View<'_>>,
    path: &str,
    depth: usize,
    trace: &Rc<RefCell<Trace>>,
    files: &mut Files,
) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("listing /{path} of the ESP: {error}");
    for entry in folder.iter() {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if name == "." || name == ".." {
            continue;
        }
        let path = if path.is_empty() { name } else { format!("{path}/{name}") };
        if entry.is_dir() {
            let depth = depth.checked_sub(1).ok_or_else(|| format!("the ESP's folders lead in circles at {path}"))?;
            enter(&entry.to_dir(), &path, depth, trace, files)?;
            continue;
        }
        trace.borrow_mut().in_file = true;
        let read = std::io::copy(&mut entry.to_file(), &mut std::io::sink());
        let mut trace = trace.borrow_mut();
        trace.in_file = false;
        let mut places: Vec<Range<u64>> = Vec::new();
        for place in std::mem::take(&mut trace.file) {
            match places.last_mut() {
                Some(last) if last.end == place.start => last.end = place.end,
                _ => places.push(place),
            }
        }
        let file = match read {
            Ok(length) if length == entry.len() => Ok(File { length, places }),
            Ok(length) => Err(format!("it has {length} bytes and should have {}", entry.len())),
            Err(error) => Err(error.to_string()),
        };
        files.insert(path, file);
    }
    Ok(())
}

/// The sectors of a file, one stretch after the other; the last one may be used in part.
fn stretches<'a>(state: &'a State, file: &'a File) -> impl Iterator<Item = &'a [Content]> {
    let start = state.regions().partition(Role::Esp).map_or(0, |range| range.start);
    let sectors = move |place: &Range<u64>| start + place.start / SECTOR..start + place.end.div_ceil(SECTOR);
    file.places.iter().map(move |place| state.sectors(sectors(place)))
}

fn contents(state: &State, file: &File) -> Vec<Content> {
    stretches(state, file).flatten().copied().collect()
}

/// Whether it begins as every EFI program does: else systemd-boot passes it over.
fn is_program(state: &State, file: &File) -> bool {
    let first = stretches(state, file).next().and_then(|sectors| sectors.first());
    first.and_then(|content| state.contents().bytes(*content)).is_some_and(|bytes| bytes.starts_with(b"MZ"))
}

/// Whether a file is a release's kernel image, byte for byte.
fn is_kernel(state: &State, file: &File, release: &Release) -> bool {
    if file.length != release.kernel_length() {
        return false;
    }
    let mut right = &release.slot[release.kernel.clone()];
    for found in stretches(state, file) {
        if found.len() <= right.len() {
            let (now, later) = right.split_at(found.len());
            if now != found {
                return false;
            }
            right = later;
            continue;
        }
        // The last one, with the end.
        let (whole, end) = found.split_at(right.len());
        let bytes = end.first().and_then(|content| state.contents().bytes(*content));
        return whole == right && end.len() == 1 && bytes.is_some_and(|bytes| bytes.starts_with(&release.end));
    }
    right.is_empty() && release.end.is_empty()
}
