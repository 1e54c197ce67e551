//! Cuts a stream where its content says so: FastCDC, so that what is the same in two streams is cut the same in both.

use fastcdc::v2020::FastCDC;

use crate::pieces::Cutting;

/// Cuts a stream that comes in parts.
pub struct Cutter {
    cutting: Cutting,
    buffer: Vec<u8>,
}

impl Cutter {
    /// Cuts so.
    pub fn new(cutting: Cutting) -> Self {
        Self { cutting, buffer: Vec::new() }
    }

    /// Takes more of the stream; `piece` gets each piece as soon as its end is known.
    pub fn push<E>(&mut self, bytes: &[u8], piece: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        // Each round moves what is left once, so there should be much more than that.
        let full = (self.cutting.longest as usize) * 4;
        for part in bytes.chunks(full) {
            self.buffer.extend(part);
            if self.buffer.len() >= full {
                self.cut(self.cutting.longest as usize, piece)?;
            }
        }
        Ok(())
    }

    /// The stream is at its end.
    pub fn finish<E>(mut self, piece: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        self.cut(1, piece)
    }

    /// Cuts while at least `least` bytes are there: where the next cut is depends on no more than the longest piece.
    fn cut<E>(&mut self, least: usize, piece: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let Cutting { shortest, average, longest } = self.cutting;
        let chunker = FastCDC::new(&self.buffer, shortest as usize, average as usize, longest as usize);
        let (mut at, end) = (0, self.buffer.len());
        while end - at >= least {
            let (_, next) = chunker.cut(at, end - at);
            piece(&self.buffer[at..next])?;
            at = next;
        }
        self.buffer.drain(..at);
        Ok(())
    }
}
