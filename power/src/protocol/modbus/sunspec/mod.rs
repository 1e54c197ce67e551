//! SunSpec: inverters, meters and batteries of many makers over Modbus TCP, ports 502 and 1502.
//!
//! ```text
//!   40000, 50000 or 0   'SunS' │ [1][length][maker, model, version, serial] │ [model][length][…] │ … │ [0xFFFF][0]
//! ```
//!
//! The chain is walked from model to model, and of those that say something here the beginning is read: 1 (who it is),
//! 101 to 103 and 111 to 113 (inverters), 124 (storage), 160 (panels), 701, 713 and 714 (inverters since 2018), 802
//! (batteries). What a number is multiplied with is another register of the same model.
//!
//! Meters (201 to 204, 211 to 214) are left out: makers disagree about which direction is positive.
//!
//! Invariants: the chain is followed no further than [`FARTHEST`] registers, whatever the lengths say, so that what can
//! be sent is a finite list. It is spoken over TCP only: on serial lines, registers from 30000 on reset some inverters
//! of Growatt.
//!
//! Sources: SunSpec Device Information Model Specification 1.1; the models of sunspec/models (`json/model_*.json`).

mod chain;
mod models;
mod point;

#[cfg(test)]
mod tests;

use super::map::{Carried, Tcp};
use super::{Count, Request, What, tcp};
use crate::conversation::Conversation;
use crate::line::Line;
use crate::protocol::asking::Asking;

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Tcp(502), Line::Tcp(1502)];

/// How far behind its beginning the chain is followed.
pub const FARTHEST: u16 = 2000;

/// Whose chain may begin where: most inverters', Kostal's, SMA's.
const PLACES: [(u8, u16); 5] = [(1, 40_000), (1, 50_000), (1, 0), (71, 40_000), (126, 40_000)];

/// How many registers are ever read together.
const COUNTS: [Count; 12] = [
    Count::of::<2>(),
    Count::of::<6>(),
    Count::of::<7>(),
    Count::of::<8>(),
    Count::of::<18>(),
    Count::of::<20>(),
    Count::of::<24>(),
    Count::of::<25>(),
    Count::of::<40>(),
    Count::of::<50>(),
    Count::of::<62>(),
    Count::of::<64>(),
];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Carried::<Tcp, chain::Chain>::new(chain::Chain::default()))
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    let registers =
        PLACES.into_iter().flat_map(|(unit, base)| (base..base + FARTHEST).map(move |register| (unit, register)));
    let all = registers.flat_map(|(unit, register)| COUNTS.into_iter().map(move |count| (unit, register, count)));
    all.map(|(unit, register, count)| tcp::encode(Request { unit, what: What::Holding(register, count) })).collect()
}

/// Whether a request is one of [`requests`], without making all of them: they are a hundred thousand.
pub fn allows(request: &[u8]) -> bool {
    let [_, _, _, _, _, _, unit, _, high, low, _, count] = request else { return false };
    let register = u16::from_be_bytes([*high, *low]);
    let here = |(of, base): &(u8, u16)| of == unit && (*base..base + FARTHEST).contains(&register);
    let Some(count) = COUNTS.into_iter().find(|known| known.get() == u16::from(*count)) else { return false };
    let asked = Request { unit: *unit, what: What::Holding(register, count) };
    PLACES.iter().any(here) && tcp::encode(asked) == request
}
