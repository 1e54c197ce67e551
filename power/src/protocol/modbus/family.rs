//! A family of devices: which registers are asked for one after the other, and what is made of them. Which are asked
//! for may depend on what was read; whatever a device does not give is asked no more.

use std::marker::PhantomData;

use super::map::Map;
use super::{Known, Refusal, Reply, Request, What};
use crate::conversation::{Heard, Unheard};
use crate::protocol::asking::Next;

/// What was read of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    /// Holding registers.
    pub(crate) holding: Known,
    /// Input registers.
    pub(crate) input: Known,
    /// Objects of the identification.
    pub(crate) objects: Vec<(u8, Vec<u8>)>,
    /// Why it refused a question.
    pub(crate) refused: Option<Refusal>,
    /// How many questions it answered.
    pub(crate) answers: usize,
}

impl Read {
    /// Why there is nothing to say, where something was read that is needed.
    pub(crate) fn missing(&self, name: &'static str) -> Unheard {
        self.refused.map_or(Unheard::Other(name), |refusal| Unheard::Refused(refusal.to_string()))
    }
}

/// A family of devices.
pub(crate) trait Family {
    /// What it is called in 'what it says is not …'.
    const NAME: &'static str;
    /// The address that its devices have when they are new.
    const UNIT: u8;

    /// The question after so many.
    ///
    /// # Errors
    /// It is another device.
    fn question(read: &Read, asked: usize) -> Result<Option<What>, Unheard>;

    /// What it all says.
    fn heard(read: &Read) -> Result<Heard, Unheard>;
}

/// A family's map.
#[derive(Clone, Debug)]
pub(crate) struct Asked<F> {
    family: PhantomData<F>,
    read: Read,
    asked: usize,
}

impl<F> Default for Asked<F> {
    fn default() -> Self {
        Self { family: PhantomData, read: Read::default(), asked: 0 }
    }
}

impl<F: Family> Map for Asked<F> {
    const NAME: &'static str = F::NAME;

    fn next(&self) -> Next<Request> {
        match F::question(&self.read, self.asked) {
            Ok(Some(what)) => Next::Ask(Request { unit: F::UNIT, what }),
            Ok(None) if self.read.answers > 0 => Next::end(F::heard(&self.read)),
            Ok(None) if self.read.refused.is_some() => Next::end(Err(self.read.missing(F::NAME))),
            Ok(None) => Next::Unanswered,
            Err(other) => Next::end(Err(other)),
        }
    }

    fn told(&mut self, reply: Option<Reply>) {
        let asked = F::question(&self.read, self.asked);
        self.asked += 1;
        match reply {
            Some(Reply::Registers(registers)) => {
                self.read.answers += 1;
                match asked {
                    Ok(Some(What::Input(..))) => self.read.input.add(registers),
                    _ => self.read.holding.add(registers),
                }
            }
            Some(Reply::Identification(objects)) => {
                self.read.answers += 1;
                self.read.objects = objects;
            }
            Some(Reply::Refused(refusal)) => self.read.refused = Some(refusal),
            None => (),
        }
    }
}
