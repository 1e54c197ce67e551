//! Modbus, as far as it reads.
//!
//! ```text
//!   request   [3 or 4][first register: 2][how many: 2]     [0x2B][0x0E][1][object]
//!   reply     [3 or 4][bytes: 1][register: 2] …            [0x2B][0x0E][1][conformity][more][next][how many]
//!                                                          and each object as [number][length][text]
//!   refusal   [function + 0x80][why: 1]
//! ```
//!
//! All numbers have the high byte first. [`rtu`] puts an address before and a CRC after that, [`tcp`] a header before
//! it. The rest are maps: which registers a family of devices has, and what they mean.
//!
//! Invariants: a [`Request`] has function 3, 4 or 43/14, which read; there is no way to say another. Of a map, each
//! request over RTU has a reply of another length or function than its others, so that a late reply to one is never
//! taken for a reply to another: RTU's replies don't say which register they begin with.
//!
//! Source: MODBUS Application Protocol Specification V1.1b3, chapters 6.3, 6.4, 6.21 and 7.

pub mod rtu;
pub mod tcp;

pub mod deye;
pub mod epever;
pub mod growatt;
pub mod sunspec;
pub mod victron;

mod family;
mod known;
mod map;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use known::{Known, Registers};

/// How many registers are asked for: 1 to 125.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count(u8);

impl Count {
    /// So many. No other number than 1 to 125 compiles.
    pub const fn of<const COUNT: u8>() -> Self {
        const { assert!(COUNT >= 1 && COUNT <= 125) };
        Self(COUNT)
    }

    /// As a number.
    pub const fn get(self) -> u16 {
        self.0 as u16
    }
}

/// A question. There is none that changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Whom it asks.
    pub unit: u8,
    /// What it asks for.
    pub what: What,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Holding registers from this one on (function 3).
    Holding(u16, Count),
    /// Input registers from this one on (function 4).
    Input(u16, Count),
    /// Who it is: the basic objects of the device identification (function 43/14).
    Identification,
}

impl What {
    /// The function's number.
    pub const fn function(self) -> u8 {
        match self {
            Self::Holding(..) => 3,
            Self::Input(..) => 4,
            Self::Identification => 0x2B,
        }
    }

    /// The question in bytes, without an address.
    pub fn encode(self) -> Vec<u8> {
        match self {
            Self::Holding(first, count) | Self::Input(first, count) => {
                let mut bytes = vec![self.function()];
                bytes.extend(first.to_be_bytes());
                bytes.extend(count.get().to_be_bytes());
                bytes
            }
            Self::Identification => vec![0x2B, 0x0E, 1, 0],
        }
    }

    /// How long the reply is that begins with these bytes; `None` where too few came to say.
    ///
    /// # Errors
    /// These bytes begin no reply to this question.
    pub fn length(self, bytes: &[u8]) -> Result<Option<usize>, BadReply> {
        let Some((function, rest)) = bytes.split_first() else { return Ok(None) };
        if *function == self.function() | 0x80 {
            return Ok(Some(2));
        }
        if *function != self.function() {
            return Err(BadReply::Function { found: *function, expected: self.function() });
        }
        match (self, rest) {
            (_, []) => Ok(None),
            (Self::Holding(_, count) | Self::Input(_, count), [found, ..]) => {
                let (found, expected) = (usize::from(*found), usize::from(count.get()) * 2);
                if found == expected { Ok(Some(2 + found)) } else { Err(BadReply::Bytes { found, expected }) }
            }
            (Self::Identification, [kind, more @ ..]) => {
                if *kind != 0x0E || more.first().is_some_and(|code| *code != 1) {
                    return Err(BadReply::Identification);
                }
                identification(bytes)
            }
        }
    }

