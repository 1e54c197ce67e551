//! A part of the image file as a device of its own, which leaves blocks of zeros as holes.
//!
//! The file was just made with its whole length, so every block that nothing else was written to reads as zeros:
//! writing zeros to such a block is skipped. Which blocks were written is kept in [`Written`].

use std::cell::RefCell;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt as _;

use formats::size::Bytes;

/// What holes are made of, and what a `.bmap` counts in.
pub(super) const BLOCK: usize = 4096;

static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// Whether all bytes are zero; at most [`BLOCK`] of them.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    ZEROS.get(..bytes.len()).is_some_and(|zeros| zeros == bytes)
}

/// The blocks of a file that something other than zeros was written to.
#[derive(Debug)]
pub(super) struct Written(Vec<bool>);

impl Written {
    /// No block of a file of this length.
    pub(super) fn none(length: Bytes) -> Self {
        Self(vec![false; length.0.div_ceil(BLOCK as u64) as usize])
    }

    /// Whether this block was written to.
    pub(super) fn contains(&self, block: u64) -> bool {
        usize::try_from(block).ok().and_then(|block| self.0.get(block)).copied().unwrap_or(false)
    }

    fn insert(&mut self, block: u64) {
        if let Some(written) = usize::try_from(block).ok().and_then(|block| self.0.get_mut(block)) {
            *written = true;
        }
    }
}

/// `length` bytes of a file from `start` on.
pub(super) struct Window<'a> {
    file: &'a File,
    written: &'a RefCell<Written>,
    start: u64,
    length: u64,
    position: u64,
}

impl<'a> Window<'a> {
    /// The window of `file` that begins at `start`, a multiple of [`BLOCK`].
    pub(super) fn new(file: &'a File, written: &'a RefCell<Written>, start: Bytes, length: Bytes) -> Self {
        debug_assert!(start.0.is_multiple_of(BLOCK as u64));
        Self { file, written, start: start.0, length: length.0, position: 0 }
    }

    fn left(&self, wanted: usize) -> usize {
        usize::try_from(self.length.saturating_sub(self.position)).map_or(wanted, |left| left.min(wanted))
    }
}

impl fmt::Debug for Window<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Window({} bytes at {})", self.length, self.start)
    }
}

impl Read for Window<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = self.left(buffer.len());
        let read = self.file.read_at(&mut buffer[..wanted], self.start + self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Write for Window<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let buffer = &buffer[..self.left(buffer.len())];
        let mut written = self.written.borrow_mut();
        let from = self.start + self.position;
        // `run..at` is what is still to be written.
        let (mut run, mut at) = (0, 0);
        while at < buffer.len() {
            let offset = from + at as u64;
            let end = buffer.len().min(at + BLOCK - (offset % BLOCK as u64) as usize);
            let block = offset / BLOCK as u64;
            if written.contains(block) || !is_zero(&buffer[at..end]) {
                written.insert(block);
            } else {
                self.file.write_all_at(&buffer[run..at], from + run as u64)?;
                run = end;
            }
            at = end;
        }
        self.file.write_all_at(&buffer[run..at], from + run as u64)?;
        self.position += buffer.len() as u64;
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Window<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_holes_and_overwrites() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(16 * 4096).unwrap();
        let written = RefCell::new(Written::none(Bytes(16 * 4096)));
        let mut window = Window::new(&file, &written, Bytes(4096), Bytes(8 * 4096));
        let mut data = vec![0; 4 * 4096];
        data[5000..5010].fill(1);
        data[3 * 4096 + 1] = 2;
        window.write_all(&data).unwrap();
        let blocks = |written: &RefCell<Written>| (0..16).filter(|&b| written.borrow().contains(b)).collect::<Vec<_>>();
        assert_eq!(blocks(&written), [2, 4]);
        window.seek(SeekFrom::Start(5000)).unwrap();
        window.write_all(&[0; 5]).unwrap();
        window.seek(SeekFrom::End(-3)).unwrap();
        assert_eq!(window.write(&[7; 10]).unwrap(), 3);
        assert_eq!(window.write(&[7; 10]).unwrap(), 0);
        assert_eq!(blocks(&written), [2, 4, 8]);
        window.seek(SeekFrom::Start(0)).unwrap();
        let mut all = Vec::new();
        window.read_to_end(&mut all).unwrap();
        data[5000..5005].fill(0);
        data.resize(8 * 4096, 0);
        data[8 * 4096 - 3..].fill(7);
        assert!(all == data);
    }

    /// Any order of writes gives what a plain file would hold.
    #[test]
    fn is_a_file() {
        let length = 10 * 4096;
        let file = tempfile::tempfile().unwrap();
        file.set_len(length).unwrap();
        let written = RefCell::new(Written::none(Bytes(length)));
        let mut window = Window::new(&file, &written, Bytes(0), Bytes(length));
        let mut plain = vec![0; length as usize];
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        for _ in 0..500 {
            let at = next(length) as usize;
            let end = (at + next(9000) as usize).min(length as usize);
            let byte = (next(3) / 2) as u8;
            plain[at..end].fill(byte);
            window.seek(SeekFrom::Start(at as u64)).unwrap();
            window.write_all(&vec![byte; end - at]).unwrap();
        }
        let mut all = Vec::new();
        window.seek(SeekFrom::Start(0)).unwrap();
        window.read_to_end(&mut all).unwrap();
        assert!(all == plain);
    }
}
