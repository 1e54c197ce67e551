//! The wizard's one state machine. Pure.
//!
//! ```text
//!            answer, if it fits                                         Go              all changes done
//!  Language ───────────────────► TimeZone ─► … ─► Services ─► Summary ──────► applying ─────────────────► ready
//!     ▲  ▲                          │                           │  │             │ ▲
//!     │  └────────── back ──────────┘                           │  │             └─┘ one change done, or failed: tried again
//!     └───────────────────── back to any question ──────────────┘  │
//!                                  ▲                               │
//!                                  └── what an answer has undone ◄─┘
//! ```
//!
//! Where the first change is to move to another disk, the record of the disk that it was moved from is at `Moved` then, for ever; the
//! one on the new disk goes on with the second.
//!
//! After an answer comes the first question that has none. Whoever went back to change an answer so comes to where they were, and
//! meets on the way only what that answer has undone: another preset undoes the services, other disks or another way to unlock
//! undo the recovery key, as each has a header of its own.
//!
//! Invariants, held by the search over all states (`tests.rs`): from every state the end is reached by answering what is asked;
//! no question is asked that has an answer, unless a person went back to it or undid it; a record that was kept and read back
//! asks the same; once the changes have begun, no answer changes them.

mod question;
mod record;
#[cfg(test)]
mod tests;

use formats::answers::{DiskName, Helper, Mesh, MeshKind, Recipe, Unlock};
use formats::date::Date;
use formats::layout::ALIGNMENT;
use formats::size::Bytes;
use thiserror::Error;

use crate::facts::{Facts, Need};

pub use question::{Administrator, Answer, Header, Question};
pub use record::{BadRecord, LONGEST, Record, Solar, Stage, VERSION};

/// The least room that data needs.
pub const LEAST: Bytes = Bytes::mib(2048);

/// An answer does not fit. Each front has a text for each of these.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The wizard is at another point, perhaps because somebody else has answered.
    #[error("{asked:?} is asked now, and this answers {answered:?}")]
    Elsewhere {
        /// What is asked.
        asked: Question,
        /// What was answered.
        answered: Question,
    },
    /// The changes have begun.
    #[error("the changes have begun")]
    Begun,
    /// There is no such time zone.
    #[error("there is no such time zone")]
    TimeZone,
    /// There is no such disk.
    #[error("there is no disk {0}")]
    NoDisk(DiskName),
    /// A disk is named twice, or for two things.
    #[error("the disk {0} can be used for one thing only")]
    Twice(DiskName),
    /// A disk has something on it, and was not named as one that may be erased.
    #[error("the disk {name} has something on it: {holds}")]
    Holds {
        /// The disk.
        name: DiskName,
        /// What is on it.
        holds: String,
    },
    /// The disks for data are too small.
    #[error("there is room for {there} of data, and {needed} are needed")]
    Small {
        /// What there is.
        there: Bytes,
        /// What is needed.
        needed: Bytes,
    },
    /// Data are on one disk.
    #[error("data can be on one disk, not on several")]
    Several,
    /// The node does not run from a stick, so it is where it should be.
    #[error("it runs from this computer's disk already")]
    Installed,
    /// There is no TPM.
    #[error("this computer has no TPM that can keep the key")]
    NoTpm,
    /// There is not exactly one stick that could take a key.
    #[error("a key needs one stick, and {0} are plugged in")]
    Sticks(usize),
    /// Without a mesh there are no neighbours.
    #[error("without a mesh there are no neighbours who could help")]
    NoMesh,
    /// A neighbour does not say that it helps.
    #[error("{0} is not there, or does not help")]
    NoHelper(Helper),
    /// This release can't join such a mesh.
    #[error("this release can't join such a mesh")]
    NoSuchMesh,
    /// Nobody has said which network.
    #[error("with WireGuard, the network's file is needed")]
    NoWireGuard,
    /// The same of Nebula's.
    #[error("with Nebula, the network's file is needed")]
    NoNebula,
    /// The certificate has ended.
    #[error("the certificate ended on {0}")]
    Expired(Date),
    /// The invitation is into a mesh of another kind.
    #[error("the invitation is into a mesh of another kind")]
    Uninvited,
    /// The invitation has ended.
    #[error("the invitation ended on {0}")]
    Ended(Date),
    /// The recovery key belongs to another header.
    #[error("this recovery key is no longer the one that counts")]
    OldHeader,
    /// There is no such service.
    #[error("there is no service {0}")]
    NoService(Recipe),
    /// The services need more than there is.
    #[error("these services need more than this computer and this battery have")]
    Budget {
        /// What they need.
        needed: Need,
        /// What there is.
        there: Need,
    },
}

impl Record {
    /// What is asked now; `None` once the changes have begun.
    pub fn question(&self) -> Option<Question> {
        match self.stage {
            Stage::Asking => Some(self.at.unwrap_or_else(|| self.first_open())),
            Stage::Applying { .. } | Stage::Moved | Stage::Ready => None,
        }
    }

