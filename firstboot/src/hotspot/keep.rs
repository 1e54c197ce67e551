//! Keeps the hotspot as it should be: looks, decides, does.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::profile::{self, FILE, Key, NAME, PHONES, PHONES_FILE, Profile, TRIAL, TRIAL_FILE};
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

/// How often a phone's hotspot is looked for.
const SEARCH: Duration = Duration::from_secs(15);

/// How long whoever set the node up can read that it is over.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// Whether a hotspot is of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Somebody may set the node up, or open its data.
    Wanted,
    /// The same, by the hotspot of their phone.
    Phones,
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
    /// A phone is to have it, with this name and key.
    Phones(Profile),
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

    /// What there will be of it, before it was looked at.
    pub fn expected(&self) -> Option<Hotspot> {
        wifi::has_radio(&self.interfaces).then_some(Hotspot::Soon)
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
        let (mut free_since, mut over_since, mut looked, mut looked_for) = (None, None, false, None);
        let mut said = String::new();
        loop {
            if wifi::has_radio(&self.interfaces) {
                let _held = self.radio.lock().unwrap_or_else(PoisonError::into_inner);
                let of_use = of_use();
                let over = (of_use == Use::Over).then(|| *over_since.get_or_insert_with(clock::up));
                let wanted = match of_use {
                    Use::Wanted | Use::Phones => true,
                    Use::Over => over.is_some_and(|since| clock::up() < since + AFTERWARDS),
                    Use::Closed => false,
                };
                let stepped = match of_use {
                    Use::Phones => self.joins(&mut looked_for, &name(), tell),
                    // Who set the node up by it reads that it is over.
                    Use::Over if wanted && Path::new(PHONES_FILE).exists() => Ok(()),
                    _ => self.leaves().and_then(|()| self.step(wanted, &mut free_since, &mut looked, &name(), tell)),
                };
                match stepped {
                    Ok(()) => said.clear(),
                    // Again and again; said once.
                    Err(trouble) => {
                        let why = chain(&trouble);
                        if why != said {
                            eprintln!("the hotspot: {why}");
                            said = why;
                            // Nobody is to wait for it.
                            tell(None);
                        }
                    }
                }
            } else {
                tell(None);
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
        let Some(radio) = radios.iter().find(|radio| radio.can_be_hotspot) else {
            tell(None);
            return Ok(());
        };
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
            Step::Wait if state == Radio::Elsewhere && !begun && radio.connection != TRIAL => tell(None),
            Step::Wait => {}
            Step::Look => {
                tell(Some(Hotspot::Soon));
                let found = wifi::networks(true);
                *looked = !found.is_empty();
                *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = found;
            }
            Step::Begin => {
                let Some(profile) = self.profile(name) else { return Ok(()) };
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

    /// The network's name and key.
    fn profile(&self, name: &str) -> Option<Profile> {
        match self.closed.then(|| Key::kept(&self.key)).transpose() {
            Ok(key) => Some(Profile { name: name.to_owned(), key }),
            Err(trouble) => {
                eprintln!("the key of the hotspot: {trouble}");
                None
            }
        }
    }

    /// Joins a phone's hotspot as soon as it is there: NetworkManager does, once it has seen it.
    fn joins(
        &self,
        looked_for: &mut Option<Duration>,
        name: &str,
        tell: &dyn Fn(Option<Hotspot>),
    ) -> Result<(), ToolError> {
        if !Path::new(PHONES_FILE).exists() {
            let Some(profile) = self.profile(name) else { return Ok(()) };
            if fs::remove_file(FILE).is_ok() {
                wifi::down(NAME)?;
            }
            write(PHONES_FILE, profile.of_phone().as_bytes());
            wifi::reload()?;
            println!("A phone may have the Wi-Fi network {}.", profile.name);
            tell(Some(Hotspot::Phones(profile)));
        }
        let free = wifi::radios()?.iter().any(|radio| radio.state == State::Free);
        if free && looked_for.is_none_or(|since| clock::up() > since + SEARCH) {
            *looked_for = Some(clock::up());
            drop(wifi::networks(true));
        }
        Ok(())
    }

    /// Leaves a phone's hotspot; where there is none, nothing happens.
    fn leaves(&self) -> Result<(), ToolError> {
        match fs::remove_file(PHONES_FILE) {
            // It may not be in it at all.
            Ok(()) => wifi::down(PHONES).or(Ok(())).and_then(|()| wifi::reload()),
            Err(_) => Ok(()),
        }
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
        write(TRIAL_FILE, profile::trial(network).as_bytes());
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
        if let Err(trouble) = self.leaves() {
            eprintln!("leaving a phone's hotspot: {}", chain(&trouble));
        }
        // There may be none.
        let _ = fs::remove_file(&self.key);
    }
}

/// Writes a profile; that it can't be is said, and shows in what NetworkManager says next.
fn write(path: &str, text: &[u8]) {
    let file = Path::new(path);
    let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| replace(file, text));
    if let Err(trouble) = written {
        eprintln!("writing {path}: {trouble}");
    }
}

fn begin(profile: &Profile, interface: &str) -> Result<(), ToolError> {
    write(FILE, profile.text(interface).as_bytes());
    wifi::reload()?;
    wifi::up(NAME)
}
