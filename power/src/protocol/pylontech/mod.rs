//! Pylontech's batteries on RS-485, and those of others that speak like them: 115200 bits a second, or 9600.
//!
//! ```text
//!   request   ~ [20] [address] [46] [command]   [length] [information …] [checksum] \r
//!   reply     ~ [20] [address] [46] [00 or why] [length] [information …] [checksum] \r
//!               each a hexadecimal number in ASCII
//! ```
//!
//! [`frame`] finds and checks such frames, [`values`] reads what is in them. A battery has an address from 2 on; those
//! of others begin at 0 or 1, and batteries of a second group at 0x12. The first battery of a stack speaks for all of
//! them; where it does not, each is asked for itself until one is silent.
//!
//! Asked are the protocol's version (4F), the maker (51), the measured values (42), the state of the whole (61) and its
//! alarms (62). What a charger should do (63) is not for a reader. Older batteries know no 61 and 62: their charge is
//! what remains of what they hold.
//!
//! Invariants: each reply is held against the length that the question's must have, as a reply doesn't say what was
//! asked; a module whose cells don't sum up to its voltage is refused, as makers who took over the frame put other
//! units into it.
//!
//! Sources: Frankkkkk/python-pylontech with its tests and thread 31; dalathegreat/Battery-Emulator (`PYLON-LV-RS485`);
//! mikaabra's reference of battery protocols. They disagree about the unit of 61's current, which is left out here, and
//! of its voltage, of which both are told apart by their size.

pub mod frame;
pub mod values;

#[cfg(test)]
mod tests;

use std::time::Duration;

use self::frame::Frame;
use self::values::{Module, System};
use super::asking::{Asking, Next, Plan};
use super::stream::Look;
use crate::conversation::{Conversation, Heard, Unheard};
use crate::line::Line;
use crate::reading::{Alarm, Identity};

/// What it is spoken on.
pub const LINES: &[Line] = &[Line::Serial(115_200), Line::Serial(9600)];

/// Begins a conversation.
pub fn begin() -> impl Conversation {
    Asking::new(Stack::default())
}

/// All that is ever sent.
pub fn requests() -> Vec<Vec<u8>> {
    let found = PROBES.iter().map(|(address, _)| *address);
    let alone = PROBES.iter().map(|(address, command)| (*address, *command));
    let asked = found.flat_map(|address| {
        let each = (address..=address + MOST - 1).map(|module| (module, Command::Module(module)));
        [Command::Maker, Command::Modules, Command::System, Command::Alarms]
            .map(|command| (address, command))
            .into_iter()
            .chain(each)
    });
    alone.chain(asked).map(|(address, command)| command.encode(address)).collect()
}

/// The most batteries of a stack.
const MOST: u8 = 16;

/// What is asked to find out who is there. Most answer the first one; batteries of other makers know only one of the
/// others.
const PROBES: [(u8, Command); 6] = [
    (2, Command::Version),
    (2, Command::Modules),
    (2, Command::System),
    (1, Command::Modules),
    (0, Command::Modules),
    (0x12, Command::Modules),
];

/// A question. There is none that changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Command {
    /// Which version of the protocol.
    Version,
    /// Who made it.
    Maker,
    /// What all modules measure.
    Modules,
    /// What this module measures.
    Module(u8),
    /// How the whole is.
    System,
    /// What is wrong with it.
    Alarms,
}

impl Command {
    fn encode(self, address: u8) -> Vec<u8> {
        let (command, information) = match self {
            Self::Version => (0x4F, vec![]),
            Self::Maker => (0x51, vec![]),
            Self::Modules => (0x42, vec![0xFF]),
            Self::Module(module) => (0x42, vec![module]),
            Self::System => (0x61, vec![]),
            Self::Alarms => (0x62, vec![]),
        };
        frame::encode(&Frame { version: 0x20, address, command: 0x46, code: command, information })
    }
}

/// The conversation: finds the first battery, and asks it for all.
#[derive(Clone, Debug, Default)]
struct Stack {
    stage: Stage,
    address: u8,
    identity: Identity,
    modules: Vec<Module>,
    system: Option<System>,
    alarms: Vec<Alarm>,
    /// Why there is nothing to say, as far as it was said.
    bad: Option<Unheard>,
    /// What is measured can't be true.
    refuted: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Find(usize),
    Maker,
    Modules,
    /// The module at so many behind the first one.
    Module(u8),
    System,
    Alarms,
    Over,
}

impl Default for Stage {
    fn default() -> Self {
        Self::Find(0)
    }
}

