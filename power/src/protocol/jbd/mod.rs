//! JBD's battery management (Jiabaida; Xiaoxiang in its app, Overkill Solar and many makers of batteries): UART or
//! RS-485, 9600 bits a second.
//!
//! ```text
//!   request   DD A5 [what] 00         [checksum: 2] 77
//!   reply     DD [what] [00, or 80: refused] [length] [data …] [checksum: 2] 77
//!
//!   03   [10 mV: 2][10 mA: 2][remaining, 10 mAh: 2][nominal, 10 mAh: 2][cycles: 2][made: 2][balancing: 4]
//!        [protection: 2][version][charge in %][switches][cells][sensors: t][tenths of K: 2]×t, and in newer ones more
//!   04   [mV: 2] of each cell
//!   05   its name
//! ```
//!
//! Numbers have the high byte first. The checksum is minus the sum of what is asked for and the length; of a reply, minus
//! the sum of all between the register and itself. A5 reads; 5A would write, and is nowhere here.
//!
//! Sources: FurTrader/Overkill-Solar-BMS-Tools, `JBD_REGISTER_MAP.md`; syssi/esphome-jbd-bms with its logs;
//! Louisvdw/dbus-serialbattery, `lltjbd.py`.

#[cfg(test)]
mod tests;

use std::time::Duration;

use thiserror::Error;

use super::asking::{Asking, Next, Plan};
use super::fields;
use super::possible::{self, Impossible};
use super::stream::Look;
use crate::conversation::{Conversation, Heard, Unheard};
use crate::line::Line;
use crate::reading::{Alarm, Battery, Confidence, Identity, Reading, Text};
use crate::units::Voltage;

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Serial(9600)];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Bms::default())
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    ALL.iter().map(|what| what.encode()).collect()
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The measured values.
    Values = 3,
    /// The voltages of the cells.
    Cells = 4,
    /// The name.
    Name = 5,
}

const ALL: [What; 3] = [What::Values, What::Cells, What::Name];

impl What {
    /// The question in bytes.
    pub fn encode(self) -> Vec<u8> {
        let mut bytes = vec![0xDD, 0xA5, self as u8, 0];
        bytes.extend(u16::from(self as u8).wrapping_neg().to_be_bytes());
        bytes.push(0x77);
        bytes
    }
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// What was asked for.
    Data(Vec<u8>),
    /// It refuses.
    Refused,
}

/// Not the reply to a question.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadReply {
    /// Not between 0xDD and 0x77, or about something else.
    #[error("it does not begin and end as the reply to this question does")]
    Ends,
    /// Another length than it says.
    #[error("it has {found} bytes of data, and {expected} are expected")]
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

/// Bytes around the data.
const AROUND: usize = 7;

/// What the bytes of one whole reply say.
///
/// # Errors
/// They are no reply to this question.
pub fn decode(what: What, bytes: &[u8]) -> Result<Reply, BadReply> {
    let [0xDD, register, summed @ .., high, low, 0x77] = bytes else { return Err(BadReply::Ends) };
    let [status @ (0 | 0x80), length, data @ ..] = summed else { return Err(BadReply::Ends) };
    if *register != what as u8 {
        return Err(BadReply::Ends);
    }
    if data.len() != usize::from(*length) {
        return Err(BadReply::Length { found: data.len(), expected: usize::from(*length) });
    }
    let (found, expected) = (u16::from_be_bytes([*high, *low]), fields::sum(summed).wrapping_neg());
    if found != expected {
        return Err(BadReply::Checksum { found, expected });
    }
    Ok(if *status == 0 { Reply::Data(data.to_vec()) } else { Reply::Refused })
}

/// Whether a reply begins here.
fn look(what: What, bytes: &[u8]) -> Look<Reply> {
    let begin = [0xDD, what as u8];
    if bytes.iter().zip(begin).any(|(found, expected)| *found != expected)
        || bytes.get(2).is_some_and(|status| status & 0x7F != 0)
    {
        return Look::Nothing;
    }
    let Some(length) = bytes.get(3).map(|length| usize::from(*length) + AROUND) else { return Look::Torn };
    match bytes.get(..length).map(|frame| decode(what, frame)) {
        Some(Ok(reply)) => Look::Frame(reply, length),
        Some(Err(_)) => Look::Nothing,
        None => Look::Torn,
    }
}

/// What a bit of the protection means.
const PROTECTION: [Alarm; 13] = [
    Alarm::BatteryHigh,
    Alarm::BatteryLow,
    Alarm::BatteryHigh,
    Alarm::BatteryLow,
    Alarm::TooHot,
    Alarm::TooCold,
    Alarm::TooHot,
    Alarm::TooCold,
    Alarm::Overload,
    Alarm::Overload,
    Alarm::ShortCircuit,
    Alarm::Fault,
    // Its switches are held open by a setting.
    Alarm::Fault,
];

