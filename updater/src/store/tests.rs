//! The store on a disk whose power goes after each step, and with files that somebody changed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::*;

/// Tells pieces apart; their lengths are of all kinds.
fn piece(number: u64) -> Vec<u8> {
    let length = [1000, 70_000, 100_000, 300_000, 1 << 20][number as usize % 5] as usize;
    let mut content = vec![number as u8; length];
    content[..8].copy_from_slice(&number.to_le_bytes());
    content
}

/// A disk that stops working after some steps. What was not flushed by then is lost in one of many ways.
#[derive(Debug, Clone)]
struct Mortal(Arc<Mutex<Life>>);

#[derive(Debug)]
struct Life {
    steps: u32,
    random: u64,
    /// Files whose content is not flushed.
    content: BTreeMap<PathBuf, ()>,
    /// Names that are not flushed: new one and old one.
    names: Vec<(PathBuf, PathBuf)>,
}

impl Mortal {
    fn new(steps: u32, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(Life { steps, random: seed, content: BTreeMap::new(), names: Vec::new() })))
    }

    fn step(&self) -> io::Result<MutexGuard<'_, Life>> {
        let mut life = self.0.lock().unwrap();
        if life.steps == 0 {
            return Err(io::Error::other("no power"));
        }
        life.steps -= 1;
        Ok(life)
    }

    /// Leaves on the disk what a power cut could leave.
    fn cut(&self) {
        let mut life = self.0.lock().unwrap();
        let names = std::mem::take(&mut life.names);
        for (to, from) in names.into_iter().rev() {
            if life.random().is_multiple_of(2) {
                // In the test a rename never replaces anything.
                fs::rename(&to, &from).unwrap();
            }
        }
        let files: Vec<PathBuf> = life.content.keys().cloned().collect();
        for path in files {
            let Ok(metadata) = fs::metadata(&path) else { continue };
            match life.random() % 5 {
                0 => fs::remove_file(&path).unwrap(),
                1 => fs::write(&path, []).unwrap(),
                2 => File::options().write(true).open(&path).unwrap().set_len(metadata.len() / 2).unwrap(),
                3 => fs::write(&path, vec![0; metadata.len() as usize]).unwrap(),
                _ => {}
            }
        }
    }
}

impl Life {
    fn random(&mut self) -> u64 {
        // Xorshift
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

impl Disk for Mortal {
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut life = self.0.lock().unwrap();
        life.content.insert(path.to_owned(), ());
        if life.steps == 0 {
            // The write that the power cut hit.
            fs::write(path, &content[..content.len() / 3])?;
            return Err(io::Error::other("no power"));
        }
        life.steps -= 1;
        RealDisk.write(path, content)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.step()?.content.remove(path);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut life = self.step()?;
        assert!(!life.content.contains_key(from), "named before it was flushed");
        life.names.push((to.to_owned(), from.to_owned()));
        RealDisk.rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step()?.names.retain(|(to, _)| to.parent() != Some(path));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        drop(self.step()?);
        RealDisk.remove(path)
    }
}

#[test]
fn a_power_cut_at_each_step_costs_one_batch_or_one_piece() {
    const PIECES: u64 = 12;
    for steps in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let disk = Mortal::new(steps, 0x9e37_79b9_7f4a_7c15 ^ u64::from(steps));
        let mut finished = Vec::new();
        let mut last = None;
        if let Ok(store) = Store::open_on(folder.path(), Bytes::mib(64), disk.clone()) {
            for number in 0..PIECES {
                let content = piece(number);
                last = Some(content.len() as u64);
                if store.put(Digest::of(&content), &content).is_err() {
                    break;
                }
                last = None;
                finished.push(content);
            }
        }
        let whole = finished.len() as u64 == PIECES;
        disk.cut();
        let store = Store::open(folder.path(), Bytes::mib(64)).unwrap();
        let mut lost = 0;
        for content in &finished {
            let digest = Digest::of(content);
            match store.read(digest).unwrap() {
                Some(read) => assert_eq!(&read, content),
                None => lost += content.len() as u64,
            }
            // What was found damaged is gone, and can be put again.
            store.put(digest, content).unwrap();
            assert_eq!(store.read(digest).unwrap().as_ref(), Some(content));
        }
        assert!(lost <= BATCH, "cut after {steps} steps, {lost} bytes lost, {last:?} under way");
        assert_eq!(fs::read_dir(store.shelf.new_folder()).unwrap().count(), store.state().waiting.len());
        if whole {
            assert!(steps > 50, "{steps}");
            return;
        }
    }
}

