//! Sticks: [`updater::stick`] as the units call it. `watch` runs all the time and has no rights; `take` and `report` run once
//! for each stick, and give up their rights once it is mounted.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::{Parser, Subcommand};
use formats::expiry::Clock;
use futures_util::StreamExt as _;
use updater::client::UpdaterProxy;
use updater::error::chain;
use updater::fetch::clock::seconds;
use updater::fetch::network;
use updater::fetch::node::{Node, compatible, settings};
use updater::fetch::paths::Paths;
use updater::fetched::MOST_FILES;
use updater::service::{Status, Told};
use updater::stick::devices::{is_name, own_disks, watch};
use updater::stick::find::{Facts, find};
use updater::stick::mount::{Stick, drop_rights};
use updater::stick::report;
use updater::systemd;
use zbus::Connection;
use zbus::zvariant::{Fd, Value};

/// Finds sticks with updates, and leaves reports on them.
#[derive(Debug, Parser)]
#[command(name = "ilanga-stick", version, max_term_width = 80)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch for sticks, and start a unit for each.
    Watch,
    /// Give the updater what is on a stick for this node.
    Take {
        /// The device's name, such as sdb1.
        device: String,
    },
    /// Write this node's report, if the stick has a folder for it.
    Report {
        /// The device's name, such as sdb1.
        device: String,
    },
}

pub(crate) fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Watch => run(watch_all()),
        Command::Take { device } => take(&device),
        Command::Report { device } => write_report(&device),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ilanga-stick: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(work: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?.block_on(work)
}

async fn watch_all() -> Result<()> {
    let connection = Connection::system().await.context("connecting to the system bus")?;
    let own = own_disks(Path::new(formats::own_disk::FOLDER), Path::new("/sys/class/block"));
    if own.is_empty() {
        bail!("it cannot be told from which disk this computer runs, so no other one is taken for a stick");
    }
    let start = async |name: &str| {
        eprintln!("ilanga-stick: {name} may have something");
        if let Err(error) = systemd::start(&connection, &format!("ilanga-stick@{name}.service")).await {
            eprintln!("ilanga-stick: starting the unit for {name}: {}", chain(&error));
        }
    };
    Ok(watch(&own, start).await?)
}

/// Mounts it in the unit's folder; from then on this process has no rights.
fn mount(device: &str, write: bool) -> Result<Option<PathBuf>> {
    if !is_name(device) {
        bail!("'{device}' is not the name of a device");
    }
    let folder = std::env::var_os("RUNTIME_DIRECTORY").context("RUNTIME_DIRECTORY is not set: a unit starts this")?;
    let at = PathBuf::from(folder).join("stick");
    fs::create_dir_all(&at).with_context(|| format!("making {}", at.display()))?;
    let device = Path::new("/dev").join(device);
    let stick = Stick::mount(&device, &at)?;
    if write {
        // Only for whoever has made the folder, and only from here on.
        if report::folder(stick.root()).is_none() {
            return Ok(None);
        }
        stick.allow_writing(&device)?;
    }
    drop_rights().context("giving up all rights")?;
    Ok(Some(at))
}

fn take(device: &str) -> Result<()> {
    let Some(at) = mount(device, false)? else { return Ok(()) };
    let paths = Paths::below(Path::new("/"));
    let (node, settings, compatible) = (Node::look(&paths)?, settings(&paths)?, compatible(&paths)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting")?;
    let clock = Clock { seconds: seconds(), synchronised: runtime.block_on(network::ask()).synchronised };
    let store = known(&paths, &at.with_file_name("metadata"))?;
    let root = fs::read(paths.trust()).ok();
    let facts = Facts {
        node: &node,
        compatible: &compatible,
        channel: &settings.channel,
        clock,
        root: root.as_deref(),
        store: &store,
    };
    let found = find(&at, &facts);
    found.notes.iter().for_each(|note| eprintln!("ilanga-stick: {note}"));
    let Some((path, bundle)) = found.bundle else {
        eprintln!("ilanga-stick: there is nothing for this node on {device}");
        return Ok(());
    };
    eprintln!("ilanga-stick: {device} has {path}, release {}", bundle.bundle.manifest.version);
    runtime.block_on(async {
        let connection = Connection::system().await.context("connecting to the system bus")?;
        let updater = UpdaterProxy::new(&connection).await.context("finding the updater")?;
        let mut completed = updater.receive_completed().await.context("listening to the updater")?;
        let options = HashMap::from([
            ("name", Value::from(format!("the stick ({path})"))),
            ("by-itself", Value::from(true)),
            ("removable", Value::from(true)),
        ]);
        match updater.install(Fd::from(bundle.file()), options).await {
            // That it was refused is nobody's failure; the updater has said it on the screen.
            Err(zbus::Error::MethodError(_, said, _)) => {
                eprintln!("ilanga-stick: nothing is installed: {}", said.unwrap_or_default());
                return Ok(());
            }
            begun => begun.context("asking the updater to install it")?,
        }
        let end = completed.next().await.context("the updater ended before the installation did")?;
        let end = end.args().context("reading the updater's signal")?;
        eprintln!("ilanga-stick: {}", end.sentence);
        Ok(())
    })
}

/// A copy of what the node has accepted of lists before, so that older ones are known for what they are.
fn known(paths: &Paths, store: &Path) -> Result<PathBuf> {
    fs::create_dir_all(store).with_context(|| format!("making {}", store.display()))?;
    for entry in fs::read_dir(paths.metadata()).into_iter().flatten().flatten().take(MOST_FILES) {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let to = store.join(entry.file_name());
            fs::copy(entry.path(), &to).with_context(|| format!("writing {}", to.display()))?;
        }
    }
    Ok(store.to_owned())
}

fn write_report(device: &str) -> Result<()> {
    let Some(at) = mount(device, true)? else { return Ok(()) };
    let Some(folder) = report::folder(&at) else { return Ok(()) };
    let paths = Paths::below(Path::new("/"));
    let node = Node::look(&paths)?;
    let id = fs::read_to_string(paths.machine_id()).context("reading /etc/machine-id")?;
    run(async {
        let connection = Connection::system().await.context("connecting to the system bus")?;
        let updater = UpdaterProxy::new(&connection).await.context("finding the updater")?;
        let status: Status = serde_json::from_str(&updater.status().await?).context("reading the updater's answer")?;
        let told: Told = serde_json::from_str(&updater.history().await?).context("reading the updater's answer")?;
        let report = report::report(&report::name(&id), &node.board, status, &told);
        report::write(&folder, &report).with_context(|| format!("writing to {}", folder.display()))
    })
}
