//! What `ilanga-boot-state` does: RAUC's [custom boot backend][rauc], and what judges a release.
//!
//! RAUC takes what `get-*` print, blanks at the ends removed, and reads a status other than 0 as an error. What was
//! done goes to the journal, line by line.
//!
//! [rauc]: https://rauc.readthedocs.io/en/latest/integration.html#custom

use std::fs;
use std::path::PathBuf;

use formats::boot_state::{Node, Refusal, State, Step};
use formats::failed_start::FailedStart;
use formats::slot::Slot;

use crate::clock;
use crate::device;
use crate::error::{Context as _, IoError, chain};
use crate::history::Event;
use crate::judged;
use crate::key_change;
use crate::mount::Access;
use crate::node_state;
use crate::records::{self, Records};
use crate::sentence::Sentence;
use crate::session::{BootStateError, Session};
use crate::tree::Tree;
use crate::trial;
use crate::variable;

/// The help.
pub const USAGE: &str = "\
Usage: ilanga-boot-state COMMAND
  get-primary                  print the slot that starts next: a or b
  set-primary SLOT             let a slot start next, on trial
  get-state SLOT               print good or bad
  set-state SLOT good|bad      bad takes the slot's kernel image off the ESP
  get-current                  print the slot that runs
  judge good                   what runs works: its trial is over
  judge bad [--reason TEXT | --reason-file FILE]
                               what runs does not: the other slot starts next
  accept DIGEST                whether RAUC may write the image with this
                               SHA-256 (its pre-install handler asks)
  repair                       put the kernel images on the ESP in order, or
                               write them again from the slots; put back what
                               is lost of the boot loader
  start                        what each start does: leave a release that could
                               not be started before, give back starts of a
                               trial that lost their power, and repair
  stop                         what each shutdown does: repair, and note that
                               this start did not lose its power
  status [--json]              what each slot holds, and what starts next
The first five are RAUC's. Nothing here restarts the machine.
Exit status: 0 done, 1 not done, 2 not understood, 3 refused, nothing changed";

/// Why a release is judged bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody says.
    None,
    /// In these words.
    Text(String),
    /// In the words of a file, if there is one: whoever was to write it may have failed too.
    File(PathBuf),
}

