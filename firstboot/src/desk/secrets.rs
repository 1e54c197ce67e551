//! What a desk does with secrets: a password becomes hashes, a passphrase and a recovery key become a header.

use formats::answers::{Disks, Password, SshKey, Unlock, UserName};

use super::{Desk, DeskError, missing, refused};
use crate::error::chain;
use crate::form::{Problem, Typed};
use crate::hashes;
use crate::header::{Besides, HeaderError};
use crate::machine::{Administrator, Answer, Header, Stage};
use crate::random;
use crate::recovery_key::{self, GROUPS, RecoveryKey};
use crate::speed::Speed;
use crate::texts::id;
use crate::volume::{self, VolumeError};

/// The field of what opens the data.
pub(super) const LOCKED: &str = "secret";

/// Two different groups of a recovery key.
fn two_groups() -> Result<[usize; 2], DeskError> {
    let [one, other] = random::bytes::<2>()?.map(usize::from);
    let first = one % GROUPS;
    let second = (first + 1 + other % (GROUPS - 1)) % GROUPS;
    Ok([first.min(second), first.max(second)])
}

/// What a header gets besides its recovery key where nobody has to type anything.
fn by_itself(unlock: &Unlock) -> Besides<'static> {
    match unlock {
        Unlock::Tpm => Besides::Tpm,
        Unlock::UsbKey => Besides::Stick,
        Unlock::Passphrase { .. } | Unlock::Neighbours { .. } => Besides::Nothing,
    }
}

impl Desk {
    /// It was measured how fast this computer encrypts: headers that are made from now on have the cipher that fits.
    pub fn measured(&mut self, speed: Speed) {
        self.headers.use_cipher(speed.cipher);
        self.facts.speed = Some(speed);
    }

    /// The administrator; `None` if there has never been a password.
    pub(super) fn administrator(
        &self,
        name: UserName,
        password: Option<Password>,
        ssh_keys: Vec<SshKey>,
    ) -> Result<Option<Administrator>, DeskError> {
        let before = self.record.identity.as_ref().map(|(_, administrator)| administrator.password.clone());
        let password = match password {
            Some(password) => Some(hashes::hash(&password)?),
            None => before,
        };
        Ok(password.map(|password| Administrator { name, password, ssh_keys }))
    }

    /// Makes the header of an answer about disks, if it fits.
    pub(super) fn storage(&mut self, disks: Disks, unlock: Unlock) -> Result<Result<(), Vec<Problem>>, DeskError> {
        // Making one takes seconds: whether the rest fits is known before.
        let tried = Answer::Storage(disks.clone(), unlock.clone(), Header(uuid::Uuid::nil()));
        if let Err(refusal) = self.record.answer(tried, &self.facts) {
            return Ok(Err(refused(&refusal)));
        }
        let passphrase = match &unlock {
            Unlock::Passphrase { passphrase } => passphrase.clone(),
            _ => None,
        };
        // The header of the same answer stays, and so does its recovery key.
        if passphrase.is_none()
            && let Some((before, how, header)) = &self.record.storage
            && (before, how) == (&disks, &unlock)
        {
            let header = *header;
            return self.take(Answer::Storage(disks, unlock, header));
        }
        let besides = match &passphrase {
            Some(passphrase) => Besides::Passphrase(passphrase),
            None => by_itself(&unlock),
        };
        let mut chosen = Vec::new();
        let besides = match &unlock {
            Unlock::Neighbours { need, helpers } => {
                let all = self.facts.helpers.iter();
                chosen.extend(all.filter(|neighbour| helpers.contains(&neighbour.helper)).cloned());
                Besides::Neighbours(*need, &chosen)
            }
            _ => besides,
        };
        let (key, header) = match self.make_header(besides) {
            // Whoever has plugged it in can do something about it.
            Err(DeskError::Header(HeaderError::Stick(trouble))) => {
                let says = id::STICK_FAILED.with("why", chain(&trouble));
                return Ok(Err(vec![Problem { field: "unlock".to_owned(), says }]));
            }
            // Its keys are not signed by what it showed.
            Err(DeskError::Header(HeaderError::Neighbour(trouble))) => {
                let says = id::NEIGHBOURS_FAILED.with("why", chain(&trouble));
                return Ok(Err(vec![Problem { field: "helpers".to_owned(), says }]));
            }
            made => made?,
        };
        let before = self.record.storage.as_ref().map(|(_, _, header)| *header);
        let answered = self.take(Answer::Storage(disks, unlock, header))?;
        if answered.is_ok() {
            self.show(key, header, before)?;
            self.renewed = false;
        }
        Ok(answered)
    }

