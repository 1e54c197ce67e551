//! Pylontech's batteries on CAN, and the many others that speak like them to an inverter: 500000 bits a second, each
//! message once a second.
//!
//! ```text
//!   can_frame   [id: 4][length][0][0][…][data: 8]      16 bytes, as Linux gives them
//!
//!   355   [charge in %: 2][health in %: 2], in some [hundredths of a per cent: 2]
//!   356   [10 mV: 2][tenths of A, into the battery: 2][tenths of a degree: 2]
//!   359   [protections: 2][warnings: 2][how many modules]['PN']
//!   35A   [alarms: 4][warnings: 4], two bits each
//!   35E   who made it, in ASCII
//!   373   [lowest cell in mV: 2][highest: 2][…]
//! ```
//!
//! Numbers of the data have the low byte first.
//!
//! 351 (how it may be charged) and 35C (whether it may) are for a charger, and say nothing that is read here. Some
//! batteries are silent until an inverter has spoken (305). That is never sent: then there is nothing to hear without
//! an inverter.
//!
//! In 35A two bits are 01 for an alarm and 10 for none in most batteries, and 10 for an alarm in others. So only 01 is
//! one.
//!
//! Invariant: nothing is ever sent.
//!
//! Sources: Pylontech's CAN protocol V1.2 and V1.3, as setfirelabs has them with its measurements;
//! ArminJo/JK-BMSToPylontechCAN; shining-man/bsc_fw (359, 35A and 373).

#[cfg(test)]
mod tests;

use std::time::Duration;

use super::fields;
use super::possible::{self, Impossible};
use super::stream::{Look, Stream};
use crate::conversation::{Conversation, Heard, Step, Unheard};
use crate::line::Line;
use crate::reading::{Alarm, Confidence, Identity, Reading, StateOfCharge, Text};

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Can(500_000)];

/// Begins to listen.
pub fn begin() -> impl Conversation {
    Listening::default()
}

/// All that is ever sent: nothing.
pub fn requests() -> Vec<Vec<u8>> {
    Vec::new()
}

/// What it is called in 'what it says is not …'.
const NAME: &str = "a battery's";

/// How long it is listened. Each message comes once a second.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bytes of Linux's `can_frame`.
const LENGTH: usize = 16;

/// A message of a battery: with a number of 11 bits, and not an error or a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which.
    pub id: u16,
    /// Its data, at most 8 bytes.
    pub data: Vec<u8>,
}

/// Whether a `can_frame` begins here; `None` for one that is no message of a battery. Linux fills what is behind the
/// data with zeros, which helps to tell a frame from what only looks like one.
fn look(bytes: &[u8]) -> Look<Option<Message>> {
    const EXTENDED: u32 = 0x8000_0000;
    const QUESTION: u32 = 0x4000_0000;
    const ERROR: u32 = 0x2000_0000;
    let Some(frame) = bytes.first_chunk::<LENGTH>() else { return Look::Torn };
    let [a, b, c, d, length, 0, 0, more, all @ ..] = frame else { return Look::Nothing };
    let id = u32::from_ne_bytes([*a, *b, *c, *d]);
    let most = if id & (EXTENDED | ERROR) == 0 { 0x7FF } else { 0x1FFF_FFFF };
    let Some((data, behind)) = all.split_at_checked(usize::from(*length)) else { return Look::Nothing };
    let is_one = id & !(EXTENDED | QUESTION | ERROR) <= most && behind.iter().all(|byte| *byte == 0);
    // A length above 8, which is sent as 8, is kept apart.
    if !is_one || (*more != 0 && (data.len() != 8 || !(9..=15).contains(more))) {
        return Look::Nothing;
    }
    match u16::try_from(id) {
        // Nothing but zeros is no message, but perhaps the beginning of one.
        Ok(0) if data.is_empty() => Look::Nothing,
        Ok(id) => Look::Frame(Some(Message { id, data: data.to_vec() }), LENGTH),
        Err(_) => Look::Frame(None, LENGTH),
    }
}

/// What the messages say, each as it came last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    charge: Option<Vec<u8>>,
    values: Option<Vec<u8>>,
    wrong: Option<Vec<u8>>,
    alarms: Option<Vec<u8>>,
    maker: Option<Vec<u8>>,
    cells: Option<Vec<u8>>,
}

impl Messages {
    /// This one came.
    pub fn add(&mut self, message: Message) {
        let place = match message.id {
            0x355 => &mut self.charge,
            0x356 => &mut self.values,
            0x359 => &mut self.wrong,
            0x35A => &mut self.alarms,
            0x35E => &mut self.maker,
            0x373 => &mut self.cells,
            _ => return,
        };
        *place = Some(message.data);
    }

    /// Whether each came that most batteries have.
    fn are_all(&self) -> bool {
        let wrong = self.wrong.is_some() || self.alarms.is_some();
        self.charge.is_some() && self.values.is_some() && self.maker.is_some() && wrong
    }

