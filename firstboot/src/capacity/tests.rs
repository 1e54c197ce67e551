//! Disks that lie, in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::*;

/// What a counterfeit does behind its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// It begins again at its beginning.
    Wraps,
    /// It says that it wrote, and reads zeros.
    Loses,
}

/// A disk that has less than it claims. Blocks that were never written have their place in them.
struct Liar {
    claims: u64,
    has: u64,
    behind: Behind,
    /// How many blocks are remembered whatever happens to them, the latest.
    remembers: usize,
    blocks: RefCell<BTreeMap<u64, Vec<u8>>>,
    latest: RefCell<Vec<(u64, Vec<u8>)>>,
    /// How many bytes can be written before it fails.
    left: Cell<u64>,
}

fn liar(claims: u64, has: u64, behind: Behind, remembers: usize) -> Liar {
    let (blocks, latest) = (RefCell::default(), RefCell::default());
    Liar { claims, has, behind, remembers, blocks, latest, left: Cell::new(u64::MAX) }
}

impl Liar {
    fn place(&self, at: u64) -> Option<u64> {
        match self.behind {
            _ if at < self.has => Some(at),
            Behind::Wraps => Some(at % self.has),
            Behind::Loses => None,
        }
    }

    fn block(&self, at: u64) -> Vec<u8> {
        if let Some((_, bytes)) = self.latest.borrow().iter().rev().find(|(place, _)| *place == at) {
            return bytes.clone();
        }
        let Some(place) = self.place(at) else { return vec![0; BLOCK] };
        self.blocks.borrow().get(&place).cloned().unwrap_or_else(|| place.to_le_bytes().repeat(BLOCK / 8))
    }

    fn content(&self) -> BTreeMap<u64, Vec<u8>> {
        let blocks = self.blocks.borrow();
        let changed = blocks.iter().filter(|(place, bytes)| **bytes != place.to_le_bytes().repeat(BLOCK / 8));
        changed.map(|(place, bytes)| (*place, bytes.clone())).collect()
    }
}

impl Medium for Liar {
    fn length(&self) -> Bytes {
        Bytes(self.claims)
    }

    fn read(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        for (part, at) in buffer.chunks_mut(BLOCK).zip((at..).step_by(BLOCK)) {
            part.copy_from_slice(&self.block(at));
        }
        Ok(())
    }

    fn read_back(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.read(buffer, at)
    }

    fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        if self.left.get() < bytes.len() as u64 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.left.set(self.left.get() - bytes.len() as u64);
        for (part, at) in bytes.chunks(BLOCK).zip((at..).step_by(BLOCK)) {
            if let Some(place) = self.place(at) {
                self.blocks.borrow_mut().insert(place, part.to_vec());
            }
            let mut latest = self.latest.borrow_mut();
            latest.push((at, part.to_vec()));
            let surplus = latest.len().saturating_sub(self.remembers);
            latest.drain(..surplus);
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

const START: Bytes = Bytes::mib(1);

fn checked(disk: &Liar) -> Result<(), NotWhole> {
    check(disk, START, Bytes(disk.claims - (2 << 20)), [5; 16])
}

#[test]
fn honest_disks_pass_and_keep_what_they_have() {
    for length in [4 << 20, 64 << 20, 16_013_942_784, 64 << 30, 2 << 40] {
        let disk = liar(length, length, Behind::Loses, 0);
        checked(&disk).unwrap();
        assert!(disk.content().is_empty(), "{length}");
    }
}

#[test]
fn counterfeits_are_found_and_keep_what_they_have() {
    let claims = 64 << 30;
    for power in 22..36 {
        let disk = liar(claims, 1 << power, Behind::Wraps, 0);
        let found = checked(&disk).unwrap_err();
        let NotWhole::Counterfeit { there, .. } = found else { panic!("{found:?}") };
        assert!(there.0 <= 1 << power, "{power}: {there}");
        assert!(disk.content().is_empty(), "2^{power}: what was there is not there any more");
    }
    // Lengths that are no powers of two, as real memory has them.
    for has in [3 << 20, 7_948_206_080, 30 << 30, claims - (3 << 20)] {
        let disk = liar(claims, has, Behind::Loses, 0);
        assert!(matches!(checked(&disk), Err(NotWhole::Counterfeit { there, .. }) if there.0 >= has), "{has}");
        assert!(disk.content().is_empty(), "{has}");
    }
}

#[test]
fn a_disk_that_remembers_what_it_lost_is_found() {
    for (behind, has) in [(Behind::Loses, 7_948_206_080), (Behind::Wraps, 8 << 30)] {
        // Longer than all marks, and shorter than the filling.
        let disk = liar(64 << 30, has, behind, 1000);
        assert!(matches!(checked(&disk), Err(NotWhole::Counterfeit { .. })), "{behind:?}");
    }
}

#[test]
fn a_disk_that_fails_is_said_to_fail() {
    let disk = liar(64 << 30, 64 << 30, Behind::Loses, 0);
    disk.left.set(3 * BLOCK as u64);
    assert!(matches!(checked(&disk), Err(NotWhole::Fails { doing: "written", .. })));
}

#[test]
fn places_and_verdicts() {
    assert_eq!(places(Bytes(0), Bytes(100)), Vec::<u64>::new());
    assert_eq!(places(Bytes(0), Bytes(4096)), [0]);
    let all = places(START, Bytes::mib(100));
    assert!(all.is_sorted() && all[0] == 1 << 20 && all.contains(&((1 << 20) + (64 << 20))));
    assert_eq!(all.last(), Some(&((101 << 20) - 4096)));
    let right = [(0, Read::MarkOf(0)), (8, Read::MarkOf(8))];
    assert_eq!(judge(&right), None);
    assert_eq!(judge(&[(0, Read::MarkOf(8)), (8, Read::MarkOf(8))]), Some(Bytes(8)));
    assert_eq!(judge(&[(0, Read::MarkOf(0)), (8, Read::NoMark), (9, Read::NoMark)]), Some(Bytes(8)));
}
