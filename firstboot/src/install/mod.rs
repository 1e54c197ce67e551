//! Moves the node from the stick that it was started from to a disk of the computer.
//!
//! ```text
//!   verified root, slot ──► disk: ESP, slot a                  read back, and held against the root hash that runs
//!   answers, header     ──► disk: state, with the set-up in it, one change further
//!   then: the stick forgets the answers; the computer starts from its disk, where the set-up goes on
//! ```
//!
//! [`plan`] decides; [`run`] does it, on anything that is a [`Medium`]; [`install`] is that on a node. Nothing is kept of how far it is:
//! the disk itself shows it. So a power cut costs what is not flushed yet, and the end is the same, bit for bit.
//!
//! Invariants: what comes to the disk is what runs (the slot), what the verified root has (the ESP) and what was answered (state): not a
//! file of the stick's own ESP or state. The stick goes on to start the computer until the disk does.

mod copy;
mod esp;
mod plan;
mod state;

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use formats::answers::DiskName;
use formats::boot_entry::FOLDER;
use formats::command_line::CommandLine;
use formats::digest::Digest;
use formats::gpt_table::{Ends, HEAD, NotWritable, TAIL};
use formats::kernel_image::{self, Layout, NotAKernelImage};
use formats::layout::Role;
use formats::own_disk;
use formats::size::Bytes;
use formats::slot::Slot;
use formats::slot_image::{NotASlotImage, SlotImage};
use formats::verity::BLOCK;
use thiserror::Error;

use crate::capacity::{self, NotWhole};
use crate::disks;
use crate::machine::{Header, Record};
use crate::medium::{Device, Medium};
use crate::node::Node;
use crate::random::{self, NotRandom};

pub use copy::NotCopied;
pub use plan::{Facts, Refusal, Step, System};
pub use state::NoState;

/// Where the MBR ends.
const MBR: usize = 512;

/// Where a LUKS2 header has its UUID, and how long the field is
/// ([on-disk format](https://gitlab.com/cryptsetup/LUKS2-docs), `struct luks2_hdr_disk`).
const LUKS_UUID: std::ops::Range<usize> = 168..208;

