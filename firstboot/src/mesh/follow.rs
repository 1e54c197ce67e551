//! Asks other nodes of the community: the founder, to be let in; and some members now and then, whether there is a later list.

use std::net::TcpListener;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use formats::community::{MeshKey, SignedList};
use formats::settings::HostName;

use super::Standing;
use super::kept::{Kept, MeshError};
use super::serve::{serve, take};
use super::wire::{self, Answer, Request};
use crate::error::chain;

/// How often a node that is invited asks to be let in.
const KNOCK: Duration = Duration::from_secs(10);

/// How often members are asked for a later list, besides that the founder gives it to all. An exchange is about two thousand bytes on the
/// way, so a month is some nine megabytes.
const ASK: Duration = Duration::from_secs(1800);

/// How many members are asked at a time, the founder besides.
const SOME: usize = 2;

/// Follows the community, and answers others at the node's address. Ends when the node is in none.
pub fn follow(kept: &Kept, name: &HostName) -> Result<(), MeshError> {
    let own = kept.own()?;
    let (tell, told) = mpsc::channel();
    let answers = kept.clone();
    thread::spawn(move || {
        let listener = loop {
            // The address is there once Yggdrasil is.
            match TcpListener::bind((own.address(), wire::PORT)) {
                Ok(listener) => break listener,
                Err(_) => thread::sleep(Duration::from_secs(1)),
            }
        };
        serve(&answers, &listener, &|| {
            // Nobody hears it where this program is ending.
            let _ = tell.send(());
        })
    });
    let mut turn = 0;
    let mut given: Option<SignedList> = None;
    loop {
        let Some(standing) = kept.standing()? else { return Ok(()) };
        if standing.list != given {
            kept.filter()?;
            if let Some(list) = standing.list.as_ref().filter(|_| standing.ties.founder == own) {
                give(list, own);
            }
            given.clone_from(&standing.list);
        }
        let changed = match &standing.list {
            None => knock(kept, &standing, own, name)?,
            // Nobody knows a later one than the founder.
            Some(_) if standing.ties.founder == own => false,
            Some(_) => ask(kept, &standing, own, turn)?,
        };
        turn += SOME;
        let pause = if standing.list.is_none() { KNOCK } else { ASK };
        if !changed {
            match told.recv_timeout(pause) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                // Nobody answers any more.
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }
}

/// Asks the founder to be let in.
fn knock(kept: &Kept, standing: &Standing, own: MeshKey, name: &HostName) -> Result<bool, MeshError> {
    let Some(token) = standing.ties.token.clone() else { return Ok(false) };
    let request = Request::Join { token, key: own, name: name.clone() };
    match wire::ask(&standing.ties.founder, &request) {
        Ok(Answer::List { list }) => {
            let _locked = kept.lock()?;
            take(kept, &list).or_else(|bad| {
                eprintln!("the founder's list: {}", chain(&bad));
                Ok(false)
            })
        }
        Ok(Answer::Refused { why }) => {
            eprintln!("'{}' does not let this node in: {why}", standing.ties.name);
            Ok(false)
        }
        // It is not reached yet; or says something else.
        Ok(Answer::Done) | Err(_) => Ok(false),
    }
}

/// Asks some members for a later list.
fn ask(kept: &Kept, standing: &Standing, own: MeshKey, turn: usize) -> Result<bool, MeshError> {
    let others: Vec<MeshKey> = standing.members().into_iter().filter(|key| *key != own).collect();
    let founder = others.iter().filter(|key| **key == standing.ties.founder);
    let rest: Vec<&MeshKey> = others.iter().filter(|key| **key != standing.ties.founder).collect();
    let some = (0..SOME.min(rest.len())).filter_map(|place| rest.get((turn + place) % rest.len()).copied());
    for member in founder.chain(some) {
        let after = standing.list.as_ref().map_or(0, |list| list.list().number);
        if let Ok(Answer::List { list }) = wire::ask(member, &Request::List { after }) {
            let _locked = kept.lock()?;
            match take(kept, &list) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(bad) => eprintln!("a list of {}: {}", member.address(), chain(&bad)),
            }
        }
    }
    Ok(false)
}

/// Gives a list to all who are in it; who is not reached asks later.
fn give(list: &SignedList, own: MeshKey) {
    let others: Vec<MeshKey> = list.list().members.iter().map(|member| member.key).filter(|key| *key != own).collect();
    let request = Request::Look { list: list.text().to_owned() };
    thread::spawn(move || {
        for member in others {
            // Nothing is lost: it asks itself.
            let _ = wire::ask(&member, &request);
        }
    });
}

/// Tells the founder that this node leaves. Whether that is heard or not, it does.
pub fn say_goodbye(standing: &Standing, own: MeshKey) -> bool {
    standing.list.is_some()
        && matches!(wire::ask(&standing.ties.founder, &Request::Leave { key: own }), Ok(Answer::Done))
}
