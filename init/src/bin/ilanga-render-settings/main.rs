//! Renders the node's settings into `/etc`, and reads and changes them.
//!
//! Part of the verified root. `init` runs it without arguments at each start, once `/state` and the overlay on `/etc`
//! are mounted; people run it as `ilanga-settings`. What is rendered is decided by [`formats::settings::render`]; which
//! release's settings, by [`formats::state_version`], and done by [`state`].

mod disk;
mod state;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::ExitCode;

use formats::settings::{HostName, MachineId, NotAHostName, Rendered, Settings, render};
use thiserror::Error;
use uuid::Uuid;

use crate::disk::{DiskError, OPEN};
use crate::state::State;

const USAGE: &str = "\
Usage: ilanga-settings get NAME          print a setting
       ilanga-settings set NAME VALUE    change it; it is on the disk when this ends
       ilanga-settings unset NAME        leave it to the node
       ilanga-settings render            write the settings into /etc, as each start does
Names: host-name, machine-id (made by the node itself; read only)
Exit status: 0 done, 1 not done, 2 not understood, 3 the setting is not set";

/// Something was not done.
#[derive(Debug, Error)]
enum Trouble {
    #[error(transparent)]
    Disk(#[from] DiskError),
    #[error("nothing is changed: the state partition does not keep it")]
    NotKept,
    #[error("'{value}' cannot be the host name")]
    HostName { value: String, source: NotAHostName },
    #[error("there is no setting '{0}' to change: host-name is one")]
    Name(String),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let state = State::new(Path::new("/"));
    let done = match arguments[..] {
        [] | ["render"] => start(&state, Path::new("/")),
        ["get", name] => return get(&state, name),
        ["set", name, value] => change(&state, name, Some(value)),
        ["unset", name] => change(&state, name, None),
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
    for Rendered { path, mode, contents } in render(&settings) {
        disk::write(&root.join(path.trim_start_matches('/')), mode, contents.as_bytes(), OPEN)?;
    }
    Ok(())
}

fn get(state: &State, name: &str) -> ExitCode {
    let settings = state.read().settings;
    let value = match name {
        "host-name" => settings.effective_host_name().map(String::from),
        "machine-id" => settings.machine_id.map(String::from),
        _ => {
            eprintln!("there is no setting '{name}'\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match value {
        Some(value) => {
            println!("{value}");
            ExitCode::SUCCESS
        }
        None => ExitCode::from(3),
    }
}

fn change(state: &State, name: &str, value: Option<&str>) -> Result<(), Trouble> {
    if name != "host-name" {
        return Err(Trouble::Name(name.to_owned()));
    }
    let parse =
        |value: &str| value.parse::<HostName>().map_err(|source| Trouble::HostName { value: value.to_owned(), source });
    let host_name = value.map(parse).transpose()?;
    let _lock = state.lock()?;
    let used = state.prepare(&fresh(), OPEN);
    if !used.kept {
        return Err(Trouble::NotKept);
    }
    let mut settings = used.settings;
    settings.host_name = host_name;
    Ok(state.save(&settings)?)
}