    /// The first question that has no answer: at the end the summary, which has none before it is over.
    pub fn first_open(&self) -> Question {
        Question::ALL.into_iter().find(|&question| !self.has(question)).unwrap_or(Question::Summary)
    }

    /// The record with an answer to what is asked.
    pub fn answer(&self, answer: Answer, facts: &Facts) -> Result<Self, Refusal> {
        let Some(asked) = self.question() else { return Err(Refusal::Begun) };
        let answered = answer.question();
        if asked != answered {
            return Err(Refusal::Elsewhere { asked, answered });
        }
        self.check(&answer, facts)?;
        let mut next = Self { at: None, ..self.clone() };
        match answer {
            Answer::Language(language, keyboard) => next.language = Some((language, keyboard)),
            Answer::TimeZone(zone) => next.time_zone = Some(zone),
            Answer::Preset(preset) => {
                if next.preset != Some(preset) {
                    next.services = None;
                }
                next.preset = Some(preset);
            }
            Answer::Identity(name, administrator) => next.identity = Some((name, administrator)),
            Answer::Network(country, network) => next.network = Some((country, network)),
            Answer::Solar(battery) => next.solar = Some(Solar { battery }),
            Answer::Mesh(mesh) => {
                // Whoever leaves the mesh loses the neighbours that would have unlocked the data.
                let helped = matches!(&next.storage, Some((_, Unlock::Neighbours { .. }, _)));
                if helped && mesh.kind == MeshKind::None {
                    next.storage = None;
                    next.recovery_key = None;
                }
                next.mesh = Some(mesh);
            }
            Answer::Storage(disks, unlock, header) => {
                // It is in the header by now, and nowhere else.
                let unlock = match unlock {
                    Unlock::Passphrase { .. } => Unlock::Passphrase { passphrase: None },
                    other => other,
                };
                if self.storage.as_ref().is_none_or(|(_, _, before)| *before != header) {
                    next.recovery_key = None;
                }
                next.storage = Some((disks, unlock, header));
            }
            Answer::RecoveryKey(header) => next.recovery_key = Some(header),
            Answer::Services(services) => next.services = Some(services),
            Answer::Go => next.stage = Stage::Applying { done: 0 },
        }
        Ok(next)
    }

    /// The record at a question that was answered before, or at the one that is open: to look, and to answer anew.
    pub fn go_to(&self, question: Question) -> Result<Self, Refusal> {
        let Some(asked) = self.question() else { return Err(Refusal::Begun) };
        let open = self.first_open();
        if question > open {
            return Err(Refusal::Elsewhere { asked, answered: question });
        }
        Ok(Self { at: (question != open).then_some(question), ..self.clone() })
    }

    /// The record one question back, if there is one. A recovery key that was confirmed is not shown again.
    pub fn back(&self) -> Result<Self, Refusal> {
        let Some(asked) = self.question() else { return Err(Refusal::Begun) };
        let mut before = asked.before();
        if before == Some(Question::RecoveryKey) && self.recovery_key.is_some() {
            before = Some(Question::Storage);
        }
        self.go_to(before.unwrap_or(asked))
    }

    /// The record with another header in the place of the one whose recovery key nobody has confirmed; without one, with none.
    pub fn renewed(&self, header: Option<Header>) -> Self {
        let storage = self.storage.clone().zip(header).map(|((disks, unlock, _), header)| (disks, unlock, header));
        Self { storage, recovery_key: None, ..self.clone() }
    }

    /// The record of a set-up that is over, whatever was asked since.
    pub fn over(&self) -> Self {
        Self { stage: Stage::Ready, ..Self::default() }
    }

    /// The record that is left where the node has moved away from: which language is read, and where it went. No answer is in it.
    pub fn moved(&self, to: DiskName) -> Self {
        Self { stage: Stage::Moved, language: self.language.clone(), moved_to: Some(to), ..Self::default() }
    }

    /// The record after one more change, of so many. After the last one nothing is left but that it is over.
    pub fn done(&self, of: usize) -> Self {
        match self.stage {
            Stage::Applying { done } if done < of.saturating_sub(1) => {
                Self { stage: Stage::Applying { done: done + 1 }, ..self.clone() }
            }
            Stage::Applying { .. } => self.over(),
            Stage::Asking | Stage::Moved | Stage::Ready => self.clone(),
        }
    }

    fn has(&self, question: Question) -> bool {
        match question {
            Question::Language => self.language.is_some(),
            Question::TimeZone => self.time_zone.is_some(),
            Question::Preset => self.preset.is_some(),
            Question::Identity => self.identity.is_some(),
            Question::Network => self.network.is_some(),
            Question::Solar => self.solar.is_some(),
            Question::Mesh => self.mesh.is_some(),
            Question::Storage => self.storage.is_some(),
            Question::RecoveryKey => self.recovery_key.is_some(),
            Question::Services => self.services.is_some(),
            Question::Summary => false,
        }
    }

