//! Ports of real computers: opened, spoken on, and followed as [`crate::detect`] decides.
//!
//! ```text
//!   course ([`crate::detect::course`]) ──► [`follow`] ──► [`talk`] ──► conversation ([`crate::conversation`])
//!                                             │             │  ▲
//!                                             ▼             ▼  │ a request, if the gate ([`gate`]) lets it pass
//!                                           [`way`]: serial, HID, network, CAN
//! ```
//!
//! Invariants: a byte reaches a device only as [`gate::Permitted`], which only the gate makes, of a request that the protocol's list
//! has; a CAN bus is never written to; whatever a device does, each exchange ends in bounded time and keeps bounded memory; a port
//! is open in one program only.
//!
//! What opening does to a serial port: Linux raises DTR and RTS, and nothing here can prevent that. They stay as they are while the
//! port is open and when it is closed (HUPCL is off), so that adapters which feed a converter from them keep it running, and nothing
//! is pulsed at each reading.

mod can;
pub mod follow;
pub mod gate;
mod hid;
mod network;
mod node;
mod serial;
pub mod talk;
pub mod way;

use std::io;

use thiserror::Error;

use crate::line::Line;
use gate::Forbidden;

/// A port can't be spoken on.
#[derive(Debug, Error)]
pub enum DriveError {
    /// It can't be opened.
    #[error("opening {port}: {source}")]
    Open {
        /// The port.
        port: String,
        /// Why.
        source: io::Error,
    },
    /// It is open in another program.
    #[error("opening {0}: another program has it open")]
    Busy(String),
    /// It has no such rate, or is another kind of port.
    #[error("setting up {port} for {line:?}")]
    Line {
        /// The port.
        port: String,
        /// What was wanted.
        line: Line,
    },
    /// It broke off: it was unplugged, or the other side has closed it.
    #[error("{0} broke off")]
    Gone(String),
    /// Reading or writing fails.
    #[error("speaking on {port}: {source}")]
    Speak {
        /// The port.
        port: String,
        /// Why.
        source: io::Error,
    },
    /// A request is in no list. Nothing of it was sent.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}
