//! What a desk does with a file of answers.

use std::time::Duration;

use formats::answers::{Answers, Unlock};

use super::{Desk, DeskError};
use crate::facts::Facts;
use crate::file::given;
use crate::form::{Given, Problem, Typed};
use crate::machine::Question;
use crate::pen::Front;
use crate::recovery_key::RecoveryKey;
use crate::texts::{Text, id};

/// Why a file's answers are not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It can't be read: words of the parser.
    Bad(String),
    /// An answer does not fit this computer.
    Unfit(Question, Vec<Problem>),
}

impl Desk {
    /// Says that there is a file, and nothing of it can be read.
    pub fn bad_file(&mut self, why: String) {
        self.trouble = Some(Trouble::Bad(why));
    }

    /// Answers by a file, as far as it goes. Whoever is at work is not disturbed. `hand_over` leaves a recovery key for the file's owner,
    /// for a node of this name; it says why it can't.
    pub fn answer_by(
        &mut self,
        file: &Answers,
        now: Duration,
        hand_over: &mut dyn FnMut(&RecoveryKey, &str) -> Result<(), String>,
    ) -> Result<(), DeskError> {
        while self.lock.is_none() && self.pen.holder(now).is_none_or(|holder| *holder == Front::File) {
            let Some(question) = self.record.question() else { break };
            if matches!(&self.trouble, Some(Trouble::Unfit(unfit, _)) if *unfit == question) {
                break;
            }
            let given = match question {
                Question::RecoveryKey => self.handed_over(file, hand_over)?,
                _ => given(question, file, &self.facts),
            };
            let Some(given) = given else { break };
            drop(self.pen.take(&Front::File, now));
            self.trouble = match self.answer(given)? {
                Ok(()) => None,
                Err(problems) => Some(Trouble::Unfit(question, problems)),
            };
        }
        self.pen.give_back(&Front::File);
        Ok(())
    }

    /// Leaves locked data behind, if a file says that what is on this disk may go.
    pub fn begin_by(&mut self, file: &Answers) {
        let erased = file.disks.as_ref().is_some_and(|disks| {
            disks.erase.iter().any(|disk| disk.as_str() == self.facts.own_disk && !self.facts.own_disk.is_empty())
        });
        if erased && self.lock.as_ref().is_some_and(|lock| lock.may_begin && !lock.opening) {
            self.lock = None;
        }
    }

    fn handed_over(
        &mut self,
        file: &Answers,
        hand_over: &mut dyn FnMut(&RecoveryKey, &str) -> Result<(), String>,
    ) -> Result<Option<Given>, DeskError> {
        if file.recovery_key_to.is_empty() {
            return Ok(None);
        }
        if self.shown.is_none()
            && let Some(Unlock::Passphrase { passphrase: Some(passphrase) }) = &file.unlock
        {
            // The power went before: another one, for the header that the passphrase opens.
            let typed = Typed::from([("passphrase".to_owned(), vec![passphrase.as_str().to_owned()])]);
            self.renew_by_passphrase(&typed)?;
        }
        let (Some((key, asked)), Some((name, _))) = (&self.shown, &self.record.identity) else { return Ok(None) };
        match hand_over(key, name.as_str()) {
            Ok(()) => Ok(Some(Given::RecoveryKey(
                asked.map(|group| (group, key.groups().nth(group).unwrap_or_default().to_owned())),
            ))),
            Err(why) => {
                self.trouble = Some(Trouble::Unfit(
                    Question::RecoveryKey,
                    vec![Problem { field: String::new(), says: id::FAILED_SAYS.with("why", why) }],
                ));
                Ok(None)
            }
        }
    }
}

impl Desk {
    /// What was not there for an answer of a file is there now, perhaps: it is tried again.
    pub(super) fn forgive(&mut self, facts: &Facts) {
        let storage = matches!(&self.trouble, Some(Trouble::Unfit(Question::Storage, _)));
        if storage && (&facts.helpers, &facts.sticks) != (&self.facts.helpers, &self.facts.sticks) {
            self.trouble = None;
        }
    }
}

impl Trouble {
    /// What a person reads, where this is what is asked. `say` puts a text into their language.
    pub(super) fn says(&self, question: Question, say: impl Fn(Text) -> String) -> Vec<Text> {
        match self {
            Self::Bad(why) => vec![id::FILE_BAD.with("why", why.as_str())],
            Self::Unfit(unfit, problems) if *unfit == question => {
                problems.iter().map(|problem| id::FILE_BAD.with("why", say(problem.says.clone()))).collect()
            }
            Self::Unfit(..) => Vec::new(),
        }
    }
}
