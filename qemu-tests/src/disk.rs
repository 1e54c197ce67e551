//! A machine's disk: a copy of an image, in a sparse file, and the edits that stories make on it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use formats::layout::Role;
use formats::size::Bytes;
use formats::slot::Slot;
use formats::slot_image::SlotImage;
use formats::{erofs, verity};
use nix::errno::Errno;
use nix::unistd::{Whence, lseek};

use crate::error::{Doing, Error};

/// A disk in a file.
#[derive(Clone, Debug)]
pub struct Disk {
    path: PathBuf,
}

/// A stretch of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Where it begins.
    pub start: Bytes,
    /// How long it is.
    pub length: Bytes,
}

impl Disk {
    /// A disk that is there already.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Copies an image to `path`. Holes stay holes.
    pub fn copy(image: &Path, path: &Path) -> Result<Self, Error> {
        let from = File::open(image).at("opening", image)?;
        let to = File::create(path).at("creating", path)?;
        copy_sparsely(&from, &to).doing(|| format!("copying {} to {}", image.display(), path.display()))?;
        Ok(Self::at(path))
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long it is.
    pub fn size(&self) -> Result<Bytes, Error> {
        Ok(Bytes(fs::metadata(&self.path).at("reading the length of", &self.path)?.len()))
    }

    /// Makes it longer, as an image is on a disk larger than itself; never shorter.
    pub fn grow(&self, size: Bytes) -> Result<(), Error> {
        if size < self.size()? {
            return Err(self.error(format!("it is longer than {size}")));
        }
        self.open()?.set_len(size.0).at("growing", &self.path)
    }

    /// Where a partition is.
    pub fn partition(&self, role: Role) -> Result<Extent, Error> {
        let table = gpt::GptConfig::new()
            .writable(false)
            .open(&self.path)
            .map_err(|error| self.error(format!("reading its partition table: {error}")))?;
        let partition = table.partitions().values().find(|partition| partition.name == role.name());
        let partition = partition.ok_or_else(|| self.error(format!("it has no partition {}", role.name())))?;
        let sector = 512;
        let start = Bytes(partition.first_lba * sector);
        Ok(Extent { start, length: Bytes((partition.last_lba + 1) * sector) - start })
    }

    /// The parts of the slot image in a slot, as offsets in the slot.
    pub fn slot_image(&self, slot: Slot) -> Result<SlotImage, Error> {
        let start = self.partition(Role::Root(slot))?.start;
        let wrong = |what: String| self.error(format!("slot {slot}: {what}"));
        let head = self.read(start, erofs::HEAD)?;
        let erofs = erofs::Superblock::parse(&head).map_err(|error| wrong(error.to_string()))?;
        let tree = self.read(start + erofs.size, 512)?;
        let verity = verity::Superblock::parse(&tree).map_err(|error| wrong(error.to_string()))?;
        SlotImage::new(erofs, verity).map_err(|error| wrong(error.to_string()))
    }

    /// Reads `length` bytes.
    pub fn read(&self, at: Bytes, length: usize) -> Result<Vec<u8>, Error> {
        let mut bytes = vec![0; length];
        self.open()?.read_exact_at(&mut bytes, at.0).at("reading", &self.path)?;
        Ok(bytes)
    }

    /// Overwrites what is at `at`.
    pub fn write(&self, at: Bytes, bytes: &[u8]) -> Result<(), Error> {
        self.open()?.write_all_at(bytes, at.0).at("writing", &self.path)
    }

    /// Flips the lowest bit of the byte at `at`.
    pub fn flip_bit(&self, at: Bytes) -> Result<(), Error> {
        let byte = self.read(at, 1)?;
        self.write(at, &[byte[0] ^ 1])
    }

    /// Copies a partition into a file of its own, for tools that know no partition tables.
    pub fn extract(&self, extent: Extent, path: &Path) -> Result<(), Error> {
        let from = self.open()?;
        let to = File::create(path).at("creating", path)?;
        copy_extent(&from, extent.start.0, &to, 0, extent.length.0)
            .and_then(|()| to.set_len(extent.length.0))
            .doing(|| format!("copying a partition of {} to {}", self.path.display(), path.display()))
    }

    /// Puts such a file back.
    pub fn insert(&self, extent: Extent, path: &Path) -> Result<(), Error> {
        let from = File::open(path).at("opening", path)?;
        let doing = || format!("copying {} into {}", path.display(), self.path.display());
        io::copy(&mut (&from).take(extent.length.0), &mut at_offset(self.open()?, extent.start.0).doing(doing)?)
            .doing(doing)?;
        Ok(())
    }

    /// Opens its file; only for reading where it lies on a file system that can't be written, as artefacts do.
    pub(crate) fn open(&self) -> Result<File, Error> {
        match OpenOptions::new().read(true).write(true).open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::ReadOnlyFilesystem => File::open(&self.path),
            opened => opened,
        }
        .at("opening", &self.path)
    }

