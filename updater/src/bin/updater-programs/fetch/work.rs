//! What each subcommand does: gathers the facts, calls, and tells.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;
use formats::expiry::Clock;
use formats::repository::Offer;
use updater::client::UpdaterProxy;
use updater::error::chain;
use updater::fetch::check::{Checked, check as ask};
use updater::fetch::clock::{Stopwatch, minute, seconds};
use updater::fetch::course::{Course, CourseError, Done, Told, shelf};
use updater::fetch::engine::Event;
use updater::fetch::neighbours::{announce, find};
use updater::fetch::network;
use updater::fetch::node::{Node, settings};
use updater::fetch::paths::{Paths, replace};
use updater::fetch::permit::Consent;
use updater::fetch::serve::{Server, Settings as Served};
use updater::fetch::settings::Settings;
use updater::fetch::slots::Slots;
use updater::fetch::source::Source;
use updater::fetch::source::folder::Folder;
use updater::fetch::source::http::{Http, Patience};
use updater::fetch::status::{Doing, Status};

use super::cli::Sources;

/// How long neighbours are looked for.
const LOOK: Duration = Duration::from_secs(4);

/// How often the status is written.
const OFTEN: Duration = Duration::from_secs(1);

/// What the exit status says when it waits.
const WAITS: u8 = 3;

/// All that is known before anything is asked for.
pub(crate) struct Facts {
    pub(crate) paths: Paths,
    pub(crate) node: Node,
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    metered: Option<bool>,
}

pub(crate) fn facts(paths: &Paths) -> Result<Facts> {
    let paths = paths.clone();
    if !paths.data().is_dir() {
        bail!(
            "{} is not there: without a data partition this node takes updates from sticks alone, with \
             `ilanga-update install`",
            paths.data().display()
        );
    }
    paths.make()?;
    let (node, settings) = (Node::look(&paths)?, settings(&paths)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?;
    let known = runtime.block_on(network::ask());
    let clock = Clock { seconds: seconds(), synchronised: known.synchronised };
    Ok(Facts { paths, node, settings, clock, metered: known.metered })
}

impl Facts {
    fn course<'a>(
        &'a self,
        consent: Consent,
        sources: &'a [Arc<dyn Source>],
        tell: &'a (dyn Fn(&Told<'_>) + Sync),
    ) -> Course<'a> {
        Course {
            paths: &self.paths,
            node: &self.node,
            settings: &self.settings,
            clock: self.clock,
            metered: self.metered,
            minute: minute(),
            consent,
            sources,
            tell,
        }
    }
}

/// Whoever may be asked.
fn sources(settings: &Settings, only: Option<&Path>, show: &Show) -> Vec<Arc<dyn Source>> {
    if let Some(folder) = only {
        return vec![Arc::new(Folder::at(folder))];
    }
    let mut addresses = settings.addresses.clone();
    if settings.neighbours {
        match find(LOOK) {
            Ok(found) => addresses.extend(found),
            Err(error) => show.note(&chain(&error)),
        }
    }
    let patience = Patience::default();
    let neighbour =
        |address: &SocketAddr| Arc::new(Http::neighbour(&format!("http://{address}"), patience)) as Arc<dyn Source>;
    let mut sources: Vec<Arc<dyn Source>> = Vec::new();
    // First, as a download takes a few sources only.
    sources.extend(settings.url.iter().map(|url| Arc::new(Http::upstream(url, patience)) as Arc<dyn Source>));
    sources.extend(addresses.iter().map(neighbour));
    sources
}

/// The status, written while something is done.
pub(crate) struct Show {
    paths: Paths,
    clock: Stopwatch,
    state: Mutex<(Status, Duration)>,
}

impl Show {
    pub(crate) fn new(paths: &Paths) -> Self {
        let state = Mutex::new((Status::default(), Duration::ZERO));
        Self { paths: paths.clone(), clock: Stopwatch::start(), state }
    }

