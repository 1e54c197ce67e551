//! Victron's GX devices over Modbus TCP: registers that say anything.
#![no_main]

use ilanga_fuzz::{modbus_seeds, modbus_tcp, play, seeds};
use power::protocol::registry::Protocol;

libfuzzer_sys::fuzz_target!(init: seeds(modbus_seeds()), |data: &[u8]| play(Protocol::VictronGx, data, modbus_tcp));
