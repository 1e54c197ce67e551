//! What is at an address, fetched by the part that may talk to the network, after its cost was shown.

use std::io::{BufRead as _, IsTerminal as _, Write as _, stderr, stdin};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use formats::size::Bytes;
use updater::client::UpdaterProxy;
use updater::fetch::status::Doing;
use updater::fetched::Fetched;

use super::show::{self, Bar};

/// How often the bar is told how far it is.
const OFTEN: Duration = Duration::from_secs(1);

/// Fetches it; the answer is where the bundle is, or nothing if the person does not want it.
pub(crate) async fn fetch(updater: &UpdaterProxy<'_>, address: &str, yes: bool, json: bool) -> Result<Option<PathBuf>> {
    let found = parse(&updater.fetch(address, true).await?)?;
    if found.version.is_none() {
        bail!("{}", found.notes.last().map_or("nothing was found there", |note| note.as_str()));
    }
    eprint!("{}", show::fetched(&found));
    if !yes && stdin().is_terminal() && found.cheapest.is_some_and(|cost| cost > 0) && !agreed(&found)? {
        eprintln!("Nothing was fetched.");
        return Ok(None);
    }
    let mut bar = Bar::new(json);
    let mut fetching = std::pin::pin!(updater.fetch(address, false));
    let mut tick = tokio::time::interval(OFTEN);
    let text = loop {
        tokio::select! {
            done = &mut fetching => break done?,
            _ = tick.tick() => if let Ok(text) = updater.fetched().await && let Ok(now) = parse(&text) {
                show(&mut bar, &now);
            },
        }
    };
    bar.end();
    let fetched = parse(&text)?;
    match &fetched.bundle {
        Some(path) => Ok(Some(PathBuf::from(path.as_str()))),
        None => bail!("{}", fetched.notes.last().map_or("there is nothing newer there", |note| note.as_str())),
    }
}

fn show(bar: &mut Bar, now: &Fetched) {
    let doing = match now.doing {
        Doing::Assembling => "putting it together",
        _ => "fetching",
    };
    if let Some(percent) = now.done.saturating_mul(100).checked_div(now.of) {
        bar.show(i32::try_from(percent).unwrap_or(100), doing);
    }
}

fn parse(text: &str) -> Result<Fetched> {
    if text.is_empty() {
        Ok(Fetched::default())
    } else {
        serde_json::from_str(text).context("reading the updater's answer")
    }
}

fn agreed(found: &Fetched) -> Result<bool> {
    eprint!("Fetch {}? [y/N] ", Bytes(found.cheapest.unwrap_or_default()));
    stderr().flush().context("asking")?;
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).context("reading the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
