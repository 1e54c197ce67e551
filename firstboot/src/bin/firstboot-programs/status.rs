//! How the computer is, for whoever is at its screen: `ilanga-status`, on a terminal of its own that Alt and F8 show.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use console::{Key, Term};
use firstboot::node::Node;
use firstboot::steward::overview::Overview;
use firstboot::steward::{overview, report, short, words};
use firstboot::texts::{Text, Texts, id};
use firstboot::{clock, error, screen, settings};

const USAGE: &str = "\
Usage: ilanga-status
Shows at this terminal how the computer is, and after a key the same as a QR code for somebody who helps.
Exit status: 1 there is no terminal, 2 not understood";

/// How long what is shown may be old.
const OLD: Duration = Duration::from_secs(10);

/// How often it is asked whether somebody looks.
const PULSE: Duration = Duration::from_secs(1);

/// The terminal that the unit gives it.
const TERMINAL: &str = "tty8";

/// How many events fit.
const EVENTS: usize = 3;

pub(crate) fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let Err(trouble) = show(&Term::stdout());
    eprintln!("ilanga-status: {}", error::chain(&trouble));
    ExitCode::FAILURE
}

/// Tells of each key that is pressed, until the terminal is gone.
fn keys(term: Term) -> Receiver<io::Result<Key>> {
    let (tell, keys) = mpsc::channel();
    thread::spawn(move || {
        loop {
            let key = term.read_key();
            let gone = key.is_err();
            if tell.send(key).is_err() || gone {
                break;
            }
        }
    });
    keys
}

/// Shows how it is, as long as somebody looks, and the code by turns, at each key.
fn show(term: &Term) -> io::Result<Infallible> {
    let (node, texts, keys) = (Node::new(Path::new("/")), Texts::default(), keys(term.clone()));
    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    let (mut shown, mut looked) = (Vec::new(), None);
    loop {
        let language = settings::language();
        if !is_seen(&node) {
            looked = None;
        } else if looked.is_none_or(|at| clock::up() >= at + OLD) {
            let found = overview::look(&node, clock::up());
            let says = sentences(&found, |text| texts.say(language, &text));
            if says != shown {
                screen::page(term, &found.name, &says)?;
                shown = says;
            }
            looked = Some(clock::up());
        }
        match keys.recv_timeout(PULSE) {
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return Err(gone(RecvError)),
            Ok(key) => drop(key?),
        }
        let code = short::line(&report::look(&node, clock::up()));
        screen::code(term, &code, &texts.say(language, &id::STATUS_BACK.text()))?;
        drop(keys.recv().map_err(gone)??);
        shown.clear();
        looked = None;
    }
}

/// Whether this terminal is the one on the screen: else nothing is asked of anybody, which takes power.
fn is_seen(node: &Node) -> bool {
    fs::read_to_string(node.path("/sys/class/tty/tty0/active")).is_ok_and(|active| active.trim() == TERMINAL)
}

/// What is said of the node.
fn sentences(found: &Overview, say: impl Fn(Text) -> String) -> Vec<String> {
    let mut says: Vec<String> = words::state(found).into_iter().map(&say).collect();
    let addresses = overview::addresses().into_iter().map(|(_, address)| address);
    let addresses: Vec<String> = addresses.filter(words::is_shown).map(|address| address.to_string()).collect();
    if !addresses.is_empty() {
        says.push(say(id::STATUS_ADDRESSES.with("addresses", addresses.join(", "))));
    }
    let device = |device: &overview::Device| {
        say(id::SOLAR_FOUND.with("device", device.name.as_str()).with("says", device.says.as_str()))
    };
    says.extend(found.devices.iter().map(device));
    says.extend(found.events.iter().take(EVENTS).map(|event| say(words::happened(event))));
    says.push(say(id::STATUS_CODE.text()));
    says
}
