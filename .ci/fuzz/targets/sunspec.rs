//! SunSpec: chains of models that lie, and points that say anything.
#![no_main]

use ilanga_fuzz::{modbus_seeds, modbus_tcp, play, seeds};
use power::protocol::registry::Protocol;

/// A chain of registers from the place on where the first question finds it, as a device has it: what is asked for is read out of it.
fn chain(request: &[u8], registers: &[u8]) -> Vec<u8> {
    let at = match request {
        [_, _, _, _, _, _, _, 3, high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    };
    // The map's mark stands before it.
    let whole = [b"SunS", registers].concat();
    let from = [40_000, 50_000, 0].into_iter().find(|base| at >= *base).map_or(0, |base| (at - base) * 2);
    modbus_tcp(request, &[&[1][..], whole.get(from..).unwrap_or_default()].concat())
}

fn start() {
    let model = |id: u16, length: u16, value: u16| {
        let head = [id, length].into_iter().chain((0..length).map(|_| value));
        head.flat_map(u16::to_be_bytes).collect::<Vec<u8>>()
    };
    let chains = [
        [model(1, 66, 0x4142), model(103, 50, 0), model(160, 28, 1), model(0xFFFF, 0, 0)],
        [model(1, 66, 0x4100), model(113, 60, 0x4348), model(124, 24, 2), model(802, 62, 3)],
        [model(1, 65, 0), model(101, 50, 0x8000), model(99, 30, 7), model(64_001, 0, 0)],
    ];
    let chains = chains.map(|chain| [&[0x80][..], &chain.concat()].concat());
    seeds(chains.into_iter().chain(modbus_seeds()));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    // The first byte says whether it is the chain of one device, or answers that have nothing to do with each other.
    match data.split_first() {
        Some((how, rest)) if how & 0x80 != 0 => {
            let answers = [2, 0, 0].repeat(300);
            play(Protocol::Sunspec, &answers, |request, _| chain(request, rest));
        }
        _ => play(Protocol::Sunspec, data, modbus_tcp),
    }
});
