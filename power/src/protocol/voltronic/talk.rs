//! The conversation: which dialect, who, and how.

use std::time::Duration;

use super::fields::BadReply;
use super::frame::{Damaged, Decoder, Reply, plain, request};
use super::{pi18, pi30};
use crate::conversation::{Conversation, Heard, Step, Unheard};
use crate::reading::{Identity, Reading, Text};

/// A reply of 110 bytes takes half a second at 2400 bits a second, and begins within one.
const WAIT: Duration = Duration::from_millis(1500);

/// For the rest of a reply.
const REST: Duration = Duration::from_millis(700);

/// So many bytes without a reply among them are somebody else's.
const ENOUGH: usize = 2 << 10;

/// Which of Voltronic's protocols a device speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// PI30, and PI41.
    Pi30,
    /// PI15 and PI16.
    Pi16,
    /// PI17.
    Pi17,
    /// PI18.
    Pi18,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    /// Which dialect; each of them is asked for in another way.
    Bracket,
    BracketPlain,
    Caret18,
    Caret17,
    Serial,
    Firmware,
    Model,
    Rating,
    Status,
    More,
    Warnings,
    Mode,
}

use Ask::{Bracket, BracketPlain, Caret17, Caret18, Firmware, Mode, Model, More, Rating, Serial, Status, Warnings};

/// What came began like a reply, or should have.
const TORN: Unheard = Unheard::Other("a whole reply of a Voltronic inverter");

const PROBES: &[Ask] = &[Bracket, BracketPlain, Caret18, Caret17];

impl Dialect {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Pi30, Self::Pi16, Self::Pi17, Self::Pi18];

    /// What is asked, in this order.
    fn asks(self) -> &'static [Ask] {
        match self {
            Self::Pi30 => &[Serial, Firmware, Model, Rating, Status, More, Warnings, Mode],
            Self::Pi16 => &[Serial, Firmware, Status, Warnings, Mode],
            Self::Pi17 => &[Serial, Firmware, Rating, Status, More, Warnings, Mode],
            Self::Pi18 => &[Serial, Firmware, Rating, Status, Warnings, Mode],
        }
    }

    /// A question as a device of this dialect takes it. PI15 to PI17 have no checksums in requests, PI18 has, but a few of its
    /// devices answer whole only without: so its second try goes without.
    fn request(self, ask: Ask, second: bool) -> Vec<u8> {
        let name = match (self, ask) {
            (Self::Pi30 | Self::Pi16, Serial) => "QID",
            (Self::Pi30 | Self::Pi16, Firmware) => "QVFW",
            (Self::Pi30 | Self::Pi16, Model) => "QMN",
            (Self::Pi30 | Self::Pi16, Rating) => "QPIRI",
            (Self::Pi30 | Self::Pi16, Status) => "QPIGS",
            (Self::Pi30 | Self::Pi16, More) => "QPIGS2",
            (Self::Pi30 | Self::Pi16, Warnings) => "QPIWS",
            (Self::Pi30 | Self::Pi16, Mode) => "QMOD",
            (Self::Pi17 | Self::Pi18, Serial) => "ID",
            (Self::Pi17 | Self::Pi18, Firmware) => "VFW",
            (Self::Pi17 | Self::Pi18, Status) => "GS",
            (Self::Pi17 | Self::Pi18, Mode) => "MOD",
            (Self::Pi17, Rating) => "MD",
            (Self::Pi17, More) => "PS",
            (Self::Pi17, Warnings) => "WS",
            (Self::Pi18, Rating) => "PIRI",
            (Self::Pi18, Warnings) => "FWS",
            (Self::Pi30 | Self::Pi16, _) => "QPI",
            (Self::Pi17 | Self::Pi18, _) => "PI",
        };
        match self {
            Self::Pi30 => request(name),
            Self::Pi16 => plain(name),
            // The length counts what follows it.
            Self::Pi17 => plain(&format!("^P{:03}{name}", name.len() + 1)),
            Self::Pi18 if second => plain(&format!("^P{:03}{name}", name.len() + 3)),
            Self::Pi18 => request(&format!("^P{:03}{name}", name.len() + 3)),
        }
    }
}

fn probe(ask: Ask) -> Vec<u8> {
    match ask {
        BracketPlain => Dialect::Pi16.request(ask, false),
        Caret18 => Dialect::Pi18.request(ask, false),
        Caret17 => Dialect::Pi17.request(ask, false),
        _ => Dialect::Pi30.request(ask, false),
    }
}

/// Each request that is ever sent. All of them are inquiries of Voltronic's documents: `Q…` and `^P…`.
pub fn requests() -> Vec<Vec<u8>> {
    let mut requests: Vec<Vec<u8>> = PROBES.iter().map(|ask| probe(*ask)).collect();
    for dialect in Dialect::ALL {
        for ask in dialect.asks() {
            requests.extend([false, true].map(|second| dialect.request(*ask, second)));
        }
    }
    requests.sort();
    requests.dedup();
    requests
}

