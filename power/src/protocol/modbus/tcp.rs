//! Modbus TCP.
//!
//! ```text
//!   [transaction: 2][0: 2][how many bytes follow: 2][unit: 1][request or reply]
//! ```
//!
//! A reply has the transaction of its request. Here that is the checksum that the request would have on a serial line:
//! the same question has always the same bytes, and a late reply to another question is told from the reply to this
//! one.
//!
//! Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, chapter 3.1.3.

use super::{BadReply, Reply, Request, rtu};
use crate::protocol::fields;
use crate::protocol::stream::Look;

/// Bytes before the request or reply.
const HEADER: usize = 7;

fn transaction(request: Request) -> u16 {
    let mut bytes = vec![request.unit];
    bytes.extend(request.what.encode());
    rtu::crc(&bytes)
}

/// The question in bytes.
pub fn encode(request: Request) -> Vec<u8> {
    let question = request.what.encode();
    let mut bytes = transaction(request).to_be_bytes().to_vec();
    bytes.extend([0, 0, 0, u8::try_from(question.len() + 1).unwrap_or(u8::MAX), request.unit]);
    bytes.extend(question);
    bytes
}

/// What the bytes of one whole reply say.
///
/// # Errors
/// They are no reply to this question.
pub fn decode(request: Request, bytes: &[u8]) -> Result<Reply, BadReply> {
    let (Some(unit), Some(reply)) = (fields::byte(bytes, HEADER - 1), bytes.get(HEADER..)) else {
        return Err(BadReply::Length { found: bytes.len(), expected: HEADER + 2 });
    };
    if fields::be16(bytes, 0) != Some(transaction(request)) || fields::be16(bytes, 2) != Some(0) {
        return Err(BadReply::Header);
    }
    let (found, expected) = (bytes.len(), usize::from(fields::be16(bytes, 4).unwrap_or_default()) + HEADER - 1);
    if found != expected {
        return Err(BadReply::Length { found, expected });
    }
    if unit != request.unit {
        return Err(BadReply::Unit { found: unit, expected: request.unit });
    }
    request.what.reply(reply)
}

/// Whether a reply begins here.
pub(crate) fn look(request: Request, bytes: &[u8]) -> Look<Reply> {
    let zeros = bytes.iter().skip(2).take(3).all(|byte| *byte == 0);
    if !zeros || transaction(request).to_be_bytes().iter().zip(bytes).any(|(expected, found)| expected != found) {
        return Look::Nothing;
    }
    let Some(length) = fields::byte(bytes, 5).map(|length| usize::from(length) + HEADER - 1) else { return Look::Torn };
    match bytes.get(..length).map(|frame| decode(request, frame)) {
        Some(Ok(reply)) => Look::Frame(reply, length),
        Some(Err(_)) => Look::Nothing,
        None => Look::Torn,
    }
}
