//! Answers other nodes of the community, and on the founder those who want to be let in.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use formats::community::{Member, MeshKey, SignedList};

use super::kept::{Kept, MeshError};
use super::wire::{Answer, PATIENCE, Refused, Request, receive, send};
use super::{Removal, admit, remove};
use crate::clock;
use crate::error::chain;

/// How many are answered at once; others wait in the kernel.
const AT_ONCE: usize = 8;

/// Answers for ever. `changed` is called after the list has changed.
pub fn serve(kept: &Kept, listener: &TcpListener, changed: &(dyn Fn() + Sync)) -> ! {
    let busy = AtomicUsize::new(0);
    thread::scope(|scope| {
        loop {
            if busy.load(Ordering::Acquire) >= AT_ONCE {
                thread::sleep(Duration::from_millis(50));
                continue;
            }
            let Ok((stream, from)) = listener.accept() else {
                thread::sleep(Duration::from_millis(50));
                continue;
            };
            busy.fetch_add(1, Ordering::AcqRel);
            let busy = &busy;
            scope.spawn(move || {
                talk(kept, &stream, from, changed);
                busy.fetch_sub(1, Ordering::AcqRel);
            });
        }
    })
}

fn talk(kept: &Kept, stream: &TcpStream, from: SocketAddr, changed: &dyn Fn()) {
    let IpAddr::V6(from) = from.ip() else { return };
    // Whoever sends nothing, or something else, gets nothing.
    let Ok(request) = receive::<Request>(stream, clock::up() + PATIENCE) else { return };
    let answer = match answer(kept, &request, from) {
        Ok((answer, new)) => {
            if new {
                changed();
            }
            answer
        }
        Err(trouble) => {
            eprintln!("answering {from}: {}", chain(&trouble));
            Answer::Refused { why: Refused::Unkept }
        }
    };
    // It asks again.
    let _ = send(stream, &answer);
}

/// The answer, and whether the list has changed.
pub(super) fn answer(kept: &Kept, request: &Request, from: Ipv6Addr) -> Result<(Answer, bool), MeshError> {
    let _locked = kept.lock()?;
    match request {
        Request::Join { token, key, name } => join(kept, &Member { key: *key, name: name.clone() }, token, from),
        Request::Leave { key } => leave(kept, key, from),
        // The founder's port is open to strangers, too.
        Request::List { .. } | Request::Look { .. } if !is_member(kept, from)? => {
            Ok((Answer::Refused { why: Refused::Key }, false))
        }
        Request::List { after } => {
            let list = kept.standing()?.and_then(|standing| standing.list);
            let later = list.filter(|list| list.list().number > *after);
            Ok((later.map_or(Answer::Done, |list| Answer::List { list: list.text().to_owned() }), false))
        }
        Request::Look { list } => Ok((Answer::Done, take(kept, list)?)),
    }
}

fn is_member(kept: &Kept, from: Ipv6Addr) -> Result<bool, MeshError> {
    let standing = kept.standing()?;
    Ok(standing.is_some_and(|there| there.members().iter().any(|key| key.address() == from)))
}

/// Keeps a list that somebody has given, if it is a later one with this node in it. The lock is held.
pub(super) fn take(kept: &Kept, text: &str) -> Result<bool, MeshError> {
    let Some(standing) = kept.standing()? else { return Ok(false) };
    let list = SignedList::parse(text.as_bytes(), standing.ties.community)?;
    if standing.list.as_ref().is_some_and(|known| !list.succeeds(known)) {
        return Ok(false);
    }
    if standing.list.is_none() && !list.list().has(&kept.own()?) {
        // One from before this node was let in: it would shut out the founder's answer.
        return Ok(false);
    }
    kept.keep_list(&standing, &list)?;
    println!("list {} of '{}': {} members", list.list().number, list.list().name, list.list().members.len());
    Ok(true)
}

fn join(
    kept: &Kept,
    who: &Member,
    token: &formats::community::Token,
    from: Ipv6Addr,
) -> Result<(Answer, bool), MeshError> {
    let refused = |why| Ok((Answer::Refused { why }, false));
    let (_, key, list) = match kept.founder() {
        Ok(founder) => founder,
        Err(MeshError::NotFounder | MeshError::Alone) => return refused(Refused::NotFounder),
        Err(other) => return Err(other),
    };
    // Without a clock that is possible, what the invitation says of its last day can't be judged.
    let Some(today) = kept.today() else { return refused(Refused::Ended) };
    let (invitations, longer) = match admit(&list, &kept.invitations()?, who, token, from, today) {
        Ok(admitted) => admitted,
        Err(why) => {
            println!("{from} is not let in: {why}");
            return refused(why);
        }
    };
    let new = longer.is_some();
    let signed = longer.unwrap_or(list).sign(&key)?;
    if new {
        kept.keep_invitations(&invitations)?;
        let standing = kept.standing()?.ok_or(MeshError::Alone)?;
        kept.keep_list(&standing, &signed)?;
        println!("'{}' is let in: {}", who.name.as_str(), who.key);
    }
    Ok((Answer::List { list: signed.text().to_owned() }, new))
}

fn leave(kept: &Kept, key: &MeshKey, from: Ipv6Addr) -> Result<(Answer, bool), MeshError> {
    if key.address() != from {
        return Ok((Answer::Refused { why: Refused::Key }, false));
    }
    let (_, secret, list) = match kept.founder() {
        Ok(founder) => founder,
        Err(MeshError::NotFounder | MeshError::Alone) => {
            return Ok((Answer::Refused { why: Refused::NotFounder }, false));
        }
        Err(other) => return Err(other),
    };
    match remove(&list, &kept.invitations()?, &key.to_string()) {
        // Asked twice.
        Err(Removal::Nobody(_)) => Ok((Answer::Done, false)),
        Err(other) => Err(other.into()),
        Ok((_, shorter, member)) => {
            let standing = kept.standing()?.ok_or(MeshError::Alone)?;
            kept.keep_list(&standing, &shorter.sign(&secret)?)?;
            println!("'{}' has left: {key}", member.name.as_str());
            Ok((Answer::Done, true))
        }
    }
}
