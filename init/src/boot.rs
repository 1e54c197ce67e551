//! A start from the first instruction to systemd. docs/boot.md has the stages and what follows where one fails.

use std::convert::Infallible;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use formats::command_line::CommandLine;
use formats::first_start::Change;
use formats::layout::Role;
use nix::unistd::execve;

use crate::block::{self, Disk};
use crate::device_mapper;
use crate::error::{Context as _, IoError};
use crate::failure::Failure;
use crate::firmware::{self, Firmware};
use crate::first_start::{self, NotReady};
use crate::loader::Loader;
use crate::log::{self, Level, Stages};
use crate::mounts;
use crate::own_disk;
use crate::slot::{self, Found};
use crate::smbios;
use crate::state;
use crate::tool;
use crate::uevent::Uevents;
use crate::watchdog::Watchdog;

/// How long the slot is waited for: USB sticks are slow to appear.
const SEARCH: Duration = Duration::from_secs(60);

/// What renders the settings into `/etc`.
const RENDER: &str = "/usr/lib/ilanga/ilanga-render-settings";

/// What the machine is handed over to.
const SYSTEMD: &str = "/usr/lib/systemd/systemd";

/// Starts the machine. What the firmware said is left in `known`, at the latest when this ends with a failure.
pub(crate) fn boot(known: &OnceLock<Firmware>) -> Result<Infallible, Failure> {
    let stages = Stages::begin();
    let loader = Loader::start();
    mounts::api().map_err(|source| Failure::Kernel { source })?;
    log::open();
    std::thread::scope(|scope| {
        // The variables are slow to read: meanwhile the disks are looked for.
        let firmware = scope.spawn(|| {
            // Whoever waits for it must not wait for ever.
            let read = || catch_unwind(AssertUnwindSafe(|| firmware::read(&loader))).unwrap_or_default();
            let firmware = known.get_or_init(read).clone();
            firmware.keep_last_words(&loader);
            firmware.measure("enter-initrd");
            firmware
        });
        start(stages, &loader, known, firmware)
    })
}

/// All stages. The thread `firmware` sets `known` first.
fn start(
    mut stages: Stages,
    loader: &Loader,
    known: &OnceLock<Firmware>,
    firmware: ScopedJoinHandle<'_, Firmware>,
) -> Result<Infallible, Failure> {
    let line = fs::read_to_string("/proc/cmdline").context("reading", "/proc/cmdline");
    let line = line.map_err(|source| Failure::Kernel { source })?;
    let adds = smbios::adds_to_command_line().context("reading", "the firmware's tables");
    if adds.map_err(|source| Failure::Kernel { source })? {
        return Err(Failure::FromOutside);
    }
    let uevents = Uevents::open().map_err(|source| Failure::Kernel { source })?;
    loader.coldplug();
    stages.done("mounts");

    let line: CommandLine = line.parse().map_err(|source| Failure::CommandLine { source })?;
    let esp = || known.wait().esp;
    let found = slot::search(&line.root, esp, loader, &uevents, Instant::now() + SEARCH);
    let found = found.ok_or(Failure::NoSlot { seconds: SEARCH.as_secs() })?;
    log::say(
        Level::Info,
        &format!("the root file system is in {} ('{}')", found.partition.node(), found.partition.label),
    );
    loader.disk_found();
    stages.done("find-slot");

    let mut watchdog = Watchdog::default();
    arm(&mut watchdog);
    let (found, fresh) = make_ready(found, &line);
    let state = state_of(&found);
    own_disk::tell(&found.partition);
    stages.done("partitions");

    loader.wait_for("dm_verity");
    loader.wait_for("erofs");
    loader.wait_for_processor();
    stages.done("modules");
    enter(&found, &line).map_err(|source| Failure::Root { source })?;
    stages.done("root");

    hand_on_policies();
    loader.wait_for("overlay");
    let initramfs = mounts::enter_root().map_err(|source| Failure::Prepare { source })?;
    mounts::etc().and_then(|()| mounts::var()).map_err(|source| Failure::Prepare { source })?;
    stages.done("etc");
    let read_ahead = std::thread::spawn(|| fs::read(RENDER).map(drop));
    state::mount(state.as_deref(), fresh, loader);
    // Whatever came of it, the program itself says.
    let _ = read_ahead.join();
    stages.done("state");
    let firmware = std::thread::scope(|scope| {
        scope.spawn(render);
        let firmware = firmware.join().unwrap_or_default();
        loader.stop();
        arm(&mut watchdog);
        if let Err(error) = mounts::empty(&initramfs) {
            log::error(Level::Warning, &error);
        }
        firmware
    });
    stages.done("settings");

    // The last but one, so that what fails before is not taken for a start that lost its power.
    if let Err(error) = firmware::record_start(&firmware, watchdog.has_reset()) {
        log::error(Level::Warning, &error);
    }
    firmware.measure("leave-initrd");
    stages.done("leave");
    stages.total();
    watchdog.leave();
    hand_over(initramfs).map_err(|source| Failure::Start { source })
}

