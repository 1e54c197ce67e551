//! Finds blocks and HEX messages in a stream that is cut anywhere, with garbage before and between them.
//!
//! ```text
//!          ┌──────────── a block: its bytes sum to 0 (mod 256) ────────────┐
//! garbage  \r\n PID \t 0xA042  \r\n V \t 12530 … \r\n Checksum \t byte      \r\n PID …
//!                                        ▲                           ▲
//!                                        └──── :A501000…172 \n ──────┘  a HEX message, anywhere; its bytes do not count
//! ```
//!
//! A block begins at the first `\r\n` after the checksum of the one before. The byte after `Checksum\t` may be any, also `:`; only
//! if the block would be wrong with it a HEX message begins there.
//!
//! Bytes get lost on serial lines, and then the end of one block follows on the beginning of another. No block has a field twice, and
//! blocks of newer devices begin with `PID`: so where a whole does not sum to 0, what begins with its last `PID` may, and is
//! a block then. Each `Checksum` makes one block or one [`Damaged`], and both if the end of something torn is whole.

use thiserror::Error;

use super::hex::{self, BadHex, Message};

/// The most characters of a field's name. The specification allows 8.
const LONGEST_LABEL: usize = 16;

/// The most characters of a field's value. The specification allows 32.
const LONGEST_VALUE: usize = 64;

/// The most fields of a block. The specification allows 22.
const MOST_LINES: usize = 64;

/// What a stream consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A block whose checksum is right.
    Block(Block),
    /// A HEX message whose checksum is right.
    Hex(Message),
    /// Something that was refused, and why.
    Damaged(Damaged),
}

/// A block: its fields in their order, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block(Vec<(String, String)>);

impl Block {
    /// Each field's name and value.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(label, value)| (label.as_str(), value.as_str()))
    }
}

/// Why a block, or a HEX message between blocks, was refused. Each sentence speaks of it as 'it'.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Damaged {
    /// Its checksum is wrong.
    #[error("its bytes sum to {0:#04x}, and must sum to 0")]
    Checksum(u8),
    /// It is two that became one.
    #[error("it has the field {0} twice")]
    Twice(String),
    /// Something in it is not a name, a tab and a value.
    #[error("it has a line that is no field")]
    Line,
    /// It never ends.
    #[error("it has more fields than a block may have")]
    Long,
    /// A checksum, and nothing before it.
    #[error("it has no fields")]
    Empty,
    /// The next one begins before its checksum.
    #[error("it ends before its checksum")]
    Cut,
    /// A HEX message, or a block with one in it.
    #[error("a HEX message of it is damaged: {0}")]
    Hex(#[from] BadHex),
}

/// Where in a block the stream is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// Outside.
    #[default]
    Outside,
    /// After a line's `\r`.
    Return,
    /// In a name.
    Label,
    /// In a value.
    Value,
    /// After `Checksum\t`.
    Checksum,
}

#[derive(Clone, Debug, Default)]
struct Line {
    label: String,
    value: String,
    /// The sum of its bytes, from the `\r` before it.
    sum: u8,
}

/// See the module. It keeps at most one block.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    at: At,
    lines: Vec<Line>,
    line: Line,
    /// What of the block was lost already, and why.
    torn: Option<Damaged>,
    /// The digits of a HEX message, while the stream is in one.
    hex: Option<Vec<u8>>,
}

