//! The one place where a set-up is decided and kept. All fronts talk to it, and it answers with what they show.
//!
//! ```text
//!   front ─► Request ─► claim ─► pen ─► form: read ─► machine: answer ─► store ─► View ─► front
//!                                            │
//!                                            └─► secrets: hashes, the header
//! ```
//!
//! Invariants: what a view shows as answered is kept (written and flushed) before; nobody changes anything who is not let in, or
//! does not hold the pen; secrets stay here: no view has one but the recovery key, for whoever holds the pen, until it is confirmed.

mod by_file;
mod course;
mod lock;
mod radio;
mod secrets;
mod shows;
#[cfg(test)]
mod tests;
mod view;

use std::time::Duration;

use formats::answers::Language;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::changes::{self, Change};
use crate::claim::{Claim, Session, Turned};
use crate::facts::Facts;
use crate::form::{self, Given, Problem, Typed};
use crate::hashes::Unhashed;
use crate::header::{HeaderError, Headers};
use crate::hotspot::Hotspot;
use crate::machine::{Answer, Header, Question, Record, Refusal, Stage};
use crate::pen::{Front, Pen};
use crate::random::NotRandom;
use crate::recovery_key::RecoveryKey;
use crate::store::{Store, StoreError};
use crate::texts::{Texts, id};
use crate::volume::VolumeError;

use by_file::Trouble;
use radio::Trial;

pub use lock::Lock;
pub use radio::NotJoined;
pub use view::{Ask, Busy, ByPhone, Choice, Field as Input, Input as Takes, Page, View, YES};

/// What a front wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// Who.
    pub front: Front,
    /// In which language, as long as nobody has chosen one.
    pub language: Option<Language>,
    /// What.
    pub wish: Wish,
}

/// What a front wants to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "do", deny_unknown_fields)]
pub enum Wish {
    /// See how it is.
    Look,
    /// Be let in by the code.
    Enter {
        /// What was typed.
        code: String,
    },
    /// Answer.
    Fill {
        /// Which question: if another one is asked by now, nothing happens.
        question: Question,
        /// What was typed.
        typed: Typed,
    },
    /// One question back.
    Back {
        /// From which question.
        question: Question,
    },
    /// Go on here, and nowhere else.
    TakePen,
    /// A phone has the hotspot, which this computer is to join; or it has not, and this computer has its own. Only screens say so, which show
    /// name and key.
    PhonesHotspot {
        /// Whether.
        joins: bool,
    },
    /// Try the change that failed again.
    Again,
    /// Open the data that are locked.
    Unlock {
        /// The passphrase, or the recovery key.
        secret: Zeroizing<String>,
    },
    /// Leave the data locked, and set the computer up.
    Anew,
}

