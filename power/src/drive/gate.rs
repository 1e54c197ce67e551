//! The one gate through which every byte to any device goes.
//!
//! Invariant: [`Permitted`] is made here only, from a request that the protocol's list has, and the ways to devices take nothing else.

use std::fmt;

use thiserror::Error;

use crate::protocol::registry::Protocol;

/// Bytes that may be sent.
#[derive(Clone, Copy, Debug)]
pub struct Permitted<'a>(&'a [u8]);

impl<'a> Permitted<'a> {
    /// The bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// A request that is in no list. It was not sent.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("sending {request} as {protocol}: it is not on the list of what only reads, so nothing is sent")]
pub struct Forbidden {
    /// The protocol's name.
    pub protocol: &'static str,
    /// The bytes.
    pub request: Hex,
}

/// Bytes, shown as two digits each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, byte)| write!(f, "{}{byte:02X}", if at == 0 { "" } else { " " }))
    }
}

/// What goes over a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic<'a> {
    /// This is sent.
    Sent(&'a [u8]),
    /// This came.
    Came(&'a [u8]),
}

/// Who is told of all traffic.
pub type Witness<'a> = dyn FnMut(Traffic<'_>) + Send + 'a;

/// The gate of one exchange.
pub struct Gate<'a> {
    protocol: Protocol,
    witness: &'a mut Witness<'a>,
}

impl fmt::Debug for Gate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

impl<'a> Gate<'a> {
    /// The gate of a protocol.
    pub fn new(protocol: Protocol, witness: &'a mut Witness<'a>) -> Self {
        Self { protocol, witness }
    }

    /// Lets a request pass, if the protocol's list has it.
    ///
    /// # Errors
    /// It has not: that is a defect of this program, and logged.
    pub fn pass<'r>(&mut self, request: &'r [u8]) -> Result<Permitted<'r>, Forbidden> {
        if self.protocol.allows(request) {
            (self.witness)(Traffic::Sent(request));
            return Ok(Permitted(request));
        }
        let forbidden = Forbidden { protocol: self.protocol.entry().name, request: Hex(request.to_vec()) };
        log::error!("{forbidden}");
        Err(forbidden)
    }

    /// This came.
    pub fn came(&mut self, bytes: &[u8]) {
        (self.witness)(Traffic::Came(bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_no_list_does_not_pass() {
        let mut sent = Vec::new();
        let mut witness = |traffic: Traffic<'_>| {
            if let Traffic::Sent(bytes) = traffic {
                sent.push(bytes.to_vec());
            }
        };
        let mut gate = Gate::new(Protocol::Jbd, &mut witness);
        // 5A writes.
        let writes = b"\xDD\x5A\xE1\x02\x00\x02\xFF\x1B\x77";
        let shown =
            "sending DD 5A E1 02 00 02 FF 1B 77 as jbd: it is not on the list of what only reads, so nothing is sent";
        assert_eq!(gate.pass(writes).map_err(|forbidden| forbidden.to_string()).unwrap_err(), shown);
        let reads = b"\xDD\xA5\x03\x00\xFF\xFD\x77";
        assert_eq!(gate.pass(reads).unwrap().bytes(), reads);
        assert_eq!(sent, [reads.to_vec()]);
        let mut nobody = |_: Traffic<'_>| {};
        assert!(Gate::new(Protocol::VeDirect, &mut nobody).pass(b":154\n").is_err(), "it is only listened to");
    }
}
