//! All ports at once: follows each in a task of its own, keeps the book, and writes the file of readings.
//!
//! ```text
//!   udev, settings ──► plug, unplug ──► tasks ──► events ──► book ──► readings.json, journal, what was found where
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;

use crate::book::{Book, Line};
use crate::clock;
use crate::detect::course::Course;
use crate::detect::plan::{Attempt, Plan, Use, plan};
use crate::detect::port::{Maker, Place, Port};
use crate::drive::follow::{Event, Follower};
use crate::readings::{LARGEST, MOST, Readings};
use crate::settings::Settings;

/// A port that is there.
struct Plugged {
    port: Port,
    told: Option<Use>,
    /// Which of the tasks that ever followed it does now.
    number: u64,
    task: Option<AbortHandle>,
}

/// See the module.
pub struct Hub {
    file: PathBuf,
    /// Where it is kept what was found where, over a restart of this program.
    memory: Option<PathBuf>,
    settings: Settings,
    ports: BTreeMap<String, Plugged>,
    book: Book,
    changed: bool,
    numbers: u64,
    sender: UnboundedSender<(String, u64, Event)>,
    receiver: UnboundedReceiver<(String, u64, Event)>,
    /// What was found where, as it is kept.
    remembered: BTreeMap<String, Attempt>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("file", &self.file).field("book", &self.book).finish_non_exhaustive()
    }
}

/// A file, if it is there and not larger than any.
///
/// # Errors
/// It can't be read.
pub fn read_small(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn log(line: Option<Line>) {
    match line {
        Some(Line::Info(text)) => log::info!("{text}"),
        Some(Line::Warning(text)) => log::warn!("{text}"),
        None => {}
    }
}

/// Where a port is, for people.
fn shown(place: &Place) -> String {
    match place {
        Place::Serial { node, .. } | Place::Hid { node } => node.display().to_string(),
        Place::Can { interface } => interface.clone(),
        Place::Network { host, port, .. } => port.map_or_else(|| host.clone(), |port| format!("{host} port {port}")),
    }
}

impl Hub {
    /// With no ports yet. What was found before is tried first; a memory that can't be read is none.
    pub fn new(file: PathBuf, memory: Option<PathBuf>) -> Self {
        let (sender, receiver) = unbounded_channel();
        let kept = memory.as_deref().and_then(|memory| read_small(memory, LARGEST).ok());
        let kept = kept.filter(|bytes| bytes.len() <= LARGEST).and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self {
            remembered: kept.unwrap_or_default(),
            file,
            memory,
            settings: Settings::default(),
            ports: BTreeMap::new(),
            book: Book::default(),
            changed: true,
            numbers: 0,
            sender,
            receiver,
        }
    }

    /// A port is there.
    pub fn plug(&mut self, mut port: Port) {
        if self.ports.values().any(|plugged| plugged.port.place == port.place) || self.ports.len() >= MOST {
            return;
        }
        // Two adapters may say the same of themselves.
        if self.ports.contains_key(&port.name) {
            port.name = format!("{} ({})", port.name, shown(&port.place));
        }
        let name = port.name.clone();
        self.ports.insert(name.clone(), Plugged { port, told: None, number: 0, task: None });
        self.follow(&name);
    }

    /// What was at this place is gone.
    pub fn unplug(&mut self, is_it: impl Fn(&Place) -> bool) {
        let gone: Vec<String> =
            self.ports.iter().filter(|(_, plugged)| is_it(&plugged.port.place)).map(|(name, _)| name.clone()).collect();
        for name in gone {
            if let Some(task) = self.ports.remove(&name).and_then(|plugged| plugged.task) {
                task.abort();
            }
            log(self.book.unplugged(&name));
            self.changed = true;
        }
    }

    /// What a person says now. What it changes begins anew.
    pub fn set(&mut self, settings: Settings) {
        let before = std::mem::replace(&mut self.settings, settings);
        let (old, new): (Vec<Port>, Vec<Port>) = (before.networks().collect(), self.settings.networks().collect());
        for port in old.iter().filter(|port| !new.contains(port)) {
            self.unplug(|place| *place == port.place);
        }
        new.into_iter().filter(|port| !old.contains(port)).for_each(|port| self.plug(port));
        let names = self.ports.iter().filter(|(name, plugged)| plugged.told != self.settings.told(name));
        let names: Vec<String> = names.map(|(name, _)| name.clone()).collect();
        names.iter().for_each(|name| self.follow(name));
        self.book.settings(None);
        self.changed = true;
    }

    /// The settings are wrong: those before hold.
    pub fn set_wrong(&mut self, why: String) {
        log::error!("{why}; what held before holds still");
        self.book.settings(Some(why));
        self.changed = true;
    }

    /// Begins to follow a port as the settings say, in the place of whatever followed it.
    fn follow(&mut self, name: &str) {
        let told = self.settings.told(name);
        let Some(plugged) = self.ports.get_mut(name) else { return };
        if let Some(task) = plugged.task.take() {
            task.abort();
        }
        self.numbers += 1;
        (plugged.told, plugged.number) = (told, self.numbers);
        self.changed = true;
        // The computer's own ports, of which most have no plug, are nobody's business until they are named.
        if matches!(plugged.port.place, Place::Serial { by: Maker::BuiltIn, .. }) && told.is_none() {
            let _ = self.book.unplugged(name);
            return;
        }
        self.book.plugged(name, shown(&plugged.port.place));
        let attempts = match plan(&plugged.port, told) {
            Plan::Try(attempts) => attempts,
            Plan::LeftAlone(why) => return log(self.book.left_alone(name, why)),
        };
        let Some(course) = Course::new(attempts, self.remembered.get(name).copied()) else { return };
        let (sender, number, owned) = (self.sender.clone(), self.numbers, name.to_owned());
        // It fails only when the hub is no more.
        let tell = Arc::new(move |event| drop(sender.send((owned.clone(), number, event))));
        let follower = Follower::new(plugged.port.place.clone(), course, tell);
        plugged.task = Some(tokio::spawn(follower.run()).abort_handle());
    }

    /// Waits for something to happen on a port.
    pub async fn happens(&mut self) {
        // A sender is kept, so there is always another event to wait for.
        let Some((name, number, event)) = self.receiver.recv().await else { return };
        // Of a task that was replaced.
        if self.ports.get(&name).is_none_or(|plugged| plugged.number != number) {
            return;
        }
        self.changed |= !matches!(event, Event::Trying(_) | Event::Sent(_) | Event::Came(_));
        log(self.book.told(&name, event, &self.settings, clock::up()));
    }

    /// What is known.
    pub fn readings(&self) -> Readings {
        self.book.readings()
    }

    /// Writes the file, if anything changed: whole, under another name, which then is renamed.
    ///
    /// # Errors
    /// It can't be written.
    pub fn write(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        replace(&self.file, &self.book.readings().text()?)?;
        let mut found = self.remembered.clone();
        found.extend(self.book.found());
        if let Some(memory) = self.memory.as_deref().filter(|_| found != self.remembered && found.len() <= MOST) {
            replace(memory, &serde_json::to_string(&found)?)?;
            self.remembered = found;
        }
        Ok(())
    }
}

/// Writes a file under another name, and renames it.
fn replace(file: &Path, text: &str) -> io::Result<()> {
    let temporary = file.with_extension("new");
    fs::write(&temporary, text)?;
    fs::rename(&temporary, file)
}
