//! Starts of a trial that were lost with the power are given back: `formats::trial` says how they are told.

use formats::boot_state::State;
use formats::trial::Trial;

use crate::clock;
use crate::error::{IoError, chain};
use crate::history::Event;
use crate::records::Records;
use crate::session::{BootStateError, Session};
use crate::tree::Tree;
use crate::variable;

/// Gives back what the journal says was lost, to the release that runs or to the one that it was left for. It starts
/// again at the next restart: where the power fails again and again, a node that works is worth more than a newer one.
/// The journal goes once its trial is over.
pub(crate) fn give_back(session: &mut Session, tree: &Tree, say: &mut impl FnMut(&str)) -> Result<(), BootStateError> {
    let path = tree.trial_variable();
    let Some(journal) = variable::read(&path, Trial::parse)? else { return Ok(variable::remove(&path)?) };
    let slot = session.node.slot_of(&journal.version);
    if let (Some(slot), Trial { version, lost: 1.., .. }) = (slot, &journal) {
        match session.node.give_back(slot, journal.lost, journal.given) {
            Err(refusal) => say(&format!("nothing is given back to release {version}: {refusal}")),
            Ok((steps, starts)) => {
                variable::write(&path, variable::ATTRIBUTES, &journal.clone().given_back(starts).to_bytes())?;
                session.carry_out(Ok(steps), |step| say(&format!("done: {step}")))?;
                let event = Event::GivenBack { version: version.clone(), starts };
                say(&event.to_string());
                if let Err(error) = Records::new(tree).add(clock::now(), [event]) {
                    say(&format!("the history lacks it: {}", chain(&error)));
                }
            }
        }
    }
    match slot.map(|slot| session.node.state(slot)) {
        Some(State::OnTrial(_)) => Ok(()),
        // Its last start, which goes on.
        Some(State::Bad { .. }) if session.node.running.is_some_and(|running| Some(running.slot) == slot) => Ok(()),
        _ => Ok(variable::remove(&path)?),
    }
}

/// Writes into the journal that this start has an end that is known.
pub(crate) fn end(tree: &Tree) -> Result<(), IoError> {
    let path = tree.trial_variable();
    match variable::read(&path, Trial::parse)? {
        Some(journal) if journal.open => variable::write(&path, variable::ATTRIBUTES, &journal.ended().to_bytes()),
        _ => Ok(()),
    }
}
