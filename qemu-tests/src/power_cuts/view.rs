//! A stretch of a [`State`] as a file that can be read, for the crates that read partition tables and file systems.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::rc::Rc;

use super::contents::{Content, Contents};
use super::log::SECTOR;

/// What was read of a file system.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// The first byte of files' data; what is read from there on while a file is read is not its structure.
    pub(super) data: u64,
    /// A file is being read: its data need not be given, only where they are.
    pub(super) in_file: bool,
    /// The sectors that tell what there is and where.
    pub(super) structure: Vec<u64>,
    /// The bytes that were read of the file.
    pub(super) file: Vec<Range<u64>>,
}

/// More reads than any whole file system of a node takes: a damaged one may lead in circles.
const BUDGET: u64 = 4 << 20;

/// A stretch of sectors. It can't be written.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    sectors: Cow<'a, [Content]>,
    contents: Rc<Contents>,
    position: u64,
    /// What reads as zeros, in sectors.
    blank: Range<u64>,
    trace: Option<Rc<RefCell<Trace>>>,
    budget: u64,
}

impl<'a> View<'a> {
    /// These sectors.
    pub(super) fn new(sectors: &'a [Content], contents: &Rc<Contents>) -> Self {
        let sectors = Cow::Borrowed(sectors);
        Self { sectors, contents: Rc::clone(contents), position: 0, blank: 0..0, trace: None, budget: BUDGET }
    }

    /// With zeros in some sectors.
    pub(super) fn blank(self, sectors: Range<u64>) -> Self {
        Self { blank: sectors, ..self }
    }

    /// With a trace of what is read.
    pub(super) fn traced(self, trace: &Rc<RefCell<Trace>>) -> Self {
        Self { trace: Some(Rc::clone(trace)), ..self }
    }

    /// As one that lives on while the state changes.
    pub(super) fn owned(self) -> View<'static> {
        let sectors = Cow::Owned(self.sectors.into_owned());
        let Self { contents, position, blank, trace, budget, .. } = self;
        View { sectors, contents, position, blank, trace, budget }
    }

    fn length(&self) -> u64 {
        self.sectors.len() as u64 * SECTOR
    }

    /// Fills the buffer from a byte on.
    fn fill(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        let (mut at, mut rest) = (at, buffer);
        while !rest.is_empty() {
            let (sector, skip) = (at / SECTOR, usize::try_from(at % SECTOR).unwrap_or(0));
            let piece = rest.len().min(SECTOR as usize - skip);
            let (now, later) = rest.split_at_mut(piece);
            let content = usize::try_from(sector).ok().and_then(|sector| self.sectors.get(sector));
            let content = *content.ok_or(io::ErrorKind::UnexpectedEof)?;
            let content = if self.blank.contains(&sector) { Content::ZEROS } else { content };
            let bytes = self.contents.bytes(content).ok_or_else(|| io::Error::other("only a slot has these bytes"))?;
            now.copy_from_slice(&bytes[skip..skip + piece]);
            (at, rest) = (at + piece as u64, later);
        }
        Ok(())
    }
}

impl Read for View<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.budget = self.budget.checked_sub(1).ok_or_else(|| io::Error::other("its structures lead in circles"))?;
        let left = self.length().saturating_sub(self.position);
        let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let range = self.position..self.position + wanted as u64;
        self.position = range.end;
        if let Some(trace) = &self.trace
            && wanted > 0
        {
            let trace = &mut *trace.borrow_mut();
            if trace.in_file && range.start >= trace.data {
                trace.file.push(range);
                return Ok(wanted);
            }
            trace.structure.extend(range.start / SECTOR..range.end.div_ceil(SECTOR));
        }
        self.fill(range.start, &mut buffer[..wanted])?;
        Ok(wanted)
    }
}

impl Write for View<'_> {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for View<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl ext4_view::Ext4Read for View<'static> {
    fn read(&mut self, start: u64, buffer: &mut [u8]) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.fill(start, buffer).map_err(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_across_sectors() {
        let mut contents = Contents::default();
        let sectors = [[1; 512], [2; 512], [3; 512]].map(|sector| contents.number(&sector, true));
        let unkept = contents.number(&[4; 512], false);
        let contents = Rc::new(contents);
        let trace = Rc::new(RefCell::new(Trace { data: 1024, in_file: true, ..Trace::default() }));
        let mut view = View::new(&sectors, &contents).blank(1..2).traced(&trace);
        let mut buffer = [9; 600];
        view.seek(SeekFrom::Start(510)).unwrap();
        view.read_exact(&mut buffer[..4]).unwrap();
        assert_eq!(buffer[..4], [1, 1, 0, 0]);
        view.seek(SeekFrom::End(-512)).unwrap();
        assert_eq!(view.read(&mut buffer).unwrap(), 512);
        assert_eq!(view.read(&mut buffer).unwrap(), 0);
        let trace = trace.borrow();
        assert_eq!((&trace.structure[..], trace.file.first()), (&[0, 1][..], Some(&(1024..1536))));
        assert!(view.write(&[1]).is_err());
        assert!(View::new(&[unkept], &contents).read(&mut buffer).is_err());
    }
}
