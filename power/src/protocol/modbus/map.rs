//! The conversations of maps: a map says which registers it wants, and this carries its questions over a serial line or
//! TCP.

use std::marker::PhantomData;
use std::time::Duration;

use super::{Reply, Request, rtu, tcp};
use crate::protocol::asking::{Next, Plan};
use crate::protocol::stream::Look;

/// Which registers a family of devices has, and what they mean.
pub(crate) trait Map {
    /// What it is called in 'what it says is not …'.
    const NAME: &'static str;

    /// The next question, or the end.
    fn next(&self) -> Next<Request>;

    /// This is the answer to the question; `None`: there is none.
    fn told(&mut self, reply: Option<Reply>);
}

/// How questions are carried.
pub(crate) trait Carrier {
    /// How long a device has for a reply.
    const PATIENCE: Duration;

    /// A question in bytes.
    fn encode(request: Request) -> Vec<u8>;

    /// Whether a reply to it begins here.
    fn look(request: Request, bytes: &[u8]) -> Look<Reply>;
}

/// A serial line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rtu;

impl Carrier for Rtu {
    /// At 9600 bits a second 50 registers take 110 ms, and some inverters begin only after 300 ms.
    const PATIENCE: Duration = Duration::from_millis(800);

    fn encode(request: Request) -> Vec<u8> {
        rtu::encode(request)
    }

    fn look(request: Request, bytes: &[u8]) -> Look<Reply> {
        rtu::look(request, bytes)
    }
}

/// TCP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tcp;

impl Carrier for Tcp {
    /// Behind many a gateway hangs a serial line.
    const PATIENCE: Duration = Duration::from_millis(1500);

    fn encode(request: Request) -> Vec<u8> {
        tcp::encode(request)
    }

    fn look(request: Request, bytes: &[u8]) -> Look<Reply> {
        tcp::look(request, bytes)
    }
}

/// A map, carried.
#[derive(Clone, Debug)]
pub(crate) struct Carried<C, M> {
    map: M,
    carrier: PhantomData<C>,
}

impl<C, M> Carried<C, M> {
    /// This map.
    pub(crate) fn new(map: M) -> Self {
        Self { map, carrier: PhantomData }
    }
}

impl<C: Carrier, M: Map> Plan for Carried<C, M> {
    type Answer = Reply;
    const NAME: &'static str = M::NAME;
    const PATIENCE: Duration = C::PATIENCE;

    fn next(&self) -> Next<Vec<u8>> {
        match self.map.next() {
            Next::Ask(request) => Next::Ask(C::encode(request)),
            Next::End(end) => Next::End(end),
            Next::Unanswered => Next::Unanswered,
        }
    }

    fn look(&self, bytes: &[u8]) -> Look<Reply> {
        match self.map.next() {
            Next::Ask(request) => C::look(request, bytes),
            Next::End(_) | Next::Unanswered => Look::Nothing,
        }
    }

    fn told(&mut self, answer: Option<Reply>) {
        self.map.told(answer);
    }
}
