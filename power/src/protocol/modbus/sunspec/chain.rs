//! The walk along the chain of models.
//!
//! ```text
//!   is 'SunS' here? ──no──► the next place ──► … ──► none
//!        │ yes
//!        ▼
//!   which model, how long? ──► its parts, if it is a known one ──► which model is next? ──► … ──► 0xFFFF: the end
//! ```

use super::models;
use super::point::Model;
use super::{FARTHEST, PLACES};
use crate::conversation::Unheard;
use crate::protocol::asking::Next;
use crate::protocol::modbus::map::Map;
use crate::protocol::modbus::{Count, Refusal, Registers, Reply, Request, What};

/// 'SunS'.
const SIGN: [u16; 2] = [0x5375, 0x6E53];

/// The number of the model that ends the chain.
const END: u16 = 0xFFFF;

/// The most models that are looked at, and the most of a model's repeated parts.
const MOST: usize = 100;

/// The walk.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    /// Which of the places it is at.
    place: usize,
    stage: Stage,
    models: Vec<Model>,
    refused: Option<Refusal>,
    answered: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Is the chain here?
    #[default]
    Sign,
    /// Which model is here?
    Header { at: u16 },
    /// The parts of the model whose points begin here; of these so many are read.
    Parts { at: u16, length: u16, parts: Vec<(u16, Count)>, read: usize },
    /// It is over.
    Over,
}

impl Chain {
    fn place(&self) -> Option<(u8, u16)> {
        PLACES.get(self.place).copied()
    }

    /// The next place; of another unit, if this one says nothing.
    fn elsewhere(&mut self, silent: bool) {
        let here = self.place().map(|(unit, _)| unit);
        self.place += 1;
        while silent && self.place().is_some_and(|(unit, _)| Some(unit) == here) {
            self.place += 1;
        }
    }

    /// How far the chain is followed from this place.
    fn farthest(&self) -> u16 {
        self.place().map_or(0, |(_, base)| base.saturating_add(FARTHEST))
    }

    fn header(&mut self, registers: &Registers, at: u16) -> Stage {
        let (Some(id), Some(length)) = (registers.values.first().copied(), registers.values.get(1).copied()) else {
            return Stage::Over;
        };
        let points = at + 2;
        if id == END || self.models.len() >= MOST {
            return Stage::Over;
        }
        self.models.push(Model { id, points: super::super::Known::default() });
        let farthest = self.farthest();
        let fits = |(part, count): &(u16, Count)| {
            part.saturating_add(count.get()) <= length && points.saturating_add(*part) < farthest
        };
        let parts = models::parts(id, length).into_iter().filter(fits).take(MOST).collect();
        self.settle(Stage::Parts { at: points, length, parts, read: 0 })
    }

    /// Goes on to the next model where a model is read.
    fn settle(&self, stage: Stage) -> Stage {
        match stage {
            Stage::Parts { at, length, parts, read } if read == parts.len() => {
                let next = at.saturating_add(length);
                if next < self.farthest() - 1 { Stage::Header { at: next } } else { Stage::Over }
            }
            other => other,
        }
    }

    fn signed(&mut self, reply: Option<Reply>) -> Stage {
        match reply {
            Some(Reply::Registers(registers)) if registers.values == SIGN => {
                return Stage::Header { at: registers.first + 2 };
            }
            other => self.elsewhere(other.is_none()),
        }
        Stage::Sign
    }
}

impl Map for Chain {
    const NAME: &'static str = "SunSpec's";

    fn next(&self) -> Next<Request> {
        let ask = |what| self.place().map(|(unit, _)| Next::Ask(Request { unit, what }));
        let question = match &self.stage {
            Stage::Sign => self.place().and_then(|(_, base)| ask(What::Holding(base, Count::of::<2>()))),
            Stage::Header { at } => ask(What::Holding(*at, Count::of::<2>())),
            Stage::Parts { at, parts, read, .. } => {
                parts.get(*read).and_then(|(part, count)| ask(What::Holding(at.saturating_add(*part), *count)))
            }
            Stage::Over => None,
        };
        question.unwrap_or_else(|| match (&self.models[..], self.refused) {
            ([], Some(refusal)) => Next::end(Err(Unheard::Refused(refusal.to_string()))),
            ([], None) if self.answered => Next::end(Err(Unheard::Other(Self::NAME))),
            ([], None) => Next::Unanswered,
            (models, _) => Next::end(models::heard(models)),
        })
    }

    fn told(&mut self, reply: Option<Reply>) {
        self.answered |= reply.is_some();
        if let Some(Reply::Refused(refusal)) = reply {
            self.refused = Some(refusal);
        }
        self.stage = match (std::mem::replace(&mut self.stage, Stage::Over), reply) {
            (Stage::Sign, reply) => self.signed(reply),
            (Stage::Header { at }, Some(Reply::Registers(registers))) => self.header(&registers, at),
            (Stage::Parts { at, length, parts, read }, reply) => {
                if let (Some(Reply::Registers(mut registers)), Some(model)) = (reply, self.models.last_mut()) {
                    registers.first = registers.first.saturating_sub(at);
                    model.points.add(registers);
                }
                self.settle(Stage::Parts { at, length, parts, read: read + 1 })
            }
            // Where the chain is cut off, what was read is what there is.
            (Stage::Header { .. } | Stage::Over, _) => Stage::Over,
        };
    }
}
