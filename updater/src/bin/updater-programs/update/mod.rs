//! `ilanga-update`: what people ask the updater for. It has no rights of its own; the daemon and polkit decide.

mod address;
mod cli;
mod show;

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{CommandFactory as _, Parser as _};
use futures_util::StreamExt as _;
use updater::client::UpdaterProxy;
use updater::fetched::Fetched;
use updater::service::{Checked, Status, Told};
use zbus::Connection;
use zbus::zvariant::{Fd, Value};

use cli::{Cli, Command};
use show::Bar;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let (said, status) = explain(&error);
            eprintln!("ilanga-update: {said}");
            ExitCode::from(status)
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "ilanga-update", &mut std::io::stdout());
            return Ok(());
        }
        Command::Man { folder } => {
            return clap_mangen::generate_to(Cli::command(), &folder)
                .with_context(|| format!("writing manual pages to {}", folder.display()));
        }
        _ => {}
    }
    let connection = Connection::system().await.context("connecting to the system bus")?;
    let updater = UpdaterProxy::new(&connection).await.context("finding the updater")?;
    match cli.command {
        Command::Status => answer(cli.json, updater.status().await?, |status: &Status| show::status(status)),
        Command::History => answer(cli.json, updater.history().await?, |told: &Told| show::history(told)),
        Command::Check { bundle: None } => match updater.fetched().await? {
            text if text.is_empty() => done(cli.json, show::NOTHING_FETCHED),
            text => answer(cli.json, text, |fetched: &Fetched| show::fetched(fetched)),
        },
        Command::RestartHours { hours } => {
            let hours = if hours == "never" { "" } else { hours.as_str() };
            done(cli.json, &updater.set_restart_hours(hours).await?)
        }
        Command::Check { bundle: Some(bundle) } => {
            let file = open(&bundle)?;
            let text = updater.check_bundle(Fd::from(&file)).await?;
            answer(cli.json, text, |checked: &Checked| show::checked(checked))
        }
        Command::Install { bundle, yes, allow_downgrade } => {
            let address = bundle.to_str().filter(|text| text.contains("://"));
            let bundle = match address {
                Some(address) => match address::fetch(&updater, address, yes, cli.json).await? {
                    Some(path) => path,
                    None => return Ok(()),
                },
                None => bundle,
            };
            install(&updater, &bundle, allow_downgrade, cli.json).await
        }
        Command::Rollback => done(cli.json, &updater.rollback().await?),
        Command::Pin { version } => {
            done(cli.json, &updater.pin(version.as_ref().map_or("", |version| version.as_str())).await?)
        }
        Command::Unpin => done(cli.json, &updater.unpin().await?),
        Command::Completions { .. } | Command::Man { .. } => Ok(()),
    }
}

/// Prints an answer, as it came or as people read it.
fn answer<T: serde::de::DeserializeOwned>(json: bool, text: String, show: impl Fn(&T) -> String) -> Result<()> {
    if json {
        println!("{text}");
    } else {
        print!("{}", show(&serde_json::from_str(&text).context("reading the updater's answer")?));
    }
    Ok(())
}

fn done(json: bool, sentence: &str) -> Result<()> {
    if json {
        println!("{}", serde_json::json!({ "format": 1, "says": sentence }));
    } else {
        println!("{sentence}");
    }
    Ok(())
}

/// Opens a bundle with the rights of the person who names it.
fn open(path: &Path) -> Result<File> {
    File::open(path).with_context(|| format!("opening {}", path.display()))
}

async fn install(updater: &UpdaterProxy<'_>, path: &Path, allow_downgrade: bool, json: bool) -> Result<()> {
    let file = open(path)?;
    let mut completed = updater.receive_completed().await.context("listening to the updater")?;
    let mut steps = updater.receive_progress_changed().await;
    let mut owners = updater.inner().receive_owner_changed().await.context("listening to the updater")?;
    let name = path.display().to_string();
    let mut options = HashMap::from([("name", Value::from(name))]);
    if allow_downgrade {
        options.insert("allow-downgrade", Value::from(true));
    }
    updater.install(Fd::from(&file), options).await?;
    let mut bar = Bar::new(json);
    let (result, sentence) = loop {
        tokio::select! {
            biased;
            step = steps.next() => if let Some(step) = step && let Ok((percent, doing, _)) = step.get().await {
                bar.show(percent, &doing);
            },
            signal = completed.next() => {
                let signal = signal.context("the updater ended before the installation did")?;
                let told = signal.args().context("reading the updater's signal")?;
                break (told.result, told.sentence.to_owned());
            },
            owner = owners.next() => if owner.is_none_or(|owner| owner.is_none()) {
                bail!("the updater ended before the installation did: `ilanga-update status` says how it stands");
            },
        }
    };
    bar.end();
    if result == 0 { done(json, &sentence) } else { bail!("{sentence}") }
}

/// An error in a line, and the exit status that stands for it.
fn explain(error: &anyhow::Error) -> (String, u8) {
    let Some(zbus::Error::MethodError(name, said, _)) = error.downcast_ref::<zbus::Error>() else {
        return (format!("{error:#}"), 1);
    };
    let said = said.clone().unwrap_or_else(|| name.to_string());
    match name.as_str().strip_prefix("org.ilanga.Updater1.Error.") {
        Some("Refused") => (said, 3),
        Some("Denied") => (said, 4),
        Some("Busy") => (said, 5),
        Some(_) => (said, 1),
        None => (format!("asking the updater: {said}"), 1),
    }
}
