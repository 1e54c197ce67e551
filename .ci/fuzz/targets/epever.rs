//! EPEver's charge controllers: registers that say anything.
#![no_main]

use ilanga_fuzz::{modbus_rtu, modbus_seeds, play, seeds};
use power::protocol::registry::Protocol;

libfuzzer_sys::fuzz_target!(init: seeds(modbus_seeds()), |data: &[u8]| play(Protocol::Epever, data, modbus_rtu));