/// It was not installed. It can be tried again.
#[derive(Debug, Error)]
pub enum InstallError {
    /// The disk is left as it is.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The same: it lies about its length, or can't be written.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// It is not there.
    #[error("there is no disk {0}")]
    Gone(DiskName),
    /// What runs can't be told.
    #[error("this system was not started from a slot of this disk")]
    NotFromASlot,
    /// What runs is no release.
    #[error("the release that runs")]
    Release(#[from] NotASlotImage),
    /// The same, for its kernel image.
    #[error("the kernel image of the release that runs")]
    Kernel(#[from] NotAKernelImage),
    /// It was not copied.
    #[error(transparent)]
    Copy(#[from] NotCopied),
    /// The state partition was not made.
    #[error(transparent)]
    State(#[from] NoState),
    /// The partition table.
    #[error(transparent)]
    Table(#[from] NotWritable),
    /// Random numbers.
    #[error(transparent)]
    Random(#[from] NotRandom),
    /// A file, or a disk.
    #[error("{doing} {path}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> InstallError {
    move |source| InstallError::File { doing, path: path.to_owned(), source }
}

/// What is copied.
#[derive(Debug)]
pub struct Source {
    /// The slot.
    slot: File,
    /// How long the slot image is.
    image: Bytes,
    /// The root hash of the system that runs.
    root: Digest,
    /// The file system of the state partition.
    state: File,
    /// The files of the ESP.
    esp: Vec<esp::File>,
}

/// The ends of a disk, if it is long enough to have two.
fn ends(medium: &(impl Medium + ?Sized)) -> io::Result<Option<Ends>> {
    let (mut head, mut tail) = (vec![0; HEAD], vec![0; TAIL]);
    let Some(end) = medium.length().0.checked_sub(TAIL as u64) else { return Ok(None) };
    medium.read_back(&mut head, 0)?;
    medium.read_back(&mut tail, end)?;
    Ok(Ends::new(head, tail, medium.length()))
}

/// Whether the header of this set-up is where data begin.
fn has_data(medium: &(impl Medium + ?Sized), system: System<'_>) -> io::Result<bool> {
    let start = system.sizes.start(Role::Data);
    let mut head = vec![0; LUKS_UUID.end];
    if start + Bytes(head.len() as u64) <= medium.length() {
        medium.read_back(&mut head, start.0)?;
    }
    let header = system.header.to_string();
    Ok(head.starts_with(b"LUKS\xba\xbe") && head[LUKS_UUID].starts_with(header.as_bytes()))
}

/// Installs to a medium. `holds` is what is on it; `erase` says that it may go; `seed` is random.
pub fn run(
    medium: &dyn Medium,
    (sector, holds, erase): (Bytes, Option<&str>, bool),
    system: System<'_>,
    source: &dyn Fn() -> Result<Source, InstallError>,
    seed: [u8; 16],
) -> Result<(), InstallError> {
    let disk = Path::new(system.disk.as_str());
    let found = ends(medium).map_err(at("reading the partition table of", disk))?;
    let (primary, backup) = (found.as_ref().and_then(Ends::primary), found.as_ref().and_then(Ends::backup));
    let table = primary.as_ref().or(backup.as_ref());
    // No file system is read that somebody else has made.
    let ours = table.is_some_and(|table| plan::is_ours(table, system));
    let facts = Facts {
        disk: medium.length(),
        sector,
        holds,
        erase,
        table,
        twice: primary == backup,
        starts: ours && esp::starts(medium, system.sizes),
        data: ours && has_data(medium, system).map_err(at("reading the data of", disk))?,
    };
    let steps = plan::plan(facts, system)?;
    if steps.is_empty() {
        return Ok(());
    }
    let source = source()?;
    let place = |role: Role| system.sizes.start(role);
    for step in steps {
        match step {
            Step::Check(start, length) => capacity::check(medium, start, length, seed)?,
            Step::Blank(places) => {
                let blank = || {
                    for (start, length) in places {
                        for offset in (0..length.0).step_by(1 << 20) {
                            let piece = usize::try_from(length.0 - offset).map_or(1 << 20, |left| left.min(1 << 20));
                            medium.write(&vec![0; piece], start.0 + offset)?;
                        }
                    }
                    medium.flush()
                };
                blank().map_err(at("erasing", disk))?;
            }
            Step::Table(table) => {
                let blank = Ends::blank(medium.length()).ok_or(NotCopied::Differs(medium.length()))?;
                let ends = blank.with(&table)?;
                // The copy first: whichever is whole leads on, and only the last one ends what was there.
                let parts = [
                    (medium.length().0 - TAIL as u64, &ends.tail[..]),
                    (0, &ends.head[..MBR]),
                    (MBR as u64, &ends.head[MBR..]),
                ];
                let write = |(at, bytes): (u64, &[u8])| medium.write(bytes, at).and_then(|()| medium.flush());
                parts.into_iter().try_for_each(write).map_err(at("writing the partition table of", disk))?;
            }
            Step::Slot => {
                copy::copy(&source.slot, medium, place(Role::Root(Slot::A)), source.image)?;
                copy::verify(medium, place(Role::Root(Slot::A)), source.image, source.root)?;
            }
            Step::State => copy::copy(&source.state, medium, place(Role::State), system.sizes.state)?,
            Step::Esp => {
                let id = plan::id(system, 0).as_u128() as u32;
                esp::make(medium, system.sizes, id, &source.esp).map_err(at("writing the ESP of", disk))?;
            }
        }
    }
    Ok(())
}

/// The slot that runs, how long its image is, and its kernel image with the name that this has on an ESP.
fn slot(file: &File, path: &Path, root: Digest, room: Bytes) -> Result<(Bytes, esp::File), InstallError> {
    let read = |from: u64, length: usize| -> Result<Vec<u8>, InstallError> {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, from).map_err(at("reading", path))?;
        Ok(bytes)
    };
    let (image, found) = SlotImage::read(room, read)?;
    if found != root {
        return Err(NotCopied::Root { found, expected: root }.into());
    }
    let left = room - image.payload;
    let head = usize::try_from(left.0).map_or(kernel_image::HEAD, |left| left.min(kernel_image::HEAD));
    let layout = Layout::parse(&read(image.payload.0, head)?)?;
    if Bytes(layout.length) > left {
        return Err(NotASlotImage::Long.into());
    }
    let section = |range: &std::ops::Range<u64>| {
        read(image.payload.0 + range.start, usize::try_from(range.end - range.start).unwrap_or(usize::MAX))
    };
    let release = kernel_image::release(&section(&layout.command_line)?, &section(&layout.os_release)?)?;
    if release.root != root {
        return Err(NotCopied::Root { found: release.root, expected: root }.into());
    }
    let end = Bytes((image.payload.0 + layout.length).next_multiple_of(BLOCK)).min(room);
    let kernel = esp::File {
        path: format!("{FOLDER}/ilanga_{}.efi", release.version),
        content: file.try_clone().map_err(at("opening", path))?,
        start: image.payload.0,
        length: layout.length,
    };
    Ok((end, kernel))
}

/// Installs to the disk with this name, with this set-up; `folder` is where the set-up is kept.
pub fn install(
    node: &Node,
    disk: &DiskName,
    erase: bool,
    folder: &Path,
    (record, header): (&Record, Header),
) -> Result<(), InstallError> {
    let target = disks::device(node, disk).ok_or_else(|| InstallError::Gone(disk.clone()))?;
    let line = fs::read_to_string(node.path("/proc/cmdline")).map_err(at("reading", Path::new("/proc/cmdline")))?;
    let line: CommandLine = line.parse().map_err(|_| InstallError::NotFromASlot)?;
    let path = node.path(own_disk::SLOT);
    let runs = own_disk::slot(&fs::read_to_string(&path).map_err(at("reading", &path))?);
    let path = node.path(&own_disk::link(Role::Root(runs.ok_or(InstallError::NotFromASlot)?)));
    let running = File::open(&path).map_err(at("opening", &path))?;
    let room = Device::length_of(&running).map_err(at("measuring", &path))?;
    let (image, _) = slot(&running, &path, line.root, room)?;

    let holds = disks::holds(node, &target);
    let sector = disks::sector(node, &target);
    let medium = Device::open(&target).map_err(at("opening for this alone", &target))?;
    let system = System { disk, header: header.0, sizes: line.sizes, image };
    let state = state::Place::new(folder, header);
    let source = || {
        let spare = node.path(own_disk::SPARE_ESP);
        let mut esp = esp::files(&spare).map_err(at("reading", &spare))?;
        if !esp.iter().any(|file| file.path == esp::STARTS) {
            return Err(at("looking for the boot loader in", &spare)(io::ErrorKind::NotFound.into()));
        }
        let (_, kernel) = slot(&running, &path, line.root, room)?;
        esp.push(kernel);
        let state = state.make(record, line.sizes.state, plan::id(system, u8::MAX))?;
        let slot = running.try_clone().map_err(at("opening", &path))?;
        Ok(Source { slot, image, root: line.root, state, esp })
    };
    run(&medium, (sector, holds.as_deref(), erase), system, &source, random::bytes()?)?;
    Ok(state.forget()?)
}

#[cfg(test)]
mod tests;
