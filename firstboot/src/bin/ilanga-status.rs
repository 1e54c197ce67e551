//! How the computer is, for whoever is at its screen: `ilanga-status`, on a terminal of its own that Alt and F8 show.

use std::path::Path;
use std::process::ExitCode;

use console::Term;
use firstboot::node::Node;
use firstboot::steward::{overview, report, short, words};
use firstboot::texts::{Text, Texts, id};
use firstboot::{clock, error, screen, settings};

const USAGE: &str = "\
Usage: ilanga-status
Shows at this terminal how the computer is, and after a key the same as a QR code for somebody who helps.
Exit status: 1 there is no terminal, 2 not understood";

/// How many events fit.
const EVENTS: usize = 3;

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let Err(trouble) = show(&Term::stdout());
    eprintln!("ilanga-status: {}", error::chain(&trouble));
    ExitCode::FAILURE
}

/// Shows how it is and the code by turns, at each key.
fn show(term: &Term) -> Result<std::convert::Infallible, std::io::Error> {
    let (node, texts) = (Node::new(Path::new("/")), Texts::default());
    loop {
        let language = settings::language();
        let say = |text: Text| texts.say(language, &text);
        let found = overview::look(&node, clock::up());
        let mut says: Vec<String> = words::state(&found).into_iter().map(say).collect();
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
        screen::page(term, &found.name, &says)?;
        term.read_key()?;
        screen::code(term, &short::line(&report::look(&node, clock::up())), &say(id::STATUS_BACK.text()))?;
        term.read_key()?;
    }
}
