//! JK's newer inverter boards (PB), as they speak to each other.
//!
//! ```text
//!   55 AA EB 90 [01 settings, 02 state, 03 who it is][counter][… 293][sum of all before: 1]      300 bytes
//!   [address] 10 16 20 00 01 [CRC: 2]                                        behind a state: whose it was
//!
//!   02   6 mV: 2 of each of 32 cells │ 150 mV: 4 │ 158 mA: 4 │ 162, 164 tenths of a degree: 2 │
//!        166 what is wrong: 4 │ 173 charge in % │ 174 remaining mAh: 4 │ 178 what it holds in mAh: 4 │
//!        190 health in %
//!   03   6 model: 16 │ 22 hardware: 8 │ 30 software: 8 │ 46 serial: 16
//! ```
//!
//! Numbers have the low byte first. Several boards hang side by side, and say how they are in turn: their currents sum
//! up. It is listened until one says it for the second time.
//!
//! Invariants: nothing is ever sent; a state whose cells don't sum up to its voltage is refused, as boards of another
//! kind have other places.

use std::collections::BTreeMap;
use std::time::Duration;

use thiserror::Error;

use crate::conversation::{Conversation, Heard, Step, Unheard};
use crate::protocol::fields;
use crate::protocol::modbus::rtu;
use crate::protocol::possible::{self, Impossible};
use crate::protocol::stream::{Look, Stream};
use crate::reading::{Alarm, Confidence, Identity, Reading, Text};
use crate::units::{Current, Power, Temperature, Voltage};

/// What it is called in 'what it says is not …'.
const NAME: &str = "a JK's";

/// How long it is listened: the first board asks fifteen others, a quarter of a second each.
const PATIENCE: Duration = Duration::from_secs(6);

/// Bytes of a frame.
const LENGTH: usize = 300;

const BEGIN: [u8; 4] = [0x55, 0xAA, 0xEB, 0x90];

/// Begins to listen.
pub fn begin() -> impl Conversation {
    Listening::default()
}

/// Not a frame, or not what a board says.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadFrame {
    /// Something else.
    #[error("it does not begin as a frame does")]
    Begin,
    /// Not 300 bytes.
    #[error("it has {0} bytes, and 300 are expected")]
    Length(usize),
    /// A wrong checksum.
    #[error("its checksum is {found:#04x}, and {expected:#04x} is expected")]
    Checksum {
        /// What it has.
        found: u8,
        /// What is expected.
        expected: u8,
    },
    /// The cells are not those of the battery.
    #[error("its cells sum up to {cells}, and its voltage is {battery}")]
    Sum {
        /// All cells.
        cells: Voltage,
        /// What it says of itself.
        battery: Voltage,
    },
    /// A number that can't be.
    #[error(transparent)]
    Impossible(#[from] Impossible),
}

/// A frame, checked.
///
/// # Errors
/// It is none.
pub fn decode(bytes: &[u8]) -> Result<&[u8; LENGTH], BadFrame> {
    if !bytes.starts_with(&BEGIN) {
        return Err(BadFrame::Begin);
    }
    let frame: &[u8; LENGTH] = bytes.try_into().map_err(|_| BadFrame::Length(bytes.len()))?;
    let [summed @ .., found] = frame;
    let [expected, _] = fields::sum(summed).to_le_bytes();
    if *found == expected { Ok(frame) } else { Err(BadFrame::Checksum { found: *found, expected }) }
}

/// What a board says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    lowest: Option<Voltage>,
    highest: Option<Voltage>,
    voltage: Voltage,
    current: Current,
    warmest: Option<Temperature>,
    percent: u8,
    remaining: u32,
    total: u32,
    health: u8,
    alarms: u32,
}

