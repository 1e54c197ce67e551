//! What a desk does with the radio: the hotspot, and a Wi-Fi network that somebody chose. That is tried before it is kept: a wrong
//! key is told while its owner is still there.
//!
//! ```text
//!   Next ──► trial (the hotspot is away meanwhile) ──► joined ──► kept, and the next question
//!                                                  └─► refused, or gone ──► told at the question; Next again keeps it all the same
//! ```

use std::time::Duration;

use formats::answers::{Country, Network, Wifi};

use super::{Desk, DeskError};
use crate::form::{Given, Problem, Typed};
use crate::hotspot::{Hotspot, Use};
use crate::machine::{Question, Stage};
use crate::pen::Front;
use crate::texts::id;

/// Why a network was not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotJoined {
    /// It does not take the key.
    Refused,
    /// It does not answer.
    Gone,
}

/// A trial.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    typed: Typed,
    country: Option<Country>,
    network: Network,
    /// How it ended, if it did not end well.
    ended: Option<NotJoined>,
}

impl Desk {
    /// There is a hotspot, or there is none any more.
    pub fn hotspot(&mut self, hotspot: Option<Hotspot>) {
        self.hotspot = hotspot;
    }

    /// From now on a phone has the hotspot, or this computer.
    pub(super) fn join_phones(&mut self, front: &Front, joins: bool) {
        if matches!(front, Front::Screen(_)) && self.phones != joins {
            self.phones = joins;
            self.hotspot = Some(Hotspot::Soon);
        }
    }

    /// Whether one is of use.
    pub fn use_of_hotspot(&self, now: Duration) -> Use {
        match self.record.stage {
            Stage::Ready if self.lock.is_none() => Use::Over,
            _ if self.claim.is_closed(now) => Use::Closed,
            _ if self.phones => Use::Phones,
            _ => Use::Wanted,
        }
    }

    /// Whether what was answered is to be tried first: networks that are in range, and not what was tried in vain just before.
    pub(super) fn begins_trial(&mut self, given: &Given, typed: &Typed) -> bool {
        let Given::Network(country, network) = given else { return false };
        let known = |wifi: &Wifi| self.facts.wifi.iter().any(|seen| seen.name == wifi.name);
        let before = self.trial.take();
        let in_vain = before.is_some_and(|before| before.ended.is_some() && before.network == *network);
        if in_vain || self.hotspot.is_none() || !network.wifi.iter().any(known) {
            return false;
        }
        self.trial =
            Some(Trial { typed: typed.clone(), country: country.clone(), network: network.clone(), ended: None });
        true
    }

    /// The network that is to be tried now.
    pub fn trial(&self) -> Option<Wifi> {
        let trial = self.trial.as_ref().filter(|trial| trial.ended.is_none())?;
        trial.network.wifi.first().cloned()
    }

    /// How the trial ended.
    pub fn tried(&mut self, joined: Result<(), NotJoined>) -> Result<(), DeskError> {
        let Some(trial) = self.trial.take().filter(|_| self.record.question() == Some(Question::Network)) else {
            return Ok(());
        };
        match joined {
            // What does not fit was told before it was tried.
            Ok(()) => self.answer(Given::Network(trial.country, trial.network)).map(drop),
            Err(why) => {
                self.trial = Some(Trial { ended: Some(why), ..trial });
                Ok(())
            }
        }
    }

    /// What was typed before a trial that ended in vain, and what is said about it.
    pub(super) fn told_of_trial(&self, question: Question) -> Option<(Typed, Vec<Problem>)> {
        let trial = self.trial.as_ref().filter(|_| question == Question::Network)?;
        let name = trial.network.wifi.first()?.name.to_string();
        let (field, says) = match trial.ended? {
            NotJoined::Refused => ("wifi-key", id::WIFI_KEY_REFUSED.with("name", name)),
            NotJoined::Gone => ("wifi", id::WIFI_GONE.with("name", name)),
        };
        let anyway = Problem { field: String::new(), says: id::WIFI_ANYWAY.text() };
        Some((trial.typed.clone(), vec![Problem { field: field.to_owned(), says }, anyway]))
    }
}