    /// After a start: whether the header is there, and what becomes of one whose recovery key nobody has confirmed.
    pub(super) fn find_header(&mut self) -> Result<(), DeskError> {
        match self.record.stage {
            Stage::Asking => {}
            // The power went before they were gone.
            Stage::Moved => {
                self.headers.keep_only(None)?;
                return Ok(());
            }
            Stage::Applying { .. } | Stage::Ready => return Ok(()),
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
            // Nobody knows yet who is there: the question is asked again.
            Some((_, Unlock::Neighbours { .. }, _)) => self.keep(self.record.renewed(None)),
            Some((_, unlock, _)) => {
                let besides = by_itself(unlock);
                match self.renew(besides) {
                    // The stick is gone: the question is asked again.
                    Err(DeskError::Header(HeaderError::Stick(_))) => self.keep(self.record.renewed(None)),
                    renewed => {
                        self.renewed = true;
                        renewed
                    }
                }
            }
        }
    }

    /// Makes another header, as the recovery key of the one before is lost.
    fn renew(&mut self, besides: Besides<'_>) -> Result<(), DeskError> {
        let before = self.record.storage.as_ref().map(|(_, _, header)| *header);
        let (key, header) = self.make_header(besides)?;
        self.keep(self.record.renewed(Some(header)))?;
        self.show(key, header, before)
    }

    /// The same where a passphrase has to be in it too: the one that is in the lost one.
    pub(super) fn renew_by_passphrase(&mut self, typed: &Typed) -> Result<Vec<Problem>, DeskError> {
        let typed = typed.get("passphrase").and_then(|values| values.first()).map_or("", String::as_str);
        let Some((_, _, header)) = &self.record.storage else { return Ok(Vec::new()) };
        let wrong = || vec![Problem { field: "passphrase".to_owned(), says: id::PASSPHRASE_WRONG.text() }];
        match typed.parse::<Password>() {
            _ if typed.is_empty() => Ok(vec![missing("passphrase")]),
            Ok(passphrase) if self.headers.opens(*header, typed)? => {
                self.renew(Besides::Passphrase(&passphrase))?;
                Ok(Vec::new())
            }
            _ => Ok(wrong()),
        }
    }

    /// Opens the data that are locked, if this is what opens them.
    pub(super) fn unlock(&mut self, typed: &str) -> Result<Vec<Problem>, DeskError> {
        let Some(lock) = self.lock.as_mut().filter(|lock| !lock.opening) else { return Ok(Vec::new()) };
        let key = recovery_key::typed(typed);
        let secret = key.as_ref().map_or(typed, |key| key.as_str());
        match volume::open_by_secret(&lock.device, None, secret.as_bytes()) {
            Ok(()) => {
                lock.opening = true;
                Ok(Vec::new())
            }
            Err(VolumeError::Wrong) => Ok(vec![Problem { field: LOCKED.to_owned(), says: id::LOCKED_WRONG.text() }]),
            Err(trouble) => Err(trouble.into()),
        }
    }

    /// Whether two groups of the recovery key are right.
    pub(super) fn confirm(&mut self, typed: &[(usize, String); 2]) -> Result<Result<(), Vec<Problem>>, DeskError> {
        let (Some((key, asked)), Some((_, _, header))) = (&self.shown, &self.record.storage) else {
            return Ok(Err(vec![missing("")]));
        };
        let wrong: Vec<Problem> = asked
            .iter()
            .filter(|group| !typed.iter().any(|(number, typed)| number == *group && key.has(*number, typed)))
            .map(|group| {
                let number = i64::try_from(group + 1).unwrap_or_default();
                Problem { field: format!("group-{number}"), says: id::GROUP_WRONG.with("number", number) }
            })
            .collect();
        if !wrong.is_empty() {
            return Ok(Err(wrong));
        }
        let header = *header;
        let answered = self.take(Answer::RecoveryKey(header))?;
        if answered.is_ok() {
            self.shown = None;
        }
        Ok(answered)
    }

    fn make_header(&self, besides: Besides<'_>) -> Result<(RecoveryKey, Header), DeskError> {
        let key = RecoveryKey::of_bits(&zeroize::Zeroizing::new(random::bytes()?));
        let header = self.headers.make(&key, besides)?;
        Ok((key, header))
    }

    /// The header counts: others go, and its recovery key is shown until it is confirmed.
    fn show(&mut self, key: RecoveryKey, header: Header, before: Option<Header>) -> Result<(), DeskError> {
        self.headers.keep_only(Some(header))?;
        if let Some(before) = before {
            self.headers.forget_stick(before);
        }
        self.key = Some((header, key.clone()));
        self.shown = Some((key, two_groups()?));
        Ok(())
    }
}
