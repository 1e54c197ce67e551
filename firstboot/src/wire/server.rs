//! The side of the desk.

use std::io::{self, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt};
use nix::unistd::{Uid, User};
use serde::Serialize;

use super::{LONGEST_REQUEST, Reply, SILENCE, line};
use crate::desk::{Desk, Request};
use crate::error::chain;
use crate::pen::Front;

/// The user of the page for phones: `ilanga-portal.service` has one of its own.
const PORTAL: &str = "ilanga-portal";

/// The user of who asks neighbours: `ilanga-neighbours.service`.
const NEIGHBOURS: &str = "ilanga-neighbours";

/// The most connections at a time; further ones are closed at once.
const MOST: usize = 32;

/// Answers whoever comes, until the listener fails. `now` tells the time since power-on; `changed` is called when a request may have
/// changed something.
pub fn serve(
    listener: &UnixListener,
    desk: &Mutex<Desk>,
    now: &(dyn Fn() -> Duration + Sync),
    changed: &(dyn Fn() + Sync),
) -> io::Result<()> {
    listen(listener, &|stream| answer(stream, desk, now()), changed)
}

/// Hands each that comes to `answer`, in a thread of its own, until the listener fails; `after` is called behind each.
pub(crate) fn listen(
    listener: &UnixListener,
    answer: &(dyn Fn(UnixStream) -> io::Result<()> + Sync),
    after: &(dyn Fn() + Sync),
) -> io::Result<()> {
    let open = AtomicUsize::new(0);
    thread::scope(|scope| {
        loop {
            let stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => return Err(error),
            };
            if open.fetch_add(1, Ordering::Relaxed) >= MOST {
                open.fetch_sub(1, Ordering::Relaxed);
                continue;
            }
            let open = &open;
            scope.spawn(move || {
                // Whoever it is sees that the connection ends; there is nobody else to tell.
                let _ = answer(stream);
                open.fetch_sub(1, Ordering::Relaxed);
                after();
            });
        }
    })
}

/// Whether this is the user of this name.
fn is(user: u32, name: &str) -> bool {
    matches!(User::from_name(name), Ok(Some(known)) if known.uid.as_raw() == user)
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// Root.
    Root,
    /// This user.
    User(&'static str),
}

/// Looks who has come, and how long they may take from now on. Whoever is neither root nor one of `users` is turned away.
pub(crate) fn peer(stream: &UnixStream, users: &[&'static str]) -> io::Result<Peer> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    match getsockopt(stream, sockopt::PeerCredentials)?.uid() {
        0 => Ok(Peer::Root),
        uid => {
            let named = users.iter().find(|name| is(uid, name));
            // Who runs this program is a maker who tries it out.
            let own = users.first().filter(|_| uid == Uid::effective().as_raw());
            named.or(own).map(|name| Peer::User(name)).ok_or_else(|| io::ErrorKind::PermissionDenied.into())
        }
    }
}

/// Says something.
pub(crate) fn say(mut stream: UnixStream, reply: &impl Serialize) -> io::Result<()> {
    let mut reply = zeroize::Zeroizing::new(serde_json::to_vec(reply).map_err(io::Error::other)?);
    reply.push(b'\n');
    stream.write_all(&reply)
}

fn answer(stream: UnixStream, desk: &Mutex<Desk>, now: Duration) -> io::Result<()> {
    let peer = peer(&stream, &[PORTAL, NEIGHBOURS])?;
    let (root, neighbours) = (peer == Peer::Root, peer == Peer::User(NEIGHBOURS));
    let text = zeroize::Zeroizing::new(line(BufReader::new(&stream), LONGEST_REQUEST)?);
    let reply = match serde_json::from_slice::<Request>(&text) {
        Err(error) => Reply::Failed(format!("this is no request: {error}")),
        Ok(request) if neighbours != (request.front == Front::Neighbours) => {
            Reply::Failed("only who asks neighbours speaks for them".to_owned())
        }
        Ok(request) if !root && !neighbours && !matches!(request.front, Front::Phone(_)) => {
            Reply::Failed("only root speaks for a screen or a file".to_owned())
        }
        Ok(request) => {
            let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
            match desk.serve(&request, now) {
                Ok(view) => Reply::View(Box::new(view)),
                Err(error) => Reply::Failed(chain(&error)),
            }
        }
    };
    say(stream, &reply)
}
