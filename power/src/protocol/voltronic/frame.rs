//! Requests and replies as bytes, and their checksum.
//!
//! ```text
//! request   QPIGS  checksum \r              ^P005GS  checksum \r       005: the bytes after these digits, the \r included
//! reply     (230.0 …  checksum \r           ^D1062232,…  checksum \r   106 likewise
//! refusal   (NAK  checksum \r               ^0  checksum \r
//! ```
//!
//! The checksum is CRC-16/XMODEM of all before it, high byte first, where a byte that would be `\n`, `\r` or `(` is one more. So
//! `\r` ends a frame and `(` begins one wherever they come; `^` may be in a checksum. Over HID bytes come in reports of 8, the last one
//! filled with zeros, which stand outside of frames.

use thiserror::Error;

/// The longest reply. The longest known has about 150 bytes.
pub const LONGEST: usize = 512;

/// The checksum of bytes.
pub fn checksum(bytes: &[u8]) -> [u8; 2] {
    let crc = bytes.iter().fold(0_u16, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    });
    crc.to_be_bytes().map(|byte| if matches!(byte, b'\n' | b'\r' | b'(') { byte + 1 } else { byte })
}

/// A request with its checksum.
pub fn request(text: &str) -> Vec<u8> {
    [text.as_bytes(), &checksum(text.as_bytes()), b"\r"].concat()
}

/// A request without a checksum.
pub fn plain(text: &str) -> Vec<u8> {
    [text.as_bytes(), b"\r"].concat()
}

/// A request as HID reports, the last one filled with zeros.
pub fn reports(request: &[u8]) -> Vec<[u8; 8]> {
    let report = |bytes: &[u8]| {
        let mut report = [0; 8];
        report.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
        report
    };
    request.chunks(8).map(report).collect()
}

/// A reply whose checksum is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `(…`: the fields, between spaces.
    Spaced(String),
    /// `^D…`: the fields, between commas.
    Commas(String),
    /// It refuses the question.
    Refused,
    /// It accepts a command. Nobody gave one.
    Accepted,
}

/// This is no reply, or not a whole one. Each sentence speaks of it as 'it'.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Damaged {
    /// Something else.
    #[error("it is no reply: it begins with neither '(' nor '^'")]
    Start,
    /// Cut off, or too short to have a checksum.
    #[error("it is cut off")]
    Cut,
    /// Another one begins in it, or it never ends.
    #[error("it has no end")]
    Endless,
    /// Its checksum is wrong, or missing.
    #[error("its checksum is {found:#06x}, and {expected:#06x} is expected")]
    Checksum {
        /// What it has there.
        found: u16,
        /// What would be right.
        expected: u16,
    },
    /// Another length than it says.
    #[error("it has {found} bytes after its length, and says {said}")]
    Length {
        /// What it has.
        found: usize,
        /// What it says.
        said: String,
    },
    /// Its checksum is right, and it is not text.
    #[error("it has characters that no reply has")]
    Characters,
}

impl Reply {
    /// Reads a reply, its `\r` included.
    pub fn parse(bytes: &[u8]) -> Result<Self, Damaged> {
        let Some((b'\r', frame)) = bytes.split_last() else { return Err(Damaged::Cut) };
        if !matches!(frame.first(), Some(b'(' | b'^')) {
            return Err(Damaged::Start);
        }
        // A refusal says nothing that a checksum would have to protect.
        if frame == b"(NAK" {
            return Ok(Self::Refused);
        }
        let Some((content, found)) = frame.split_last_chunk::<2>().filter(|(content, _)| content.len() > 1) else {
            return Err(Damaged::Cut);
        };
        let expected = checksum(content);
        if *found != expected {
            let [found, expected] = [*found, expected].map(u16::from_be_bytes);
            return Err(Damaged::Checksum { found, expected });
        }
        if !content.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(Damaged::Characters);
        }
        let text = content.iter().map(|byte| char::from(*byte)).collect::<String>();
        match text.as_str() {
            // `ERCRC` is in none of the documents that were at hand; it can only mean that a request's checksum is not liked.
            "(NAK" | "(ERCRC" | "^0" => Ok(Self::Refused),
            "(ACK" | "^1" => Ok(Self::Accepted),
            _ => match (text.strip_prefix('('), text.strip_prefix("^D").and_then(|rest| rest.split_at_checked(3))) {
                (Some(fields), _) => Ok(Self::Spaced(fields.to_owned())),
                (None, Some((said, fields))) if said.parse() == Ok(fields.len() + 3) => {
                    Ok(Self::Commas(fields.to_owned()))
                }
                (None, Some((said, fields))) => Err(Damaged::Length { found: fields.len() + 3, said: said.to_owned() }),
                (None, None) => Err(Damaged::Start),
            },
        }
    }
}

/// Finds replies in what comes. It keeps at most one.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    frame: Vec<u8>,
}

impl Decoder {
    /// Takes the next bytes, and gives what they complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Result<Reply, Damaged>> {
        bytes.iter().filter_map(|&byte| self.byte(byte)).collect()
    }

    /// Forgets what was begun.
    pub fn clear(&mut self) {
        self.frame.clear();
    }

    fn byte(&mut self, byte: u8) -> Option<Result<Reply, Damaged>> {
        if self.frame.is_empty() && !matches!(byte, b'(' | b'^') {
            return None;
        }
        if byte == b'(' && !self.frame.is_empty() {
            self.frame = vec![byte];
            return Some(Err(Damaged::Endless));
        }
        self.frame.push(byte);
        if byte != b'\r' {
            return (self.frame.len() > LONGEST).then(|| {
                self.frame.clear();
                Err(Damaged::Endless)
            });
        }
        let frame = std::mem::take(&mut self.frame);
        let whole = Reply::parse(&frame);
        // An echo of the own request is none of what comes.
        if frame.starts_with(b"^P") {
            return Self::last(&frame);
        }
        if whole.is_err() { Self::last(&frame).or(Some(whole)) } else { Some(whole) }
    }

    /// What begins with the last `^` that can't be of the checksum, if that is whole.
    fn last(frame: &[u8]) -> Option<Result<Reply, Damaged>> {
        let at = frame.iter().rposition(|byte| *byte == b'^').filter(|at| *at > 0)?;
        let reply = Reply::parse(frame.get(at..)?);
        reply.is_ok().then_some(reply)
    }
}