/// A conversation with an inverter.
#[derive(Clone, Debug)]
pub struct Talk {
    dialect: Option<Dialect>,
    asks: Vec<Ask>,
    /// How often the first of them was not answered.
    tries: u8,
    /// Whether something of its answer came.
    part: bool,
    came: usize,
    decoder: Decoder,
    refused: bool,
    trouble: Option<Unheard>,
    heard: Heard,
    end: Option<Result<Heard, Unheard>>,
}

impl Default for Talk {
    fn default() -> Self {
        Self::new()
    }
}

impl Talk {
    /// With a stranger: which dialect does it speak, who is it, and how?
    pub fn new() -> Self {
        let identity = Identity { maker: Text::new("Voltronic"), ..Identity::default() };
        Self::with(None, identity, PROBES)
    }

    /// With one that is known: how is it?
    pub fn again(dialect: Dialect, identity: Identity) -> Self {
        let mut talk = Self::with(Some(dialect), identity, dialect.asks());
        talk.asks.retain(|ask| !matches!(ask, Serial | Firmware | Model | Rating));
        talk
    }

    fn with(dialect: Option<Dialect>, identity: Identity, asks: &[Ask]) -> Self {
        let heard = Heard { identity, reading: Reading::default() };
        let (decoder, asks) = (Decoder::default(), asks.to_vec());
        Self { dialect, asks, tries: 0, part: false, came: 0, decoder, refused: false, trouble: None, heard, end: None }
    }

    /// The dialect, once it is known.
    pub fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    /// The next question.
    fn advance(&mut self) {
        if !self.asks.is_empty() {
            self.asks.remove(0);
        }
        (self.tries, self.part, self.came) = (0, false, 0);
        self.decoder.clear();
        if self.dialect.is_some() {
            self.trouble = None;
        }
        if self.asks.is_empty() {
            self.end = Some(match (self.dialect, self.trouble.take()) {
                (Some(_), _) => Ok(self.heard.clone()),
                (None, _) if self.refused => Err(Unheard::Refused("which dialect it speaks".to_owned())),
                (None, trouble) => Err(trouble.unwrap_or(Unheard::Silent)),
            });
        }
    }

    fn replied(&mut self, reply: &Reply) {
        let Some(ask) = self.asks.first().copied() else { return };
        match (self.dialect, reply) {
            (_, Reply::Accepted) => {}
            (None, Reply::Refused) => {
                self.refused = true;
                self.advance();
            }
            (None, Reply::Spaced(text)) => self.introduced(match text.as_str() {
                "PI30" | "PI41" => Some(Dialect::Pi30),
                "PI15" | "PI16" => Some(Dialect::Pi16),
                other if other.starts_with("PI") => None,
                _ => return,
            }),
            (None, Reply::Commas(text)) => self.introduced(match text.as_str() {
                "17" => Some(Dialect::Pi17),
                "18" => Some(Dialect::Pi18),
                _ => None,
            }),
            (Some(_), Reply::Refused) if ask == Status => {
                self.end = Some(Err(Unheard::Refused("how it is".to_owned())));
            }
            (Some(_), Reply::Refused) => self.advance(),
            (Some(dialect), Reply::Spaced(text) | Reply::Commas(text)) => match self.answered(dialect, ask, text) {
                Ok(()) => {
                    if ask == Model && !self.heard.identity.model.as_str().is_empty() {
                        self.asks.retain(|ask| *ask != Rating);
                    }
                    self.advance();
                }
                // It may be a late answer to the question before: the right one may follow.
                Err(bad) => self.trouble = Some(Unheard::Impossible(bad.to_string())),
            },
        }
    }

    fn introduced(&mut self, dialect: Option<Dialect>) {
        let Some(known) = dialect else {
            self.end = Some(Err(Unheard::Other("a known dialect of Voltronic's protocol")));
            return;
        };
        self.dialect = dialect;
        // What is first of these is dropped as answered.
        self.asks = [&[Bracket], known.asks()].concat();
        self.advance();
    }

