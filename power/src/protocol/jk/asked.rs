//! JK's older boards: one question, and a reply with all registers.
//!
//! ```text
//!   4E 57 [length: 2][terminal: 4][06][source][type][register][data] … [record: 4][68][0: 2][sum of all before: 2]
//!
//!   79 [bytes][which cell, mV: 2] …   80, 81, 82 temperatures: 2   83 10 mV: 2   84 10 mA: 2   85 charge in %
//!   8B what is wrong: 2   AA what it was set to hold, in Ah: 4   B9 what it holds, in Ah: 4   B7 version: 15
//!   BA maker: 24   C0 how 84 is meant: 1
//! ```
//!
//! Numbers have the high byte first; the length counts all but the first two bytes. A register has no length, so that
//! one which is not known hides what comes behind it.
//!
//! Where C0 is 1, the highest bit of the current says that the battery is charged; where it is 0, 10000 is no current,
//! and less is into the battery. Without C0 the current is not known.

use std::time::Duration;

use thiserror::Error;

use crate::conversation::{Conversation, Heard, Unheard};
use crate::protocol::asking::{Asking, Next, Plan};
use crate::protocol::fields;
use crate::protocol::possible::{self, Impossible};
use crate::protocol::stream::Look;
use crate::reading::{Alarm, Confidence, Identity, Reading, Text};
use crate::units::{Current, Temperature, Voltage};

/// The question for all registers. Its type is 0: a question; 06 reads all, 03 comes from a computer.
pub const REQUEST: [u8; 21] = [0x4E, 0x57, 0, 0x13, 0, 0, 0, 0, 6, 3, 0, 0, 0, 0, 0, 0, 0x68, 0, 0, 1, 0x29];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Board::default())
}

/// Not a reply.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadReply {
    /// Something else.
    #[error("it does not begin and end as a reply does")]
    Ends,
    /// Another length than it says.
    #[error("it has {found} bytes, and {expected} are expected")]
    Length {
        /// What it has.
        found: usize,
        /// What is expected.
        expected: usize,
    },
    /// A wrong checksum.
    #[error("its checksum is {found:#06x}, and {expected:#06x} is expected")]
    Checksum {
        /// What it has.
        found: u16,
        /// What is expected.
        expected: u16,
    },
    /// A number that can't be.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// Bytes before the first register, and behind the last one.
const BEFORE: usize = 11;
const BEHIND: usize = 9;

/// The longest reply that is believed: with 24 cells it has some 330 bytes.
const LONGEST: usize = 1000;

/// The registers of one whole reply.
///
/// # Errors
/// It is none.
pub fn decode(bytes: &[u8]) -> Result<&[u8], BadReply> {
    let expected = fields::be16(bytes, 2).map_or(BEFORE + BEHIND, |length| usize::from(length) + 2);
    if bytes.len() != expected || expected < BEFORE + BEHIND {
        return Err(BadReply::Length { found: bytes.len(), expected: expected.max(BEFORE + BEHIND) });
    }
    let [0x4E, 0x57, _, _, _, _, _, _, 6, _, 1, registers @ .., _, _, _, _, 0x68, _, _, high, low] = bytes else {
        return Err(BadReply::Ends);
    };
    let (found, summed) = (u16::from_be_bytes([*high, *low]), bytes.split_last_chunk::<4>());
    let expected = summed.map_or(0, |(summed, _)| fields::sum(summed));
    if found == expected { Ok(registers) } else { Err(BadReply::Checksum { found, expected }) }
}

/// Whether a reply begins here.
fn look(bytes: &[u8]) -> Look<Vec<u8>> {
    let begin = [(0, 0x4E), (1, 0x57), (8, 6), (10, 1)];
    if begin.iter().any(|(at, expected)| bytes.get(*at).is_some_and(|found| found != expected)) {
        return Look::Nothing;
    }
    let Some(length) = fields::be16(bytes, 2).map(|length| usize::from(length) + 2) else { return Look::Torn };
    if !(BEFORE + BEHIND..=LONGEST).contains(&length) {
        return Look::Nothing;
    }
    match bytes.get(..length).map(decode) {
        Some(Ok(registers)) => Look::Frame(registers.to_vec(), length),
        Some(Err(_)) => Look::Nothing,
        None => Look::Torn,
    }
}

/// How many bytes a register has.
fn size(register: u8) -> Option<usize> {
    Some(match register {
        0x85 | 0x86 | 0x9D | 0xA9 | 0xAB | 0xAC | 0xAE | 0xAF | 0xB1 | 0xB3 | 0xB8 | 0xC0 => 1,
        0x80..=0x84 | 0x87 | 0x8A..=0x8C | 0x8E..=0x9C | 0x9E..=0xA8 | 0xAD | 0xB0 => 2,
        0x89 | 0xAA | 0xB5 | 0xB6 | 0xB9 => 4,
        0xB2 => 10,
        0xB4 => 8,
        0xB7 => 15,
        0xBA => 24,
        _ => return None,
    })
}

