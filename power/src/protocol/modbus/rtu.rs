//! Modbus RTU: on a serial line.
//!
//! ```text
//!   [unit: 1][request or reply][CRC-16: 2, the low byte first]
//! ```
//!
//! Frames are told apart by what was asked, not by the pauses between them: adapters for USB don't keep these. The echo
//! of the request, which some adapters for RS-485 give, is no reply.
//!
//! Source: MODBUS over Serial Line V1.02, chapter 2.5.1 and appendix B.

use super::{BadReply, Reply, Request};
use crate::protocol::stream::Look;

/// The checksum of some bytes.
pub fn crc(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xA001 })
    })
}

/// The question in bytes.
pub fn encode(request: Request) -> Vec<u8> {
    let mut bytes = vec![request.unit];
    bytes.extend(request.what.encode());
    bytes.extend(crc(&bytes).to_le_bytes());
    bytes
}

/// What the bytes of one whole reply say.
///
/// # Errors
/// They are no reply to this question.
pub fn decode(request: Request, bytes: &[u8]) -> Result<Reply, BadReply> {
    let Some((rest, sum)) = bytes.split_last_chunk() else {
        return Err(BadReply::Length { found: bytes.len(), expected: 5 });
    };
    let (found, expected) = (u16::from_le_bytes(*sum), crc(rest));
    if found != expected {
        return Err(BadReply::Checksum { found, expected });
    }
    match rest.split_first() {
        Some((unit, reply)) if *unit == request.unit => request.what.reply(reply),
        Some((unit, _)) => Err(BadReply::Unit { found: *unit, expected: request.unit }),
        None => Err(BadReply::Length { found: bytes.len(), expected: 5 }),
    }
}

/// Whether a reply begins here.
pub(crate) fn look(request: Request, bytes: &[u8]) -> Look<Reply> {
    let Some((unit, rest)) = bytes.split_first() else { return Look::Torn };
    if *unit != request.unit {
        return Look::Nothing;
    }
    let length = match request.what.length(rest) {
        Ok(Some(length)) => length + 3,
        Ok(None) => return Look::Torn,
        Err(_) => return Look::Nothing,
    };
    match bytes.get(..length).map(|frame| decode(request, frame)) {
        Some(Ok(reply)) => Look::Frame(reply, length),
        Some(Err(_)) => Look::Nothing,
        None => Look::Torn,
    }
}
