//! VE.Direct: what Victron's chargers, battery monitors and small inverters say on their serial port, once a second.
//!
//! Blocks of text come unasked, and HEX messages between or within them: [`decoder`] finds both, [`text`] and [`hex`] read them,
//! [`products`] names the devices.
//!
//! Invariants: nothing is ever sent. Listening suffices, and in the HEX protocol one digit makes a setting of a question, so there are no
//! requests at all. Of a damaged block nothing is used.

pub mod decoder;
pub mod hex;
mod meaning;
pub mod products;
#[cfg(test)]
mod tests;
pub mod text;

use std::time::Duration;

use self::decoder::{Damaged, Decoder, Frame};
use self::text::Fields;
use crate::conversation::{Conversation, Heard, Step, Unheard};
use crate::line::Line;
use crate::reading::Reading;

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Serial(19200)];

/// Blocks come once a second, so within this time at least two are whole.
const LISTEN: Duration = Duration::from_secs(3);

/// So many bytes, of which none makes sense, are enough: at 19200 bits a second these are eight seconds.
const ENOUGH: usize = 16 << 10;

/// Each request that is ever sent: none.
pub fn requests() -> Vec<Vec<u8>> {
    Vec::new()
}

/// Listens to a device, until it has said how it is.
#[derive(Clone, Debug, Default)]
pub struct Listener {
    decoder: Decoder,
    fields: Fields,
    /// What HEX messages say.
    aside: Reading,
    /// Whether a block or a HEX message was right.
    right: bool,
    came: usize,
    damaged: bool,
    end: Option<Result<Heard, Unheard>>,
}

impl Listener {
    fn take(&mut self, frame: Frame) {
        match frame {
            Frame::Block(block) => match Fields::parse(&block) {
                Ok(fields) => {
                    self.right = true;
                    self.fields.merge(fields);
                    // Battery monitors tell their history in blocks of their own.
                    if !self.fields.reading().is_empty() {
                        self.end = Some(Ok(self.heard()));
                    }
                }
                Err(bad) => self.end = Some(Err(Unheard::Impossible(bad.to_string()))),
            },
            Frame::Hex(message) => {
                self.right = true;
                if let Some(register) = message.register() {
                    register.add_to(&mut self.aside);
                }
            }
            Frame::Damaged(Damaged::Hex(_)) => {}
            Frame::Damaged(_) => self.damaged = true,
        }
    }

    fn heard(&self) -> Heard {
        let text = self.fields.reading();
        Heard { identity: self.fields.identity(), reading: if text.is_empty() { self.aside.clone() } else { text } }
    }
}

impl Conversation for Listener {
    fn next(&self) -> Step {
        self.end.clone().map_or(Step::Listen(LISTEN), Step::End)
    }

    fn received(&mut self, bytes: &[u8]) {
        self.came += bytes.len();
        for frame in self.decoder.take(bytes) {
            if self.end.is_none() {
                self.take(frame);
            }
        }
        if self.came > ENOUGH {
            self.silent();
        }
    }

    fn silent(&mut self) {
        if self.end.is_some() {
            return;
        }
        self.end = Some(match (self.right, self.damaged, self.came) {
            (true, ..) => Ok(self.heard()),
            (_, true, _) => Err(Unheard::Other("a whole block of VE.Direct")),
            (_, _, 0) => Err(Unheard::Silent),
            _ => Err(Unheard::Other("VE.Direct")),
        });
    }
}
