//! Loads kernel modules on threads of its own: what the table lists always, and what devices ask for.
//!
//! Invariants: each module is given to the kernel once; what it needs is loaded before it; no thread waits for a module
//! while it is loading another, so they can't wait for each other in a circle. A module that can't be loaded is said
//! and passed over: whether it was needed shows when the disk is found, or not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use formats::modules::{FOLDER, ModuleName, ModuleTable, TABLE};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat};
use nix::kmod::{ModuleInitFlags, finit_module};
use nix::sys::stat::Mode;

use crate::error::{Context as _, IoError};
use crate::log::{self, Level};

/// The order in which modules are loaded that are always loaded: as the start needs them. While the kernel loads the
/// largest, ext4, it lets other modules with trace points wait, so that comes last.
const NEEDED: [&str; 5] = ["dm_verity", "crc32c_generic", "erofs", "overlay", "ext4"];

/// How long the slot is waited for, after the quick disks' modules, before the modules of other disks are loaded.
const PATIENCE: Duration = Duration::from_millis(300);

/// Reads the table of the initramfs. Without one, the drivers in the kernel itself must do.
fn read_table() -> ModuleTable {
    let text = match fs::read_to_string(TABLE) {
        Ok(text) => text,
        Err(error) => {
            log::error(Level::Error, &IoError::new("reading", TABLE, error));
            return ModuleTable::default();
        }
    };
    ModuleTable::parse(&text).unwrap_or_else(|error| {
        log::error(Level::Error, &error);
        ModuleTable::default()
    })
}

/// Loads modules until it is stopped.
#[derive(Debug)]
pub(crate) struct Loader {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    table: OnceLock<ModuleTable>,
    folder: Option<OwnedFd>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// What devices ask for whose disks, if they have any, are there as soon as the module is.
    quick: VecDeque<String>,
    /// What all others ask for.
    devices: VecDeque<String>,
    /// How many of the quick ones are being served, and when the last was.
    serving_quick: usize,
    served_quick: Option<Instant>,
    always: VecDeque<ModuleName>,
    asked: BTreeSet<String>,
    modules: BTreeMap<ModuleName, Progress>,
    only_watchdogs: bool,
    stop: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Loading,
    Done,
}

impl Loader {
    /// Begins with the modules that are always loaded; what devices need is asked for later.
    pub(crate) fn start() -> Self {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let folder = open(FOLDER, flags, Mode::empty()).context("opening", FOLDER);
        let folder = folder.map_err(|error| log::error(Level::Error, &error)).ok();
        let shared = Shared { table: OnceLock::new(), folder, state: Mutex::default(), changed: Condvar::new() };
        let shared = Arc::new(shared);
        let count = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 4);
        let threads = (0..count).map(|number| {
            std::thread::spawn({
                let shared = Arc::clone(&shared);
                move || {
                    if number == 0 {
                        shared.begin();
                    }
                    shared.work(number % 2 == 1);
                }
            })
        });
        Self { threads: Mutex::new(threads.collect()), shared }
    }

    /// Loads what serves this device, soon.
    pub(crate) fn device(&self, modalias: &str) {
        self.shared.device(modalias);
    }

    /// The same for all devices that there are.
    pub(crate) fn coldplug(&self) {
        self.shared.coldplug();
    }

    /// Waits until this module, which is one of those that are always loaded, has been loaded or could not be.
    pub(crate) fn wait_for(&self, name: &str) {
        if let Some(name) = self.shared.table().always().find(|always| always.as_str() == name) {
            self.shared.load(name);
        }
    }

    /// Waits until all that serve the processor have been loaded or could not be: dm-verity takes the fastest digest that
    /// it finds when it begins, and no other later.
    pub(crate) fn wait_for_processor(&self) {
        let processor = fs::read_to_string("/sys/devices/system/cpu/modalias").unwrap_or_default();
        self.wait_for_device(processor.trim_end());
    }

    /// The same for what serves this device.
    pub(crate) fn wait_for_device(&self, modalias: &str) {
        self.shared.table().matching(modalias).into_iter().for_each(|name| self.shared.load(name));
    }

    /// The disk is there: no other device is of interest any more, but a watchdog.
    pub(crate) fn disk_found(&self) {
        self.shared.lock().only_watchdogs = true;
        self.shared.changed.notify_all();
    }

    /// Loads what watchdogs still need, lets the modules that are being loaded finish, and loads no more.
    pub(crate) fn stop(&self) {
        // The first may have made the device that the second serves.
        for _ in 0..2 {
            self.shared.coldplug();
            loop {
                let mut state = self.shared.lock();
                let next = state.quick.pop_front().or_else(|| state.devices.pop_front());
                drop(state);
                let Some(modalias) = next else { break };
                self.shared.serve(&modalias, true);
            }
        }
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has said so.
            let _ = thread.join();
        }
    }
}

