//! A disk to write to, by places in it, whose content is also read as it is on the disk and not in memory.
//!
//! Invariant of [`Medium::read_back`]: what it gives comes from the device, past the kernel's memory of what was written.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use formats::size::Bytes;
use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use nix::libc::{O_DIRECT, O_EXCL};

/// What direct reads begin and end at, and where their memory begins: a page, of which each device's blocks are a part.
const PAGE: usize = 4096;

/// A disk. Places are bytes from its start.
pub trait Medium {
    /// How long it is.
    fn length(&self) -> Bytes;
    /// Reads, from memory where it is there.
    fn read(&self, buffer: &mut [u8], at: u64) -> io::Result<()>;
    /// Reads what is on the disk.
    fn read_back(&self, buffer: &mut [u8], at: u64) -> io::Result<()>;
    /// Writes; it is on the disk after the next flush.
    fn write(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Waits until all that was written is on the disk. What can't be written is an error here at the latest.
    fn flush(&self) -> io::Result<()>;
}

/// A block device, or a file that stands for one.
#[derive(Debug)]
pub struct Device {
    file: File,
    /// Nothing where the file system of a file knows no direct access.
    direct: Option<File>,
    length: Bytes,
}

impl Device {
    /// Opens it for nobody else: with a partition of it mounted, it is refused (`EBUSY`).
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).write(true).custom_flags(O_EXCL).open(path)?;
        let direct = OpenOptions::new().read(true).custom_flags(O_DIRECT).open(path).ok();
        let length = Self::length_of(&file)?;
        Ok(Self { file, direct, length })
    }

    /// How long an open device or file is.
    pub fn length_of(mut file: &File) -> io::Result<Bytes> {
        Ok(Bytes(file.seek(SeekFrom::End(0))?))
    }
}

impl Medium for Device {
    fn length(&self) -> Bytes {
        self.length
    }

    fn read(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, at)
    }

    fn read_back(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        if at.checked_add(buffer.len() as u64).is_none_or(|end| end > self.length.0) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(direct) = &self.direct {
            let start = at - at % PAGE as u64;
            let end = (at + buffer.len() as u64).next_multiple_of(PAGE as u64).min(self.length.0);
            let length = usize::try_from(end - start).map_err(io::Error::other)?;
            let mut memory = vec![0; length + PAGE];
            let from = memory.as_ptr().align_offset(PAGE);
            let read = direct.read_exact_at(&mut memory[from..from + length], start);
            match read {
                Ok(()) => {
                    let skip = from + usize::try_from(at - start).map_err(io::Error::other)?;
                    buffer.copy_from_slice(&memory[skip..skip + buffer.len()]);
                    return Ok(());
                }
                // A length that is no whole number of the device's blocks, or a file system that changed its mind.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
                Err(error) => return Err(error),
            }
        }
        self.file.sync_data()?;
        posix_fadvise(&self.file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED)?;
        self.file.read_exact_at(buffer, at)
    }

    fn write(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, at)
    }

    fn flush(&self) -> io::Result<()> {
        self.file.sync_all()
    }
}

/// A part of a medium as a file: for the FAT file system.
#[derive(Debug)]
pub struct Window<'a, M: ?Sized> {
    medium: &'a M,
    start: u64,
    length: u64,
    at: u64,
    back: bool,
    first: Option<&'a RefCell<Sector>>,
}

/// A sector.
pub type Sector = [u8; 512];

impl<'a, M: Medium + ?Sized> Window<'a, M> {
    /// So many bytes from `start` on; with `back`, what is read is what is on the disk.
    pub fn new(medium: &'a M, start: Bytes, length: Bytes, back: bool) -> Self {
        Self { medium, start: start.0, length: length.0, at: 0, back, first: None }
    }

    /// The same, with its first sector in memory: it comes to the medium by whoever has that.
    pub fn withholding(self, first: &'a RefCell<Sector>) -> Self {
        Self { first: Some(first), ..self }
    }

    /// The sector that is withheld, and which part of it is next, if that is within it.
    fn withheld(&self, wanted: usize) -> Option<(&'a RefCell<Sector>, std::ops::Range<usize>)> {
        let first = self.first?;
        let at = usize::try_from(self.at).ok()?;
        let length = first.borrow().len();
        (at < length).then(|| (first, at..length.min(at + wanted)))
    }

    fn left(&self, wanted: usize) -> usize {
        usize::try_from(self.length.saturating_sub(self.at)).map_or(wanted, |left| left.min(wanted))
    }
}

impl<M: Medium + ?Sized> io::Read for Window<'_, M> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some((first, part)) = self.withheld(buffer.len()) {
            buffer[..part.len()].copy_from_slice(&first.borrow()[part.clone()]);
            self.at += part.len() as u64;
            return Ok(part.len());
        }
        let length = self.left(buffer.len());
        let (buffer, at) = (&mut buffer[..length], self.start + self.at);
        if self.back {
            self.medium.read_back(buffer, at)?
        } else {
            self.medium.read(buffer, at)?
        }
        self.at += length as u64;
        Ok(length)
    }
}

impl<M: Medium + ?Sized> io::Write for Window<'_, M> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some((first, part)) = self.withheld(bytes.len()) {
            first.borrow_mut()[part.clone()].copy_from_slice(&bytes[..part.len()]);
            self.at += part.len() as u64;
            return Ok(part.len());
        }
        let length = self.left(bytes.len());
        self.medium.write(&bytes[..length], self.start + self.at)?;
        self.at += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<M: Medium + ?Sized> io::Seek for Window<'_, M> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        // No whole number of pages.
        File::create(&path).unwrap().set_len((1 << 20) + 512).unwrap();
        let device = Device::open(&path).unwrap();
        device.write(&[7; 600], 4000).unwrap();
        device.write(&[9; 512], 1 << 20).unwrap();
        device.flush().unwrap();
        for (at, length, expected) in [(4000, 600, 7), (4100, 3, 7), (0, 4000, 0), (1 << 20, 512, 9)] {
            let mut buffer = vec![1; length];
            device.read_back(&mut buffer, at).unwrap();
            assert!(buffer.iter().all(|byte| *byte == expected), "{at}");
        }
        assert!(device.read_back(&mut [0; 2], (1 << 20) + 511).is_err());
    }
}