    pub(crate) fn error(&self, what: String) -> Error {
        Error::Disk { disk: self.path.display().to_string(), what }
    }
}

fn at_offset(mut file: File, offset: u64) -> io::Result<File> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
    Ok(file)
}

fn copy_sparsely(from: &File, to: &File) -> io::Result<()> {
    let length = from.metadata()?.len();
    to.set_len(length)?;
    copy_extent(from, 0, to, 0, length)
}

/// Where a stretch of a sparse file has data.
pub(crate) fn data_of(file: &File, start: u64, end: u64) -> io::Result<Vec<Range<u64>>> {
    let seek = |offset: u64, whence| -> io::Result<Option<u64>> {
        let signed = i64::try_from(offset).map_err(|_| io::ErrorKind::InvalidInput)?;
        match lseek(file.as_fd(), signed, whence) {
            Ok(found) => Ok(u64::try_from(found).ok()),
            Err(Errno::ENXIO) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    };
    let (mut at, mut found) = (start, Vec::new());
    while let Some(data) = seek(at, Whence::SeekData)?.filter(|&data| data < end) {
        at = seek(data, Whence::SeekHole)?.unwrap_or(end).min(end);
        found.push(data..at);
    }
    Ok(found)
}

/// Copies the data of a stretch, and leaves its holes alone.
fn copy_extent(from: &File, start: u64, to: &File, target: u64, length: u64) -> io::Result<()> {
    for data in data_of(from, start, start + length)? {
        let mut source = at_offset(from.try_clone()?, data.start)?.take(data.end - data.start);
        io::copy(&mut source, &mut at_offset(to.try_clone()?, target + (data.start - start))?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_edits() {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("image");
        let file = File::create(&image).unwrap();
        file.set_len(8 << 20).unwrap();
        file.write_all_at(b"first", 10).unwrap();
        file.write_all_at(b"second", 5 << 20).unwrap();
        let disk = Disk::copy(&image, &folder.path().join("disk")).unwrap();
        assert_eq!(disk.read(Bytes(10), 5).unwrap(), b"first");
        assert_eq!(disk.read(Bytes::mib(5), 6).unwrap(), b"second");
        disk.flip_bit(Bytes(10)).unwrap();
        assert_eq!(disk.read(Bytes(10), 5).unwrap(), b"girst");
        disk.grow(Bytes::mib(16)).unwrap();
        assert!(disk.grow(Bytes::mib(1)).is_err());
        let part = folder.path().join("part");
        let extent = Extent { start: Bytes::mib(5), length: Bytes::mib(1) };
        disk.extract(extent, &part).unwrap();
        assert_eq!(fs::metadata(&part).unwrap().len(), 1 << 20);
        disk.insert(Extent { start: Bytes::mib(9), ..extent }, &part).unwrap();
        assert_eq!(disk.read(Bytes::mib(9), 6).unwrap(), b"second");
        assert!(disk.partition(Role::Esp).is_err());
    }
}
