//! Renders the node's settings into `/etc`, and reads and changes them.
//!
//! Part of the verified root. `init` runs it without arguments at each start, once `/state` and the overlay on `/etc`
//! are mounted; people run it as `ilanga-settings`. What is rendered is decided by [`formats::settings::render`]; which
//! release's settings, by [`formats::state_version`], and done by [`state`].

mod change;
mod disk;
mod etc;
mod state;
#[cfg(test)]
mod tests;

use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;

use formats::settings::{LONGEST, MachineId, Settings};
use thiserror::Error;
use uuid::Uuid;

use crate::change::Refusal;
use crate::disk::{DiskError, OPEN};
use crate::state::State;

const USAGE: &str = "\
Usage: ilanga-settings get NAME                        print a setting
       ilanga-settings set NAME VALUE [NAME VALUE]...  change them, all or none; on the disk when this ends
       ilanga-settings unset NAME...                   leave them to the node
       ilanga-settings render                          write the settings into /etc, as each start does
Names: host-name, language, keyboard, time-zone, country,
       networks (VALUE is '-': tables wired, wifi and mobile in TOML, from standard input),
       machine-id (made by the node itself; read only)
Exit status: 0 done, 1 not done, 2 not understood, 3 the setting is not set";

/// Something was not done.
#[derive(Debug, Error)]
enum Trouble {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error("nothing is changed: the state partition does not keep it")]
    NotKept,
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("there is no time zone '{0}'")]
    NoTimeZone(String),
    #[error("networks are read from standard input: their value is '-'")]
    OnCommandLine,
    #[error("reading standard input")]
    Input(#[source] io::Error),
}

/// A setting's name, and what it is to be: nothing leaves it to the node.
type Change<'a> = (&'a str, Option<String>);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (state, root) = (State::new(Path::new("/")), Path::new("/"));
    let done = match &arguments[..] {
        [] | ["render"] => start(&state, root),
        ["get", name] => return get(&state, name),
        ["set", pairs @ ..] if !pairs.is_empty() && pairs.len().is_multiple_of(2) => {
            given(pairs, io::stdin()).and_then(|changes| change(&state, root, &changes))
        }
        ["unset", names @ ..] if !names.is_empty() => {
            change(&state, root, &names.iter().map(|name| (*name, None)).collect::<Vec<_>>())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

/// The changes in `NAME VALUE [NAME VALUE]...`. Networks come from `input`, so that no key is on a command line.
fn given<'a>(pairs: &[&'a str], input: impl io::Read) -> Result<Vec<Change<'a>>, Trouble> {
    let mut input = Some(input);
    let mut changes = Vec::new();
    for pair in pairs.chunks_exact(2) {
        let (name, value) = (pair[0], pair[1]);
        let value = match (name, value, input.take_if(|_| name == "networks")) {
            ("networks", "-", Some(input)) => {
                let mut text = String::new();
                input.take(LONGEST as u64 + 1).read_to_string(&mut text).map_err(Trouble::Input)?;
                text
            }
            ("networks", ..) => return Err(Trouble::OnCommandLine),
            _ => value.to_owned(),
        };
        changes.push((name, Some(value)));
    }
    Ok(changes)
}

fn tell(error: &dyn std::error::Error) {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    eprintln!("{}", text.trim_end());
}

/// What a node begins with.
fn fresh() -> Settings {
    let mut settings = Settings::default();
    settings.machine_id = MachineId::new(Uuid::new_v4()).ok();
    settings
}

/// What each start does: has the state that this release uses, and renders. A state that can't be read or kept is no
/// reason to stop.
fn start(state: &State, root: &Path) -> Result<(), Trouble> {
    let lock = state.lock().inspect_err(|error| tell(error));
    let used = state.prepare(&fresh(), OPEN);
    let mut settings = used.settings;
    if settings.machine_id.is_none() {
        settings.machine_id = fresh().machine_id;
        if used.kept {
            state.save(&settings).unwrap_or_else(|error| tell(&error));
        }
    }
    drop(lock);
    Ok(etc::write(root, &settings)?)
}

fn get(state: &State, name: &str) -> ExitCode {
    let settings = state.read().settings;
    match change::value(&settings, name) {
        Ok(Some(value)) => {
            println!("{value}");
            ExitCode::SUCCESS
        }
        Ok(None) => ExitCode::from(3),
        Err(_) => {
            eprintln!("there is no setting '{name}'\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Changes settings, all of them or none.
fn change(state: &State, root: &Path, changes: &[Change<'_>]) -> Result<(), Trouble> {
    // What is refused is refused before anything is looked at.
    let mut settings = Settings::default();
    for (name, value) in changes {
        change::apply(&mut settings, name, value.as_deref())?;
    }
    if let Some(zone) = settings.time_zone.filter(|zone| !root.join("usr/share/zoneinfo").join(zone.as_str()).is_file())
    {
        return Err(Trouble::NoTimeZone(zone.to_string()));
    }
    let _lock = state.lock()?;
    let used = state.prepare(&fresh(), OPEN);
    if !used.kept {
        return Err(Trouble::NotKept);
    }
    let mut settings = used.settings;
    for (name, value) in changes {
        change::apply(&mut settings, name, value.as_deref())?;
    }
    Ok(state.save(&settings)?)
}
