//! Where bytes come from: an image, a disk, or the unpacked form of an .xz file.
//!
//! Everything behind this module reads through [`ReadAt`], at any place and never past the end.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use formats::size::Bytes;
use liblzma::read::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

use super::InspectError;
use crate::disk::Progress;

/// Bytes that can be read at any place.
pub(super) trait ReadAt: Send + Sync {
    /// Fills `buffer` from `offset` on; an error if there is less.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()>;

    /// How many bytes there are.
    fn length(&self) -> u64;
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let bytes = start.checked_add(buffer.len()).and_then(|end| self.get(start..end));
        buffer.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn length(&self) -> u64 {
        self.len() as u64
    }
}

struct OpenFile {
    file: File,
    length: u64,
}

impl ReadAt for OpenFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(buffer, offset)
    }

    fn length(&self) -> u64 {
        self.length
    }
}

/// A part of what is inspected: a partition, or all of it.
#[derive(Clone)]
pub(super) struct Part {
    source: Arc<dyn ReadAt>,
    start: u64,
    length: u64,
}

impl Part {
    /// All of a source.
    pub(super) fn all(source: Arc<dyn ReadAt>) -> Self {
        let length = source.length();
        Self { source, start: 0, length }
    }

    /// `length` bytes from `start` on, cut off where this part ends.
    pub(super) fn part(&self, start: u64, length: u64) -> Self {
        let start = start.min(self.length);
        Self { source: Arc::clone(&self.source), start: self.start + start, length: length.min(self.length - start) }
    }

    /// How long it is.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Fills `buffer` from `offset` on; an error if there is less.
    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
        if end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.source.read_at(buffer, self.start + offset)
    }

    /// Up to `length` bytes from `offset` on.
    pub(super) fn bytes(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let left = self.length.saturating_sub(offset);
        let mut bytes = vec![0; usize::try_from(left).map_or(length, |left| left.min(length))];
        self.read_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}

/// More than any disk has.
const LARGEST: u64 = 1 << 50;

/// What liblzma may take; `xz -9` needs a quarter of it.
const XZ_MEMORY: u64 = 256 << 20;

/// Opens what is to be inspected. An .xz file is unpacked to a temporary file without a name.
pub(super) fn open(path: &Path, progress: Progress<'_>) -> Result<Part, InspectError> {
    let failed = |source| InspectError::Open { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let length = file.seek(SeekFrom::End(0)).map_err(failed)?;
    let mut magic = [0; 6];
    let packed = length >= 6 && file.read_exact_at(&mut magic, 0).map(|()| magic == *b"\xFD7zXZ\0").map_err(failed)?;
    let open = if packed {
        file.rewind().map_err(failed)?;
        let unpacked = |source| InspectError::Unpack { path: path.to_owned(), source };
        let (file, unpacked_length) = unpack(file, length, progress).map_err(unpacked)?;
        OpenFile { file, length: unpacked_length }
    } else {
        OpenFile { file, length }
    };
    Ok(Part::all(Arc::new(open)))
}

fn unpack(file: File, length: u64, progress: Progress<'_>) -> io::Result<(File, u64)> {
    let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED).map_err(io::Error::from)?;
    let mut decoder = XzDecoder::new_stream(BufReader::with_capacity(1 << 20, file), stream);
    let mut target = tempfile::tempfile()?;
    let mut buffer = vec![0; 1 << 20];
    let mut position = 0;
    loop {
        let read = decoder.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        let bytes = &buffer[..read];
        // Zeros stay a hole.
        if bytes.iter().all(|&byte| byte == 0) {
            target.seek(SeekFrom::Current(read as i64))?;
        } else {
            target.write_all(bytes)?;
        }
        position += read as u64;
        if position > LARGEST {
            return Err(io::Error::other("it unpacks to more than any disk has"));
        }
        progress(Bytes(decoder.total_in()), Bytes(length));
    }
    target.set_len(position)?;
    Ok((target, position))
}

/// A [`Part`] as a device that can only be read, for crates that want one. `budget` bounds how often it may be read, so
/// that a damaged structure that leads in circles comes to an end.
pub(super) struct Device {
    part: Part,
    position: u64,
    budget: u64,
}

impl Device {
    /// A device that may be read `budget` times.
    pub(super) fn new(part: Part, budget: u64) -> Self {
        Self { part, position: 0, budget }
    }
}

impl Read for Device {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(budget) = self.budget.checked_sub(1) else {
            return Err(io::Error::other("its structures lead in circles"));
        };
        self.budget = budget;
        let left = self.part.length().saturating_sub(self.position);
        let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        self.part.read_at(&mut buffer[..wanted], self.position)?;
        self.position += wanted as u64;
        Ok(wanted)
    }
}

impl Write for Device {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl io::Seek for Device {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.part.length().checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl ext4_view::Ext4Read for Device {
    fn read(
        &mut self,
        start: u64,
        buffer: &mut [u8],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'static>> {
        let budget = self.budget.checked_sub(1).ok_or("its structures lead in circles")?;
        self.budget = budget;
        self.part.read_at(buffer, start).map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_end_where_they_end() {
        let all = Part::all(Arc::new((0..100).collect::<Vec<u8>>()));
        let part = all.part(90, 50);
        assert_eq!(part.length(), 10);
        assert_eq!(part.bytes(8, 5).unwrap(), [98, 99]);
        assert!(part.read_at(&mut [0; 3], 8).is_err());
        assert!(part.read_at(&mut [0; 3], u64::MAX).is_err());
        assert_eq!(all.part(1000, 5).length(), 0);
        assert_eq!(part.bytes(u64::MAX, 5).ok(), None);
    }

    #[test]
    fn unpacks_xz() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let bytes = [vec![1; 5000], vec![0; 3 << 20], vec![2; 100], vec![0; 10]].concat();
        let mut encoder = liblzma::write::XzEncoder::new(file.as_file(), 0);
        encoder.write_all(&bytes).unwrap();
        encoder.finish().unwrap();
        let part = open(file.path(), &mut |_, _| ()).unwrap();
        assert!(part.bytes(0, 10 << 20).unwrap() == bytes);
        let half = std::fs::read(file.path()).unwrap();
        std::fs::write(file.path(), &half[..half.len() / 2]).unwrap();
        assert!(matches!(open(file.path(), &mut |_, _| ()), Err(InspectError::Unpack { .. })));
    }
}
