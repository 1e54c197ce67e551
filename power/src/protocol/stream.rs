//! Bytes as they come, and the frames that are found in them.
//!
//! ```text
//!   garbage │ frame │ garbage │ a frame whose checksum is wrong │ frame │ half a fra
//!            └──────────────► one by one ◄──────────────────────────────┘ └ kept
//! ```
//!
//! Invariants: any cut of the same bytes gives the same frames; what can't be the beginning of a frame is dropped at
//! once, so that no more is kept than the longest frame; a beginning that never gets its end hides nothing that came
//! after it, once the time is over.

use crate::conversation::MOST_KEPT;

/// What begins at the first of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Look<T> {
    /// A whole frame of so many bytes, with this meaning.
    Frame(T, usize),
    /// None.
    Nothing,
    /// Perhaps one, whose end has not come.
    Torn,
}

/// What came and is not used yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    kept: Vec<u8>,
    came: bool,
}

impl Stream {
    /// Whether anything ever came.
    pub(crate) fn came(&self) -> bool {
        self.came
    }

    /// This came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.came |= !bytes.is_empty();
        self.kept.extend_from_slice(bytes);
        if let Some(over) = self.kept.len().checked_sub(MOST_KEPT) {
            self.kept.drain(..over);
        }
    }

    /// The next frame. Where `over` says that nothing more will come, a torn frame is no reason to wait.
    pub(crate) fn frame<T>(&mut self, over: bool, look: impl Fn(&[u8]) -> Look<T>) -> Option<T> {
        let mut at = 0;
        let found = loop {
            match self.kept.get(at..) {
                None | Some([]) => break None,
                Some(rest) => match look(rest) {
                    Look::Frame(frame, length) => {
                        at += length.max(1);
                        break Some(frame);
                    }
                    Look::Torn if !over => break None,
                    Look::Torn | Look::Nothing => at += 1,
                },
            }
        };
        self.kept.drain(..at.min(self.kept.len()));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(`, a length, so many bytes, and their sum.
    fn look(bytes: &[u8]) -> Look<Vec<u8>> {
        let [b'(', length, rest @ ..] = bytes else {
            return if bytes == b"(" { Look::Torn } else { Look::Nothing };
        };
        let length = usize::from(*length);
        match (rest.get(..length), rest.get(length)) {
            (Some(data), Some(sum)) if data.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) == *sum => {
                Look::Frame(data.to_vec(), length + 3)
            }
            (Some(_), Some(_)) => Look::Nothing,
            _ => Look::Torn,
        }
    }

    fn all(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut stream, mut found) = (Stream::default(), Vec::new());
        for piece in pieces {
            stream.push(piece);
            found.extend(std::iter::from_fn(|| stream.frame(false, look)));
        }
        found.extend(std::iter::from_fn(|| stream.frame(true, look)));
        assert!(stream.kept.is_empty());
        found
    }

    #[test]
    fn frames_between_garbage() {
        let stream = b"x((\x02\x01\x02\x03()(\x01\x05\x06(\x01\x05\x05\xFF(\x00\x00(\x09";
        let expected = [vec![1, 2], vec![5], vec![]];
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                assert_eq!(all(&pieces), expected, "cut at {first} and {second}");
            }
        }
    }

    #[test]
    fn little_is_kept() {
        let mut stream = Stream::default();
        assert!(!stream.came());
        stream.push(&vec![b'('; 3 * MOST_KEPT]);
        assert!(stream.came() && stream.kept.len() == MOST_KEPT);
        stream.push(&[b'x'; 200]);
        while stream.frame(false, look).is_some() {}
        assert!(stream.kept.is_empty());
    }
}
