//! Does to the disk what [`formats::first_start`] decides.
//!
//! The order of writing is what makes a power cut harmless:
//!
//! 1. what an earlier flashing left of a state file system is blanked; flush
//! 2. the backup table at the disk's end; flush
//! 3. the length in the protective MBR, one sector; flush
//! 4. the primary table; flush
//!
//! A partition for data is in the table and nowhere else: its content is not touched.
//!
//! Cut before 4, the old primary table holds, and the next start begins again; cut in 4, the new backup holds, as the
//! kernel is started with `gpt` and firmware looks there too.

use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use formats::first_start::{Change, Facts, Obstacle, apply, blanks, decide};
use formats::gpt_table::{Ends, HEAD, NotWritable, TAIL};
use formats::layout::{Role, Sizes};
use formats::size::Bytes;
use nix::errno::Errno;
use thiserror::Error;
use uuid::Uuid;

use crate::block::Disk;
use crate::error::{Context as _, IoError};

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
    Unready {
        /// The disk's node.
        disk: String,
        /// Why.
        source: Unready,
    },
}

/// Why a disk is not changed.
#[derive(Debug, Error)]
pub(crate) enum Unready {
    /// It is not one to change.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// The new table can't be put together.
    #[error(transparent)]
    Table(#[from] NotWritable),
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// Bytes go to a place on the disk.
    Write(u64, Vec<u8>),
    /// All that was written until now is on the disk before anything is written that follows.
    Flush,
}

/// The steps that change a disk's tables from what they are to what they should be.
fn steps(before: &Ends, after: &Ends, blanks: &[(Bytes, Bytes)]) -> Vec<Step> {
    let mut steps = Vec::new();
    for &(start, length) in blanks {
        steps.push(Step::Write(start.0, vec![0; usize::try_from(length.0).unwrap_or(0)]));
    }
    steps.push(Step::Flush);
    steps.push(Step::Write(before.length.0 - TAIL as u64, after.tail.clone()));
    steps.push(Step::Flush);
    if after.head[..MBR] != before.head[..MBR] {
        steps.push(Step::Write(0, after.head[..MBR].to_vec()));
        steps.push(Step::Flush);
    }
    steps.push(Step::Write(MBR as u64, after.head[MBR..].to_vec()));
    steps.push(Step::Flush);
    steps
}

/// What has to be done on a disk with these ends, and the ends that it then has, if any are to change.
fn plan(ends: &Ends, sizes: Sizes) -> Result<(Vec<Change>, Option<Ends>), Unready> {
    let (primary, backup) = (ends.primary(), ends.backup());
    let facts = Facts { disk: ends.length, primary: primary.as_ref(), backup: backup.as_ref(), sizes };
    let changes = decide(facts)?;
    match primary.as_ref().or(backup.as_ref()) {
        Some(table) if !changes.is_empty() => {
            let after = ends.with(&apply(table, &changes, ends.length, Uuid::new_v4))?;
            Ok((changes, Some(after)))
        }
        _ => Ok((changes, None)),
    }
}

/// Makes the disk what a node's disk should be, and returns what was done: nothing from the second start on.
pub(crate) fn run(disk: &Disk, sizes: Sizes) -> Result<Vec<Change>, NotReady> {
    let unready = |source| NotReady::Unready { disk: disk.node.clone(), source };
    let ends = read(disk)?.ok_or_else(|| unready(Obstacle::NoTable.into()))?;
    let (changes, after) = plan(&ends, sizes).map_err(unready)?;
    let Some(after) = after else { return Ok(changes) };
    for step in steps(&ends, &after, &blanks(&changes)) {
        match step {
            Step::Write(at, bytes) => disk.file.write_all_at(&bytes, at).context("writing to", &disk.node)?,
            Step::Flush => disk.file.sync_all().context("flushing", &disk.node)?,
        }
    }
    reread(disk)?;
    Ok(changes)
}

/// The GUID of the disk's ESP, if its table is whole and has one.
pub(crate) fn esp(disk: &Disk) -> Result<Option<Uuid>, IoError> {
    let Some(ends) = read(disk)? else { return Ok(None) };
    let table = ends.primary().or_else(|| ends.backup());
    let partitions = table.into_iter().flat_map(|table| table.partitions);
    Ok(partitions.into_iter().find(|partition| partition.name == Role::Esp.name()).map(|partition| partition.guid))
}

fn read(disk: &Disk) -> Result<Option<Ends>, IoError> {
    let (mut head, mut tail) = (vec![0; HEAD], vec![0; TAIL]);
    let Some(end) = disk.length.0.checked_sub(TAIL as u64) else { return Ok(None) };
    disk.file.read_exact_at(&mut head, 0).context("reading the partition table of", &disk.node)?;
    disk.file.read_exact_at(&mut tail, end).context("reading the end of", &disk.node)?;
    Ok(Ends::new(head, tail, disk.length))
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use formats::first_start::{Partition, Table};
    use formats::layout::FIRST;
    use formats::slot::Slot;

    const SIZES: Sizes = Sizes { esp: Bytes::mib(1), slot: Bytes::mib(2), state: Bytes::mib(1) };
    const IMAGE: Bytes = Bytes::mib(4);
    const SECTOR: usize = 512;
    /// How much of a disk's beginning is looked at: all but most of the data.
    const FRONT: Bytes = Bytes::mib(8);

    /// A disk without room for data, and one with it.
    const DISKS: [Bytes; 2] = [Bytes::mib(9), Bytes::mib(2048)];

    /// A disk of which nothing but its bytes is known, and nothing of what is in the middle of the data.
    #[derive(Clone)]
    struct Bits {
        front: Vec<u8>,
        tail: Vec<u8>,
        length: Bytes,
    }

    impl Bits {
        fn put(&mut self, at: u64, bytes: &[u8]) {
            let tail = self.length.0 - TAIL as u64;
            let (part, start) = if at < tail { (&mut self.front, 0) } else { (&mut self.tail, tail) };
            let at = (at - start) as usize;
            part[at..at + bytes.len()].copy_from_slice(bytes);
        }

        fn ends(&self) -> Ends {
            Ends::new(self.front[..HEAD].to_vec(), self.tail.clone(), self.length).unwrap()
        }
    }

    fn flashed(length: Bytes) -> Bits {
        let partition = |role: Role, length| Partition {
            name: role.name().to_owned(),
            type_guid: role.type_guid(),
            guid: Uuid::from_u128(SIZES.start(role).0.into()),
            start: SIZES.start(role),
            length,
            flags: 0,
        };
        let partitions = vec![partition(Role::Esp, SIZES.esp), partition(Role::Root(Slot::A), Bytes::mib(1))];
        let table = Table { disk: Uuid::from_u128(1), length: IMAGE, partitions };
        let blank = Ends::new(vec![0; HEAD], vec![0; TAIL], IMAGE).unwrap();
        let image = blank.with(&table).unwrap();
        let mut disk = vec![0; FRONT.0 as usize];
        disk[..HEAD].copy_from_slice(&image.head);
        // A protective MBR as long as the image.
        disk[450] = 0xEE;
        disk[458..462].copy_from_slice(&(IMAGE.sectors() as u32 - 1).to_le_bytes());
        disk[510..512].copy_from_slice(&[0x55, 0xAA]);
        disk[IMAGE.0 as usize - TAIL..IMAGE.0 as usize].copy_from_slice(&image.tail);
        disk[FIRST.0 as usize..SIZES.start(Role::Root(Slot::B)).0 as usize - TAIL].fill(7);
        // Data of an earlier set-up.
        disk[SIZES.start(Role::Data).0 as usize..].fill(9);
        Bits { front: disk, tail: vec![0; TAIL], length }
    }

    fn next_steps(disk: &Bits) -> Vec<Step> {
        let ends = disk.ends();
        let (changes, after) = plan(&ends, SIZES).unwrap();
        after.map_or_else(Vec::new, |after| steps(&ends, &after, &blanks(&changes)))
    }

    fn finish(disk: &mut Bits) {
        for step in next_steps(disk) {
            if let Step::Write(at, bytes) = step {
                disk.put(at, &bytes);
            }
        }
    }

    /// That the disk is a node's: both tables whole, the partitions in their places, the content of three untouched.
    fn check(disk: &Bits, what: &str) {
        let ends = disk.ends();
        let table = ends.primary().unwrap();
        assert_eq!(ends.backup().as_ref(), Some(&table), "{what}");
        assert_ne!(table.disk, Uuid::from_u128(1), "{what}");
        let places: Vec<_> = table.partitions.iter().map(|p| (Role::of(&p.name).unwrap(), p.start, p.length)).collect();
        let mut expected = [Role::Esp, Role::Root(Slot::A), Role::Root(Slot::B), Role::State]
            .map(|role| (role, SIZES.start(role), SIZES.length(role).unwrap()))
            .to_vec();
        if disk.length == DISKS[1] {
            expected.push((Role::Data, Bytes::mib(7), Bytes::mib(2048 - 7 - 1)));
        }
        assert_eq!(places, expected, "{what}");
        let ids: BTreeSet<Uuid> = table.partitions.iter().map(|partition| partition.guid).collect();
        assert!(ids.len() == expected.len() && ids.iter().all(|id| id.get_version_num() == 4), "{what}: {ids:?}");
        assert_eq!(disk.front[458..462], (disk.length.sectors() as u32 - 1).to_le_bytes(), "{what}");
        let content = FIRST.0 as usize..SIZES.start(Role::Root(Slot::B)).0 as usize - TAIL;
        assert!(disk.front[content.clone()] == vec![7; content.len()], "{what}");
        let data = SIZES.start(Role::Data).0 as usize;
        assert!(disk.front[data..] == vec![9; FRONT.0 as usize - data], "{what}");
        assert_eq!(next_steps(disk), [], "{what}");
    }

    /// Cuts the first start after every sector that it writes, in order and, within what is not flushed yet, in many
    /// other orders; and cuts the start after that too.
    #[test]
    fn every_power_cut_leads_to_the_same_disk() {
        DISKS.into_iter().for_each(cut_everywhere);
    }

    fn cut_everywhere(length: Bytes) {
        let flashed = flashed(length);
        let mut state = 0xA076_1D64_78BD_642F_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut sectors: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut durable = flashed.clone();
        let put = |disk: &mut Bits, (at, bytes): &(u64, Vec<u8>)| disk.put(*at, bytes);
        let mut cuts = 0;
        for step in next_steps(&flashed) {
            match step {
                Step::Write(at, bytes) => {
                    sectors.extend((at..).step_by(SECTOR).zip(bytes.chunks(SECTOR).map(<[u8]>::to_vec)));
                }
                Step::Flush => {
                    for round in 0..sectors.len() + 40 {
                        let mut disk = durable.clone();
                        let chosen = sectors.iter().enumerate();
                        let chosen =
                            chosen.filter(|(at, _)| if round < sectors.len() { *at < round } else { next() & 1 == 1 });
                        chosen.for_each(|(_, sector)| put(&mut disk, sector));
                        let table = [disk.ends().primary(), disk.ends().backup()].into_iter().flatten().next();
                        let slot = table.and_then(|table| table.partitions.into_iter().nth(1)).unwrap();
                        assert_eq!((slot.start, slot.name.as_str()), (Bytes::mib(2), "ilanga-root-a"), "cut {cuts}");
                        finish(&mut disk);
                        check(&disk, &format!("cut {cuts}"));
                        cuts += 1;
                    }
                    sectors.drain(..).for_each(|sector| put(&mut durable, &sector));
                }
            }
        }
        check(&durable, "the end");
        assert!(cuts > 200, "{cuts}");
    }
}
