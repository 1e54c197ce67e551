//! What a node and its neighbours do for each other's data: `ilanga-neighbours`.

use std::error::Error;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use firstboot::desk::{Request, Wish};
use firstboot::neighbours::{Neighbour, address, ask, help};
use firstboot::node::Node;
use firstboot::pen::Front;
use firstboot::wire::{self, Client};
use firstboot::{error, header, recovery_key, volume};
use formats::settings::HostName;
use zeroize::Zeroizing;

const USAGE: &str = "\
Usage: ilanga-neighbours COMMAND
  ask                    looks for neighbours that help, or asks them to open
                         the data, for as long as a set-up or a lock lasts
  announce               tells neighbours that this node helps, for ever
  show                   prints the thumbprint of the key with which it helps
  rotate                 makes new keys: nobody who is bound to this node is
                         helped any more until they have bound anew
  bind NEED NAME...      binds the data of this node to these neighbours, of
                         which NEED have to be there, and to no others; reads
                         the passphrase or the recovery key
Exit status: 0 done, 1 not done, 2 not understood";

/// How long neighbours are listened for.
const LISTEN: Duration = Duration::from_secs(4);

/// How long they have for opening; clevis asks all at once.
const OPEN: Duration = Duration::from_secs(20);

/// How long it waits before it tries again.
const PAUSE: Duration = Duration::from_secs(8);

/// The longest file of what they may open.
const LONGEST: u64 = 256 << 10;

pub(crate) fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let node = Node::new(Path::new("/"));
    let done = match words.as_slice() {
        ["ask"] => asking(&node),
        ["announce"] => announce(),
        ["show"] => show(),
        ["rotate"] => help::rotate(&node.tang()).map_err(Into::into),
        ["bind", need, names @ ..] if !names.is_empty() => match (need.parse::<u8>(), names_of(names)) {
            (Ok(need), Some(names)) if need > 0 && usize::from(need) <= names.len() => bind(&node, need, &names),
            _ => return misunderstood(),
        },
        _ => return misunderstood(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("ilanga-neighbours: {}", error::chain(trouble.as_ref()));
            ExitCode::FAILURE
        }
    }
}

fn misunderstood() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn names_of(names: &[&str]) -> Option<Vec<HostName>> {
    names.iter().map(|name| name.parse().ok()).collect()
}

/// The name of this node.
fn own_name() -> Result<HostName, Box<dyn Error>> {
    Ok(nix::unistd::gethostname()?.to_string_lossy().parse()?)
}

fn asking(node: &Node) -> Result<(), Box<dyn Error>> {
    let client = Client::new(Path::new(wire::SOCKET));
    loop {
        match fs::File::open(node.bound()) {
            Ok(file) => {
                let mut jwes = String::new();
                file.take(LONGEST).read_to_string(&mut jwes)?;
                for jwe in jwes.lines() {
                    match ask::open(jwe, OPEN) {
                        Ok(secret) => hand_over(&client, secret)?,
                        Err(trouble) => eprintln!("asking neighbours: {}", error::chain(&trouble)),
                    }
                }
            }
            Err(_) => match ask::look(LISTEN) {
                Ok(names) => tell(node, &names)?,
                Err(trouble) => eprintln!("{}", error::chain(&trouble)),
            },
        }
        thread::sleep(PAUSE);
    }
}

fn hand_over(client: &Client, secret: Zeroizing<String>) -> Result<(), Box<dyn Error>> {
    println!("Enough neighbours have helped.");
    client.ask(&Request { front: Front::Neighbours, language: None, wish: Wish::Unlock { secret } })?;
    Ok(())
}

/// Tells the set-up who was found.
fn tell(node: &Node, names: &[HostName]) -> Result<(), Box<dyn Error>> {
    let own = own_name().ok();
    let others: Vec<HostName> = names.iter().filter(|name| Some(*name) != own.as_ref()).cloned().collect();
    let found: Vec<Neighbour> = ask::neighbours(&others);
    let (path, new) = (node.neighbours_found(), node.neighbours_found().with_extension("new"));
    fs::write(&new, serde_json::to_vec(&found)?)?;
    fs::rename(&new, &path)?;
    Ok(())
}

fn announce() -> Result<(), Box<dyn Error>> {
    let _announced = ask::announce(&own_name()?)?;
    loop {
        thread::park();
    }
}

fn show() -> Result<(), Box<dyn Error>> {
    let own = format!("http://127.0.0.1:{}", firstboot::neighbours::PORT).parse()?;
    println!("{}", ask::neighbour(&own)?.advertisement.thumbprint());
    Ok(())
}

fn bind(node: &Node, need: u8, names: &[HostName]) -> Result<(), Box<dyn Error>> {
    let device = volume::partition(node)?;
    let mut neighbours = Vec::new();
    for name in names {
        let helper = address(name).ok_or_else(|| format!("{} is no name of a neighbour", name.as_str()))?;
        let neighbour = ask::neighbour(&helper)?;
        println!("{}: {}", name.as_str(), neighbour.advertisement.thumbprint());
        neighbours.push(neighbour);
    }
    println!("'ilanga-neighbours show' prints these thumbprints at each of them. If one differs, stop here (Ctrl-C).");
    let typed = Zeroizing::new(match io::stdin().is_terminal() {
        true => dialoguer::Password::new().with_prompt("Passphrase or recovery key").interact()?,
        false => io::read_to_string(io::stdin().take(4096))?,
    });
    let typed = typed.trim_end_matches('\n');
    let key = recovery_key::typed(typed);
    let secret = key.as_ref().map_or(typed, |key| key.as_str());
    header::bind_anew(&device, secret.as_bytes(), need, &neighbours)?;
    println!("{need} of {} open the data from now on; those before do no longer.", names.len());
    Ok(())
}