impl Reason {
    fn sentence(&self) -> Sentence {
        let text = match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone(),
            Self::File(path) => records::text(path),
        };
        match Sentence::new(&text) {
            sentence if sentence.is_empty() => Sentence::new("a health check failed, or had not ended in time"),
            sentence => sentence,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Which slot starts next.
    GetPrimary,
    /// A slot is to start next.
    SetPrimary(Slot),
    /// Whether a slot can be started.
    GetState(Slot),
    /// A slot is good, or is about to be written.
    SetState(Slot, bool),
    /// Which slot runs.
    GetCurrent,
    /// What runs works.
    JudgeGood,
    /// What runs does not work, and why.
    JudgeBad(Reason),
    /// RAUC asks whether it may write the image with this digest.
    Accept(String),
    /// The ESP is to be put in order.
    Repair,
    /// The same, and what did not start before is left alone, and what lost its power is not.
    Start,
    /// The same as the first, and this start ends in order.
    Stop,
    /// What there is.
    Status {
        /// For programs.
        json: bool,
    },
    /// The help.
    Help,
}

impl Request {
    /// Understands arguments; `None` if they make no sense.
    pub fn parse(arguments: &[&str]) -> Option<Self> {
        let slot = |name: &str| Slot::ALL.into_iter().find(|slot| slot.name() == name);
        Some(match *arguments {
            ["get-primary"] => Self::GetPrimary,
            ["set-primary", name] => Self::SetPrimary(slot(name)?),
            ["get-state", name] => Self::GetState(slot(name)?),
            ["set-state", name, "good"] => Self::SetState(slot(name)?, true),
            ["set-state", name, "bad"] => Self::SetState(slot(name)?, false),
            ["get-current"] => Self::GetCurrent,
            ["judge", "good"] => Self::JudgeGood,
            ["judge", "bad"] => Self::JudgeBad(Reason::None),
            ["judge", "bad", "--reason", reason] => Self::JudgeBad(Reason::Text(reason.to_owned())),
            ["judge", "bad", "--reason-file", path] => Self::JudgeBad(Reason::File(PathBuf::from(path))),
            ["accept", digest] => Self::Accept(digest.to_owned()),
            ["repair"] => Self::Repair,
            ["start"] => Self::Start,
            ["stop"] => Self::Stop,
            ["status"] => Self::Status { json: false },
            ["status", "--json"] => Self::Status { json: true },
            ["help" | "-h" | "--help"] => Self::Help,
            _ => return None,
        })
    }
}

/// Does what is asked for, and returns what is to be printed.
/// `say` gets a line for the journal at a time.
pub fn answer(request: &Request, tree: &Tree, mut say: impl FnMut(&str)) -> Result<String, BootStateError> {
    type Decide = Box<dyn Fn(&Node) -> Result<Vec<Step>, Refusal>>;
    let read = || Session::open(tree, Access::Read);
    let decide: Decide = match *request {
        Request::Help => return Ok(format!("{USAGE}\n")),
        Request::GetPrimary => return Ok(line(read()?.node.primary().ok_or(Refusal::NothingStarts)?)),
        Request::Accept(ref image) => {
            judged::accept(tree, image)?;
            return Ok(String::new());
        }
        Request::GetCurrent => return Ok(line(device::find(tree)?.running.slot)),
        Request::GetState(slot) => {
            return Ok(if read()?.node.state(slot).is_good() { "good\n" } else { "bad\n" }.to_owned());
        }
        Request::Status { json } => return Ok(status(&read()?, json)),
        Request::SetPrimary(slot) => Box::new(move |node| node.set_primary(slot)),
        Request::SetState(slot, true) => Box::new(move |node| node.set_good(slot)),
        Request::SetState(slot, false) => Box::new(move |node| node.set_bad(slot)),
        Request::JudgeGood => Box::new(Node::judge_good),
        Request::JudgeBad(ref reason) => {
            say(&format!("the release that runs is bad: {}", reason.sentence()));
            Box::new(Node::judge_bad)
        }
        Request::Repair | Request::Start | Request::Stop => Box::new(Node::repair),
    };
    let mut session = Session::open(tree, Access::Write)?;
    match request {
        Request::Start => {
            leave_failed(&mut session, tree, &mut say)?;
            // What starts next does not hang on it.
            if let Err(error) = trial::give_back(&mut session, tree, &mut say) {
                say(&format!("no start is given back: {}", chain(&error)));
            }
        }
        // Before the entry's name says it too: a power cut between the two must not give a start back.
        Request::Stop | Request::JudgeBad(_) => {
            if let Err(error) = trial::end(tree) {
                say(&format!("the journal of the trial lacks it: {}", chain(&error)));
            }
        }
        _ => {}
    }
    if let Request::SetPrimary(slot) = *request
        && let Some(image) = &session.found(slot).payload
    {
        key_change::may_start(tree, image)??;
    }
    // What runs is good for the last time, if it is left for an older one.
    let before = matches!(request, Request::SetPrimary(_));
    if before {
        keep_state(&session, tree, &mut say);
    }
    let decided = decide(&session.node);
    let changes = decided.as_ref().is_ok_and(|steps| !steps.is_empty());
    let done = session.carry_out(decided, |step| say(&format!("done: {step}")));
    if matches!(request, Request::Start | Request::Repair | Request::Stop) {
        session.restore_boot_loader(tree, |path| say(&format!("restored: {}", path.display())))?;
    }
    done?;
    if let Err(error) = remember(request, &session, changes, &Records::new(tree)) {
        say(&format!("the history lacks it: {}", chain(&error)));
    }
    if !before {
        keep_state(&session, tree, &mut say);
    }
    match session.node.primary() {
        Some(slot) => say(&format!("slot {slot} starts next")),
        None => say("nothing starts next"),
    }
    Ok(String::new())
}

/// Where `init` says that another release did not start, that one starts no more. The record is left for the system, and
/// goes from the firmware last: what is cut off before is done again.
fn leave_failed(session: &mut Session, tree: &Tree, say: &mut impl FnMut(&str)) -> Result<(), BootStateError> {
    let variable = tree.failed_variable();
    if let Some(failed) = variable::read(&variable, FailedStart::parse)? {
        say(&format!("release {} did not start: {}", failed.version, failed.sentence));
        let runs = session.node.running.and_then(|running| session.node.content(running.slot).release().cloned());
        if runs.is_none_or(|runs| runs.version != failed.version) {
            match session.node.give_up_others() {
                Err(refusal) => say(&format!("nothing is done about that: {refusal}")),
                decided => {
                    session.carry_out(decided, |step| say(&format!("done: {step}")))?;
                    let (version, reason) = (failed.version.clone(), Sentence::new(&failed.sentence));
                    let event = Event::JudgedBad { version, reason };
                    if let Err(error) = Records::new(tree).add(clock::now(), [event]) {
                        say(&format!("the history lacks it: {}", chain(&error)));
                    }
                }
            }
        }
        let path = tree.failed_start();
        fs::write(&path, failed.to_bytes()).context("writing", &path)?;
    }
    Ok(variable::remove(&variable)?)
}

/// Writes down how a trial ended. That this may fail changes nothing about the judgement.
fn remember(request: &Request, session: &Session, changes: bool, records: &Records) -> Result<(), IoError> {
    let running = session.node.running.and_then(|running| session.node.content(running.slot).release());
    let Some(version) = running.map(|release| release.version.clone()) else { return Ok(()) };
    match request {
        Request::JudgeGood => {
            let trial = changes.then_some(Event::JudgedGood { version });
            records.add(clock::now(), trial)?;
            records.set_network(None)?;
            records.raise_floor()
        }
        Request::JudgeBad(reason) => {
            records.add(clock::now(), [Event::JudgedBad { version, reason: reason.sentence() }])
        }
        _ => Ok(()),
    }
}

/// Where what runs is good, its state is the one that holds from now on. That is tried with every change to the boot state, as
/// the partition may have been full before; what starts does not hang on it.
fn keep_state(session: &Session, tree: &Tree, say: &mut impl FnMut(&str)) {
    let good = session.node.running.is_some_and(|running| session.node.state(running.slot) == State::Good);
    if !good {
        return;
    }
    match node_state::keep(tree) {
        Ok(true) => say("the state of this release is the one that holds"),
        Ok(false) => {}
        Err(error) => say(&format!("the state of the good release before still holds: {}", chain(&error))),
    }
}

fn line(slot: Slot) -> String {
    format!("{slot}\n")
}

fn status(session: &Session, json: bool) -> String {
    let report = session.report();
    if json {
        // A report has no map with other keys than strings, so this does not fail.
        serde_json::to_string_pretty(&report).map(|text| text + "\n").unwrap_or_default()
    } else {
        report.to_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        for (words, request) in [
            (&["get-primary"][..], Some(Request::GetPrimary)),
            (&["set-primary", "b"][..], Some(Request::SetPrimary(Slot::B))),
            (&["get-state", "a"][..], Some(Request::GetState(Slot::A))),
            (&["set-state", "b", "bad"][..], Some(Request::SetState(Slot::B, false))),
            (&["set-state", "a", "good"][..], Some(Request::SetState(Slot::A, true))),
            (
                &["judge", "bad", "--reason", "no network"][..],
                Some(Request::JudgeBad(Reason::Text("no network".into()))),
            ),
            (&["status", "--json"][..], Some(Request::Status { json: true })),
            (&[][..], None),
            (&["set-primary"][..], None),
            (&["set-primary", "c"][..], None),
            (&["set-state", "a", "ugly"][..], None),
            (&["get-primary", "a"][..], None),
            (&["judge", "bad", "--reason"][..], None),
        ] {
            assert_eq!(Request::parse(words), request, "{words:?}");
        }
        assert!(USAGE.lines().all(|line| line.len() <= 80), "the help is too wide");
    }
}
