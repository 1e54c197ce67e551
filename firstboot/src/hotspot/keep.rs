//! Keeps the hotspot as it should be: looks, decides, does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::profile::{self, FILE, Key, NAME, Profile, TRIAL, TRIAL_FILE};
use super::{Radio, Situation, Step, decide};
use formats::answers::Wifi;

use crate::clock;
use crate::desk::NotJoined;
use crate::error::chain;
use crate::facts::{Radios, WifiNetwork};
use crate::store::replace;
use crate::tool::ToolError;
use crate::wifi::{self, State};

/// How often it is looked at.
const PULSE: Duration = Duration::from_secs(3);

/// How long whoever set the node up can read that it is over.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// Whether a hotspot is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Somebody may set the node up, or open its data.
    Wanted,
    /// It is set up.
    Over,
    /// Nobody is let in any more.
    Closed,
}

/// What there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hotspot {
    /// There is a radio, and it will be there.
    Soon,
    /// It is there.
    There(Profile),
}

/// Keeps it.
#[derive(Debug)]
pub struct Keeper {
    /// Where the kernel has its interfaces.
    interfaces: PathBuf,
    /// Where its key is kept.
    key: PathBuf,
    /// Whether it has one.
    closed: bool,
    seen: Mutex<Vec<WifiNetwork>>,
    radios: Mutex<Radios>,
    /// Held while something is done with the radio.
    radio: Mutex<()>,
}

impl Keeper {
    /// One that keeps the hotspot's key at a path. `closed` says whether somebody can read that key.
    pub fn new(interfaces: PathBuf, key: PathBuf, closed: bool) -> Self {
        Self { interfaces, key, closed, seen: Mutex::default(), radios: Mutex::default(), radio: Mutex::default() }
    }

    /// The networks that have been seen in this start.
    pub fn seen(&self) -> Vec<WifiNetwork> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The radios that there were when it last looked.
    pub fn radios(&self) -> Radios {
        *self.radios.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps it, without an end. `name` is what the node is called now.
    pub fn run(&self, of_use: &dyn Fn() -> Use, name: &dyn Fn() -> String, tell: &dyn Fn(Option<Hotspot>)) {
        let (mut free_since, mut over_since, mut looked, mut said) = (None, None, false, String::new());
        loop {
            if wifi::has_radio(&self.interfaces) {
                let _held = self.radio.lock().unwrap_or_else(PoisonError::into_inner);
                let over = (of_use() == Use::Over).then(|| *over_since.get_or_insert_with(clock::up));
                let wanted = match of_use() {
                    Use::Wanted => true,
                    Use::Over => over.is_some_and(|since| clock::up() < since + AFTERWARDS),
                    Use::Closed => false,
                };
                match self.step(wanted, &mut free_since, &mut looked, &name(), tell) {
                    Ok(()) => said.clear(),
                    // Again and again; said once.
                    Err(trouble) => {
                        let why = chain(&trouble);
                        if why != said {
                            eprintln!("the hotspot: {why}");
                            said = why;
                        }
                    }
                }
            }
            thread::sleep(PULSE);
        }
    }

    fn step(
        &self,
        wanted: bool,
        free_since: &mut Option<Duration>,
        looked: &mut bool,
        name: &str,
        tell: &dyn Fn(Option<Hotspot>),
    ) -> Result<(), ToolError> {
        let radios = wifi::radios()?;
        let mesh = radios.iter().filter(|radio| radio.can_mesh).count();
        *self.radios.lock().unwrap_or_else(PoisonError::into_inner) = Radios { all: radios.len(), mesh };
        let Some(radio) = radios.iter().find(|radio| radio.can_be_hotspot) else { return Ok(()) };
        let state = match (&radio.state, radio.connection.as_str()) {
            (State::Away, _) => Radio::Away,
            (State::Free, _) => Radio::Free,
            (State::Busy, NAME) => Radio::Hotspot,
            (State::Busy, _) => Radio::Elsewhere,
        };
        if state != Radio::Free {
            *free_since = None;
            *looked = false;
        }
        let knows_networks = state == Radio::Free && wifi::known()? > 0;
        let free_for = match state {
            Radio::Free => clock::up().saturating_sub(*free_since.get_or_insert_with(clock::up)),
            _ => Duration::ZERO,
        };
        let begun = Path::new(FILE).exists();
        match decide(Situation { wanted, radio: state, begun, free_for, knows_networks, looked: *looked }) {
            Step::Wait => {}
            Step::Look => {
                tell(Some(Hotspot::Soon));
                let found = wifi::networks(true);
                *looked = !found.is_empty();
                *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = found;
            }
            Step::Begin => {
                let key = self.closed.then(|| Key::kept(&self.key)).transpose();
                let profile = match key {
                    Ok(key) => Profile { name: name.to_owned(), key },
                    Err(trouble) => {
                        eprintln!("the key of the hotspot: {trouble}");
                        return Ok(());
                    }
                };
                begin(&profile, &radio.name)?;
                println!("The Wi-Fi network {} is there, on {}.", profile.name, radio.name);
                tell(Some(Hotspot::There(profile)));
            }
            Step::End => {
                self.end();
                tell(None);
            }
        }
        Ok(())
    }

    /// Tries to join a network, and leaves it again. The hotspot ends for that, and begins again by itself.
    pub fn tries(&self, network: &Wifi) -> Result<(), NotJoined> {
        let _held = self.radio.lock().unwrap_or_else(PoisonError::into_inner);
        let said = |trouble: &ToolError| eprintln!("trying a Wi-Fi network: {}", chain(trouble));
        if Path::new(FILE).exists()
            && let Err(trouble) = wifi::down(NAME)
        {
            said(&trouble);
        }
        let written = replace(Path::new(TRIAL_FILE), profile::trial(network).as_bytes());
        if let Err(trouble) = &written {
            eprintln!("writing {TRIAL_FILE}: {trouble}");
        }
        let joined = wifi::reload().and_then(|()| wifi::up(TRIAL));
        // It is left before anybody takes the radio again.
        let _ = wifi::down(TRIAL);
        let _ = fs::remove_file(TRIAL_FILE);
        if let Err(trouble) = wifi::reload() {
            said(&trouble);
        }
        match joined {
            Ok(()) => Ok(()),
            Err(trouble) => {
                said(&trouble);
                wifi::why(&trouble).map_or(Ok(()), Err)
            }
        }
    }

    /// Ends it; where there is none, nothing happens.
    pub fn end(&self) {
        if fs::remove_file(FILE).is_ok() {
            println!("The Wi-Fi network of the set-up ends.");
            if let Err(trouble) = wifi::down(NAME).and_then(|()| wifi::reload()) {
                eprintln!("ending the hotspot: {}", chain(&trouble));
            }
        }
        // There may be none.
        let _ = fs::remove_file(&self.key);
    }
}

fn begin(profile: &Profile, interface: &str) -> Result<(), ToolError> {
    let file = Path::new(FILE);
    let written = file
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| replace(file, profile.text(interface).as_bytes()));
    if let Err(trouble) = written {
        eprintln!("writing {FILE}: {trouble}");
    }
    wifi::reload()?;
    wifi::up(NAME)
}