    /// Changes the status, and writes it if it is time to, or if something else is done now.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Status)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.0.doing;
        change(&mut state.0);
        let now = self.clock.now();
        if state.0.doing != before || now >= state.1 + OFTEN {
            state.1 = now;
            self.write(&state.0);
        }
    }

    fn write(&self, status: &Status) {
        let text = serde_json::to_string(status).unwrap_or_default();
        // A person who tries it has no such folder, and is told on the terminal.
        let _ = replace(&self.paths.status(), text.as_bytes());
    }

    /// Says something that a person should know, in the journal too.
    fn note(&self, note: &str) {
        eprintln!("ilanga-fetch: {note}");
        self.change(|status| {
            status.notes.retain(|other| other != note);
            status.notes.push(note.to_owned());
            let old = status.notes.len().saturating_sub(20);
            status.notes.drain(..old);
        });
    }

    /// Writes and says the end.
    pub(crate) fn end(&self, json: bool, change: impl FnOnce(&mut Status)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state.0);
        state.0.doing = Doing::Nothing;
        self.write(&state.0);
        print(&state.0, json);
    }
}

fn print(status: &Status, json: bool) {
    if json {
        println!("{}", serde_json::to_string(status).unwrap_or_default());
    } else {
        print!("{}", status.to_text());
    }
}

fn look(facts: &Facts, sources: &[Arc<dyn Source>], show: &Show) -> Result<Checked> {
    show.change(|status| status.doing = Doing::Checking);
    let checked = ask(&facts.paths, &facts.node, &facts.settings.channel, facts.clock, sources);
    let checked = match checked {
        Ok(checked) => checked,
        Err(error) => {
            show.end(false, |status| status.notes.push(chain(&error)));
            return Err(error.into());
        }
    };
    for note in checked.failed.iter().chain(&checked.latest.note) {
        show.note(note);
    }
    show.change(|status| {
        status.version = Some(checked.latest.channel.version.to_string());
        status.headline = Some(checked.latest.channel.headline.as_str().to_owned());
    });
    Ok(checked)
}

/// Asks for the newest release.
pub(crate) fn check(paths: &Paths, from: &Sources, json: bool) -> Result<ExitCode> {
    let facts = facts(paths)?;
    let show = Show::new(&facts.paths);
    let sources = sources(&facts.settings, from.from.as_deref(), &show);
    cost(&facts, &show, &sources, Consent::default(), json)?;
    Ok(ExitCode::SUCCESS)
}

/// Says what the newest release of these sources costs.
pub(crate) fn cost(
    facts: &Facts,
    show: &Show,
    sources: &[Arc<dyn Source>],
    consent: Consent,
    json: bool,
) -> Result<()> {
    let checked = look(facts, sources, show)?;
    let tell = |_: &Told<'_>| ();
    let course = facts.course(consent, sources, &tell);
    let cost = course.cost(&checked, &mut Slots::look(&facts.paths, &facts.node.version));
    show.end(json, |status| match cost {
        Ok(Some((plan, hindrances))) => {
            status.plan(&plan);
            status.waits = hindrances.iter().map(ToString::to_string).collect();
        }
        Ok(None) => {}
        Err(error) => status.notes.push(chain(&error)),
    });
    Ok(())
}

/// Fetches it.
pub(crate) fn download(paths: &Paths, from: &Sources, consent: Consent, json: bool) -> Result<ExitCode> {
    let facts = facts(paths)?;
    let show = Show::new(&facts.paths);
    let sources = sources(&facts.settings, from.from.as_deref(), &show);
    let (code, bundle) = fetch(&facts, &show, &sources, consent, json)?;
    if bundle {
        knock();
    }
    Ok(code)
}

