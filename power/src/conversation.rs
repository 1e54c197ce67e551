//! How a protocol is spoken, without a port: a conversation says what it wants, and is told what came.
//!
//! ```text
//!           ┌────────────── Send, Listen ◄──────────────┐
//! begin ────┤                                           │ more is to be asked
//!           └─► received, received, … or silent ────────┤
//!                                                       └─► End: heard, or why not
//! ```
//!
//! Whoever drives it asks [`Conversation::next`] what to do, does it, and says what came of it, until the end. A port is left
//! at the first conversation that has heard something whose checksum is right.

use std::time::Duration;

use thiserror::Error;

use crate::reading::{Identity, Reading};

/// The most bytes that a conversation keeps of what came.
pub const MOST_KEPT: usize = 64 << 10;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this, and tell what comes within this time after it.
    Send(Vec<u8>, Duration),
    /// Tell what comes within this time.
    Listen(Duration),
    /// It is over.
    End(Result<Heard, Unheard>),
}

/// A device has said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who it is.
    pub identity: Identity,
    /// How it is.
    pub reading: Reading,
}

/// Nothing was heard that makes sense. Each sentence speaks of the device as 'it'.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Unheard {
    /// Not a byte.
    #[error("it says nothing")]
    Silent,
    /// Bytes that are none of this protocol's, or were torn.
    #[error("what it says is not {0}")]
    Other(&'static str),
    /// It speaks the protocol, and refuses the question.
    #[error("it refuses the question: {0}")]
    Refused(String),
    /// It speaks the protocol, and what it says is impossible.
    #[error("what it says is impossible: {0}")]
    Impossible(String),
}

/// One exchange with a device: who are you, and how are you? For most the first conversation asks both, and later ones, which know
/// the device, the second.
pub trait Conversation {
    /// What is to be done next. Asked again without anything told in between, it says the same.
    fn next(&self) -> Step;

    /// These bytes came, in this order, cut anywhere.
    fn received(&mut self, bytes: &[u8]);

    /// The time is over. What came may still suffice.
    fn silent(&mut self);

    /// After its end: the conversation for the next time, which knows the device and asks less. `None` where that is as the first.
    fn again(&self) -> Option<Box<dyn Conversation + Send>> {
        None
    }
}
