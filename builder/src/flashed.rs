//! The FAT partition of a flashed disk, or of an image that will be flashed: a file is put there without mounting anything.
//!
//! ```text
//! bytes ─▶ NAME.new on the FAT partition ─▶ flushed ─▶ the old one overwritten and removed ─▶ renamed to NAME ─▶ flushed
//! ```
//!
//! Invariant: nothing is written but that file's own clusters, its entry and the FAT; a disk that somebody has mounted is refused. A
//! run that was killed leaves a `.new` file, which nothing reads and the next run removes. All dates are FAT's first one: the same
//! image and the same file give the same bits.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use fatfs::{Date, DateTime, Dir, FileSystem, FsOptions, Time};
use formats::gpt_table::{Ends, HEAD, TAIL};
use formats::layout::Role;
use formats::size::Bytes;
use fscommon::StreamSlice;
use nix::libc::{EBUSY, O_EXCL};
use thiserror::Error;

use crate::disk::esp::FixedClock;

static FIRST_DAY: FixedClock = FixedClock(DateTime {
    date: Date { year: 1980, month: 1, day: 1 },
    time: Time { hour: 0, min: 0, sec: 0, millis: 0 },
});

/// The FAT partition as a device of its own.
type Fat = StreamSlice<File>;

/// Nothing was put there, or taken away.
#[derive(Debug, Error)]
pub(crate) enum FlashedError {
    /// Somebody has mounted it.
    #[error("{} is in use: unmount its partitions first", path.display())]
    Busy {
        /// The disk.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can't be opened.
    #[error("opening {}", path.display())]
    Open {
        /// The disk.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is something else.
    #[error("{}: neither an image (.img, unpacked) nor a disk that one was flashed to: {why}", path.display())]
    Other {
        /// The disk.
        path: PathBuf,
        /// What lacks.
        why: &'static str,
    },
    /// There is one already.
    #[error("{}: it has a file {name} already; --replace puts yours there instead", path.display())]
    Already {
        /// The disk.
        path: PathBuf,
        /// The file.
        name: String,
    },
    /// There is none.
    #[error("{}: it has no file {name}", path.display())]
    None {
        /// The disk.
        path: PathBuf,
        /// The file.
        name: String,
    },
    /// The disk or its file system.
    #[error("{}: {doing} {name}", path.display())]
    Fat {
        /// The disk.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// The file.
        name: String,
        /// Why.
        source: io::Error,
    },
}

/// An image, or a disk.
#[derive(Debug)]
pub(crate) struct Flashed {
    path: PathBuf,
    disk: File,
    start: u64,
    length: u64,
}

impl Flashed {
    /// Opens it for writing.
    pub(crate) fn open(path: &Path) -> Result<Self, FlashedError> {
        // Of a block device with a mounted partition this says that it is busy; of a file it means nothing.
        let open = || {
            let mut disk = File::options().read(true).write(true).custom_flags(O_EXCL).open(path)?;
            let length = disk.seek(SeekFrom::End(0))?;
            Ok((disk, length))
        };
        let (disk, length) = open().map_err(|source: io::Error| match source.raw_os_error() {
            Some(EBUSY) => FlashedError::Busy { path: path.to_owned(), source },
            _ => FlashedError::Open { path: path.to_owned(), source },
        })?;
        let other = |why| FlashedError::Other { path: path.to_owned(), why };
        let ends = ends(&disk, length).ok_or_else(|| other("it is too short"))?;
        let table = ends.primary().or_else(|| ends.backup()).ok_or_else(|| other("it has no partition table"))?;
        let esp = table.partitions.iter().find(|partition| Role::of(&partition.name) == Some(Role::Esp));
        let esp = esp.ok_or_else(|| other("it has no partition 'ilanga-esp'"))?;
        Ok(Self { path: path.to_owned(), disk, start: esp.start.0, length: esp.length.0 })
    }

    /// Puts a file there; one with this name is replaced only where that is wanted.
    pub(crate) fn put(&self, name: &str, bytes: &[u8], replace: bool) -> Result<(), FlashedError> {
        let new = format!("{name}.new");
        let fat = |doing| self.fat(doing, name);
        self.within(|root| {
            let there = is_there(root, name).map_err(fat("looking for"))?;
            if there && !replace {
                return Err(FlashedError::Already { path: self.path.clone(), name: name.to_owned() });
            }
            if is_there(root, &new).map_err(fat("looking for"))? {
                clear(root, &new).map_err(fat("removing an older"))?;
            }
            let write = || {
                let mut file = root.create_file(&new)?;
                file.write_all(bytes)?;
                file.flush()
            };
            if let Err(error) = write() {
                // A full partition: what was written of it goes again, and the first error is the one to tell.
                let _ = clear(root, &new);
                return Err(fat("writing")(error));
            }
            if there {
                clear(root, name).map_err(fat("removing the old"))?;
            }
            root.rename(&new, root, name).map_err(fat("naming"))
        })
    }

    /// Writes zeros over a file and removes it.
    pub(crate) fn remove(&self, name: &str) -> Result<(), FlashedError> {
        let fat = |doing| self.fat(doing, name);
        self.within(|root| {
            if !is_there(root, name).map_err(fat("looking for"))? {
                return Err(FlashedError::None { path: self.path.clone(), name: name.to_owned() });
            }
            clear(root, name).map_err(fat("removing"))
        })
    }

    /// Does something in the root folder, and writes all of it to the disk.
    fn within(&self, act: impl FnOnce(&Dir<'_, Fat>) -> Result<(), FlashedError>) -> Result<(), FlashedError> {
        let disk = self.disk.try_clone().map_err(self.fat("opening the FAT for", ""))?;
        let window = StreamSlice::new(disk, self.start, self.start + self.length);
        let window = window.map_err(self.fat("reading the FAT for", ""))?;
        let options = FsOptions::new().time_provider(&FIRST_DAY);
        let files = FileSystem::new(window, options).map_err(self.fat("reading the FAT for", ""))?;
        let done = act(&files.root_dir());
        let closed = files.unmount().and_then(|()| self.disk.sync_all()).map_err(self.fat("writing the FAT for", ""));
        done.and(closed)
    }

    fn fat(&self, doing: &'static str, name: &str) -> impl FnOnce(io::Error) -> FlashedError {
        let (path, name) = (self.path.clone(), name.to_owned());
        move |source| FlashedError::Fat { path, doing, name, source }
    }
}

fn ends(disk: &File, length: u64) -> Option<Ends> {
    let (mut head, mut tail) = (vec![0; HEAD], vec![0; TAIL]);
    disk.read_exact_at(&mut head, 0).ok()?;
    disk.read_exact_at(&mut tail, length.checked_sub(TAIL as u64)?).ok()?;
    Ends::new(head, tail, Bytes(length))
}

fn is_there(folder: &Dir<'_, Fat>, name: &str) -> io::Result<bool> {
    for entry in folder.iter() {
        if entry?.file_name().eq_ignore_ascii_case(name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was written may be a password.
fn clear(folder: &Dir<'_, Fat>, name: &str) -> io::Result<()> {
    let mut file = folder.open_file(name)?;
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    io::copy(&mut io::repeat(0).take(length), &mut file)?;
    file.flush()?;
    drop(file);
    folder.remove(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::process::Command;

    use fatfs::FormatVolumeOptions;
    use formats::first_start::{Partition, Table};
    use uuid::Uuid;

    const ESP: u64 = 64 << 20;

    /// An image with a FAT partition, on which is a kernel.
    fn image(path: &Path) {
        let disk = File::options().read(true).write(true).create(true).truncate(true).open(path).unwrap();
        let length = Bytes(ESP + (4 << 20));
        disk.set_len(length.0).unwrap();
        let esp = Partition {
            name: "ilanga-esp".into(),
            type_guid: "c12a7328-f81f-11d2-ba4b-00a0c93ec93b".parse().unwrap(),
            guid: Uuid::from_u128(2),
            start: Bytes(1 << 20),
            length: Bytes(ESP),
            flags: 0,
        };
        let table = Table { disk: Uuid::from_u128(1), length, partitions: vec![esp] };
        let ends = Ends::blank(length).unwrap().with(&table).unwrap();
        disk.write_all_at(&ends.head, 0).unwrap();
        disk.write_all_at(&ends.tail, length.0 - TAIL as u64).unwrap();
        let window = || StreamSlice::new(disk.try_clone().unwrap(), 1 << 20, (1 << 20) + ESP).unwrap();
        fatfs::format_volume(window(), FormatVolumeOptions::new().bytes_per_cluster(512)).unwrap();
        let files = FileSystem::new(window(), FsOptions::new().time_provider(&FIRST_DAY)).unwrap();
        files.root_dir().create_file("kernel.efi").unwrap().write_all(b"kernel").unwrap();
    }

    fn names_and(path: &Path, name: &str) -> (Vec<String>, String) {
        let flashed = Flashed::open(path).unwrap();
        let (mut names, mut text) = (Vec::new(), String::new());
        flashed
            .within(|root| {
                names.extend(root.iter().map(|entry| entry.unwrap().file_name()));
                root.open_file(name).unwrap().read_to_string(&mut text).unwrap();
                Ok(())
            })
            .unwrap();
        (names, text)
    }

    #[test]
    fn a_file_is_put_there_replaced_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.img");
        image(&path);
        let flashed = Flashed::open(&path).unwrap();
        flashed.put("ilanga.toml", b"secret-1", false).unwrap();
        assert_eq!(
            names_and(&path, "ilanga.toml"),
            (vec!["kernel.efi".into(), "ilanga.toml".into()], "secret-1".into())
        );
        let refused = flashed.put("ilanga.toml", b"secret-2", false).unwrap_err().to_string();
        assert!(refused.contains("already") && names_and(&path, "ilanga.toml").1 == "secret-1", "{refused}");
        flashed.put("ilanga.toml", b"secret-22", true).unwrap();
        assert_eq!(names_and(&path, "ilanga.toml").1, "secret-22");
        let raw = std::fs::read(&path).unwrap();
        assert!(!raw.windows(8).any(|bytes| bytes == b"secret-1"), "the old one is still on the disk");
        flashed.remove("ilanga.toml").unwrap();
        assert_eq!(names_and(&path, "kernel.efi"), (vec!["kernel.efi".into()], "kernel".into()));
        let raw = std::fs::read(&path).unwrap();
        assert!(!raw.windows(6).any(|bytes| bytes == b"secret"), "it is still on the disk");
        assert!(flashed.remove("ilanga.toml").unwrap_err().to_string().contains("no file"));
        // An independent reader agrees.
        let esp = folder.path().join("esp");
        std::fs::write(&esp, &raw[1 << 20..][..ESP as usize]).unwrap();
        match Command::new("fsck.vfat").arg("-n").arg(&esp).output() {
            Ok(said) => assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout)),
            Err(_) => println!("skipped: no fsck.vfat here"),
        }
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_the_same_gives_the_same_bits() {
        let folder = tempfile::tempdir().unwrap();
        let bits = |name: &str, killed: bool| {
            let path = folder.path().join(name);
            image(&path);
            let flashed = Flashed::open(&path).unwrap();
            if killed {
                flashed.put("ilanga.toml.new", b"half", false).unwrap();
            }
            flashed.put("ilanga.toml", b"all of it", false).unwrap();
            (names_and(&path, "ilanga.toml"), std::fs::read(&path).unwrap())
        };
        let (names, whole) = bits("a.img", false);
        assert_eq!(bits("b.img", false).1, whole);
        assert_eq!(bits("c.img", true).0, names);
    }

    #[test]
    fn other_things_and_full_partitions_are_refused_and_stay_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.img.xz");
        for (bytes, why) in [(vec![0; 512], "too short"), (vec![7; 1 << 20], "no partition table")] {
            std::fs::write(&path, &bytes).unwrap();
            assert!(Flashed::open(&path).unwrap_err().to_string().contains(why));
            assert_eq!(std::fs::read(&path).unwrap(), bytes);
        }
        assert!(Flashed::open(&folder.path().join("none")).is_err());
        image(&path);
        let flashed = Flashed::open(&path).unwrap();
        let full = flashed.put("ilanga.toml", &vec![b'x'; ESP as usize + 1], false).unwrap_err();
        assert!(full.to_string().contains("writing"), "{full}");
        assert_eq!(names_and(&path, "kernel.efi"), (vec!["kernel.efi".into()], "kernel".into()));
    }
}