/// Fetches the newest release from these sources; says whether its bundle is there.
pub(crate) fn fetch(
    facts: &Facts,
    show: &Show,
    sources: &[Arc<dyn Source>],
    consent: Consent,
    json: bool,
) -> Result<(ExitCode, bool)> {
    let checked = look(facts, sources, show)?;
    show.change(|status| status.doing = Doing::Fetching);
    let tell = |told: &Told<'_>| match told {
        Told::Plan(plan) => {
            eprintln!("ilanga-fetch: {plan}");
            show.change(|status| status.plan(plan));
        }
        Told::Hindered(hindrances) => {
            hindrances.iter().for_each(|hindrance| eprintln!("ilanga-fetch: {hindrance}"));
            show.change(|status| status.waits = hindrances.iter().map(ToString::to_string).collect());
        }
        Told::Event(Event::Kept { done, of, received, .. }) => show.change(|status| {
            (status.done, status.of) = (*done, *of);
            (status.upstream, status.neighbours) = (received.upstream, received.neighbours);
        }),
        Told::Event(Event::Failed { from, error, left }) => {
            let end = if *left { ": it is left" } else { "" };
            show.note(&format!("{from} {}{end}", chain(error)));
        }
        Told::Left(error) => show.note(&format!("{}: another way is taken", chain(error))),
        Told::Assembling => show.change(|status| status.doing = Doing::Assembling),
    };
    let course = facts.course(consent, sources, &tell);
    match course.run(&checked, &mut Slots::look(&facts.paths, &facts.node.version)) {
        Ok(Done::Nothing(Offer::Needs)) => {
            let needs = checked.latest.channel.needs.as_ref().map(ToString::to_string).unwrap_or_default();
            let version = &checked.latest.channel.version;
            let note = format!(
                "release {version} needs what release {needs} brings: install {needs} first, from a stick or with \
                 `ilanga-update install FILE`"
            );
            show.end(json, |status| status.notes.push(note))
        }
        Ok(Done::Nothing(offer)) => show.end(json, |status| status.notes.push(format!("nothing to fetch: {offer:?}"))),
        Ok(Done::Bundle(path)) => {
            show.end(json, |status| status.bundle = Some(path.display().to_string()));
            return Ok((ExitCode::SUCCESS, true));
        }
        Err(CourseError::Waiting(_)) => {
            show.end(json, |_| ());
            return Ok((ExitCode::from(WAITS), false));
        }
        Err(error) => {
            show.end(json, |status| status.notes.push(chain(&error)));
            return Err(error.into());
        }
    }
    Ok((ExitCode::SUCCESS, false))
}

/// Tells the updater that there is something. It looks by itself too, a little later.
fn knock() {
    let tell = async {
        let connection = zbus::Connection::system().await?;
        UpdaterProxy::new(&connection).await?.take_fetched().await
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let told = runtime.map_err(zbus::Error::from).and_then(|runtime| runtime.block_on(tell));
    if let Err(error) = told {
        eprintln!("ilanga-fetch: the updater was not told, and looks by itself within ten minutes: {}", chain(&error));
    }
}

/// Serves neighbours.
pub(crate) fn serve(paths: &Paths, listen: SocketAddr) -> Result<ExitCode> {
    let settings = settings(paths)?;
    let served = Served::new(shelf(paths), paths.repository(), settings.upload_rate);
    let server = Server::start(listen, served)?;
    let id = fs::read_to_string(paths.machine_id()).context("reading the machine's id")?;
    // The id itself is nobody's business.
    let name = &Digest::of(format!("ilanga neighbour {}", id.trim())).to_string()[..12];
    let announced = announce(name, server.address().port());
    if let Err(error) = &announced {
        eprintln!("ilanga-fetch: neighbours that are not told of this node's address don't find it: {}", chain(error));
    }
    eprintln!("ilanga-fetch: neighbours are served at {}", server.address());
    server.wait();
    Ok(ExitCode::SUCCESS)
}

/// Prints the status.
pub(crate) fn status(paths: &Paths, json: bool) -> Result<ExitCode> {
    let path = paths.status();
    let text = fs::read_to_string(&path).unwrap_or_default();
    print(&Status::parse(&text).unwrap_or_default(), json);
    Ok(ExitCode::SUCCESS)
}
