//! `ilanga-mesh`: what an administrator does with the community of a node, and the service that follows it.

mod cli;
mod show;

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{CommandFactory as _, Parser as _};
use firstboot::mesh::{self, Invite, Kept, MeshError, Ties};
use firstboot::node::Node;
use firstboot::{random, systemd};
use formats::answers::{Nebula, nebula};
use formats::community::{CommunityKey, CommunityName, Endpoint, Invitation, LinkPassword, List, Member, Token};
use formats::settings::HostName;
use serde_json::json;
use zeroize::Zeroizing;

use cli::{Cli, Command, Switch};

/// What runs by what is kept: Yggdrasil, which asks for the packet filter's rules first, and the service.
const UNITS: [&str; 2] = ["ilanga-mesh.service", "ilanga-community.service"];

/// The most that is read of the files of a network of Nebula's, in bytes: more than is taken.
const LONGEST_FILES: u64 = nebula::LONGEST as u64 + 1;

/// The longest text of an invitation that is read, in bytes.
const LONGEST: u64 = 4096;

pub(crate) fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ilanga-mesh: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    let node = Node::new(Path::new("/"));
    let kept = Kept::of(&node);
    match cli.command {
        Command::List => list(&kept, cli.json),
        Command::Found { name, at } => found(&kept, name, at, cli.json),
        Command::Invite { called, days, many } => invite(&kept, called, days, many, cli.json),
        Command::Join => join(&kept, cli.json),
        Command::Remove { member } => remove(&kept, &member, cli.json),
        Command::Leave { end } => leave(&kept, end, cli.json),
        Command::Serve => Ok(mesh::follow(&kept, &host()?)?),
        Command::Wireguard { end: false } => Ok(mesh::wireguard::join(&node)?),
        Command::Wireguard { end: true } => Ok(mesh::wireguard::leave(&node)?),
        Command::Nebula { folder } => Ok(mesh::nebula::prepare(&node, &folder)?),
        Command::Renew => renew(&node, cli.json),
        Command::Radio { wanted } => radio(&node, wanted, cli.json),
        Command::Meet { end: false } => mesh::radio::follow(&node),
        Command::Meet { end: true } => Ok(mesh::radio::leave(&node)?),
        Command::Filter => Ok(kept.filter()?),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "ilanga-mesh", &mut io::stdout());
            Ok(())
        }
        Command::Man { folder } => clap_mangen::generate_to(Cli::command(), &folder)
            .with_context(|| format!("writing manual pages to {}", folder.display())),
    }
}

/// What this node is called.
fn host() -> Result<HostName> {
    let name = nix::unistd::gethostname().context("asking for this node's name")?;
    name.to_string_lossy().parse().context("this node's name")
}

/// Says what was done: to people, or to a program.
fn say(json: bool, done: serde_json::Value, text: &str) {
    if json { println!("{done}") } else { println!("{text}") }
}

fn list(kept: &Kept, json: bool) -> Result<()> {
    let (standing, own) = (kept.standing()?, kept.own()?);
    match json {
        true => println!("{:#}", show::standing_json(standing.as_ref(), own)),
        false => print!("{}", show::standing(standing.as_ref(), own)),
    }
    Ok(())
}

/// A community is begun, or joined, only by who is in none.
fn alone(kept: &Kept) -> Result<()> {
    match kept.standing()? {
        Some(there) => Err(MeshError::Already(there.ties.name.to_string()).into()),
        None => Ok(()),
    }
}

fn found(kept: &Kept, name: CommunityName, at: Vec<Endpoint>, json: bool) -> Result<()> {
    ensure!(at.len() <= 3, "an invitation has room for three addresses");
    {
        let _locked = kept.lock()?;
        alone(kept)?;
        let own = kept.own()?;
        let key = CommunityKey::of_seed(&Zeroizing::new(random::bytes()?));
        let password = LinkPassword::new(random::bytes()?);
        let ties = Ties::of_founder(key.id(), name.clone(), own, password, at);
        let members = vec![Member { key: own, name: host()? }];
        let first = List { community: key.id(), name: name.clone(), number: 1, founder: own, members }.sign(&key)?;
        // The ties come last: before them this node is alone, whatever else lies there.
        kept.keep_key(&key)?;
        kept.keep_first(&first)?;
        kept.tie(Some(&ties))?;
    }
    systemd::restart(&UNITS)?;
    say(json, json!({ "community": name }), &format!("'{name}' is begun, with this node as its founder."));
    Ok(())
}

fn invite(kept: &Kept, called: Option<HostName>, days: u32, many: bool, json: bool) -> Result<()> {
    let made = {
        let _locked = kept.lock()?;
        let (ties, key, _) = kept.founder()?;
        let today = kept.today().context("this node's clock says no day that can be")?;
        let last_day = today.after(days).context("so many days end after 2099")?;
        let token = Token::new(random::bytes()?);
        let wish = Invite { called, last_day, many, token };
        let (made, next) = mesh::invite(&ties, &key, &kept.invitations()?, wish, today);
        kept.keep_invitations(&next)?;
        made
    };
    match json {
        true => println!(
            "{}",
            json!({ "invitation": made.to_string(), "qr": made.compact(), "last-day": made.says().last_day })
        ),
        false => print!("{}", show::invitation(&made)?),
    }
    Ok(())
}

