//! A conversation that asks question after question: what all protocols with requests and replies have in common.
//!
//! ```text
//!   plan: which question is next? ──► sent ──► an answer is found in what comes ──► the plan is told it ─┐
//!     ▲                                 ▲ └──► the time is over: once more, and then the plan is told ───┤
//!     │                                 └──────────── that there is none                                 │
//!     └──────────────────────────────────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Invariants: what is sent is what the plan says and nothing else; what comes is only ever compared with the question
//! that was sent last; any cut of what comes gives the same result.

use std::time::Duration;

use super::stream::{Look, Stream};
use crate::conversation::{Conversation, Heard, Step, Unheard};

/// What is to be done next, for a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next<Q> {
    /// Ask this.
    Ask(Q),
    /// It is over.
    End(Box<Result<Heard, Unheard>>),
    /// It is over, without an answer that makes sense.
    Unanswered,
}

impl<Q> Next<Q> {
    /// It is over, with this.
    pub(crate) fn end(end: Result<Heard, Unheard>) -> Self {
        Self::End(Box::new(end))
    }
}

/// A protocol: what it asks, and what it makes of the answers.
pub(crate) trait Plan {
    /// An answer.
    type Answer;
    /// What the protocol is called in 'what it says is not …'.
    const NAME: &'static str;
    /// How long a device has for an answer.
    const PATIENCE: Duration;

    /// The next question in bytes, or the end.
    fn next(&self) -> Next<Vec<u8>>;

    /// How often the question is asked.
    fn tries(&self) -> u8 {
        2
    }

    /// Whether an answer to the question begins here.
    fn look(&self, bytes: &[u8]) -> Look<Self::Answer>;

    /// This is the answer to the question; `None`: there is none.
    fn told(&mut self, answer: Option<Self::Answer>);
}

/// The conversation of a plan.
#[derive(Clone, Debug)]
pub(crate) struct Asking<P> {
    plan: P,
    stream: Stream,
    tried: u8,
    /// Something came since the question was asked for the first time.
    stirred: bool,
    /// Nothing more will come: what is torn is no reason to wait.
    over: bool,
}

impl<P: Plan> Asking<P> {
    /// Begins it.
    pub(crate) fn new(plan: P) -> Self {
        Self { plan, stream: Stream::default(), tried: 0, stirred: false, over: false }
    }

    fn is_over(&self) -> bool {
        !matches!(self.plan.next(), Next::Ask(_))
    }

    /// Tells the plan each answer that there is. Whether there was any.
    fn answers(&mut self) -> bool {
        let mut any = false;
        while !self.is_over() {
            let plan = &self.plan;
            let Some(answer) = self.stream.frame(self.over, |bytes| plan.look(bytes)) else { break };
            self.plan.told(Some(answer));
            (self.tried, self.stirred, any) = (0, false, true);
        }
        any
    }
}

impl<P: Plan> Conversation for Asking<P> {
    fn next(&self) -> Step {
        match self.plan.next() {
            Next::Ask(request) => Step::Send(request, P::PATIENCE),
            Next::End(end) => Step::End(*end),
            Next::Unanswered if self.stream.came() => Step::End(Err(Unheard::Other(P::NAME))),
            Next::Unanswered => Step::End(Err(Unheard::Silent)),
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        if !self.is_over() {
            self.stirred |= !bytes.is_empty();
            self.stream.push(bytes);
            self.answers();
        }
    }

    fn silent(&mut self) {
        if self.is_over() {
            return;
        }
        self.over = true;
        let any = self.answers();
        self.over = false;
        if !any && !self.is_over() {
            self.tried += 1;
            // Who says something that is torn is asked at least once more.
            let tries = self.plan.tries().max(if self.stirred { 2 } else { 1 });
            if self.tried >= tries {
                (self.tried, self.stirred) = (0, false);
                self.plan.told(None);
            }
        }
    }
}
