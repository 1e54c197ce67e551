//! What a desk shows: how it is, in the words of a view.

use std::time::Duration;

use formats::answers::Language;

use super::view::Words;
use super::{Ask, Busy, ByPhone, Desk, Lock, Page, Request, View};
use crate::changes;
use crate::claim::{Session, Turned};
use crate::form::{self, Field, Form, Kind, Problem, Typed};
use crate::hotspot::{self, Hotspot, Use};
use crate::machine::{Question, Stage};
use crate::pen::Front;
use crate::summary;
use crate::texts::{Id, Text, id};

impl Desk {
    pub(super) fn turned(&self, language: Language, turned: Turned) -> View {
        let words = Words(&self.texts, language);
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
        View { language, busy: None, code: None, by_phone: None, page }
    }

    pub(super) fn view(&self, request: &Request, now: Duration, typed: &Typed, problems: &[Problem]) -> View {
        // The answer may have chosen it.
        let language = self.language(request.language);
        let words = Words(&self.texts, language);
        let holder = self.pen.holder(now).filter(|holder| **holder != request.front);
        let busy = holder.map(|holder| Busy {
            says: words.say(id::SOMEBODY_ELSE.with("who", words.say(who(holder)))),
            take_over: words.say(id::TAKE_OVER),
        });
        let code = match &request.front {
            Front::Phone(session) => self.claim.code_for(&Session(session.clone())),
            Front::Screen(_) => Some(self.claim.code()),
            Front::File | Front::Neighbours => None,
        };
        let code = code.map(|code| words.say(id::CLAIM_CODE.with("code", code.digits())));
        let page = match (&self.lock, self.record.question(), self.record.stage) {
            (Some(Lock { opening: true, .. }), ..) => waits(&words, id::OPENING_TITLE, id::OPENING_SAYS),
            (Some(lock), ..) => locked_page(&words, lock, problems),
            (_, Some(Question::Network), _) if self.trial().is_some() => {
                waits(&words, id::WIFI_TRIAL_TITLE, id::WIFI_TRIAL_SAYS)
            }
            (_, Some(question), _) => Page::Ask(self.ask(&words, question, busy.is_none(), typed, problems)),
            (_, None, Stage::Ready) => Page::Ready { title: words.say(id::READY_TITLE), says: self.ready(&words) },
            (_, None, Stage::Moved) => Page::Applying {
                title: words.say(id::MOVED_TITLE),
                says: words.say(id::MOVED_SAYS),
                done: 0,
                changes: Vec::new(),
                failed: None,
                again: words.say(id::TRY_AGAIN),
            },
            (_, None, stage) => {
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
                    failed: self.failed.as_ref().map(|why| words.say(failed(why))),
                    again: words.say(id::TRY_AGAIN),
                }
            }
        };
        let by_phone =
            matches!(request.front, Front::Screen(_)) && matches!(self.use_of_hotspot(now), Use::Wanted | Use::Phones);
        let by_phone = by_phone.then(|| self.by_phone(&words)).flatten();
        View { language, busy, code, by_phone, page }
    }

    /// What a screen says about phones; nothing where none can reach this computer.
    fn by_phone(&self, words: &Words<'_>) -> Option<ByPhone> {
        let (mut says, mut code) = (Vec::new(), None);
        let page = |address: String| words.say(id::PHONE_PAGE.with("address", address));
        match &self.hotspot {
            Some(Hotspot::There(network)) => {
                says.push(match &network.key {
                    Some(key) => {
                        words.say(id::PHONE_WIFI.with("name", network.name.as_str()).with("key", key.as_str()))
                    }
                    None => words.say(id::PHONE_WIFI_OPEN.with("name", network.name.as_str())),
                });
                says.push(page(hotspot::ADDRESS.to_string()));
                code = Some(network.code().to_string());
            }
            Some(Hotspot::Phones(network)) => {
                let key = network.key.as_ref().map(|key| key.as_str()).unwrap_or_default();
                says.push(words.say(id::PHONE_THEIRS.with("name", network.name.as_str()).with("key", key)));
            }
            Some(Hotspot::Soon) => says.push(words.say(id::PHONE_SOON)),
            None => {}
        }
        if !self.facts.address.is_empty() {
            let (host, address) = (self.facts.host.as_str(), self.facts.address.as_str());
            says.push(words.say(id::PHONE_NETWORK.with("name", host).with("address", address)));
            code.get_or_insert_with(|| format!("http://{address}/"));
        }
        let radio = self.facts.radios.all > 0;
        if says.is_empty() && !radio {
            return None;
        }
        says.push(words.say(id::PHONE_CODE.with("code", self.claim.code().digits())));
        // Its address is what the phone needs, and comes when it has joined.
        let joins = matches!(self.hotspot, Some(Hotspot::Phones(_))) && self.facts.address.is_empty();
        if joins {
            says.push(words.say(id::PHONE_WAITING));
        }
        Some(ByPhone {
            title: words.say(id::PHONE_TITLE),
            says,
            code,
            here: words.say(id::PHONE_HERE),
            other: radio.then(|| words.say(if self.phones { id::PHONE_OWN } else { id::PHONE_HAS_HOTSPOT })),
            joins: self.phones,
            soon: joins || self.hotspot == Some(Hotspot::Soon),
        })
    }

    fn ready(&self, words: &Words<'_>) -> String {
        let name = self.named.as_deref().unwrap_or(&self.facts.host);
        if self.facts.address.is_empty() {
            return words.say(id::READY_ALONE);
        }
        words.say(id::READY_SAYS.with("name", name).with("address", self.facts.address.as_str()))
    }

    fn ask(&self, words: &Words<'_>, question: Question, mine: bool, typed: &Typed, told: &[Problem]) -> Ask {
        let form = self.form(question);
        let trouble = self.trouble.iter().flat_map(|trouble| trouble.says(question, |text| words.say(text)));
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
            says: trouble.chain(form.says).map(|text| words.say(text)).collect(),
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
                only: Vec::new(),
            }];
        } else if question == Question::RecoveryKey && self.renewed {
            form.says.insert(0, id::RECOVERY_NEW.text());
        }
        form
    }
}

/// Something takes a while.
fn waits(words: &Words<'_>, title: Id, says: Id) -> Page {
    Page::Applying {
        title: words.say(title),
        says: words.say(says),
        done: 0,
        changes: Vec::new(),
        failed: None,
        again: words.say(id::TRY_AGAIN),
    }
}

fn locked_page(words: &Words<'_>, lock: &Lock, problems: &[Problem]) -> Page {
    let trouble = lock.trouble.as_ref().map(|why| words.say(failed(why)));
    Page::Locked {
        title: words.say(id::LOCKED_TITLE),
        says: words.say(id::LOCKED_SAYS),
        label: words.say(id::LOCKED_LABEL),
        problem: problems.first().map(|problem| words.say(problem.says.clone())).or(trouble),
        action: words.say(id::LOCKED_OPEN),
        anew: lock.may_begin.then(|| words.say(id::LOCKED_ANEW)),
    }
}

fn failed(why: &str) -> Text {
    id::FAILED_SAYS.with("why", why)
}

fn who(front: &Front) -> Id {
    match front {
        Front::Screen(_) => id::WHO_SCREEN,
        Front::Phone(_) => id::WHO_PHONE,
        Front::File | Front::Neighbours => id::WHO_FILE,
    }
}
