//! A look at the boot state, and changes to it, while nobody else does either.

use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use formats::boot_state::{Node, Refusal, Step};
use formats::size::Bytes;
use formats::slot::Slot;
use thiserror::Error;

use crate::device::{self, Unknown};
use crate::error::{Context as _, IoError};
use crate::esp::{Esp, Listing, NotDone};
use crate::judged::NotJudged;
use crate::mount::{self, Access, Mounted};
use crate::report::{Report, report};
use crate::slot::{self, Found};
use crate::spare;
use crate::tree::Tree;

/// Something about the boot state did not work.
#[derive(Debug, Error)]
pub enum BootStateError {
    /// A file operation failed.
    #[error(transparent)]
    Io(#[from] IoError),
    /// It can't be told what runs.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// The disk has no ESP.
    #[error("the disk has no partition 'ilanga-esp'")]
    NoEsp,
    /// It would lock the node out.
    #[error(transparent)]
    Locked(#[from] formats::key_change::Locked),
    /// It was decided not to do it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// RAUC is to write something else than was judged.
    #[error(transparent)]
    NotJudged(#[from] NotJudged),
    /// A step failed.
    #[error(transparent)]
    NotDone(#[from] NotDone),
}

impl BootStateError {
    /// Whether it was decided not to do it: nothing was changed.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::NotJudged(_) | Self::Locked(_))
    }
}

/// What is known, and the right to change it. The lock is held as long as this lives.
#[derive(Debug)]
pub struct Session {
    /// What is known.
    pub node: Node,
    /// What slot a holds.
    pub a: Found,
    /// What slot b holds.
    pub b: Found,
    /// What is wrong with entries.
    pub problems: Vec<String>,
    esp: Esp,
    // Goes before the lock does.
    _mounted: Option<Mounted>,
    _lock: File,
}

impl Session {
    /// Waits for its turn, mounts the ESP, and looks at everything.
    pub fn open(tree: &Tree, access: Access) -> Result<Self, BootStateError> {
        Self::of(tree, device::find(tree)?, access)
    }

    /// The same for a disk that is not the own one.
    pub fn of(tree: &Tree, disk: device::Disk, access: Access) -> Result<Self, BootStateError> {
        let lock = lock(tree)?;
        let (esp, mounted) = match tree.esp() {
            Some(folder) => (Esp::at(folder), None),
            None => {
                let at = tree.mount_point();
                let mounted = mount::fat(disk.esp.as_deref().ok_or(BootStateError::NoEsp)?, &at, access)?;
                (Esp::at(&at), Some(mounted))
            }
        };
        let (a, b) = (slot::look(disk.a.as_deref()), slot::look(disk.b.as_deref()));
        let Listing { entries, temporary, problems } = esp.list()?;
        let (content_a, content_b) = (a.content.clone(), b.content.clone());
        let node = Node { a: content_a, b: content_b, entries, temporary, running: Some(disk.running) };
        Ok(Self { node, a, b, problems, esp, _mounted: mounted, _lock: lock })
    }

    /// What a slot holds.
    pub fn found(&self, slot: Slot) -> &Found {
        match slot {
            Slot::A => &self.a,
            Slot::B => &self.b,
        }
    }

    /// What a new kernel image would find free on the ESP, once the one of the slot that it is for is taken off.
    pub fn room(&self) -> Option<Bytes> {
        let other = self.node.running?.slot.other();
        let steps = self.node.set_bad(other).unwrap_or_default();
        self.esp.free_after(&steps).ok()
    }

    /// Everything that people and programs are told.
    pub fn report(&self) -> Report {
        Report { room: self.room(), ..report(&self.node, [&self.a, &self.b], &self.problems) }
    }

    /// Where the ESP is, as long as this lives.
    pub fn esp(&self) -> &Path {
        self.esp.root()
    }

    /// Puts back what the ESP has lost of the boot loader. `done` is told of each file that is on the disk.
    pub fn restore_boot_loader(&self, tree: &Tree, done: impl FnMut(&Path)) -> Result<(), IoError> {
        spare::restore(&tree.spare_esp(), self.esp.root(), done)
    }

    /// Carries out what was decided, and looks at the ESP again. `done` is told of each step that is on the disk.
    pub fn carry_out(
        &mut self,
        decided: Result<Vec<Step>, Refusal>,
        done: impl FnMut(&Step),
    ) -> Result<(), BootStateError> {
        let steps = decided?;
        self.esp.carry_out(&steps, |slot| self.found(slot).payload.clone(), done)?;
        let Listing { entries, temporary, problems } = self.esp.list()?;
        self.node = Node { entries, temporary, ..self.node.clone() };
        self.problems = problems;
        Ok(())
    }
}

/// Lets one process at a time look at the boot state.
fn lock(tree: &Tree) -> Result<File, IoError> {
    let folder = tree.run();
    match DirBuilder::new().mode(0o755).create(&folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error).context("making", &folder),
        _ => {}
    }
    let path = tree.lock();
    let file = File::options().write(true).create(true).truncate(false).open(&path).context("opening", &path)?;
    file.lock().context("locking", &path)?;
    Ok(file)
}