/// The registers, up to one that is not known.
fn each(mut rest: &[u8]) -> Vec<(u8, &[u8])> {
    let mut all = Vec::new();
    while let [register, more @ ..] = rest {
        let (length, more) = match (register, more) {
            (0x79, [length, more @ ..]) => (usize::from(*length), more),
            _ => match size(*register) {
                Some(length) => (length, more),
                None => break,
            },
        };
        let Some((data, after)) = more.split_at_checked(length) else { break };
        all.push((*register, data));
        rest = after;
    }
    all
}

/// What the registers say.
///
/// # Errors
/// A number can't be.
pub fn values(registers: &[u8]) -> Result<Heard, Impossible> {
    let all = each(registers);
    let data = |number: u8| all.iter().find(|(register, _)| *register == number).map(|(_, data)| *data);
    let byte = |number| data(number).and_then(|data| fields::byte(data, 0));
    let word = |number| data(number).and_then(|data| fields::be16(data, 0));
    let long = |number| data(number).and_then(|data| fields::be32(data, 0));

    let mut reading = Reading::default();
    let battery = &mut reading.battery;
    // The battery feeds it: without a wire to measure at it measures none, and not zero.
    let voltage = word(0x83).filter(|voltage| *voltage != 0);
    battery.voltage =
        voltage.map(|voltage| possible::voltage("battery's voltage", i64::from(voltage) * 10)).transpose()?;
    battery.current = word(0x84).zip(byte(0xC0)).and_then(|(raw, way)| current(raw, way));
    battery.power = battery.voltage.zip(battery.current).map(|(voltage, current)| possible::product(voltage, current));
    let charge = byte(0x85).map(|percent| possible::charge(i64::from(percent) * 10, Confidence::Counted));
    battery.charge = charge.transpose()?;
    battery.temperature = word(0x82).map(temperature).transpose()?;
    let cells = data(0x79).unwrap_or_default().chunks_exact(3).filter_map(|cell| fields::be16(cell, 1));
    let cells = cells.filter(|cell| *cell != 0).map(possible::cell).collect::<Result<Vec<Voltage>, Impossible>>()?;
    (battery.lowest_cell, battery.highest_cell) = (cells.iter().min().copied(), cells.iter().max().copied());
    let ampere_hours = long(0xB9).filter(|capacity| *capacity != 0).or(long(0xAA));
    let capacity = ampere_hours.map(|capacity| possible::capacity(i64::from(capacity) * 1000));
    battery.capacity = capacity.transpose()?.flatten();
    wrong(word(0x8B).unwrap_or_default(), &mut reading);

    let text = |number| data(number).map(fields::text).unwrap_or_default();
    // What nobody has filled in is called so.
    let maker = text(0xBA);
    let model = Text::new(maker.strip_prefix("Input Userda").unwrap_or(&maker));
    let firmware = Text::new(text(0xB7).trim_end_matches('_'));
    let firmware = Some(firmware).filter(|firmware| !firmware.as_str().is_empty());
    Ok(Heard { identity: Identity { maker: Text::new("JK"), model, serial: None, firmware }, reading })
}

fn current(raw: u16, way: u8) -> Option<Current> {
    let charges = raw & 0x8000 != 0;
    let hundredths = match way {
        0 => 10_000 - i32::from(raw),
        1 if charges => i32::from(raw & 0x7FFF),
        1 => -i32::from(raw),
        _ => return None,
    };
    Some(Current(hundredths * 10))
}

/// Degrees; above 100 they count downwards from zero.
fn temperature(raw: u16) -> Result<Temperature, Impossible> {
    let degrees = possible::within(("temperature", "of 0 to 140"), raw.into(), 0..=140)?;
    possible::temperature(i64::from(if degrees > 100 { 100 - degrees } else { degrees }) * 10)
}

/// What each bit of 8B means.
const ALARMS: [Alarm; 14] = [
    Alarm::BatteryLow,
    Alarm::TooHot,
    Alarm::BatteryHigh,
    Alarm::BatteryLow,
    Alarm::TooHot,
    Alarm::Overload,
    Alarm::Overload,
    Alarm::Imbalance,
    Alarm::TooHot,
    Alarm::TooCold,
    Alarm::BatteryHigh,
    Alarm::BatteryLow,
    Alarm::Fault,
    Alarm::Fault,
];

fn wrong(bits: u16, reading: &mut Reading) {
    let known = ALARMS.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    known.for_each(|(_, alarm)| reading.alarm(alarm));
}

/// The conversation.
#[derive(Clone, Debug, Default)]
struct Board {
    over: bool,
    registers: Option<Vec<u8>>,
}

impl Plan for Board {
    type Answer = Vec<u8>;
    const NAME: &'static str = "a JK's";
    const PATIENCE: Duration = Duration::from_millis(800);

    fn next(&self) -> Next<Vec<u8>> {
        match &self.registers {
            _ if !self.over => Next::Ask(REQUEST.to_vec()),
            None => Next::Unanswered,
            Some(registers) => Next::end(match values(registers) {
                Ok(heard) if heard.reading.is_empty() => Err(Unheard::Other(Self::NAME)),
                Ok(heard) => Ok(heard),
                Err(impossible) => Err(Unheard::Impossible(impossible.to_string())),
            }),
        }
    }

    fn look(&self, bytes: &[u8]) -> Look<Vec<u8>> {
        look(bytes)
    }

    fn told(&mut self, answer: Option<Vec<u8>>) {
        (self.over, self.registers) = (true, answer);
    }
}