impl Decoder {
    /// Takes the next bytes of the stream, and gives what they complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        bytes.iter().for_each(|&byte| self.byte(byte, &mut frames));
        frames
    }

    fn byte(&mut self, byte: u8, frames: &mut Vec<Frame>) {
        let Some(mut digits) = self.hex.take() else {
            let checksum = self.at == At::Checksum && self.judge(byte).is_ok();
            if byte == b':' && !checksum {
                self.hex = Some(Vec::new());
            } else {
                self.text(byte, frames);
            }
            return;
        };
        match byte {
            b'\n' => match Message::parse(&digits) {
                Ok(message) => frames.push(Frame::Hex(message)),
                Err(bad) => self.spoil(bad.into(), frames),
            },
            _ if byte.is_ascii_hexdigit() && digits.len() < hex::LONGEST => {
                digits.push(byte);
                self.hex = Some(digits);
            }
            _ => {
                self.spoil(BadHex::Torn.into(), frames);
                self.text(byte, frames);
            }
        }
    }

    /// A HEX message is damaged, and so is the block that it is in.
    fn spoil(&mut self, damaged: Damaged, frames: &mut Vec<Frame>) {
        match self.at {
            At::Outside => frames.push(Frame::Damaged(damaged)),
            At::Checksum => self.refuse(damaged, frames),
            At::Return | At::Label | At::Value => {
                self.torn = Some(damaged);
                self.lines.clear();
                self.at = At::Outside;
            }
        }
    }

    fn text(&mut self, byte: u8, frames: &mut Vec<Frame>) {
        if self.at != At::Checksum {
            self.line.sum = self.line.sum.wrapping_add(byte);
        }
        match (self.at, byte) {
            (At::Outside | At::Return, b'\r') => self.start(),
            (At::Outside, _) => {}
            (At::Return, b'\n') => self.at = At::Label,
            (At::Label, b'\t') if self.line.label == "Checksum" => self.at = At::Checksum,
            (At::Label, b'\t') if !self.line.label.is_empty() => self.at = At::Value,
            (At::Label, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'#')
                if self.line.label.len() < LONGEST_LABEL =>
            {
                self.line.label.push(char::from(byte));
            }
            (At::Value, b'\r') if self.lines.len() == MOST_LINES => self.lose(Damaged::Long, byte),
            (At::Value, b'\r') => {
                // The `\r` belongs to the next line.
                self.line.sum = self.line.sum.wrapping_sub(byte);
                let line = std::mem::take(&mut self.line);
                self.lines.push(line);
                self.start();
            }
            (At::Value, b' '..=b'~') if self.line.value.len() < LONGEST_VALUE => {
                self.line.value.push(char::from(byte));
            }
            (At::Return | At::Label | At::Value, _) => self.lose(Damaged::Line, byte),
            (At::Checksum, _) => match self.judge(byte) {
                Ok(start) => self.accept(start, frames),
                Err(damaged) => {
                    self.refuse(damaged, frames);
                    // The checksum itself may be what was lost.
                    if byte == b'\r' {
                        self.start();
                    }
                }
            },
        }
    }

    /// A line begins with this `\r`.
    fn start(&mut self) {
        self.line = Line { sum: b'\r', ..Line::default() };
        self.at = At::Return;
    }

    /// Gives up what there is of the block, and looks for the next line.
    fn lose(&mut self, damaged: Damaged, byte: u8) {
        if !self.lines.is_empty() {
            self.torn = Some(damaged);
            self.lines.clear();
        }
        self.at = At::Outside;
        if byte == b'\r' {
            self.start();
        }
    }

    /// From which line on there is a block, if this is its checksum.
    fn judge(&self, byte: u8) -> Result<usize, Damaged> {
        let sum = |lines: &[Line]| {
            let end = self.line.sum.wrapping_add(byte);
            lines.iter().fold(end, |sum, line| sum.wrapping_add(line.sum))
        };
        let last_pid = self.lines.iter().rposition(|line| line.label == "PID");
        let whole = |start: &usize| {
            self.lines.get(*start..).is_some_and(|lines| !lines.is_empty() && twice(lines).is_none() && sum(lines) == 0)
        };
        match [Some(0), last_pid].into_iter().flatten().find(whole) {
            Some(start) => Ok(start),
            None => Err(match (&self.torn, twice(&self.lines)) {
                (Some(torn), _) => torn.clone(),
                _ if self.lines.is_empty() => Damaged::Empty,
                (None, Some(label)) => Damaged::Twice(label.to_owned()),
                (None, None) => Damaged::Checksum(sum(&self.lines)),
            }),
        }
    }

    fn accept(&mut self, start: usize, frames: &mut Vec<Frame>) {
        let cut = (start > 0).then_some(Damaged::Cut);
        frames.extend(self.torn.take().or(cut).map(Frame::Damaged));
        let lines = self.lines.drain(..).skip(start).map(|line| (line.label, line.value));
        frames.push(Frame::Block(Block(lines.collect())));
        self.at = At::Outside;
    }

    fn refuse(&mut self, damaged: Damaged, frames: &mut Vec<Frame>) {
        frames.push(Frame::Damaged(damaged));
        self.torn = None;
        self.lines.clear();
        self.at = At::Outside;
    }
}

/// A name that lines have twice.
fn twice(lines: &[Line]) -> Option<&str> {
    let again = |(at, line): &(usize, &Line)| lines.iter().take(*at).any(|earlier| earlier.label == line.label);
    lines.iter().enumerate().find(again).map(|(_, line)| line.label.as_str())
}