    /// What the reply says.
    ///
    /// # Errors
    /// It is no reply to this question.
    pub fn reply(self, bytes: &[u8]) -> Result<Reply, BadReply> {
        let expected = self.length(bytes)?;
        if expected != Some(bytes.len()) {
            return Err(BadReply::Length { found: bytes.len(), expected: expected.unwrap_or_default() });
        }
        match (self, bytes) {
            (_, [function, why]) if *function >= 0x80 => Ok(Reply::Refused(Refusal(*why))),
            (Self::Holding(first, _) | Self::Input(first, _), [_, _, data @ ..]) => {
                let values =
                    data.chunks_exact(2).map(|pair| pair.iter().fold(0, |high, low| high << 8 | u16::from(*low)));
                Ok(Reply::Registers(Registers { first, values: values.collect() }))
            }
            (Self::Identification, _) => Ok(Reply::Identification(objects(bytes))),
            _ => Err(BadReply::Length { found: bytes.len(), expected: 2 }),
        }
    }
}

/// Where the objects of an identification begin.
const OBJECTS: usize = 7;

/// The longest reply.
const LONGEST: usize = 253;

/// The length of an identification; `None` where too few bytes came to say.
fn identification(bytes: &[u8]) -> Result<Option<usize>, BadReply> {
    let Some(count) = bytes.get(OBJECTS - 1) else { return Ok(None) };
    let mut at = OBJECTS;
    for _ in 0..*count {
        let Some(length) = bytes.get(at + 1) else { return Ok(None) };
        at += 2 + usize::from(*length);
        if at > LONGEST {
            return Err(BadReply::Identification);
        }
    }
    Ok(Some(at))
}

fn objects(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let (mut objects, mut rest) = (Vec::new(), bytes.get(OBJECTS..).unwrap_or_default());
    while let [object, length, more @ ..] = rest {
        let Some((text, after)) = more.split_at_checked(usize::from(*length)) else { break };
        objects.push((*object, text.to_vec()));
        rest = after;
    }
    objects
}

/// What a device answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Registers.
    Registers(Registers),
    /// Objects of the identification: the maker is 0, the model 1, the version 2.
    Identification(Vec<(u8, Vec<u8>)>),
    /// It refuses.
    Refused(Refusal),
}

/// Why it refuses.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{}", self.words())]
pub struct Refusal(pub u8);

impl Refusal {
    fn words(self) -> String {
        let words = match self.0 {
            1 => "it knows no such function",
            2 => "it has no such register",
            3 => "it allows no such number of registers",
            4 => "it has failed",
            5 => "it needs more time",
            6 => "it is busy",
            8 => "its memory has failed",
            10 => "the gateway has no way to it",
            11 => "it says nothing to the gateway",
            code => return format!("Modbus exception {code}"),
        };
        words.to_owned()
    }
}

/// Not the reply to a question.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadReply {
    /// Another unit's.
    #[error("it comes from unit {found}, and unit {expected} was asked")]
    Unit {
        /// Whose it is.
        found: u8,
        /// Who was asked.
        expected: u8,
    },
    /// Another function.
    #[error("its function is {found}, and {expected} was asked")]
    Function {
        /// What it has.
        found: u8,
        /// What was asked.
        expected: u8,
    },
    /// More or fewer registers.
    #[error("it has {found} bytes of registers, and {expected} were asked for")]
    Bytes {
        /// What it has.
        found: usize,
        /// What was asked for.
        expected: usize,
    },
    /// Another length.
    #[error("it has {found} bytes, and {expected} are expected")]
    Length {
        /// What it has.
        found: usize,
        /// What is expected.
        expected: usize,
    },
    /// Not the identification that was asked for.
    #[error("it is not a basic device identification")]
    Identification,
    /// A wrong checksum.
    #[error("its checksum is {found:#06x}, and {expected:#06x} is expected")]
    Checksum {
        /// What it has.
        found: u16,
        /// What is expected.
        expected: u16,
    },
    /// Not the header that was asked for.
    #[error("its header is not that of the reply to this question")]
    Header,
}
