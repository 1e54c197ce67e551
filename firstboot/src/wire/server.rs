//! The side of the desk.

use std::io::{self, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt};
use nix::unistd::{Uid, User};

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
                let _ = answer(stream, desk, now());
                open.fetch_sub(1, Ordering::Relaxed);
                changed();
            });
        }
    })
}

/// Whether this is the user of this name.
fn is(user: u32, name: &str) -> bool {
    matches!(User::from_name(name), Ok(Some(known)) if known.uid.as_raw() == user)
}

fn answer(mut stream: UnixStream, desk: &Mutex<Desk>, now: Duration) -> io::Result<()> {
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(Some(SILENCE))?;
    let peer = getsockopt(&stream, sockopt::PeerCredentials)?.uid();
    let root = peer == 0;
    let own = peer == Uid::effective().as_raw();
    let neighbours = !root && is(peer, NEIGHBOURS);
    if !root && !own && !neighbours && !is(peer, PORTAL) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
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
    let mut reply = serde_json::to_vec(&reply).map_err(io::Error::other)?;
    reply.push(b'\n');
    stream.write_all(&reply)
}