impl Stack {
    /// Whom it asks for what.
    fn question(&self) -> Option<(u8, Command)> {
        let behind = |module: u8| self.address.saturating_add(module);
        match self.stage {
            Stage::Find(probe) => PROBES.get(probe).copied(),
            Stage::Maker => Some((self.address, Command::Maker)),
            Stage::Modules => Some((self.address, Command::Modules)),
            Stage::Module(module) => Some((behind(module), Command::Module(behind(module)))),
            Stage::System => Some((self.address, Command::System)),
            Stage::Alarms => Some((self.address, Command::Alarms)),
            Stage::Over => None,
        }
    }

    fn heard(&self) -> Result<Heard, Unheard> {
        if let Some(why) = &self.refuted {
            return Err(Unheard::Impossible(why.clone()));
        }
        match (&self.modules[..], self.system) {
            ([], None) => Err(self.bad.clone().unwrap_or(Unheard::Other(Self::NAME))),
            (modules, system) => {
                let reading = values::reading(modules, system, &self.alarms);
                let reading = reading.map_err(|impossible| Unheard::Impossible(impossible.to_string()))?;
                Ok(Heard { identity: self.identity.clone(), reading })
            }
        }
    }

    /// The modules of a reply. Its stage afterwards: where there is only one module, the others are asked for
    /// themselves.
    fn measured(&mut self, information: &[u8], alone: Option<u8>) -> Stage {
        match (values::modules(information, alone.is_some()), alone) {
            (Ok(modules), None) if modules.len() == 1 => {
                self.modules = modules;
                Stage::Module(1)
            }
            (Ok(modules), None) => {
                self.modules = modules;
                Stage::System
            }
            (Ok(modules), Some(module)) => {
                self.modules.extend(modules);
                if module + 1 < MOST { Stage::Module(module + 1) } else { Stage::System }
            }
            // Perhaps it has other modules than it says, or says only one at a time.
            (Err(bad @ values::BadValues::Length { .. }), alone) => {
                self.bad = Some(Unheard::Impossible(bad.to_string()));
                if alone.is_none() { Stage::Module(0) } else { Stage::System }
            }
            (Err(bad), _) => {
                self.refuted = Some(bad.to_string());
                Stage::Over
            }
        }
    }
}

impl Plan for Stack {
    type Answer = Frame;
    const NAME: &'static str = "a Pylontech's";
    const PATIENCE: Duration = Duration::from_millis(800);

    fn next(&self) -> Next<Vec<u8>> {
        match (self.question(), self.stage) {
            (Some((address, command)), _) => Next::Ask(command.encode(address)),
            (None, Stage::Find(_)) => Next::Unanswered,
            (None, _) => Next::end(self.heard()),
        }
    }

    /// Who does not exist is silent: that is found out once.
    fn tries(&self) -> u8 {
        match self.stage {
            Stage::Find(_) | Stage::Module(1..) => 1,
            _ => 2,
        }
    }

    fn look(&self, bytes: &[u8]) -> Look<Frame> {
        let asked = self.question().map(|(address, _)| address);
        match frame::look(bytes) {
            // A request that came back, and what others say.
            Look::Frame(frame, _) if Some(frame.address) != asked || !frame.is_reply() => Look::Nothing,
            other => other,
        }
    }

    fn told(&mut self, answer: Option<Frame>) {
        let refused = answer.as_ref().and_then(Frame::refusal);
        if let (Some(refusal), Stage::Modules | Stage::Module(0)) = (&refused, self.stage) {
            self.bad = Some(Unheard::Refused(refusal.clone()));
        }
        let answered = answer.is_some();
        let information = answer.filter(|_| refused.is_none()).map(|frame| frame.information);
        self.stage = match (self.stage, information) {
            (Stage::Find(probe), _) if answered => {
                self.address = PROBES.get(probe).map_or(0, |(address, _)| *address);
                Stage::Maker
            }
            (Stage::Find(probe), _) => Stage::Find(probe + 1),
            (Stage::Maker, information) => {
                self.identity = information.and_then(|bytes| values::identity(&bytes)).unwrap_or_default();
                Stage::Modules
            }
            (Stage::Modules, Some(information)) => self.measured(&information, None),
            (Stage::Modules, None) => Stage::Module(0),
            (Stage::Module(module), Some(information)) => self.measured(&information, Some(module)),
            (Stage::Module(_), None) => Stage::System,
            (Stage::System, information) => {
                self.system = information.and_then(|bytes| System::parse(&bytes));
                Stage::Alarms
            }
            (Stage::Alarms, information) => {
                self.alarms = information.map(|bytes| values::alarms(&bytes)).unwrap_or_default();
                Stage::Over
            }
            (Stage::Over, _) => Stage::Over,
        };
    }
}
