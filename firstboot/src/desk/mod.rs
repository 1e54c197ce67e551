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

mod secrets;
#[cfg(test)]
mod tests;
mod view;

use std::time::Duration;

use formats::answers::{Language, Unlock};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::changes::{self, Change};
use crate::claim::{Claim, Session, Turned};
use crate::facts::Facts;
use crate::form::{self, Field, Form, Given, Kind, Problem, Typed};
use crate::hashes::Unhashed;
use crate::header::{HeaderError, Headers};
use crate::machine::{Answer, Question, Record, Refusal, Stage};
use crate::pen::{Front, Pen};
use crate::recovery_key::RecoveryKey;
use crate::store::{Store, StoreError};
use crate::summary;
use crate::texts::{Id, Texts, id};

pub use secrets::random;
pub use view::{Ask, Busy, Choice, Field as Input, Input as Takes, Page, View, YES};

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
    /// Try the change that failed again.
    Again,
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
    #[error("getting random numbers: {0}")]
    Random(getrandom::Error),
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
    /// The power was gone before one was confirmed.
    renewed: bool,
    /// Why the change that is being made failed.
    failed: Option<String>,
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
            renewed: false,
            failed: None,
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
        self.facts = facts;
    }

    /// Does what a front wants, and returns what it shows then. `now` is the time since power-on.
    pub fn serve(&mut self, request: &Request, now: Duration) -> Result<View, DeskError> {
        let language = self.language(request.language);
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
        Ok(self.view(request, now, &typed, &problems))
    }

    /// The change that is to be made now, and its number; nothing before they have begun, and after the last.
    pub fn change(&self) -> Option<(usize, Change)> {
        let Stage::Applying { done } = self.record.stage else { return None };
        let change = changes::plan(&self.record)?.into_iter().nth(done)?;
        Some((done, change))
    }

    /// The change was made.
    pub fn made(&mut self) -> Result<(), DeskError> {
        let of = changes::plan(&self.record).unwrap_or_default().len();
        self.failed = None;
        self.keep(self.record.done(of))
    }

    /// The change failed, for this reason.
    pub fn failed(&mut self, why: String) {
        self.failed = Some(why);
    }

    /// Whether a change failed and nobody has said that it shall be tried again.
    pub fn waits(&self) -> bool {
        self.failed.is_some()
    }

    fn language(&self, wished: Option<Language>) -> Language {
        self.record.language.as_ref().map(|(language, _)| *language).or(wished).unwrap_or(Language::English)
    }

    fn keep(&mut self, record: Record) -> Result<(), DeskError> {
        self.store.keep(&record)?;
        self.record = record;
        Ok(())
    }

    /// After a start: whether the header is there, and what becomes of one whose recovery key nobody has confirmed.
    fn find_header(&mut self) -> Result<(), DeskError> {
        if self.record.stage != Stage::Asking {
            return Ok(());
        }
        let header = self.record.storage.as_ref().map(|(_, _, header)| *header);
        let there = self.headers.keep_only(header)?;
        match &self.record.storage {
            None => Ok(()),
            Some(_) if !there => self.keep(self.record.renewed(None)),
            Some(_) if self.record.recovery_key.is_some() => Ok(()),
            Some((_, Unlock::Passphrase { .. }, _)) => {
                self.renewed = true;
                Ok(())
            }
            Some(_) => {
                self.renewed = true;
                self.renew(None)
            }
        }
    }

    fn may_take(&mut self, request: &Request, now: Duration) -> bool {
        // Only who writes takes it, or who says so.
        match request.wish {
            Wish::Look | Wish::Enter { .. } => false,
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
            Wish::TakePen => drop(self.pen.take(&request.front, now)),
            Wish::Again => self.failed = None,
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

    fn turned(&self, language: Language, turned: Turned) -> View {
        let words = view::Words(&self.texts, language);
        let (says, problem) = match turned {
            Turned::Code | Turned::Wrong => {
                let says = if self.claim.has_screen() { id::CLAIM_SCREEN } else { id::CLAIM_OTHER };
                (says, (turned == Turned::Wrong).then_some(id::CLAIM_WRONG))
            }
            Turned::Closed => (id::CLAIM_CLOSED, None),
            Turned::Guessed => (id::CLAIM_GUESSED, None),
        };
        let asks = matches!(turned, Turned::Code | Turned::Wrong);
        let page = Page::Code {
            title: words.say(id::CLAIM_TITLE),
            says: words.say(says),
            label: asks.then(|| words.say(id::CLAIM_LABEL)),
            problem: problem.map(|text| words.say(text)),
            action: words.say(id::NEXT),
        };
        View { language, busy: None, code: None, page }
    }

    fn view(&self, request: &Request, now: Duration, typed: &Typed, problems: &[Problem]) -> View {
        // The answer may have chosen it.
        let language = self.language(request.language);
        let words = view::Words(&self.texts, language);
        let holder = self.pen.holder(now).filter(|holder| **holder != request.front);
        let busy = holder.map(|holder| Busy {
            says: words.say(id::SOMEBODY_ELSE.with("who", words.say(who(holder)))),
            take_over: words.say(id::TAKE_OVER),
        });
        let code = match &request.front {
            Front::Phone(session) => self.claim.code_for(&Session(session.clone())),
            Front::Screen(_) => Some(self.claim.code()),
            Front::File => None,
        };
        let code = code.map(|code| words.say(id::CLAIM_CODE.with("code", code.digits())));
        let page = match (self.record.question(), self.record.stage) {
            (Some(question), _) => Page::Ask(self.ask(&words, question, busy.is_none(), typed, problems)),
            (None, Stage::Ready) => Page::Ready { title: words.say(id::READY_TITLE), says: self.ready(&words) },
            (None, stage) => {
                let done = if let Stage::Applying { done } = stage { done } else { 0 };
                let changes: Vec<String> = changes::plan(&self.record)
                    .unwrap_or_default()
                    .iter()
                    .map(|change| words.say(summary::line(change)))
                    .collect();
                let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
                let says = id::APPLYING_SAYS.with("done", count(done)).with("of", count(changes.len()));
                Page::Applying {
                    title: words.say(id::APPLYING_TITLE),
                    says: words.say(says),
                    done,
                    changes,
                    failed: self.failed.as_ref().map(|why| words.say(id::FAILED_SAYS.with("why", why.as_str()))),
                    again: words.say(id::TRY_AGAIN),
                }
            }
        };
        View { language, busy, code, page }
    }

    fn ready(&self, words: &view::Words<'_>) -> String {
        let name = self.record.identity.as_ref().map(|(name, _)| name.as_str()).unwrap_or_default();
        words.say(id::READY_SAYS.with("name", name).with("address", self.facts.address.as_str()))
    }

    fn ask(&self, words: &view::Words<'_>, question: Question, mine: bool, typed: &Typed, told: &[Problem]) -> Ask {
        let form = self.form(question);
        let number = Question::ALL.iter().position(|other| *other == question).unwrap_or_default() + 1;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let step = id::STEP.with("number", count(number)).with("of", count(Question::ALL.len()));
        let key = match &self.shown {
            Some((key, _)) if question == Question::RecoveryKey && mine => key.groups().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Ask {
            question,
            step: words.say(step),
            title: words.say(form.title),
            says: form.says.into_iter().map(|text| words.say(text)).collect(),
            key,
            problems: words.others(&form.fields, told),
            fields: words.fields(&form.fields, typed, told),
            action: words.say(form.action),
            back: question.before().map(|_| words.say(id::BACK)),
        }
    }

    fn form(&self, question: Question) -> Form {
        let asked = self.shown.as_ref().map_or([0, 1], |(_, asked)| *asked);
        let mut form = form::form(question, &self.record, &self.facts, asked);
        if question == Question::RecoveryKey && self.shown.is_none() {
            form.says = vec![id::RECOVERY_LOST.text()];
            form.fields = vec![Field {
                name: "passphrase".to_owned(),
                label: id::PASSPHRASE_LABEL.text(),
                help: None,
                kind: Kind::Secret,
                only: None,
            }];
        } else if question == Question::RecoveryKey && self.renewed {
            form.says.insert(0, id::RECOVERY_NEW.text());
        }
        form
    }
}

/// A field that was left empty.
fn missing(field: &str) -> Problem {
    Problem { field: field.to_owned(), says: id::NOT_ANSWERED.text() }
}

fn refused(refusal: &Refusal) -> Vec<Problem> {
    vec![form::refused(refusal)]
}

fn who(front: &Front) -> Id {
    match front {
        Front::Screen(_) => id::WHO_SCREEN,
        Front::Phone(_) => id::WHO_PHONE,
        Front::File => id::WHO_FILE,
    }
}