/// The measured values, and its version.
///
/// # Errors
/// There are too few bytes, or a number can't be.
pub fn values(data: &[u8]) -> Result<(Reading, Text), BadReply> {
    let short = |expected| BadReply::Length { found: data.len(), expected };
    let fixed = data.first_chunk::<23>().ok_or_else(|| short(23))?;
    let word = |at| fields::be16(fixed, at).unwrap_or_default();
    let [.., version, charge, _, _, sensors] = fixed;
    let temperatures = (0..usize::from(*sensors)).map(|sensor| fields::be16(data, 23 + 2 * sensor));
    let temperatures = temperatures.collect::<Option<Vec<u16>>>();
    let temperatures = temperatures.ok_or_else(|| short(23 + 2 * usize::from(*sensors)))?;
    // A sensor that is not there is at absolute zero.
    let warmest = temperatures.into_iter().filter(|kelvin| *kelvin != 0).max();

    let mut reading = Reading::default();
    // The battery feeds it: without cells on its wires it measures none, and not zero.
    let voltage = Some(word(0)).filter(|voltage| *voltage != 0);
    let voltage = voltage.map(|voltage| possible::voltage("battery's voltage", i64::from(voltage) * 10)).transpose()?;
    let current = possible::current(i64::from(word(2).cast_signed()) * 10)?;
    reading.battery = Battery {
        charge: Some(possible::charge(i64::from(*charge) * 10, Confidence::Counted)?),
        voltage,
        current: Some(current),
        power: voltage.map(|voltage| possible::product(voltage, current)),
        temperature: warmest.map(possible::kelvin).transpose()?,
        capacity: possible::capacity(i64::from(word(6)) * 10)?,
        ..Battery::default()
    };
    let protection = word(16);
    for (bit, alarm) in PROTECTION.into_iter().enumerate() {
        if protection >> bit & 1 == 1 {
            reading.alarm(alarm);
        }
    }
    Ok((reading, Text::new(&format!("{:x}.{:x}", version >> 4, version & 0xF))))
}

/// The lowest and the highest cell. A cell of 0 mV is not there: of 16 wires for 15 cells one is left.
///
/// # Errors
/// A voltage can't be.
pub fn cells(data: &[u8]) -> Result<Option<(Voltage, Voltage)>, Impossible> {
    let cells = data.chunks_exact(2).filter_map(|pair| fields::be16(pair, 0)).filter(|cell| *cell != 0);
    let cells = cells.map(possible::cell).collect::<Result<Vec<Voltage>, Impossible>>()?;
    Ok(cells.iter().min().copied().zip(cells.iter().max().copied()))
}

/// The conversation.
#[derive(Clone, Debug, Default)]
struct Bms {
    asked: usize,
    refused: bool,
    values: Option<Vec<u8>>,
    cells: Vec<u8>,
    name: Vec<u8>,
}

impl Bms {
    fn heard(&self, data: &[u8]) -> Result<Heard, BadReply> {
        let (mut reading, firmware) = values(data)?;
        let cells = cells(&self.cells)?;
        (reading.battery.lowest_cell, reading.battery.highest_cell) = cells.unzip();
        let model = Text::new(&fields::text(&self.name));
        Ok(Heard {
            identity: Identity { maker: Text::new("JBD"), model, serial: None, firmware: Some(firmware) },
            reading,
        })
    }
}

impl Plan for Bms {
    type Answer = Reply;
    const NAME: &'static str = "a JBD's";
    const PATIENCE: Duration = Duration::from_millis(600);

    fn next(&self) -> Next<Vec<u8>> {
        match (ALL.get(self.asked), &self.values) {
            _ if self.refused => Next::end(Err(Unheard::Refused("it gives no values".to_owned()))),
            (_, None) if self.asked > 0 => Next::Unanswered,
            (Some(what), _) => Next::Ask(what.encode()),
            (None, None) => Next::Unanswered,
            (None, Some(data)) => Next::end(self.heard(data).map_err(|bad| Unheard::Impossible(bad.to_string()))),
        }
    }

    fn look(&self, bytes: &[u8]) -> Look<Reply> {
        ALL.get(self.asked).map_or(Look::Nothing, |what| look(*what, bytes))
    }

    fn told(&mut self, answer: Option<Reply>) {
        match (ALL.get(self.asked), answer) {
            (Some(What::Values), Some(Reply::Data(data))) => self.values = Some(data),
            (Some(What::Values), Some(Reply::Refused)) => self.refused = true,
            (Some(What::Cells), Some(Reply::Data(data))) => self.cells = data,
            (Some(What::Name), Some(Reply::Data(data))) => self.name = data,
            _ => (),
        }
        self.asked += 1;
    }
}
