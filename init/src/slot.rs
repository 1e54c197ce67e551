//! Finds the partition whose root file system belongs to this kernel, on the disk that the machine was started from.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use formats::digest::Digest;
use formats::layout::Role;
use formats::own_disk;
use formats::slot_image::{NotASlotImage, SlotImage};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use thiserror::Error;
use uuid::Uuid;

use crate::block::{self, Disk, Partition};
use crate::error::{Context as _, IoError};
use crate::first_start;
use crate::loader::Loader;
use crate::log::{self, Level};
use crate::uevent::{Announced, Uevents};

/// A slot that belongs to this kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Where it is.
    pub(crate) partition: Partition,
    /// What is in it.
    pub(crate) image: SlotImage,
    /// The GUID of the ESP on its disk.
    pub(crate) esp: Option<Uuid>,
}

/// A partition could not be looked into.
#[derive(Debug, Error)]
enum Unreadable {
    #[error(transparent)]
    Io(#[from] IoError),
    #[error(transparent)]
    Image(#[from] NotASlotImage),
}

/// Looks for the slot until it is there or the time is over; loads meanwhile what new devices need. `esp` says from which ESP
/// the machine was started, and is asked once a slot is found.
pub(crate) fn search(
    root: &Digest,
    esp: impl Fn() -> Option<Uuid>,
    loader: &Loader,
    uevents: &Uevents,
    until: Instant,
) -> Option<Found> {
    let mut search = Search::new(*root).map_err(|error| log::error(Level::Error, &error)).ok()?;
    while Instant::now() < until {
        search.look();
        if search.results() && own_disk::choose(esp(), &search.esps(), true, false).is_some() {
            break;
        }
        search.wait(uevents, until);
        listen(loader, uevents);
    }
    let there = || esps().into_iter().any(|other| other == esp());
    let chosen = own_disk::choose(esp(), &search.esps(), there(), true)?;
    Some(search.found.swap_remove(chosen))
}

/// The GUIDs of the ESPs of all disks with Ilanga's partitions.
fn esps() -> Vec<Option<Uuid>> {
    let labelled = block::partitions().into_iter().filter(|partition| partition.label == Role::Esp.name());
    labelled.map(|partition| esp_of(&partition)).collect()
}

/// The GUID of the ESP on a partition's disk.
fn esp_of(partition: &Partition) -> Option<Uuid> {
    let esp = Disk::look(&partition.disk).and_then(|disk| first_start::esp(&disk));
    esp.unwrap_or_else(|error| {
        log::error(Level::Warning, &error);
        None
    })
}

/// Hears what there is to hear, without waiting.
fn listen(loader: &Loader, uevents: &Uevents) {
    loop {
        match uevents.next() {
            Ok(Announced::Device(event)) => {
                if let Some(modalias) = event.modalias {
                    loader.device(&modalias);
                }
            }
            Ok(Announced::TooMuch) => loader.coldplug(),
            Ok(Announced::Nothing) => return,
            Err(error) => return log::error(Level::Warning, &error),
        }
    }
}

struct Search {
    root: Digest,
    looked_at: BTreeSet<Partition>,
    found: Vec<Found>,
    sender: Sender<Option<Found>>,
    receiver: Receiver<Option<Found>>,
    /// A byte for each result, so that one can be waited for together with announcements.
    bell: PipeReader,
    ring: PipeWriter,
}

impl Search {
    fn new(root: Digest) -> Result<Self, IoError> {
        let (sender, receiver) = mpsc::channel();
        let (bell, ring) = std::io::pipe().context("making", "a pipe")?;
        Ok(Self { root, looked_at: BTreeSet::new(), found: Vec::new(), sender, receiver, bell, ring })
    }

    /// Looks into each new partition, on a thread of its own: a failing disk may take long to answer.
    fn look(&mut self) {
        for partition in block::partitions() {
            if !self.looked_at.insert(partition.clone()) {
                continue;
            }
            let (root, sender) = (self.root, self.sender.clone());
            let Ok(mut ring) = self.ring.try_clone() else { continue };
            std::thread::spawn(move || {
                let found = match probe(&partition) {
                    Ok((image, hash)) if hash == root => {
                        let esp = esp_of(&partition);
                        Some(Found { partition, image, esp })
                    }
                    Ok(_) | Err(Unreadable::Image(_)) => None,
                    Err(error) => {
                        log::say(Level::Warning, &format!("{}: {}", partition.node(), log::chain(&error)));
                        None
                    }
                };
                // The search may be over.
                let _ = sender.send(found);
                let _ = ring.write(&[0]);
            });
        }
    }

    /// Takes what has answered; true if there is a slot that was not there before.
    fn results(&mut self) -> bool {
        let before = self.found.len();
        self.found.extend(self.receiver.try_iter().flatten());
        self.found.len() > before
    }

    /// The ESPs of the slots that were found.
    fn esps(&self) -> Vec<Option<Uuid>> {
        self.found.iter().map(|found| found.esp).collect()
    }

    /// Waits for a result or an announcement, at most a second: then all is looked through again.
    fn wait(&mut self, uevents: &Uevents, until: Instant) {
        let left = until.saturating_duration_since(Instant::now()).min(Duration::from_secs(1));
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
        let rung = {
            let input = PollFlags::POLLIN;
            let mut fds = [PollFd::new(self.bell.as_fd(), input), PollFd::new(uevents.as_fd(), input)];
            let _ = poll(&mut fds, timeout);
            fds[0].any().unwrap_or(false)
        };
        if rung {
            let _ = self.bell.read(&mut [0; 64]);
        }
    }
}

/// What is in a partition, if it is a slot image, and its root hash.
fn probe(partition: &Partition) -> Result<(SlotImage, Digest), Unreadable> {
    let node = partition.node();
    let file = File::open(&node).context("opening", &node)?;
    SlotImage::read(partition.length, |at, length| {
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, at).context("reading", &node)?;
        Ok(bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use formats::size::Bytes;

    const BLOCK: usize = 4096;

    /// A slot image of two blocks of data, and its root hash.
    fn slot() -> (Vec<u8>, Digest) {
        let mut slot = vec![0; 5 * BLOCK];
        slot[1024..1028].copy_from_slice(&0xE0F5_E1E2_u32.to_le_bytes());
        slot[1024 + 12] = 12;
        slot[1024 + 36] = 2;
        let tree = &mut slot[2 * BLOCK..];
        tree[..6].copy_from_slice(b"verity");
        (tree[8], tree[12]) = (1, 1);
        tree[32..38].copy_from_slice(b"sha256");
        tree[65] = 0x10;
        tree[69] = 0x10;
        tree[72] = 2;
        tree[80] = 1;
        tree[88] = 7;
        tree[BLOCK..2 * BLOCK].fill(9);
        let hash = Digest::of_parts([&[7][..], &[9; BLOCK]]);
        (slot, hash)
    }

    fn look(slot: &[u8]) -> Result<(SlotImage, Digest), Unreadable> {
        SlotImage::read(Bytes(slot.len() as u64), |at, length| {
            let bytes = usize::try_from(at).ok().and_then(|at| slot.get(at..)?.get(..length));
            Ok(bytes.map(<[u8]>::to_vec).ok_or(std::io::ErrorKind::UnexpectedEof).context("reading", "the slot")?)
        })
    }

    #[test]
    fn a_slot_has_its_root_hash() {
        let (mut slot, hash) = slot();
        let (image, found) = look(&slot).unwrap();
        assert_eq!((image.payload, found), (Bytes(4 * BLOCK as u64), hash));
        slot[3 * BLOCK] ^= 1;
        assert_ne!(look(&slot).unwrap().1, hash);
        assert!(matches!(look(&slot[..3 * BLOCK]), Err(Unreadable::Image(NotASlotImage::Long))));
        assert!(matches!(look(&slot[..100]), Err(Unreadable::Image(_))));
        assert!(matches!(look(&[0; 9000]), Err(Unreadable::Image(_))));
    }

    #[test]
    fn arbitrary_partitions_do_no_harm() {
        let (whole, _) = slot();
        let mut state = 0x9FB2_1C65_1E98_DF25_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..20_000 {
            let mut slot = whole.clone();
            for _ in 0..next() % 6 {
                slot[1024 + next() as usize % 64] = next() as u8;
                slot[2 * BLOCK + next() as usize % 128] = next() as u8;
            }
            slot.truncate(next() as usize % (2 * slot.len()));
            let _ = look(&slot);
        }
    }
}
