//! Repairs a computer whose releases do not start any more, from a stick that holds a release: its slot a and its ESP are
//! written anew, and what people put on it stays.
//!
//! ```text
//! stick: the slot that runs ──► the computer's slot a, read back and held against the verity tree
//! stick: /usr/lib/ilanga/esp ─► what its ESP has lost        slot a ─► its kernel image on the ESP
//! ```
//!
//! Nothing is asked of the computer's disk but the names in its partition table; the release is the one that runs from the
//! stick, which the firmware and dm-verity have checked. The state and data partitions and slot b are not touched.
//!
//! Invariants: entries that lead to slot a go before it is written, and its new entry comes after it was read back; a
//! repair that was cut off is offered again. Only a system that runs from a stick offers it.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use formats::boot_state::{Content, Running, Step};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::slot::Slot;
use formats::slot_image::{NotASlotImage, SlotImage};
use formats::verity::BLOCK;
use formats::verity_tree::{self, NoTree};
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use thiserror::Error;

use crate::device::{self, Disk, Unknown};
use crate::error::{Context as _, IoError};
use crate::mount::{self, Access};
use crate::session::{BootStateError, Session};
use crate::slot;
use crate::tree::Tree;

pub mod disks;

/// How much is copied at once.
const PIECE: u64 = 1 << 20;

/// A computer can't be repaired.
#[derive(Debug, Error)]
pub enum RescueError {
    /// A file operation failed.
    #[error(transparent)]
    Io(#[from] IoError),
    /// It can't be told what runs.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// The stick's own slot.
    #[error("this stick holds no whole release: {0}")]
    Stick(String),
    /// The partition is too small.
    #[error("slot a of {disk} has {room}, and the release needs {needed}")]
    Room {
        /// The computer's disk.
        disk: String,
        /// What there is.
        room: Bytes,
        /// What is needed.
        needed: Bytes,
    },
    /// What was read back is no slot image.
    #[error("slot a of {disk} does not hold what was written to it: the disk is broken")]
    Broken {
        /// The computer's disk.
        disk: String,
    },
    /// The same, with a reason.
    #[error("reading slot a of {disk} back")]
    Image {
        /// The computer's disk.
        disk: String,
        /// What is wrong.
        source: NotASlotImage,
    },
    /// The same, for the tree.
    #[error("making the verity tree of slot a of {disk}")]
    Tree {
        /// The computer's disk.
        disk: String,
        /// What is wrong.
        source: NoTree,
    },
    /// The ESP.
    #[error("putting the ESP of {disk} in order")]
    Esp {
        /// The computer's disk.
        disk: String,
        /// What is wrong.
        source: BootStateError,
    },
}

/// A computer's disk that has Ilanga's partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Computer {
    /// The disk's name, such as `nvme0n1`.
    pub disk: String,
    /// The node of its ESP.
    pub esp: PathBuf,
    /// The node of slot a.
    pub a: PathBuf,
    /// The node of slot b, if it has one.
    pub b: Option<PathBuf>,
}

/// How far a repair is: bytes done, and of how many.
pub type Progress<'a> = &'a mut dyn FnMut(Bytes, Bytes);

/// What the stick holds.
struct Release {
    node: PathBuf,
    root: Digest,
    length: u64,
}

/// Repairs a computer. `say` gets a line at a time for people.
pub fn repair(
    tree: &Tree,
    computer: &Computer,
    say: &mut dyn FnMut(&str),
    progress: Progress<'_>,
) -> Result<(), RescueError> {
    let release = release(tree)?;
    let disk = &computer.disk;
    let room = length(&computer.a)?;
    if room < release.length {
        return Err(RescueError::Room { disk: disk.clone(), room: Bytes(room), needed: Bytes(release.length) });
    }
    ready_esp(tree, computer, say)?;
    let running = Running { slot: Slot::A, root: release.root };
    let on = Disk { running, a: Some(computer.a.clone()), b: computer.b.clone(), esp: Some(computer.esp.clone()) };
    let esp = |source| RescueError::Esp { disk: disk.clone(), source };
    {
        let mut session = Session::of(tree, on.clone(), Access::Write).map_err(esp)?;
        let held = session.node.content(Slot::A).release().map(|release| release.root);
        let leads = |entry: &&formats::boot_state::Entry| entry.root.is_some() && entry.root == held;
        let entries = session.node.entries.iter().filter(leads);
        let steps = entries.map(|entry| Step::Remove { entry: entry.name.clone() }).collect();
        session.carry_out(Ok(steps), |step| say(&format!("done: {step}"))).map_err(esp)?;
    }
    copy(&release, &computer.a, progress)?;
    verify(disk, &computer.a, &release)?;
    say("the release is written and was read back");
    let mut session = Session::of(tree, on, Access::Write).map_err(esp)?;
    session
        .restore_boot_loader(tree, |path| say(&format!("restored: {}", path.display())))
        .map_err(|source| esp(source.into()))?;
    session.carry_out(session.node.repair(), |step| say(&format!("done: {step}"))).map_err(esp)
}

