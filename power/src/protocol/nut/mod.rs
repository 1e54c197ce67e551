//! NUT: what another machine's `upsd` knows of the devices that hang there. Text over TCP, port 3493, without a login.
//!
//! ```text
//! LIST UPS           ►  BEGIN LIST UPS
//!                       UPS su700 "Development box"
//!                       END LIST UPS
//! LIST VAR su700     ►  BEGIN LIST VAR su700
//!                       VAR su700 battery.charge "100"
//!                       …
//!                       END LIST VAR su700              ERR DATA-STALE instead, if it can't say
//! ```
//!
//! Source: NUT's `net-protocol.txt`, version 1.3. [`words`] finds lines and words, [`variables`] says what they mean.
//!
//! Invariants: only these two questions are asked: no login, no variable is set, no command is given. A device whose name has more than
//! letters, digits, `.`, `_` and `-` is not asked for, so no name can end the line and begin another.

#[cfg(test)]
mod tests;
pub mod variables;
pub mod words;

use std::time::Duration;

use self::variables::Variables;
use self::words::Decoder;
use crate::conversation::{Conversation, Heard, MOST_KEPT, Step, Unheard};
use crate::line::Line;

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Tcp(3493)];

/// For an answer to begin.
const WAIT: Duration = Duration::from_secs(3);

/// For the rest of it.
const REST: Duration = Duration::from_secs(1);

/// So many devices are asked, until one says something.
const MOST_DEVICES: usize = 8;

/// Each request that is ever sent, but those of [`requests_of`].
pub fn requests() -> Vec<Vec<u8>> {
    vec![b"LIST UPS\n".to_vec()]
}

/// Each request that is ever sent for a device.
pub fn requests_of(device: &Name) -> Vec<Vec<u8>> {
    vec![format!("LIST VAR {}\n", device.0).into_bytes()]
}

/// Whether a request is one of [`requests`], or one of [`requests_of`] any device.
pub fn allows(request: &[u8]) -> bool {
    let device = request.strip_prefix(b"LIST VAR ").and_then(|rest| rest.strip_suffix(b"\n"));
    let device = device.and_then(|name| std::str::from_utf8(name).ok()).and_then(Name::new);
    requests().iter().any(|own| own == request) || device.is_some_and(|device| requests_of(&device).concat() == request)
}

/// The name that `upsd` has for a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// A name, if it is one that can be asked for.
    pub fn new(name: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        (!name.is_empty() && name.len() <= 64 && name.bytes().all(plain)).then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ask {
    Devices,
    Variables(Name),
}

/// A conversation with an `upsd`.
#[derive(Clone, Debug)]
pub struct Upsd {
    ask: Ask,
    /// Devices that are still to be asked, the next one last.
    devices: Vec<Name>,
    /// Whether the list has begun.
    begun: bool,
    variables: Variables,
    decoder: Decoder,
    came: usize,
    /// Why the devices before said nothing.
    trouble: Option<Unheard>,
    /// A device that says who it is, and nothing of how.
    idle: Option<Heard>,
    end: Option<Result<Heard, Unheard>>,
}

impl Default for Upsd {
    fn default() -> Self {
        Self::new()
    }
}

impl Upsd {
    /// With a stranger: which devices does it know, and how is the first that says something?
    pub fn new() -> Self {
        Self::with(Ask::Devices)
    }

    /// How is this device?
    pub fn of(device: Name) -> Self {
        Self::with(Ask::Variables(device))
    }

    fn with(ask: Ask) -> Self {
        Self {
            ask,
            devices: Vec::new(),
            begun: false,
            variables: Variables::default(),
            decoder: Decoder::default(),
            came: 0,
            trouble: None,
            idle: None,
            end: None,
        }
    }

    /// The device that is asked now, or was heard.
    pub fn device(&self) -> Option<&Name> {
        match &self.ask {
            Ask::Devices => None,
            Ask::Variables(name) => Some(name),
        }
    }

    fn line(&mut self, words: &[String]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match (&self.ask, self.begun, words.as_slice()) {
            (_, _, ["ERR", why, ..]) => self.refused(why),
            (Ask::Devices, false, ["BEGIN", "LIST", "UPS"]) => self.begun = true,
            (Ask::Devices, true, ["UPS", name, ..]) => {
                if self.devices.len() < MOST_DEVICES {
                    self.devices.extend(Name::new(name));
                }
            }
            (Ask::Devices, true, ["END", "LIST", "UPS"]) => {
                self.devices.reverse();
                self.advance();
            }
            (Ask::Variables(own), false, ["BEGIN", "LIST", "VAR", name]) if own.0 == *name => self.begun = true,
            (Ask::Variables(own), true, ["VAR", name, variable, value]) if own.0 == *name => {
                self.variables.add(variable, value);
            }
            (Ask::Variables(own), true, ["END", "LIST", "VAR", name]) if own.0 == *name => self.told(),
            _ => self.end = Some(Err(Unheard::Other("NUT's protocol"))),
        }
    }

    fn refused(&mut self, why: &str) {
        self.trouble = Some(Unheard::Refused(why.to_owned()));
        self.advance();
    }

    /// All variables of a device are there.
    fn told(&mut self) {
        let identity = self.variables.identity();
        match self.variables.reading() {
            Ok(reading) if reading.is_empty() => {
                self.idle.get_or_insert(Heard { identity, reading });
                self.advance();
            }
            Ok(reading) => self.end = Some(Ok(Heard { identity, reading })),
            Err(bad) => {
                self.trouble = Some(Unheard::Impossible(bad.to_string()));
                self.advance();
            }
        }
    }

    /// The next device.
    fn advance(&mut self) {
        (self.begun, self.came, self.variables) = (false, 0, Variables::default());
        match self.devices.pop() {
            Some(name) => self.ask = Ask::Variables(name),
            None => {
                self.end = Some(match (self.idle.take(), self.trouble.take()) {
                    (Some(heard), _) => Ok(heard),
                    (None, Some(trouble)) => Err(trouble),
                    (None, None) => Err(Unheard::Refused("it knows no device".to_owned())),
                });
            }
        }
    }
}

impl Conversation for Upsd {
    fn next(&self) -> Step {
        match (&self.end, &self.ask) {
            (Some(end), _) => Step::End(end.clone()),
            (None, _) if self.came > 0 => Step::Listen(REST),
            (None, Ask::Devices) => Step::Send(requests().concat(), WAIT),
            (None, Ask::Variables(name)) => Step::Send(requests_of(name).concat(), WAIT),
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        if self.end.is_some() || bytes.is_empty() {
            return;
        }
        self.came += bytes.len();
        for line in self.decoder.take(bytes) {
            if self.end.is_some() {
                return;
            }
            match line {
                Ok(words) => self.line(&words),
                Err(_) => self.end = Some(Err(Unheard::Other("NUT's protocol"))),
            }
        }
        if self.came > MOST_KEPT {
            self.end.get_or_insert(Err(Unheard::Other("NUT's protocol")));
        }
    }

    fn silent(&mut self) {
        if self.end.is_none() {
            let nothing = matches!(self.ask, Ask::Devices) && self.came == 0;
            self.end = Some(Err(if nothing { Unheard::Silent } else { Unheard::Other("a whole answer of NUT") }));
        }
    }

    fn again(&self) -> Option<Box<dyn Conversation + Send>> {
        let device = self.device().filter(|_| matches!(self.end, Some(Ok(_))))?;
        Some(Box::new(Self::of(device.clone())))
    }
}