fn join(kept: &Kept, json: bool) -> Result<()> {
    let mut text = Zeroizing::new(String::new());
    let stdin = io::stdin();
    if stdin.is_terminal() {
        eprintln!("Type or paste the invitation, and an empty line after it:");
        io::stderr().flush()?;
        for line in stdin.lock().lines() {
            let line = Zeroizing::new(line.context("reading the invitation")?);
            if line.trim().is_empty() && !text.is_empty() {
                break;
            }
            text.push_str(&line);
        }
    } else {
        stdin.lock().take(LONGEST).read_to_string(&mut text).context("reading the invitation")?;
    }
    let invitation: Invitation = text.parse()?;
    let says = invitation.says();
    // The founder judges by its own clock; this one refuses what has ended for certain.
    if kept.floor().is_some_and(|floor| says.last_day < floor) {
        bail!("this invitation ended on {}", says.last_day);
    }
    {
        let _locked = kept.lock()?;
        alone(kept)?;
        kept.join(&Ties::of(&invitation))?;
    }
    systemd::restart(&UNITS)?;
    let text = format!("This node asks to be let into '{}'. `ilanga-mesh list` shows when it is.", says.name);
    say(json, json!({ "community": says.name }), &text);
    Ok(())
}

fn remove(kept: &Kept, whom: &str, json: bool) -> Result<()> {
    let gone = {
        let _locked = kept.lock()?;
        let (_, key, list) = kept.founder()?;
        let standing = kept.standing()?.ok_or(MeshError::Alone)?;
        let (invitations, shorter, gone) = mesh::remove(&list, &kept.invitations()?, whom).map_err(MeshError::from)?;
        let shorter = shorter.sign(&key)?;
        // Who is removed has nothing left to come back by.
        kept.keep_invitations(&invitations)?;
        kept.keep_list(&standing, &shorter)?;
        kept.filter()?;
        gone
    };
    // It tells the others.
    systemd::restart(&UNITS[1..])?;
    let text =
        format!("'{}' is removed; this node refuses it now, others as soon as they hear of it.", gone.name.as_str());
    say(json, json!({ "removed": gone.name, "key": gone.key }), &text);
    Ok(())
}

fn leave(kept: &Kept, end: bool, json: bool) -> Result<()> {
    let standing = kept.standing()?.ok_or(MeshError::Alone)?;
    let own = kept.own()?;
    let founder = standing.ties.founder == own;
    ensure!(
        end || !founder,
        "this node is the founder: without it nobody is let in or removed; --end does it all the same"
    );
    let heard = !founder && mesh::say_goodbye(&standing, own);
    {
        let _locked = kept.lock()?;
        kept.leave()?;
    }
    systemd::restart(&UNITS)?;
    let name = &standing.ties.name;
    let text = match heard || founder {
        true => format!("This node has left '{name}'."),
        false => format!("This node has left '{name}', but its founder was not reached: it is still in the list."),
    };
    say(json, json!({ "left": name, "founder-told": heard }), &text);
    Ok(())
}

fn renew(node: &Node, json: bool) -> Result<()> {
    mesh::nebula::kept(node).context("this node is in no network of Nebula's")?;
    let mut text = Zeroizing::new(String::new());
    io::stdin().lock().take(LONGEST_FILES).read_to_string(&mut text).context("reading the files")?;
    let network: Nebula = text.parse()?;
    let last = network.last_day().map(|day| day.to_string());
    if let (Some(last), Some(floor)) = (network.last_day(), Kept::of(node).floor())
        && last < floor
    {
        bail!("this certificate ended on {last}");
    }
    mesh::nebula::keep(node, &network)?;
    systemd::restart(&[mesh::nebula::UNIT])?;
    let text = format!("The others let this node in until {}.", last.as_deref().unwrap_or("after 2099"));
    say(json, json!({ "last-day": last }), &text);
    Ok(())
}

fn radio(node: &Node, wanted: Option<Switch>, json: bool) -> Result<()> {
    match wanted {
        Some(Switch::On) => {
            mesh::radio::keep(node, true)?;
            systemd::restart(&[mesh::radio::UNIT])?;
        }
        Some(Switch::Off) => {
            mesh::radio::keep(node, false)?;
            systemd::restart(&[mesh::radio::UNIT])?;
        }
        None => {}
    }
    let is = mesh::radio::status(node);
    let text = match (&is.radio, is.wanted) {
        (Some(radio), _) => format!("The radio {radio} meets {} others now.", is.met),
        (None, true) => "No radio meets others: none is spare and can.".to_owned(),
        (None, false) => "No radio is to meet others.".to_owned(),
    };
    say(json, json!(is), &text);
    Ok(())
}