impl State {
    /// From a frame of type 2.
    ///
    /// # Errors
    /// It can't be true.
    pub fn parse(frame: &[u8; LENGTH]) -> Result<Self, BadFrame> {
        let byte = |at| fields::byte(frame, at).unwrap_or_default();
        let word = |at| fields::le16(frame, at).unwrap_or_default();
        let long = |at| fields::le32(frame, at).unwrap_or_default();
        let cells = (0..32).map(|cell| word(6 + 2 * cell)).filter(|cell| *cell != 0);
        let cells = cells.map(possible::cell).collect::<Result<Vec<Voltage>, Impossible>>()?;
        let sum = Voltage(cells.iter().map(|cell| cell.0).sum());
        let battery = possible::voltage("battery's voltage", long(150).into())?;
        if (sum.0 - battery.0).abs() > 1_000 + battery.0 / 20 {
            return Err(BadFrame::Sum { cells: sum, battery });
        }
        // A sensor that is not there is below absolute zero, or so.
        let sensors = [162, 164].map(|at| i64::from(word(at).cast_signed()));
        let sensors = sensors.into_iter().filter(|tenths| *tenths > -1_000);
        let warmest = sensors.max().map(possible::temperature).transpose()?;
        possible::charge(i64::from(byte(173)) * 10, Confidence::Counted)?;
        possible::health(byte(190).into())?;
        Ok(Self {
            lowest: cells.iter().min().copied(),
            highest: cells.iter().max().copied(),
            voltage: battery,
            current: possible::current(long(158).cast_signed().into())?,
            warmest,
            percent: byte(173),
            remaining: long(174),
            total: long(178),
            health: byte(190),
            alarms: long(166),
        })
    }
}

/// Who a board is, from a frame of type 3.
pub fn identity(frame: &[u8; LENGTH]) -> Identity {
    let text = |at: usize, length| Text::new(&fields::text(frame.get(at..at + length).unwrap_or_default()));
    let some = |text: Text| Some(text).filter(|text| !text.as_str().is_empty());
    Identity { maker: Text::new("JK"), model: text(6, 16), serial: some(text(46, 16)), firmware: some(text(30, 8)) }
}

/// What boards say together.
///
/// # Errors
/// A number can't be.
pub fn together(boards: &[State]) -> Result<Reading, Impossible> {
    let mut reading = Reading::default();
    let count = i64::try_from(boards.len()).unwrap_or(i64::MAX).max(1);
    let sum = |of: fn(&State) -> i64| boards.iter().map(of).sum::<i64>();
    let battery = &mut reading.battery;
    let voltage = Some(sum(|board| board.voltage.0.into()) / count).filter(|voltage| *voltage != 0);
    battery.voltage = voltage.map(|voltage| possible::voltage("battery's voltage", voltage)).transpose()?;
    battery.current = Some(possible::current(sum(|board| board.current.0.into()))?);
    battery.power = Some(Power(boards.iter().map(|board| possible::product(board.voltage, board.current).0).sum()));
    battery.lowest_cell = boards.iter().filter_map(|board| board.lowest).min();
    battery.highest_cell = boards.iter().filter_map(|board| board.highest).max();
    battery.temperature = boards.iter().filter_map(|board| board.warmest).max();
    let (remaining, total) = (sum(|board| board.remaining.into()), sum(|board| board.total.into()));
    battery.capacity = possible::capacity(total)?;
    let permille = match boards {
        [board] => i64::from(board.percent) * 10,
        _ => (remaining.min(total) * 1000).checked_div(total).unwrap_or_default(),
    };
    battery.charge = Some(possible::charge(permille, Confidence::Counted)?);
    let health = boards.iter().map(|board| board.health).min().filter(|health| *health != 0);
    battery.health = health.map(|health| possible::health(health.into())).transpose()?;
    let bits = boards.iter().fold(0, |bits, board| bits | board.alarms);
    for (bit, alarm) in ALARMS.into_iter().chain([(21, Alarm::TooHot)]) {
        if bits >> bit & 1 == 1 {
            reading.alarm(alarm);
        }
    }
    Ok(reading)
}

