//! The daemon: finds solar devices as they are plugged in, reads them, and writes what they say to `readings.json`.
//!
//! It never writes to a device. Without any device it waits, and does no harm.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use log::LevelFilter;
use power::detect::port::Place;
use power::devices::{Change, Devices};
use power::hub::{Hub, read_small};
use power::readings::PATH;
use power::settings::{LARGEST, Settings};
use sd_notify::NotifyState;
use systemd_journal_logger::{JournalLog, connected_to_journal};
use tokio::time::{MissedTickBehavior, interval};

/// How often the file is written, if anything changed.
const WRITE: Duration = Duration::from_secs(1);

/// How often the settings are looked at, in writings.
const LOOK: u32 = 10;

/// Finds and reads solar devices; a unit starts it.
#[derive(Debug, Parser)]
#[command(name = "ilanga-powerd", version, max_term_width = 80)]
struct Cli {
    /// Where to write what was found.
    #[arg(long, default_value = PATH)]
    readings: PathBuf,
    /// Where to keep what was found where, over a restart of this program.
    #[arg(long)]
    memory: Option<PathBuf>,
    /// What the owner says about power.
    #[arg(long, default_value = "/data/power/settings.toml")]
    settings: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error:#}");
            eprintln!("ilanga-powerd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: &Cli) -> Result<()> {
    if connected_to_journal() {
        JournalLog::new().context("opening the journal")?.install().context("logging to the journal")?;
        log::set_max_level(LevelFilter::Info);
    }
    let mut hub = Hub::new(cli.readings.clone(), cli.memory.clone());
    let mut looked = Looked::default();
    looked.look(&cli.settings, &mut hub);
    let (mut devices, there) = Devices::watch().context("asking udev which ports there are")?;
    there.into_iter().for_each(|port| hub.plug(port));
    let write = |hub: &mut Hub| hub.write().with_context(|| format!("writing {}", cli.readings.display()));
    write(&mut hub)?;
    let _ = sd_notify::notify(false, &[NotifyState::Ready]);
    let mut ticks = interval(WRITE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut count = 0_u32;
    loop {
        tokio::select! {
            () = hub.happens() => {}
            change = devices.next() => match change.context("hearing from udev")? {
                Change::Come(port) => hub.plug(port),
                Change::Gone(place) => hub.unplug(|other| same(other, &place)),
            },
            _ = ticks.tick() => {
                write(&mut hub)?;
                count = count.wrapping_add(1);
                if count.is_multiple_of(LOOK) {
                    looked.look(&cli.settings, &mut hub);
                    let _ = sd_notify::notify(false, &[NotifyState::Watchdog]);
                }
            }
        }
    }
}

/// Whether it is the same node or interface.
fn same(one: &Place, other: &Place) -> bool {
    match (one, other) {
        (
            Place::Serial { node, .. } | Place::Hid { node },
            Place::Serial { node: other, .. } | Place::Hid { node: other },
        ) => node == other,
        (one, other) => one == other,
    }
}

/// The settings' file as it was when it was last read, by its time and length: the data partition may be unlocked long after the start.
#[derive(Debug, Default)]
struct Looked(Option<(i64, i64, u64)>);

impl Looked {
    fn look(&mut self, path: &Path, hub: &mut Hub) {
        let now = std::fs::metadata(path).ok();
        let now = now.map(|metadata| (metadata.mtime(), metadata.mtime_nsec(), metadata.len()));
        if now == self.0 {
            return;
        }
        self.0 = now;
        if now.is_none() {
            return hub.set(Settings::default());
        }
        let read = read_small(path, LARGEST).map_err(anyhow::Error::from);
        let text = read.and_then(|bytes| Ok(String::from_utf8(bytes)?));
        match text.and_then(|text| Ok(Settings::parse(&text)?)) {
            Ok(settings) => hub.set(settings),
            Err(error) => hub.set_wrong(format!("reading {}: {error:#}", path.display())),
        }
    }
}