    fn answered(&mut self, dialect: Dialect, ask: Ask, text: &str) -> Result<(), BadReply> {
        let Heard { identity, reading } = &mut self.heard;
        let old = matches!(dialect, Dialect::Pi30 | Dialect::Pi16);
        let bad = |name| BadReply::Field { name, value: text.to_owned() };
        match (ask, dialect) {
            (Serial, _) => {
                let serial = if old { Some(text) } else { pi18::serial(text) };
                let plain = |text: &&str| text.len() > 5 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
                identity.serial = Some(Text::new(serial.filter(plain).ok_or_else(|| bad("serial number"))?));
            }
            (Firmware, Dialect::Pi18) => {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',') && text.contains(',');
                identity.firmware = Some(Text::new(Some(text).filter(|_| digits).ok_or_else(|| bad("firmware"))?));
            }
            (Firmware, _) => {
                let (name, version) = text.split_once(':').ok_or_else(|| bad("firmware"))?;
                identity.firmware =
                    Some(Text::new(Some(version).filter(|_| !name.contains(' ')).ok_or_else(|| bad("firmware"))?));
            }
            (Model, _) => {
                let late =
                    text.contains([' ', ':']) || text.len() > 9 && text.bytes().all(|byte| byte.is_ascii_digit());
                identity.model = Text::new(Some(text).filter(|_| !late).ok_or_else(|| bad("model"))?);
            }
            (Rating, Dialect::Pi30 | Dialect::Pi16) => {
                let name = pi30::rating(text)?.map(|rating| rating.name());
                identity.model = Text::new(&name.unwrap_or_default());
            }
            (Rating, _) => {
                let output = if dialect == Dialect::Pi17 { 1 } else { 5 };
                identity.model = Text::new(&pi18::rating(text, output)?.unwrap_or_default());
            }
            (Status, Dialect::Pi30) => pi30::status(text)?.add_to(reading),
            (Status, Dialect::Pi16) => pi30::status_16(text)?.add_to(reading),
            (Status, Dialect::Pi17) => pi18::status_17(text, reading)?,
            (Status, Dialect::Pi18) => pi18::status_18(text, reading)?,
            (More, Dialect::Pi17) => pi18::power_17(text, reading)?,
            (More, _) => pi30::second(text)?.add_to(reading),
            (Warnings, Dialect::Pi30) => pi30::warnings(text, reading)?,
            (Warnings, Dialect::Pi16) => pi30::warnings_16(text, reading)?,
            (Warnings, Dialect::Pi17) => pi18::warnings_17(text, reading)?,
            (Warnings, Dialect::Pi18) => pi18::warnings_18(text, reading)?,
            (Mode, _) if old => pi30::mode(text, reading)?,
            (Mode, _) => pi18::mode(text, reading)?,
            (Bracket | BracketPlain | Caret18 | Caret17, _) => {}
        }
        Ok(())
    }
}

impl Conversation for Talk {
    fn next(&self) -> Step {
        match (&self.end, self.asks.first()) {
            (Some(end), _) => Step::End(end.clone()),
            (None, Some(_)) if self.part => Step::Listen(REST),
            (None, Some(ask)) => {
                let request = self.dialect.map_or_else(|| probe(*ask), |dialect| dialect.request(*ask, self.tries > 0));
                Step::Send(request, WAIT)
            }
            (None, None) => Step::End(Err(Unheard::Silent)),
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        // Zeros are what HID reports are filled with.
        if self.end.is_some() || bytes.iter().all(|byte| *byte == 0) {
            return;
        }
        self.part = true;
        self.came += bytes.len();
        if self.dialect.is_none() && self.trouble.is_none() {
            self.trouble = Some(Unheard::Other("Voltronic's protocol"));
        }
        for reply in self.decoder.take(bytes) {
            match reply {
                // Another question follows, so what else came is none of its answer.
                Ok(reply) => {
                    let asks = self.asks.len();
                    self.replied(&reply);
                    if self.end.is_some() || self.asks.len() != asks {
                        return;
                    }
                }
                Err(Damaged::Start | Damaged::Endless) => {}
                Err(_) => self.trouble = Some(TORN),
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
        self.tries += 1;
        if self.part && self.trouble.is_none() {
            self.trouble = Some(TORN);
        }
        (self.part, self.came) = (false, 0);
        self.decoder.clear();
        let ask = self.asks.first().copied();
        // What must be known is asked for twice; so is what was answered, but not well.
        let again = self.dialect.is_some() && (ask == Some(Status) || self.trouble.is_some());
        if again && self.tries < 2 {
            return;
        }
        // A question that is not answered at all is one that it does not know. Who it is may stay unknown.
        let spare = matches!(ask, Some(Serial | Firmware | Model | Rating));
        match (self.dialect, &self.trouble) {
            (Some(_), None) if ask == Some(Status) => self.end = Some(Err(Unheard::Silent)),
            (Some(_), Some(trouble)) if !spare => self.end = Some(Err(trouble.clone())),
            _ => self.advance(),
        }
    }

    fn again(&self) -> Option<Box<dyn Conversation + Send>> {
        let dialect = self.dialect.filter(|_| matches!(self.end, Some(Ok(_))))?;
        Some(Box::new(Self::again(dialect, self.heard.identity.clone())))
    }
}