/// What each bit of what is wrong means, as far as it is known.
const ALARMS: [(u32, Alarm); 18] = [
    (0, Alarm::Fault),
    (1, Alarm::TooHot),
    (2, Alarm::Fault),
    (3, Alarm::Fault),
    (4, Alarm::BatteryHigh),
    (5, Alarm::BatteryHigh),
    (6, Alarm::Overload),
    (7, Alarm::ShortCircuit),
    (8, Alarm::TooHot),
    (9, Alarm::TooCold),
    (10, Alarm::Fault),
    (11, Alarm::BatteryLow),
    (12, Alarm::BatteryLow),
    (13, Alarm::Overload),
    (14, Alarm::ShortCircuit),
    (15, Alarm::TooHot),
    (16, Alarm::Fault),
    (17, Alarm::Fault),
];

/// What is heard on the line.
enum Sound {
    /// A frame.
    Frame(Box<[u8; LENGTH]>),
    /// Whose state came before.
    Whose(u8),
}

fn look(bytes: &[u8]) -> Look<Sound> {
    if bytes.iter().zip(BEGIN).all(|(found, expected)| *found == expected) {
        return match bytes.get(..LENGTH).map(decode) {
            Some(Ok(frame)) => Look::Frame(Sound::Frame(Box::new(*frame)), LENGTH),
            Some(Err(_)) => Look::Nothing,
            None => Look::Torn,
        };
    }
    let [address, rest @ ..] = bytes else { return Look::Torn };
    let expected = [0x10, 0x16, 0x20, 0, 1];
    if *address > 15 || rest.iter().zip(expected).any(|(found, expected)| *found != expected) {
        return Look::Nothing;
    }
    match bytes.split_at_checked(6).and_then(|(summed, rest)| Some((summed, rest.first_chunk()?))) {
        Some((summed, sum)) if rtu::crc(summed) == u16::from_le_bytes(*sum) => Look::Frame(Sound::Whose(*address), 8),
        // A question to a board begins in the same way.
        Some(_) => Look::Nothing,
        None => Look::Torn,
    }
}

/// The conversation.
#[derive(Clone, Debug, Default)]
struct Listening {
    stream: Stream,
    /// The state that came last, and whose it is has not been said.
    latest: Option<State>,
    boards: BTreeMap<u8, State>,
    identity: Option<Identity>,
    refuted: Option<BadFrame>,
    over: bool,
}

impl Listening {
    fn hear(&mut self, over: bool) {
        while !self.over {
            match self.stream.frame(over, look) {
                None => break,
                Some(Sound::Frame(frame)) => match frame.get(4) {
                    Some(2) => match State::parse(&frame) {
                        Ok(state) => self.latest = Some(state),
                        Err(bad) => self.refuted = Some(bad),
                    },
                    Some(3) => self.identity = Some(identity(&frame)),
                    _ => (),
                },
                Some(Sound::Whose(address)) => {
                    if let Some(state) = self.latest.take() {
                        self.over = self.boards.insert(address, state).is_some();
                    }
                }
            }
        }
    }

    fn heard(&self) -> Result<Heard, Unheard> {
        let boards: Vec<State> = match &self.latest {
            Some(alone) if self.boards.is_empty() => vec![alone.clone()],
            _ => self.boards.values().cloned().collect(),
        };
        match (&boards[..], self.refuted) {
            (_, Some(bad)) => Err(Unheard::Impossible(bad.to_string())),
            ([], None) if self.stream.came() => Err(Unheard::Other(NAME)),
            ([], None) => Err(Unheard::Silent),
            (boards, None) => {
                let reading = together(boards).map_err(|impossible| Unheard::Impossible(impossible.to_string()))?;
                let unnamed = || Identity { maker: Text::new("JK"), ..Identity::default() };
                Ok(Heard { identity: self.identity.clone().unwrap_or_else(unnamed), reading })
            }
        }
    }
}

impl Conversation for Listening {
    fn next(&self) -> Step {
        if self.over { Step::End(self.heard()) } else { Step::Listen(PATIENCE) }
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