/// What a thread does next.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Always(ModuleName),
    Quick(String),
    Device(String),
    /// Nothing, unless something changes, or this time is over.
    Wait(Duration),
    Nothing,
}

impl State {
    /// One half of the threads begin with what quick disks ask for, the other with what is always loaded, so that the
    /// disk and what it is mounted with are there at about the same time.
    fn next(&mut self, devices_first: bool, now: Instant) -> Next {
        if devices_first && let Some(modalias) = self.quick.pop_front() {
            Next::Quick(modalias)
        } else if let Some(name) = self.always.pop_front() {
            Next::Always(name)
        } else if let Some(modalias) = self.quick.pop_front() {
            Next::Quick(modalias)
        } else if self.devices.is_empty() {
            Next::Nothing
        } else if let Some(left) = self.patience(now) {
            Next::Wait(left)
        } else {
            self.devices.pop_front().map_or(Next::Nothing, Next::Device)
        }
    }

    /// How long the disk is still waited for before other devices than the quick ones are served.
    fn patience(&self, now: Instant) -> Option<Duration> {
        let waited = match (self.only_watchdogs, self.serving_quick, self.served_quick) {
            (true, ..) | (false, 0, None) => return None,
            (false, 0, Some(last)) => now.saturating_duration_since(last),
            _ => Duration::ZERO,
        };
        PATIENCE.checked_sub(waited).filter(|left| !left.is_zero())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The initramfs' table, which the first that needs it reads.
    fn table(&self) -> &ModuleTable {
        self.table.get_or_init(read_table)
    }

    /// Asks for what is always loaded.
    fn begin(&self) {
        let mut always: Vec<ModuleName> = self.table().always().cloned().collect();
        always.sort_by_key(|name| NEEDED.iter().position(|first| *first == name.as_str()).unwrap_or(NEEDED.len()));
        self.lock().always = always.into();
        self.changed.notify_all();
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads what is asked for, until told to stop.
    fn work(&self, devices_first: bool) {
        let mut state = self.lock();
        while !state.stop {
            let only_watchdogs = state.only_watchdogs;
            match state.next(devices_first, Instant::now()) {
                Next::Always(name) => {
                    drop(state);
                    self.load(&name);
                    state = self.lock();
                }
                Next::Quick(modalias) => {
                    state.serving_quick += 1;
                    drop(state);
                    self.serve(&modalias, only_watchdogs);
                    state = self.lock();
                    state.serving_quick -= 1;
                    state.served_quick = Some(Instant::now());
                }
                Next::Device(modalias) => {
                    drop(state);
                    self.serve(&modalias, only_watchdogs);
                    state = self.lock();
                }
                Next::Wait(left) => {
                    state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                Next::Nothing => state = self.wait(state),
            }
        }
    }

    /// Loads what serves a device.
    fn serve(&self, modalias: &str, only_watchdogs: bool) {
        for name in self.table().matching(modalias) {
            let watchdog = || self.table().get(name).is_some_and(|module| is_watchdog(&module.path));
            if !only_watchdogs || watchdog() {
                self.load(name);
            }
        }
    }

    fn device(&self, modalias: &str) {
        let mut state = self.lock();
        if !state.asked.insert(modalias.to_owned()) {
            return;
        }
        let modules = self.table().matching(modalias);
        if modules.iter().filter_map(|name| self.table().get(name)).any(|module| is_quick(&module.path)) {
            state.quick.push_back(modalias.to_owned());
        } else if !modules.is_empty() {
            state.devices.push_back(modalias.to_owned());
        }
        self.changed.notify_all();
    }

    /// Asks for the modules of the devices that are there: those of PCI and its like first, as disks are behind them.
    fn coldplug(&self) {
        const FIRST: [&str; 3] = ["virtio", "pci", "usb"];
        let mut buses = names("/sys/bus");
        buses.sort_by_key(|bus| FIRST.iter().position(|first| first == bus).unwrap_or(FIRST.len()));
        for bus in buses {
            let folder = format!("/sys/bus/{bus}/devices");
            for device in names(&folder) {
                // Not all have one, and a device may go while the folder is read.
                if let Ok(modalias) = fs::read_to_string(format!("{folder}/{device}/modalias")) {
                    self.device(modalias.trim_end());
                }
            }
        }
    }

    /// Loads a module and what it needs; returns once each of them is loaded, by whichever thread.
    fn load(&self, name: &ModuleName) {
        for name in self.table().load_order(name) {
            let mut state = self.lock();
            while state.modules.get(name) == Some(&Progress::Loading) {
                state = self.wait(state);
            }
            if state.modules.get(name) == Some(&Progress::Done) {
                continue;
            }
            state.modules.insert(name.clone(), Progress::Loading);
            drop(state);
            let _done = Done { shared: self, name };
            if let Err(error) = self.insert(name) {
                log::error(Level::Warning, &error);
            }
        }
    }

    fn insert(&self, name: &ModuleName) -> Result<(), IoError> {
        let (Some(module), Some(folder)) = (self.table().get(name), &self.folder) else { return Ok(()) };
        let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC;
        let file =
            openat(folder, module.path.as_str(), flags, Mode::empty()).context("opening module", &module.path)?;
        match finit_module(file, c"", ModuleInitFlags::empty()) {
            Ok(()) | Err(Errno::EEXIST) => Ok(()),
            // Its device is not in this machine.
            Err(Errno::ENODEV) => Ok(()),
            Err(error) => Err(IoError::new("loading module", &module.path, error)),
        }
    }
}

/// Marks a module as done when it goes, be it by a panic.
struct Done<'a> {
    shared: &'a Shared,
    name: &'a ModuleName,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.shared.lock().modules.insert(self.name.clone(), Progress::Done);
        self.shared.changed.notify_all();
    }
}

/// Whether the disks of a module's devices are there as soon as it is. A SATA controller asks each of its ports for half a
/// second, in which the kernel lets no other module finish loading.
fn is_quick(path: &str) -> bool {
    path.contains("/nvme/") || path.contains("/virtio")
}

/// Whether a module serves a watchdog, or makes the device that one serves: the I/O controllers of Intel's chipsets.
fn is_watchdog(path: &str) -> bool {
    path.contains("/watchdog/") || ["/lpc_ich.ko", "/i2c-i801.ko"].iter().any(|end| path.ends_with(end))
}

/// The names in a folder, sorted.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_disks_come_first() {
        let mut state = State {
            quick: ["nvme".to_owned()].into(),
            devices: ["ahci".to_owned()].into(),
            always: [ModuleName::new("ext4").unwrap()].into(),
            ..State::default()
        };
        let now = Instant::now();
        assert_eq!(state.next(true, now), Next::Quick("nvme".to_owned()));
        state.serving_quick = 1;
        assert_eq!(state.next(true, now), Next::Always(ModuleName::new("ext4").unwrap()));
        assert_eq!(state.next(true, now), Next::Wait(PATIENCE));
        (state.serving_quick, state.served_quick) = (0, Some(now));
        let half = PATIENCE / 2;
        assert_eq!(state.next(false, now + half), Next::Wait(half));
        assert_eq!(state.next(false, now + PATIENCE), Next::Device("ahci".to_owned()));
        assert_eq!(state.next(false, now + PATIENCE), Next::Nothing);
    }

    #[test]
    fn without_quick_disks_nothing_is_waited_for() {
        let mut state = State { devices: ["ahci".to_owned()].into(), ..State::default() };
        assert_eq!(state.next(true, Instant::now()), Next::Device("ahci".to_owned()));
    }

    #[test]
    fn once_the_disk_is_there_nothing_is_waited_for() {
        let now = Instant::now();
        let devices = ["watchdog".to_owned()].into();
        let mut state = State { devices, served_quick: Some(now), only_watchdogs: true, ..State::default() };
        assert_eq!(state.next(true, now), Next::Device("watchdog".to_owned()));
    }
}
