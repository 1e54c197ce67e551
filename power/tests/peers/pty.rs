//! Devices on pseudo terminals. The master's side sees the rate that was set, so a device with another rate hears and says noise.

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep};
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, tcgetattr};

use super::{Device, Record};

/// A pseudo terminal, and the device behind it.
pub struct Pty {
    folder: tempfile::TempDir,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    pub record: Record,
    settings: Arc<Mutex<Option<Termios>>>,
}

/// An open master, and its slave's path.
pub fn open() -> (OwnedFd, PathBuf) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    fcntl_setfl(&master, OFlags::NONBLOCK).unwrap();
    (master, PathBuf::from(name.into_string().unwrap()))
}

impl Pty {
    pub fn new(device: impl Device + 'static) -> Self {
        let record = Record::default();
        let mut pty = Self {
            folder: tempfile::tempdir().unwrap(),
            stop: Arc::default(),
            thread: None,
            record,
            settings: Arc::default(),
        };
        pty.plug(device);
        pty
    }

    /// The stable name, which is there for as long as something is plugged in.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("usb-adapter")
    }

    /// How the port was set up when it was last looked at.
    pub fn settings(&self) -> Termios {
        self.settings.lock().unwrap().clone().unwrap()
    }

    /// Plugs a device in.
    pub fn plug(&mut self, mut device: impl Device + 'static) {
        let (master, slave) = open();
        // The rate is the slave's; as long as nobody has it open, that of its last opening.
        symlink(slave, self.path()).unwrap();
        self.stop = Arc::default();
        let (stop, record, settings) = (self.stop.clone(), self.record.clone(), self.settings.clone());
        self.thread = Some(std::thread::spawn(move || serve(&master, &stop, &record, &settings, &mut device)));
    }

    /// Unplugs it: the master is closed.
    pub fn unplug(&mut self) {
        let _ = fs::remove_file(self.path());
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Another device on the same adapter: the port stays.
    pub fn sent(&self) -> Vec<(u32, Vec<u8>)> {
        self.record.lock().unwrap().clone()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        self.unplug();
    }
}

fn serve(master: &OwnedFd, stop: &AtomicBool, record: &Record, seen: &Mutex<Option<Termios>>, device: &mut dyn Device) {
    let mut buffer = [0; 4096];
    let mut ticks = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        let settings = tcgetattr(master).unwrap();
        let rate = settings.output_speed();
        *seen.lock().unwrap() = Some(settings);
        let understood = device.rate().is_none_or(|own| own == rate);
        let mut say = Vec::new();
        // EIO: nobody has the other side open.
        if let Ok(length) = rustix::io::read(master, &mut buffer) {
            record.lock().unwrap().push((rate, buffer[..length].to_vec()));
            if understood {
                say = device.asked(&buffer[..length]);
            }
        }
        ticks += 1;
        if ticks.is_multiple_of(20) {
            let unasked = device.unasked();
            say.extend(unasked.iter().map(|byte| if understood { *byte } else { byte.rotate_left(3) ^ 0x5A }));
        }
        for piece in say.chunks(64) {
            let _ = rustix::io::write(master, piece);
        }
        sleep(Duration::from_millis(5));
    }
}

/// Two pseudo terminals, joined: what is written to one comes out of the other.
pub struct Cable {
    pub ours: PathBuf,
    pub theirs: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Cable {
    pub fn new() -> Self {
        let ((one, ours), (other, theirs)) = (open(), open());
        let stop = Arc::<AtomicBool>::default();
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !stopped.load(Ordering::Relaxed) {
                for (from, to) in [(&one, &other), (&other, &one)] {
                    if let Ok(length) = rustix::io::read(from, &mut buffer) {
                        let _ = rustix::io::write(to, &buffer[..length]);
                    }
                }
                sleep(Duration::from_millis(2));
            }
        });
        Self { ours, theirs, stop, thread: Some(thread) }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Whether something is there.
pub fn is_there(path: &Path) -> bool {
    path.exists()
}
