//! Daly's battery management: UART or RS-485, 9600 bits a second.
//!
//! ```text
//!   A5 [who: 40 asks, 01 answers] [what] 08 [data: 8] [sum of all before: 1]      13 bytes
//!
//!   90   [tenths of V: 2][…: 2][tenths of A, 30000 is none: 2][charge in thousandths: 2]
//!   91   [highest cell in mV: 2][which][lowest cell in mV: 2][which]
//!   92   [warmest, 40 is 0 °C][which][coldest][which]
//!   93   [1 charging, 2 discharging][switches: 2][…][remaining mAh: 4]
//!   98   [what is wrong: 7][code]
//!   50   [what it holds in mAh: 4][…: 4]
//! ```
//!
//! Numbers have the high byte first. The data of a question means nothing. Papers have zeros there; some batteries on
//! long wires answer only where it is 0xAA, so that is tried where zeros get no answer.
//!
//! Which direction of the current is more than 30000 differs between versions of the firmware, and so between projects:
//! where 93 says that the battery is charged or discharged, that decides; where it doesn't, more is into the battery.
//!
//! Invariant: only these questions are ever sent. D9 and DA would open and close its switches, 21 would set the charge,
//! 00 restart it; other numbers might.
//!
//! Sources: Daly's UART/485 protocol, as maland16/daly-bms-uart has it; Louisvdw and mr-manuel/dbus-serialbattery,
//! `daly.py`, with issues 65, 70, 255 and 1075 about the sign; fl4p/batmon-ha.

mod values;

#[cfg(test)]
mod tests;

use std::time::Duration;

use thiserror::Error;

use self::values::Values;
use super::asking::{Asking, Next, Plan};
use super::fields;
use super::possible::Impossible;
use super::stream::Look;
use crate::conversation::{Conversation, Unheard};
use crate::line::Line;

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Serial(9600)];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Bms::default())
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    FILLINGS.into_iter().flat_map(|filling| ALL.map(|what| what.encode(filling))).collect()
}

/// What may be in the data of a question.
const FILLINGS: [u8; 2] = [0, 0xAA];

/// Bytes of a frame.
const LENGTH: usize = 13;

/// What is asked for. Each reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Voltage, current and charge.
    Pack = 0x90,
    /// The highest and the lowest cell.
    Cells = 0x91,
    /// The warmest and the coldest place.
    Temperatures = 0x92,
    /// Whether it is charged or discharged.
    State = 0x93,
    /// What is wrong.
    Alarms = 0x98,
    /// What it holds.
    Capacity = 0x50,
}

const ALL: [What; 6] = [What::Pack, What::Cells, What::Temperatures, What::State, What::Alarms, What::Capacity];

impl What {
    /// The question in bytes.
    pub fn encode(self, filling: u8) -> Vec<u8> {
        let mut bytes = vec![0xA5, 0x40, self as u8, 8];
        bytes.extend([filling; 8]);
        bytes.push(fields::sum(&bytes).to_le_bytes()[0]);
        bytes
    }
}

/// Not the reply to a question.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadReply {
    /// Not 13 bytes.
    #[error("it has {0} bytes, and 13 are expected")]
    Length(usize),
    /// It begins with something else.
    #[error("it does not begin as the reply to this question does")]
    Begin,
    /// A wrong checksum.
    #[error("its checksum is {found:#04x}, and {expected:#04x} is expected")]
    Checksum {
        /// What it has.
        found: u8,
        /// What is expected.
        expected: u8,
    },
    /// A number that can't be.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// The data of one whole reply.
///
/// # Errors
/// It is no reply to this question.
pub fn decode(what: What, bytes: &[u8]) -> Result<[u8; 8], BadReply> {
    let frame: [u8; LENGTH] = bytes.try_into().map_err(|_| BadReply::Length(bytes.len()))?;
    let [0xA5, 1, about, 8, data @ .., found] = frame else { return Err(BadReply::Begin) };
    if about != what as u8 {
        return Err(BadReply::Begin);
    }
    let [expected, _] = fields::sum(bytes.get(..LENGTH - 1).unwrap_or_default()).to_le_bytes();
    if found == expected { Ok(data) } else { Err(BadReply::Checksum { found, expected }) }
}

/// Whether a reply begins here.
fn look(what: What, bytes: &[u8]) -> Look<[u8; 8]> {
    let begin = [0xA5, 1, what as u8, 8];
    if bytes.iter().zip(begin).any(|(found, expected)| *found != expected) {
        return Look::Nothing;
    }
    match bytes.get(..LENGTH).map(|frame| decode(what, frame)) {
        Some(Ok(data)) => Look::Frame(data, LENGTH),
        Some(Err(_)) => Look::Nothing,
        None => Look::Torn,
    }
}

/// The conversation.
#[derive(Clone, Debug, Default)]
struct Bms {
    /// Which filling of questions it answers to, as far as that was tried.
    filling: usize,
    asked: usize,
    values: Values,
}

impl Plan for Bms {
    type Answer = [u8; 8];
    const NAME: &'static str = "a Daly's";
    const PATIENCE: Duration = Duration::from_millis(500);

    fn next(&self) -> Next<Vec<u8>> {
        match (FILLINGS.get(self.filling), ALL.get(self.asked)) {
            (None, _) => Next::Unanswered,
            (Some(filling), Some(what)) => Next::Ask(what.encode(*filling)),
            (Some(_), None) => {
                Next::end(self.values.heard().map_err(|impossible| Unheard::Impossible(impossible.to_string())))
            }
        }
    }

    fn look(&self, bytes: &[u8]) -> Look<[u8; 8]> {
        ALL.get(self.asked).map_or(Look::Nothing, |what| look(*what, bytes))
    }

    fn told(&mut self, answer: Option<[u8; 8]>) {
        match (ALL.get(self.asked), answer) {
            (Some(What::Pack), None) => self.filling += 1,
            (Some(what), answer) => {
                self.values.add(*what, answer);
                self.asked += 1;
            }
            (None, _) => (),
        }
    }
}
