//! JK's battery management (Jikong), 115200 bits a second: [`asked`], on the port that is called GPS or RS-485 of the
//! boards up to about 2023, and [`heard`], what the newer inverter boards (PB) tell each other on RS-485.
//!
//! The newer ones are only listened to: each question to them is a write of Modbus (function 16), which this crate has
//! no words for. The first of several boards asks the others, and tells the answer to itself, so there is something to
//! be heard without a question.
//!
//! Sources: syssi/esphome-jk-bms, its documents and its threads 390, 442 and 463; mr-manuel/dbus-serialbattery,
//! `jkbms_pb.py`; Kenura-R-Gunarathna/jkbms-esp32.

pub mod asked;
pub mod heard;

#[cfg(test)]
mod tests;

use crate::line::Line;

/// What both are spoken on.
pub const LINES: &[Line] = &[Line::Serial(115_200)];

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    vec![asked::REQUEST.to_vec()]
}