fn arm(watchdog: &mut Watchdog) {
    if let Err(error) = watchdog.arm() {
        log::error(Level::Warning, &error);
    }
}

/// Does the first start's work on the disk, and finds the slot again, whose partition may have another length now.
/// Tells too whether the state partition was made just now.
fn make_ready(found: Found, line: &CommandLine) -> (Found, bool) {
    let disk = &found.partition.disk;
    let done = Disk::open(disk).map_err(NotReady::from).and_then(|disk| first_start::run(&disk, line.sizes));
    let changes = done.unwrap_or_else(|error| {
        log::error(Level::Error, &error);
        Vec::new()
    });
    changes.iter().for_each(|change| log::say(Level::Info, &describe(disk, change)));
    let fresh = changes.iter().any(|change| matches!(change, Change::Make { role: Role::State, .. }));
    // The kernel may give partitions other numbers when it reads the table again.
    let same = |other: &block::Partition| {
        other.disk == found.partition.disk && other.label == found.partition.label && other.name == found.partition.name
    };
    match block::partitions().into_iter().find(same) {
        Some(partition) => (Found { partition, ..found }, fresh),
        None => (found, fresh),
    }
}

fn describe(disk: &str, change: &Change) -> String {
    match change {
        Change::RestorePrimary => format!("{disk}: the partition table was broken and is restored from its copy"),
        Change::PlaceBackup => format!("{disk}: the copy of the partition table is at the disk's end now"),
        Change::Identify => format!("{disk}: the disk and its partitions have ids of their own now"),
        Change::Grow { role, length } => format!("{disk}: partition '{}' has {length} now", role.name()),
        Change::Make { role, length, .. } => format!("{disk}: partition '{}' is made, {length}", role.name()),
    }
}

/// The node of the state partition on the slot's disk.
fn state_of(found: &Found) -> Option<String> {
    let state =
        |partition: &block::Partition| partition.disk == found.partition.disk && partition.label == Role::State.name();
    block::partitions().into_iter().find(state).map(|partition| partition.node())
}

fn enter(found: &Found, line: &CommandLine) -> Result<(), IoError> {
    let device = device_mapper::open(&found.image, &line.root, &found.partition.number)?;
    mounts::root(&device)
}

/// Hands on the signed PCR policies that systemd-stub took from the kernel image, where systemd looks for them.
fn hand_on_policies() {
    for name in ["tpm2-pcr-signature.json", "tpm2-pcr-public-key.pem"] {
        let (from, to) = (format!("/.extra/{name}"), format!("/run/systemd/{name}"));
        let copy = || {
            let bytes = match fs::read(&from) {
                // A kernel image without signed policies.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
                bytes => bytes.context("reading", &from)?,
            };
            mounts::directory("/run/systemd", 0o755)?;
            fs::write(&to, bytes).context("writing", &to)?;
            fs::set_permissions(&to, fs::Permissions::from_mode(0o444)).context("setting the mode of", &to)
        };
        if let Err(error) = copy() {
            log::error(Level::Warning, &error);
        }
    }
}

/// Renders the settings. Without them the node has the release's own name, and a machine id for this start only.
fn render() {
    match tool::run(RENDER, &[]) {
        Ok(status) if status.success() => {}
        Ok(status) => log::say(Level::Error, &format!("the settings are not rendered: {RENDER} ended with {status}")),
        Err(error) => log::error(Level::Error, &error),
    }
}

/// Becomes systemd, with nothing of the environment that the kernel made of its command line.
fn hand_over(initramfs: OwnedFd) -> Result<Infallible, IoError> {
    drop(initramfs);
    let program = CString::new(SYSTEMD).context("starting", SYSTEMD)?;
    execve(&program, &[&program], &[c"TERM=linux"]).context("starting", SYSTEMD)
}
