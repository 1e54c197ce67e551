//! Does to the disk what [`formats::first_start`] decides.
//!
//! The order of writing is what makes a power cut harmless:
//!
//! 1. what an earlier flashing left of a state file system is blanked; flush
//! 2. the backup table at the disk's end; flush
//! 3. the primary table; flush
//! 4. the length in the protective MBR, one sector; flush
//!
//! Cut in 1 or 2, the old primary table holds; cut in 3, the new backup does, as the kernel is started with `gpt` and
//! firmware looks there too.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use formats::first_start::{Change, Facts, Obstacle, apply, blanks, decide};
use formats::layout::Sizes;
use nix::errno::Errno;
use thiserror::Error;
use uuid::Uuid;

use crate::block::Disk;
use crate::error::{Context as _, IoError};
use crate::gpt_table::{Ends, HEAD, NotWritable, TAIL};

/// Where the MBR ends.
const MBR: usize = 512;

/// The disk was not made ready.
#[derive(Debug, Error)]
pub(crate) enum NotReady {
    /// A device does not do what it should.
    #[error(transparent)]
    Io(#[from] IoError),
    /// The disk is not one to change.
    #[error("{disk} is left as it is")]
    Obstacle {
        /// The disk's node.
        disk: String,
        /// Why.
        source: Obstacle,
    },
    /// The new table can't be put together.
    #[error(transparent)]
    Table(#[from] NotWritable),
}

/// Makes the disk what a node's disk should be, and returns what was done: nothing from the second start on.
pub(crate) fn run(disk: &Disk, sizes: Sizes) -> Result<Vec<Change>, NotReady> {
    let obstacle = |source| NotReady::Obstacle { disk: disk.node.clone(), source };
    let ends = read(disk)?.ok_or_else(|| obstacle(Obstacle::NoTable))?;
    let (primary, backup) = (ends.primary(), ends.backup());
    let facts = Facts { disk: disk.length, primary: primary.as_ref(), backup: backup.as_ref(), sizes };
    let changes = decide(facts).map_err(obstacle)?;
    let Some(table) = primary.as_ref().or(backup.as_ref()).filter(|_| !changes.is_empty()) else {
        return Ok(changes);
    };
    let after = ends.with(&apply(table, &changes, disk.length, Uuid::new_v4))?;
    for (start, length) in blanks(&changes) {
        write(disk, start.0, &vec![0; usize::try_from(length.0).unwrap_or(0)])?;
    }
    flush(disk)?;
    write(disk, disk.length.0 - TAIL as u64, &after.tail)?;
    flush(disk)?;
    write(disk, MBR as u64, &after.head[MBR..])?;
    flush(disk)?;
    if after.head[..MBR] != ends.head[..MBR] {
        write(disk, 0, &after.head[..MBR])?;
        flush(disk)?;
    }
    reread(disk)?;
    Ok(changes)
}

fn read(disk: &Disk) -> Result<Option<Ends>, IoError> {
    let (mut head, mut tail) = (vec![0; HEAD], vec![0; TAIL]);
    let Some(end) = disk.length.0.checked_sub(TAIL as u64) else { return Ok(None) };
    disk.file.read_exact_at(&mut head, 0).context("reading the partition table of", &disk.node)?;
    disk.file.read_exact_at(&mut tail, end).context("reading the end of", &disk.node)?;
    Ok(Ends::new(head, tail, disk.length))
}

fn write(disk: &Disk, at: u64, bytes: &[u8]) -> Result<(), IoError> {
    disk.file.write_all_at(bytes, at).context("writing to", &disk.node)
}

fn flush(disk: &Disk) -> Result<(), IoError> {
    disk.file.sync_all().context("flushing", &disk.node)
}

/// The look into the disk's other partitions may not be over: then they are in use for a moment.
fn reread(disk: &Disk) -> Result<(), IoError> {
    for _ in 0..100 {
        match disk.reread() {
            Err(error) if busy(&error) => std::thread::sleep(Duration::from_millis(50)),
            other => return other,
        }
    }
    disk.reread()
}

fn busy(error: &IoError) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    source.and_then(io::Error::raw_os_error) == Some(Errno::EBUSY as i32)
}
