//! HEX messages: what a device answers to others that talk to it, and what it tells unasked. Nothing is ever asked here.
//!
//! ```text
//! : │ command   │ bytes, two digits each                          │ check, two digits │ \n
//!   │ one digit │ Get, Set, Async: u16 register, u8 flags, value  │                   │
//! ```
//!
//! Command, bytes and check sum to 0x55 (mod 256). Numbers are little-endian.
//!
//! Source: Victron's 'BlueSolar HEX protocol' and 'BMV-7xx HEX protocol', and the register descriptions (`ve_regs.h`) of
//! victronenergy/gui-v2 for types, units and the values that mean 'not available'.

use thiserror::Error;

use crate::reading::{Confidence, Reading, StateOfCharge};
use crate::units::{Charge, Current, Power, Temperature, Voltage};

/// The most digits of a message.
pub(super) const LONGEST: usize = 512;

/// A message of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A command was carried out; what it gives, if anything.
    Done(Vec<u8>),
    /// A command is unknown; which.
    Unknown(Vec<u8>),
    /// A frame was wrong, or a boot loader can't be entered.
    Error(Vec<u8>),
    /// The answer to a ping: the version. `0x4116` is the application's version 1.16.
    Ping(u16),
    /// The answer to a question for a register.
    Get(Register),
    /// The answer to a change of a register.
    Set(Register),
    /// A register, unasked.
    Async(Register),
}

/// A register's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Which.
    pub id: u16,
    /// 1: there is none such; 2: not supported; 4: the value was wrong. The value counts only if this is 0.
    pub flags: u8,
    /// Its value, little-endian.
    pub value: Vec<u8>,
}

/// This is no HEX message. Each sentence speaks of it as 'it'.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum BadHex {
    /// It ends without `\n`, or something else begins in it.
    #[error("it is torn")]
    Torn,
    /// It has half a byte, or no check.
    #[error("it is too short, or ends with half a byte")]
    Length,
    /// Its checksum is wrong.
    #[error("its bytes sum to {0:#04x}, and must sum to 0x55")]
    Checksum(u8),
    /// No device says this.
    #[error("its command {0:X} is unknown")]
    Command(u8),
}

impl Message {
    /// Reads the digits between `:` and `\n`.
    pub fn parse(digits: &[u8]) -> Result<Self, BadHex> {
        let Some((&command, rest)) = digits.split_first() else { return Err(BadHex::Length) };
        let nibble = |digit: u8| char::from(digit).to_digit(16).map(|digit| digit as u8).ok_or(BadHex::Torn);
        let (pairs, half) = rest.as_chunks::<2>();
        let command = nibble(command)?;
        let bytes = pairs.iter().map(|[high, low]| Ok(nibble(*high)? << 4 | nibble(*low)?));
        let bytes: Vec<u8> = bytes.collect::<Result<_, BadHex>>()?;
        let Some((_, payload)) = bytes.split_last().filter(|_| half.is_empty()) else { return Err(BadHex::Length) };
        let sum = bytes.iter().fold(command, |sum, byte| sum.wrapping_add(*byte));
        if sum != 0x55 {
            return Err(BadHex::Checksum(sum));
        }
        let register = || match payload {
            [low, high, flags, value @ ..] => {
                Ok(Register { id: u16::from_le_bytes([*low, *high]), flags: *flags, value: value.to_vec() })
            }
            _ => Err(BadHex::Length),
        };
        Ok(match command {
            1 => Self::Done(payload.to_vec()),
            3 => Self::Unknown(payload.to_vec()),
            4 => Self::Error(payload.to_vec()),
            5 => match payload {
                [low, high] => Self::Ping(u16::from_le_bytes([*low, *high])),
                _ => return Err(BadHex::Length),
            },
            7 => Self::Get(register()?),
            8 => Self::Set(register()?),
            0xA => Self::Async(register()?),
            other => return Err(BadHex::Command(other)),
        })
    }

    /// The register that it tells the value of.
    pub fn register(&self) -> Option<&Register> {
        match self {
            Self::Get(register) | Self::Set(register) | Self::Async(register) => Some(register),
            Self::Done(_) | Self::Unknown(_) | Self::Error(_) | Self::Ping(_) => None,
        }
    }
}

impl Register {
    /// Adds what it says to a reading. Registers of settings and of history say nothing of right now.
    pub fn add_to(&self, reading: &mut Reading) {
        if self.flags != 0 {
            return;
        }
        let battery = &mut reading.battery;
        match self.id {
            // Charge state, un16, 0.01 %.
            0x0FFF => {
                let charge = self.un16().and_then(|hundredths| Charge::permille(hundredths / 10));
                let counted = charge.map(|charge| StateOfCharge { charge, confidence: Confidence::Counted });
                battery.charge = counted.or(battery.charge);
            }
            // Battery voltage: of a monitor, sn16; of a charger, un16; both 0.01 V.
            0xED8D => set(&mut battery.voltage, self.sn16().filter(|v| *v >= 0).map(|v| Voltage(i32::from(v) * 10))),
            0xEDD5 => set(&mut battery.voltage, self.un16().map(|v| Voltage(i32::from(v) * 10))),
            // Battery current: sn32, 0.001 A; sn16, 0.1 A.
            0xED8C => set(&mut battery.current, self.sn32().map(Current)),
            0xED8F => set(&mut battery.current, self.sn16().map(|i| Current(i32::from(i) * 100))),
            // Battery power, sn16, W.
            0xED8E => set(&mut battery.power, self.sn16().map(|p| Power(p.into()))),
            // Battery temperature, un16, 0.01 K.
            0xEDEC => {
                let celsius = self.un16().map(|kelvin| (i32::from(kelvin) - 27_315).div_euclid(10));
                let possible = celsius.filter(|tenths| (-1000..=2000).contains(tenths));
                set(&mut battery.temperature, possible.and_then(|tenths| i16::try_from(tenths).ok()).map(Temperature));
            }
            // Panels: un32, 0.01 W; un16, 0.01 V.
            0xEDBC => {
                let watts = self.un32().map(|hundredths| hundredths / 100).filter(|watts| *watts <= 1_000_000);
                set(&mut reading.pv, watts.and_then(|watts| i32::try_from(watts).ok()).map(Power));
            }
            0xEDBB => set(&mut reading.pv_voltage, self.un16().map(|v| Voltage(i32::from(v) * 10))),
            _ => {}
        }
    }

    fn bytes<const N: usize>(&self) -> Option<[u8; N]> {
        self.value.as_slice().try_into().ok()
    }

    fn un16(&self) -> Option<u16> {
        self.bytes().map(u16::from_le_bytes).filter(|number| *number != u16::MAX)
    }

    fn sn16(&self) -> Option<i16> {
        self.bytes().map(i16::from_le_bytes).filter(|number| *number != i16::MAX)
    }

    fn un32(&self) -> Option<u32> {
        self.bytes().map(u32::from_le_bytes).filter(|number| *number != u32::MAX)
    }

    fn sn32(&self) -> Option<i32> {
        self.bytes().map(i32::from_le_bytes).filter(|number| *number != i32::MAX)
    }
}

fn set<T>(place: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *place = value;
    }
}