#[test]
fn damaged_pieces_are_dropped_and_wrong_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Bytes::mib(8)).unwrap();
    let content = piece(1);
    let digest = Digest::of(&content);
    assert!(matches!(store.put(Digest::of("other"), &content), Err(StoreError::NotThePiece(_))));
    let long = vec![0; LONGEST as usize + 1];
    assert!(matches!(store.put(Digest::of(&long), &long), Err(StoreError::TooLong(_))));
    store.put(digest, &content).unwrap();
    assert!(store.has(digest, 70_000) && !store.has(digest, 69_999));
    store.flush().unwrap();
    assert_eq!(store.size(), Bytes(70_000));

    let place = store.shelf.place(digest);
    fs::write(&place, vec![7; 70_000]).unwrap();
    assert!(store.has(digest, 70_000));
    assert_eq!(store.shelf().read(digest).unwrap(), None);
    assert!(place.exists(), "who only reads removes nothing");
    assert_eq!(store.read(digest).unwrap(), None);
    assert!(!place.exists() && store.size() == Bytes(0));
}

#[test]
fn one_writer_and_strange_files_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Bytes::mib(1)).unwrap();
    assert!(matches!(Store::open(folder.path(), Bytes::mib(1)), Err(StoreError::Busy(_))));
    store.put(Digest::of(piece(1)), &piece(1)).unwrap();
    drop(store);
    // Killed before it was flushed: taken over. Strange names go from `new`, and are not counted elsewhere.
    fs::write(folder.path().join("new/x"), "x").unwrap();
    fs::create_dir(folder.path().join("ab")).unwrap();
    fs::write(folder.path().join("ab/x"), "x").unwrap();
    let store = Store::open(folder.path(), Bytes::mib(1)).unwrap();
    assert_eq!((store.size(), store.has(Digest::of(piece(1)), 70_000)), (Bytes(70_000), true));
    assert!(!folder.path().join("new/x").exists());
}

#[test]
fn room_is_made_by_last_use() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), Bytes(500_000)).unwrap();
    let [a, b, c] = [1, 2, 3].map(piece);
    for content in [&a, &b, &c] {
        store.put(Digest::of(content), content).unwrap();
    }
    store.flush().unwrap();
    let old = utimes(1);
    for content in [&a, &b] {
        let path = store.shelf.place(Digest::of(content));
        nix::sys::stat::utimensat(
            nix::fcntl::AT_FDCWD,
            &path,
            &old,
            &old,
            nix::sys::stat::UtimensatFlags::FollowSymlink,
        )
        .unwrap();
    }
    store.read(Digest::of(&a)).unwrap().unwrap();
    store.make_room(Bytes(80_000), &Keep::new()).unwrap();
    assert!(store.has(Digest::of(&a), 70_000) && !store.has(Digest::of(&b), 100_000));
    let keep = Keep::from([Digest::of(&a), Digest::of(&c)]);
    assert!(matches!(store.make_room(Bytes(140_000), &keep), Err(StoreError::TooSmall { .. })));
    assert_eq!(store.size(), Bytes(370_000));
}

fn utimes(seconds: i64) -> nix::sys::time::TimeSpec {
    nix::sys::time::TimeSpec::new(seconds, 0)
}