    /// What they say together; `None` if the charge or the values are missing, without which it may be anything.
    ///
    /// # Errors
    /// A number can't be.
    pub fn read(&self) -> Result<Option<Heard>, Impossible> {
        let (Some(charge), Some(values)) = (&self.charge, &self.values) else { return Ok(None) };
        let (Some(percent), Some(centivolts)) = (fields::le16(charge, 0), fields::le16(values, 0)) else {
            return Ok(None);
        };
        let mut reading = Reading::default();
        let battery = &mut reading.battery;
        battery.charge = Some(finer(percent, fields::le16(charge, 4))?);
        let health = fields::le16(charge, 2).filter(|health| *health != 0);
        battery.health = health.map(|health| possible::health(health.into())).transpose()?;
        let voltage = Some(centivolts).filter(|voltage| *voltage != 0);
        battery.voltage =
            voltage.map(|voltage| possible::voltage("battery's voltage", i64::from(voltage) * 10)).transpose()?;
        let current = fields::le16(values, 2).map(|current| possible::current(i64::from(current.cast_signed()) * 100));
        battery.current = current.transpose()?;
        battery.power =
            battery.voltage.zip(battery.current).map(|(voltage, current)| possible::product(voltage, current));
        let temperature = fields::le16(values, 4).filter(|tenths| !matches!(tenths, 0x7FFF | 0x8000 | 0xFFFF));
        battery.temperature =
            temperature.map(|tenths| possible::temperature(tenths.cast_signed().into())).transpose()?;
        if let Some(cells) = &self.cells {
            let cell =
                |at| fields::le16(cells, at).filter(|cell| !matches!(cell, 0 | 0xFFFF)).map(possible::cell).transpose();
            (battery.lowest_cell, battery.highest_cell) = (cell(0)?, cell(2)?);
        }
        self.wrong.iter().for_each(|bits| wrong(bits, &mut reading));
        self.alarms.iter().for_each(|bits| alarms(bits, &mut reading));
        let maker = self.maker.as_deref().map(fields::text).unwrap_or_default();
        let maker = if maker.trim() == "PYLON" { "Pylontech" } else { &maker };
        Ok(Some(Heard { identity: Identity { maker: Text::new(maker), ..Identity::default() }, reading }))
    }
}

/// The charge, in hundredths of a per cent where these say the same.
fn finer(percent: u16, hundredths: Option<u16>) -> Result<StateOfCharge, Impossible> {
    let coarse = i64::from(percent) * 10;
    let fine = hundredths
        .map(|hundredths| i64::from(hundredths) / 10)
        .filter(|fine| (fine - coarse).abs() <= 10 && *fine <= 1000);
    possible::charge(fine.filter(|fine| *fine != 0).unwrap_or(coarse), Confidence::Counted)
}

/// 359: a bit of a protection and of its warning have the same place.
fn wrong(bits: &[u8], reading: &mut Reading) {
    let byte = |at| fields::byte(bits, at).unwrap_or_default();
    let (first, second) = (byte(0) | byte(2), byte(1) | byte(3));
    let known = [
        (first & 0x02, Alarm::BatteryHigh),
        (first & 0x04, Alarm::BatteryLow),
        (first & 0x08, Alarm::TooHot),
        (first & 0x10, Alarm::TooCold),
        (first & 0x80 | second & 0x01, Alarm::Overload),
        // The system; the modules don't hear each other.
        (second & 0x88, Alarm::Fault),
    ];
    known.into_iter().filter(|(bits, _)| *bits != 0).for_each(|(_, alarm)| reading.alarm(alarm));
}

/// 35A: pairs of bits, of which 01 is an alarm. The first four bytes are alarms, the others warnings of the same.
fn alarms(bits: &[u8], reading: &mut Reading) {
    const PAIRS: [Alarm; 13] = [
        Alarm::Fault,
        Alarm::BatteryHigh,
        Alarm::BatteryLow,
        Alarm::TooHot,
        Alarm::TooCold,
        Alarm::TooHot,
        Alarm::TooCold,
        Alarm::Overload,
        Alarm::Overload,
        Alarm::Fault,
        Alarm::ShortCircuit,
        Alarm::Fault,
        Alarm::Imbalance,
    ];
    for half in bits.chunks(4) {
        let pairs = half.iter().flat_map(|byte| [0, 2, 4, 6].map(|shift| byte >> shift & 3));
        let known = PAIRS.into_iter().zip(pairs).skip(1).filter(|(_, pair)| *pair == 1);
        let any = reading.alarms.len();
        known.for_each(|(alarm, _)| reading.alarm(alarm));
        // The first one says that something is wrong; that counts where nothing says what.
        if reading.alarms.len() == any && any == 0 && half.first().is_some_and(|byte| byte & 3 == 1) {
            reading.alarm(Alarm::Fault);
        }
    }
}

/// The conversation.
#[derive(Clone, Debug, Default)]
struct Listening {
    stream: Stream,
    messages: Messages,
    over: bool,
}

impl Listening {
    fn hear(&mut self, over: bool) {
        while !self.over {
            match self.stream.frame(over, look) {
                Some(Some(message)) => self.messages.add(message),
                Some(None) => (),
                None => break,
            }
            self.over = self.messages.are_all();
        }
    }
}

impl Conversation for Listening {
    fn next(&self) -> Step {
        if !self.over {
            return Step::Listen(PATIENCE);
        }
        Step::End(match self.messages.read() {
            Ok(Some(heard)) => Ok(heard),
            Ok(None) if self.stream.came() => Err(Unheard::Other(NAME)),
            Ok(None) => Err(Unheard::Silent),
            Err(impossible) => Err(Unheard::Impossible(impossible.to_string())),
        })
    }

    fn received(&mut self, bytes: &[u8]) {
        if !self.over {
            self.stream.push(bytes);
            self.hear(false);
        }
    }

    fn silent(&mut self) {
        self.hear(true);
        self.over = true;
    }
}