/// The release that runs from the stick.
fn release(tree: &Tree) -> Result<Release, RescueError> {
    let own = device::find(tree)?;
    let node = match own.running.slot {
        Slot::A => own.a,
        Slot::B => own.b,
    };
    let node = node.ok_or_else(|| RescueError::Stick("it has no partition for its slot".to_owned()))?;
    let found = slot::look(Some(&node));
    let root = match &found.content {
        Content::Release(release) if release.root == own.running.root => release.root,
        _ => return Err(RescueError::Stick(found.problem.unwrap_or_else(|| "it holds another one".to_owned()))),
    };
    let end = found.payload.map(|payload| payload.start + payload.length).unwrap_or_default();
    Ok(Release { node, root, length: end.next_multiple_of(BLOCK) })
}

fn length(path: &Path) -> Result<u64, IoError> {
    File::open(path).and_then(|mut file| file.seek(SeekFrom::End(0))).context("reading the length of", path)
}

fn copy(release: &Release, target: &Path, progress: Progress<'_>) -> Result<(), IoError> {
    let source = File::open(&release.node).context("opening", &release.node)?;
    let file = File::options().write(true).open(target).context("opening", target)?;
    let mut piece = vec![0; PIECE as usize];
    let mut at = 0;
    while at < release.length {
        let part = &mut piece[..usize::try_from(PIECE.min(release.length - at)).unwrap_or(PIECE as usize)];
        source.read_exact_at(part, at).context("reading", &release.node)?;
        file.write_all_at(part, at).context("writing", target)?;
        at += part.len() as u64;
        progress(Bytes(at), Bytes(release.length));
    }
    file.sync_all().context("flushing", target)?;
    // What is read back comes from the disk.
    posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED).context("letting go of", target)
}

/// Holds what a slot holds against its root hash, and its kernel image against the stick's.
fn verify(disk: &str, target: &Path, release: &Release) -> Result<(), RescueError> {
    let broken = || RescueError::Broken { disk: disk.to_owned() };
    let file = File::open(target).context("opening", target)?;
    let read = |at: u64, length: usize| {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, at).context("reading", target)?;
        Ok::<_, IoError>(bytes)
    };
    let parts = SlotImage::read(Bytes(release.length), |at, length| Ok::<_, ReadBack>(read(at, length)?));
    let (image, _) = parts.map_err(|error| match error {
        ReadBack::Io(error) => RescueError::Io(error),
        ReadBack::Image(source) => RescueError::Image { disk: disk.to_owned(), source },
    })?;
    let mut tree = verity_tree::Builder::new(image.verity.salt.clone());
    for at in (0..image.erofs.size.0).step_by(PIECE as usize) {
        tree.update(&read(at, usize::try_from(PIECE.min(image.erofs.size.0 - at)).unwrap_or(PIECE as usize))?);
    }
    let tree = tree.finish().map_err(|source| RescueError::Tree { disk: disk.to_owned(), source })?;
    if tree.root_hash != release.root || read(image.top_block().0, tree.bytes.len())? != tree.bytes {
        return Err(broken());
    }
    let source = File::open(&release.node).context("opening", &release.node)?;
    let mut at = image.payload.0;
    while at < release.length {
        let length = usize::try_from(PIECE.min(release.length - at)).unwrap_or(PIECE as usize);
        let mut original = vec![0; length];
        source.read_exact_at(&mut original, at).context("reading", &release.node)?;
        if read(at, length)? != original {
            return Err(broken());
        }
        at += length as u64;
    }
    Ok(())
}

/// Why a slot image can't be read back.
#[derive(Debug, Error)]
enum ReadBack {
    #[error(transparent)]
    Io(#[from] IoError),
    #[error(transparent)]
    Image(#[from] NotASlotImage),
}

/// Makes the ESP's file system anew if it can't be mounted: all that is on it comes from elsewhere.
fn ready_esp(tree: &Tree, computer: &Computer, say: &mut dyn FnMut(&str)) -> Result<(), RescueError> {
    if tree.esp().is_some() || mount::fat(&computer.esp, &tree.mount_point(), Access::Read).is_ok() {
        return Ok(());
    }
    say("the ESP holds no file system: making a new one");
    let path = &computer.esp;
    let mut file = File::options().read(true).write(true).open(path).context("opening", path)?;
    let options = fatfs::FormatVolumeOptions::new().fat_type(fatfs::FatType::Fat32).volume_label(*b"ILANGA     ");
    fatfs::format_volume(&mut file, options).context("making a file system on", path)?;
    Ok(file.sync_all().context("flushing", path)?)
}

/// Whether the system runs from a stick: its disk can be taken out, or hangs on USB.
pub fn runs_from_stick(tree: &Tree, own: &str) -> bool {
    let folder = tree.block_class().join(own);
    let removable = fs::read_to_string(folder.join("removable")).is_ok_and(|text| text.trim() == "1");
    let path = fs::canonicalize(&folder).unwrap_or_default();
    removable || path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("usb"))
}