    fn check(&self, answer: &Answer, facts: &Facts) -> Result<(), Refusal> {
        match answer {
            Answer::TimeZone(zone) if !facts.time_zones.contains(zone) => Err(Refusal::TimeZone),
            Answer::Mesh(mesh) if mesh.kind != MeshKind::None && !facts.mesh.contains(&mesh.kind) => {
                Err(Refusal::NoSuchMesh)
            }
            Answer::Mesh(Mesh { kind, invitation: Some(_), .. }) if *kind != MeshKind::Yggdrasil => {
                Err(Refusal::Uninvited)
            }
            Answer::Mesh(Mesh { kind: MeshKind::Wireguard, wireguard: None, .. }) => Err(Refusal::NoWireGuard),
            Answer::Mesh(Mesh { kind: MeshKind::Nebula, nebula: None, .. }) => Err(Refusal::NoNebula),
            Answer::Mesh(Mesh { nebula: Some(network), .. })
                if let (Some(last), Some(passed)) = (network.last_day(), facts.passed)
                    && last < passed =>
            {
                Err(Refusal::Expired(last))
            }
            Answer::Mesh(Mesh { invitation: Some(invitation), .. })
                if facts.passed.is_some_and(|passed| invitation.says().last_day < passed) =>
            {
                Err(Refusal::Ended(invitation.says().last_day))
            }
            Answer::Storage(disks, unlock, _) => {
                check_disks(disks, facts)?;
                self.check_unlock(unlock, facts)
            }
            Answer::RecoveryKey(header) => match &self.storage {
                Some((_, _, current)) if current == header => Ok(()),
                _ => Err(Refusal::OldHeader),
            },
            Answer::Services(services) => check_services(services, facts),
            _ => Ok(()),
        }
    }

    fn check_unlock(&self, unlock: &Unlock, facts: &Facts) -> Result<(), Refusal> {
        let none = MeshKind::None;
        match unlock {
            Unlock::Tpm if !facts.tpm => Err(Refusal::NoTpm),
            Unlock::UsbKey if facts.sticks.len() != 1 => Err(Refusal::Sticks(facts.sticks.len())),
            Unlock::Neighbours { .. } if self.mesh.as_ref().is_none_or(|mesh| mesh.kind == none) => {
                Err(Refusal::NoMesh)
            }
            Unlock::Neighbours { helpers, .. } => {
                let known = |helper: &Helper| facts.helpers.iter().any(|neighbour| neighbour.helper == *helper);
                let gone = helpers.iter().find(|helper| !known(helper)).cloned();
                gone.map_or(Ok(()), |helper| Err(Refusal::NoHelper(helper)))
            }
            _ => Ok(()),
        }
    }
}

fn check_disks(disks: &formats::answers::Disks, facts: &Facts) -> Result<(), Refusal> {
    let mut named: Vec<&DiskName> = Vec::new();
    for name in disks.install_to.iter().chain(&disks.data) {
        let disk = facts.disks.iter().find(|disk| disk.name == *name);
        let disk = disk.ok_or_else(|| Refusal::NoDisk(name.clone()))?;
        if named.contains(&name) {
            return Err(Refusal::Twice(name.clone()));
        }
        if let Some(holds) = disk.holds.as_ref().filter(|_| !disks.erase.contains(name)) {
            return Err(Refusal::Holds { name: name.clone(), holds: holds.clone() });
        }
        named.push(name);
    }
    if disks.data.len() > 1 {
        return Err(Refusal::Several);
    }
    if disks.install_to.is_some() && !facts.from_stick {
        return Err(Refusal::Installed);
    }
    // Data of an earlier set-up, perhaps, which a new flashing has left.
    if named.is_empty()
        && let (Some(holds), Ok(own)) = (&facts.rest_holds, facts.own_disk.parse::<DiskName>())
        && !disks.erase.contains(&own)
    {
        return Err(Refusal::Holds { name: own, holds: holds.clone() });
    }
    let length = |name: &DiskName| facts.disks.iter().find(|disk| disk.name == *name).map_or(0, |disk| disk.length.0);
    let there = match (disks.data.as_slice(), &disks.install_to) {
        ([], None) => facts.rest.0,
        // The last megabyte is the partition table's.
        ([], Some(target)) => length(target).saturating_sub(facts.system.0 + ALIGNMENT.0),
        (data, _) => data.iter().map(length).sum(),
    };
    if there < LEAST.0 { Err(Refusal::Small { there: Bytes(there), needed: LEAST }) } else { Ok(()) }
}

fn check_services(services: &[Recipe], facts: &Facts) -> Result<(), Refusal> {
    let mut needed = Need::default();
    for name in services {
        let service = facts.services.iter().find(|service| service.name == *name);
        needed = needed.and(service.ok_or_else(|| Refusal::NoService(name.clone()))?.need);
    }
    if needed.fits(facts.budget) { Ok(()) } else { Err(Refusal::Budget { needed, there: facts.budget }) }
}