/// The set-up can't be kept. The person has done nothing wrong.
#[derive(Debug, Error)]
pub enum DeskError {
    /// The record.
    #[error("keeping the set-up")]
    Store(#[from] StoreError),
    /// The header.
    #[error("making the header of the data to come")]
    Header(#[from] HeaderError),
    /// The password.
    #[error(transparent)]
    Hash(#[from] Unhashed),
    /// Random numbers.
    #[error(transparent)]
    Random(#[from] NotRandom),
    /// The data partition.
    #[error("opening the data")]
    Volume(#[from] VolumeError),
}

/// The desk.
#[derive(Debug)]
pub struct Desk {
    record: Record,
    store: Store,
    headers: Headers,
    facts: Facts,
    texts: Texts,
    claim: Claim,
    pen: Pen,
    /// The recovery key that nobody has confirmed yet, and which of its groups are to be typed.
    shown: Option<(RecoveryKey, [usize; 2])>,
    /// The recovery key of the header that counts, until the data are open: this start's alone.
    key: Option<(Header, RecoveryKey)>,
    /// The power was gone before one was confirmed.
    renewed: bool,
    /// Why the change that is being made failed.
    failed: Option<String>,
    /// What the node was called in a set-up that is over.
    named: Option<String>,
    /// The data are locked.
    lock: Option<Lock>,
    /// Why a file of answers is not taken, or not all of it.
    trouble: Option<Trouble>,
    /// The node's own Wi-Fi network.
    hotspot: Option<Hotspot>,
    /// Whether a phone is to have one instead.
    phones: bool,
    /// A Wi-Fi network that is tried.
    trial: Option<Trial>,
}

impl Desk {
    /// Opens the set-up that is kept.
    pub fn open(store: Store, headers: Headers, claim: Claim, facts: Facts) -> Result<Self, DeskError> {
        let record = store.load()?.record;
        let mut desk = Self {
            record,
            store,
            headers,
            facts,
            texts: Texts::default(),
            claim,
            pen: Pen::default(),
            shown: None,
            key: None,
            renewed: false,
            failed: None,
            named: None,
            lock: None,
            trouble: None,
            hotspot: None,
            phones: false,
            trial: None,
        };
        desk.find_header()?;
        Ok(desk)
    }

    /// The answers so far, and how far the changes are.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// What is known of the computer now.
    pub fn know(&mut self, facts: Facts) {
        self.forgive(&facts);
        self.facts = Facts { speed: self.facts.speed, ..facts };
    }

    /// Does what a front wants, and returns what it shows then. `now` is the time since power-on.
    pub fn serve(&mut self, request: &Request, now: Duration) -> Result<View, DeskError> {
        let language = self.language(request.language);
        if request.front == Front::Neighbours {
            if let Wish::Unlock { secret } = &request.wish {
                self.unlock(secret)?;
            }
            return Ok(self.turned(language, Turned::Closed));
        }
        if let Front::Phone(session) = &request.front {
            let session = Session(session.clone());
            let typed = match &request.wish {
                Wish::Enter { code } => Some(code.as_str()),
                _ => None,
            };
            // Looking is no claim: phones look at pages by themselves.
            let looks = request.wish == Wish::Look && !self.claim.is_taken();
            if !looks && let Err(turned) = self.claim.enter(&session, typed, now) {
                return Ok(self.turned(language, turned));
            }
        }
        let held = self.pen.holder(now).is_some_and(|holder| *holder != request.front);
        let (problems, typed) = match held && !self.may_take(request, now) {
            true => (Vec::new(), Typed::new()),
            false => self.act(request, now)?,
        };
        let told = self.record.question().filter(|_| problems.is_empty()).and_then(|now| self.told_of_trial(now));
        let (typed, problems) = told.unwrap_or((typed, problems));
        Ok(self.view(request, now, &typed, &problems))
    }

    /// The change that is to be made now, and its number; nothing before they have begun, and after the last.
    pub fn change(&self) -> Option<(usize, Change)> {
        let Stage::Applying { done } = self.record.stage else { return None };
        let change = changes::plan(&self.record)?.into_iter().nth(done)?;
        Some((done, change))
    }

    /// What opens a header that was made in this start.
    pub fn key(&self, header: Header) -> Option<RecoveryKey> {
        self.key.as_ref().filter(|(of, _)| *of == header).map(|(_, key)| key.clone())
    }

    /// Where headers are.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    fn language(&self, wished: Option<Language>) -> Language {
        self.record.language.as_ref().map(|(language, _)| *language).or(wished).unwrap_or(Language::English)
    }

    fn keep(&mut self, record: Record) -> Result<(), DeskError> {
        self.store.keep(&record)?;
        self.record = record;
        Ok(())
    }

    fn may_take(&mut self, request: &Request, now: Duration) -> bool {
        // Only who writes takes it, or who says so.
        match request.wish {
            Wish::Look | Wish::Enter { .. } | Wish::PhonesHotspot { .. } => false,
            Wish::TakePen if matches!(request.front, Front::Phone(_)) => {
                // Whoever was let in is the same person, or one whom that person told the code.
                if let Some(holder @ Front::Phone(_)) = self.pen.holder(now).cloned() {
                    self.pen.give_back(&holder);
                }
                self.pen.take(&request.front, now).is_ok()
            }
            _ => self.pen.take(&request.front, now).is_ok(),
        }
    }

    fn act(&mut self, request: &Request, now: Duration) -> Result<(Vec<Problem>, Typed), DeskError> {
        match &request.wish {
            Wish::Look | Wish::Enter { .. } => {}
            Wish::PhonesHotspot { joins } => self.join_phones(&request.front, *joins),
            Wish::TakePen => drop(self.pen.take(&request.front, now)),
            Wish::Again => self.failed = None,
            Wish::Unlock { secret } => return Ok((self.unlock(secret)?, Typed::new())),
            Wish::Anew => {
                if self.lock.as_ref().is_some_and(|lock| lock.may_begin && !lock.opening) {
                    self.lock = None;
                }
            }
            Wish::Back { question } => {
                drop(self.pen.take(&request.front, now));
                if self.record.question() == Some(*question)
                    && let Ok(record) = self.record.back()
                {
                    self.keep(record)?;
                }
            }
            Wish::Fill { question, typed } => {
                drop(self.pen.take(&request.front, now));
                // Else it was answered already: by a second tap on the button, or elsewhere.
                if self.record.question() == Some(*question) {
                    let problems = self.fill(*question, typed)?;
                    let typed = if problems.is_empty() { Typed::new() } else { typed.clone() };
                    return Ok((problems, typed));
                }
            }
        }
        Ok((Vec::new(), Typed::new()))
    }

    fn fill(&mut self, question: Question, typed: &Typed) -> Result<Vec<Problem>, DeskError> {
        if question == Question::RecoveryKey && self.shown.is_none() {
            return self.renew_by_passphrase(typed);
        }
        let given = match form::read(question, typed, &self.record, &self.facts) {
            Ok(given) => given,
            Err(problems) => return Ok(problems),
        };
        if self.begins_trial(&given, typed) {
            return Ok(Vec::new());
        }
        match self.answer(given)? {
            Ok(()) => Ok(Vec::new()),
            Err(problems) => Ok(problems),
        }
    }

    /// Answers; secrets become what may be kept.
    fn answer(&mut self, given: Given) -> Result<Result<(), Vec<Problem>>, DeskError> {
        let answer = match given {
            Given::Language(language, keyboard) => Answer::Language(language, keyboard),
            Given::TimeZone(zone) => Answer::TimeZone(zone),
            Given::Preset(preset) => Answer::Preset(preset),
            Given::Identity { name, user, password, ssh_keys } => match self.administrator(user, password, ssh_keys)? {
                Some(administrator) => Answer::Identity(name, administrator),
                None => return Ok(Err(vec![missing("password")])),
            },
            Given::Network(country, network) => Answer::Network(country, network),
            Given::Solar(battery) => Answer::Solar(battery),
            Given::Mesh(mesh) => Answer::Mesh(mesh),
            Given::Storage(disks, unlock) => return self.storage(disks, unlock),
            Given::RecoveryKey(typed) => return self.confirm(&typed),
            Given::Services(services) => Answer::Services(services),
            Given::Go => Answer::Go,
        };
        self.take(answer)
    }

    fn take(&mut self, answer: Answer) -> Result<Result<(), Vec<Problem>>, DeskError> {
        match self.record.answer(answer, &self.facts) {
            Ok(record) => Ok(Ok(self.keep(record)?)),
            Err(refusal) => Ok(Err(refused(&refusal))),
        }
    }
}

/// A field that was left empty.
fn missing(field: &str) -> Problem {
    Problem { field: field.to_owned(), says: id::NOT_ANSWERED.text() }
}

fn refused(refusal: &Refusal) -> Vec<Problem> {
    vec![form::refused(refusal)]
}
