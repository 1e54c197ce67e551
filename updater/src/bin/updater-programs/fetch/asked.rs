//! What a person has named by an address: a bundle, or a repository.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use updater::error::chain;
use updater::fetch::address::{Address, Remote};
use updater::fetch::asked::{Asked, CREDENTIAL};
use updater::fetch::cost::{Plan, Way};
use updater::fetch::engine::Received;
use updater::fetch::node::{compatible, ledger};
use updater::fetch::paths::Paths;
use updater::fetch::permit::Consent;
use updater::fetch::source::Source;
use updater::fetch::source::http::{Http, Patience};
use updater::fetch::spent::Spent;
use updater::fetch::status::Doing;

use super::work::{self, Facts, Show};

/// Does what is asked for.
pub(crate) fn run(paths: &Paths, json: bool) -> Result<ExitCode> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY").context("nothing is asked for: the updater starts this")?;
    let path = PathBuf::from(folder).join(CREDENTIAL);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let Some(asked) = Asked::parse(&text) else { bail!("{} is of another release's form", path.display()) };
    let facts = work::facts(paths)?;
    let show = Show::new(&facts.paths);
    show.change(|status| status.doing = Doing::Checking);
    let patience = Patience::default();
    let done = match Address::parse(&asked.address)? {
        Address::Bundle(base, name) => {
            let server = Http::upstream(base.as_str(), patience);
            let remote = Remote::look(server, &base, &name).map_err(anyhow::Error::from);
            remote.and_then(|remote| bundle(&facts, &show, &remote, asked.only_cost, json))
        }
        Address::Repository(base) => {
            let sources = vec![Arc::new(Http::upstream(base.as_str(), patience)) as Arc<dyn Source>];
            // A person has seen what it costs, and wants it now. That they say so is the updater's word.
            let consent = Consent { now: true, budget: true };
            // These two say themselves how they end.
            return if asked.only_cost {
                work::cost(&facts, &show, &sources, consent, json).map(|()| ExitCode::SUCCESS)
            } else {
                work::fetch(&facts, &show, &sources, consent, json).map(|(code, _)| code)
            };
        }
    };
    done.inspect_err(|error| show.end(json, |status| status.notes.push(format!("{error:#}"))))?;
    Ok(ExitCode::SUCCESS)
}

fn bundle(facts: &Facts, show: &Show, remote: &Remote, only_cost: bool, json: bool) -> Result<()> {
    let manifest = &remote.bundle.manifest;
    let expected = compatible(&facts.paths)?;
    if manifest.compatible != expected {
        bail!("it is for '{}', and this node is '{expected}': nothing was fetched", manifest.compatible);
    }
    let left = remote.left(&facts.paths.asked());
    show.change(|status| {
        status.version = Some(manifest.version.to_string());
        status.headline = Some(manifest.description.clone());
        status.plan(&Plan::only(Way::Whole, left));
    });
    if only_cost {
        show.end(json, |_| ());
        return Ok(());
    }
    let (length, before) = (remote.length().0, ledger(&facts.paths, facts.clock, facts.node.released)?);
    let spent = Spent::new(&facts.paths, before);
    let received = Mutex::new(Received::default());
    show.change(|status| {
        status.doing = Doing::Fetching;
        (status.done, status.of) = (length - left.0, length);
    });
    let came = |bytes: u64| {
        let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
        received.upstream += bytes;
        spent.note(*received);
        show.change(|status| (status.done, status.upstream) = (status.done + bytes, received.upstream));
    };
    let fetched = remote.fetch(&facts.paths.asked(), facts.settings.rate, &came);
    if let Err(error) = spent.write() {
        eprintln!("ilanga-fetch: the month's megabytes: {}", chain(&error));
    }
    let path = fetched?;
    show.end(json, |status| status.bundle = Some(path.display().to_string()));
    Ok(())
}
