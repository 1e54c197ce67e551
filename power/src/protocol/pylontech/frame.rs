//! The frames: all of it is ASCII, so that a begin and an end never occur in between.
//!
//! ```text
//!   ~ [version: 2][address: 2][46][command or why: 2][length: 4][information …][checksum: 4] \r
//!                                                     │└ characters of the information: 12 bits
//!                                                     └ minus the sum of these three digits: 4 bits
//! ```
//!
//! The checksum is minus the sum of all characters between `~` and itself, in 16 bits.

use thiserror::Error;

use crate::protocol::fields;
use crate::protocol::stream::Look;

/// Characters of a frame without information, between `~` and `\r`.
const LEAST: usize = 16;

/// The longest information, as its length has three digits.
const MOST: usize = 0xFFF;

/// A frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Of the protocol: 0x20.
    pub version: u8,
    /// Of the battery.
    pub address: u8,
    /// 0x46: a battery.
    pub command: u8,
    /// Of a request, what is asked for; of a reply, why it is refused, or 0.
    pub code: u8,
    /// What there is to say.
    pub information: Vec<u8>,
}

/// Not a frame.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadFrame {
    /// Not between `~` and `\r`.
    #[error("it is not between ~ and a carriage return")]
    Ends,
    /// A character that is no hexadecimal digit.
    #[error("it has characters that are no hexadecimal digits")]
    Digits,
    /// A wrong checksum.
    #[error("its checksum is {found:#06x}, and {expected:#06x} is expected")]
    Checksum {
        /// What it has.
        found: u16,
        /// What is expected.
        expected: u16,
    },
    /// A wrong checksum of the length.
    #[error("its length's checksum is {found:#x}, and {expected:#x} is expected")]
    LengthChecksum {
        /// What it has.
        found: u16,
        /// What is expected.
        expected: u16,
    },
    /// Another length than it says.
    #[error("its information has {found} characters, and {expected} are expected")]
    Length {
        /// What it has.
        found: usize,
        /// What is expected.
        expected: usize,
    },
}

impl Frame {
    /// Whether it is a reply, and not a request that came back.
    pub fn is_reply(&self) -> bool {
        self.command == 0x46 && matches!(self.code, 0..=0x0F | 0x90..=0x9F)
    }

    /// Why it refuses; `None` if it does not.
    pub fn refusal(&self) -> Option<String> {
        let words = match self.code {
            0 => return None,
            1 => "it has another version of the protocol",
            2 | 3 => "the question's checksum was wrong",
            4 => "it knows no such question",
            5 | 6 => "it does not understand the question",
            0x90 => "it has another address",
            0x91 => "it does not reach its modules",
            code => return Some(format!("error {code:#04x}")),
        };
        Some(words.to_owned())
    }
}

/// Minus the sum of some characters.
fn checksum(characters: &[u8]) -> u16 {
    fields::sum(characters).wrapping_neg()
}

/// Minus the sum of the length's digits, in four bits.
fn length_checksum(length: u16) -> u16 {
    (length + (length >> 4) + (length >> 8)).wrapping_neg() & 0xF
}

/// A frame in bytes.
pub fn encode(frame: &Frame) -> Vec<u8> {
    let length = u16::try_from(frame.information.len() * 2).unwrap_or_default();
    let head = [frame.version, frame.address, frame.command, frame.code].map(|byte| format!("{byte:02X}")).concat();
    let information: String = frame.information.iter().map(|byte| format!("{byte:02X}")).collect();
    let inner = format!("{head}{:04X}{information}", length_checksum(length) << 12 | length);
    format!("~{inner}{:04X}\r", checksum(inner.as_bytes())).into_bytes()
}

fn digits(characters: &[u8]) -> Option<Vec<u8>> {
    let digit = |character: &u8| char::from(*character).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = characters.chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    });
    pairs.collect()
}

/// A frame from the bytes of one, `~` and `\r` included.
///
/// # Errors
/// It is none.
pub fn decode(bytes: &[u8]) -> Result<Frame, BadFrame> {
    let [b'~', inner @ .., b'\r'] = bytes else { return Err(BadFrame::Ends) };
    let Some((summed, sum)) = inner.split_last_chunk::<4>().filter(|_| inner.len() >= LEAST) else {
        return Err(BadFrame::Length { found: 0, expected: 0 });
    };
    let (Some(all), Some(sum)) = (digits(summed), digits(sum)) else { return Err(BadFrame::Digits) };
    let (found, expected) = (fields::be16(&sum, 0).unwrap_or_default(), checksum(summed));
    if found != expected {
        return Err(BadFrame::Checksum { found, expected });
    }
    let Some(([version, address, command, code, high, low], information)) = all.split_first_chunk() else {
        return Err(BadFrame::Length { found: 0, expected: 0 });
    };
    let length = u16::from_be_bytes([*high, *low]);
    let (found, expected) = (length >> 12, length_checksum(length & 0xFFF));
    if found != expected {
        return Err(BadFrame::LengthChecksum { found, expected });
    }
    let (found, expected) = (information.len() * 2, usize::from(length & 0xFFF));
    if found != expected {
        return Err(BadFrame::Length { found, expected });
    }
    let (version, address, command, code) = (*version, *address, *command, *code);
    Ok(Frame { version, address, command, code, information: information.to_vec() })
}

/// Whether a frame begins here.
pub(crate) fn look(bytes: &[u8]) -> Look<Frame> {
    let [b'~', inner @ ..] = bytes else { return Look::Nothing };
    let digits = inner.iter().take(LEAST + MOST + 1).take_while(|byte| byte.is_ascii_hexdigit()).count();
    match inner.get(digits) {
        None => Look::Torn,
        Some(b'\r') => match bytes.get(..digits + 2).map(decode) {
            Some(Ok(frame)) => Look::Frame(frame, digits + 2),
            _ => Look::Nothing,
        },
        Some(_) => Look::Nothing,
    }
}
