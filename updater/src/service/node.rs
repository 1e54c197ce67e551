//! The node as the daemon sees it: what it remembers, what it is doing, what it shows.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use formats::size::Bytes;
use formats::slot::Slot;
use tokio::sync::Notify;
use zbus::Connection;

use super::by_itself::Memory;
use super::{Failure, PATH, Updater};
use crate::clock;
use crate::decide::start::last_words;
use crate::device;
use crate::error::{Context as _, chain};
use crate::history::Event;
use crate::mount::Access;
use crate::rauc::Progress;
use crate::records::Records;
use crate::report::Report;
use crate::screen;
use crate::sentence::Sentence;
use crate::session::Session;
use crate::tool;
use crate::tree::Tree;

/// The longest file of a crash that is read.
const LONGEST_CRASH: u64 = 1 << 20;

/// What the daemon does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// Nothing.
    #[default]
    Idle,
    /// It looks at a bundle that is to be installed.
    Checking,
    /// RAUC installs.
    Installing,
    /// Another release becomes the next one.
    GoingBack,
}

impl Operation {
    /// Its name on the bus.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Checking => "checking",
            Self::Installing => "installing",
            Self::GoingBack => "going-back",
        }
    }
}

/// What the properties say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Activity {
    pub(super) operation: Operation,
    pub(super) progress: Progress,
    pub(super) last_error: String,
}

/// The node.
#[derive(Debug)]
pub struct Node {
    pub(super) tree: Tree,
    pub(super) records: Records,
    pub(super) root: u32,
    pub(super) memory: Memory,
    pub(super) wake: Notify,
    /// Held while something is fetched in a person's name.
    pub(super) asking: tokio::sync::Mutex<()>,
    activity: Mutex<Activity>,
}

/// The right to change what starts next. Whoever has it ends it; the operation is idle again then.
#[derive(Debug)]
pub(super) struct Turn {
    node: Arc<Node>,
}

impl Node {
    /// The node with these files. `root` is the user who may do everything.
    pub fn new(tree: Tree, root: u32) -> Self {
        Self {
            records: Records::new(&tree),
            tree,
            root,
            memory: Memory::default(),
            wake: Notify::new(),
            asking: tokio::sync::Mutex::default(),
            activity: Mutex::default(),
        }
    }

    pub(super) fn activity(&self) -> Activity {
        self.locked().clone()
    }

    fn locked(&self) -> MutexGuard<'_, Activity> {
        // What is in it is whole, whoever panicked.
        self.activity.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the turn, if nobody else has it.
    pub(super) async fn turn(self: &Arc<Self>, connection: &Connection, operation: Operation) -> Result<Turn, Failure> {
        {
            let mut activity = self.locked();
            if activity.operation != Operation::Idle {
                let busy = "something else is being done: `ilanga-update status` says what".to_owned();
                return Err(Failure::Busy(busy));
            }
            *activity = Activity { operation, ..Activity::default() };
        }
        let turn = Turn { node: Arc::clone(self) };
        turn.show(connection, |_| ()).await;
        Ok(turn)
    }

    /// What runs, and what starts next.
    pub(super) async fn report(&self) -> Result<Report, Failure> {
        if self.tree.esp().is_none() {
            return tool::boot_state().await.map_err(|error| Failure::failed(&error));
        }
        // Where the ESP is a folder nothing is mounted, so it needs no process of its own.
        let session = Session::open(&self.tree, Access::Read).map_err(|error| Failure::failed(&error))?;
        Ok(session.report())
    }

    /// The length of a slot.
    pub(super) fn length(&self, slot: Slot) -> Result<Bytes, Failure> {
        let disk = device::find(&self.tree).map_err(|error| Failure::failed(&error))?;
        let node = match slot {
            Slot::A => disk.a,
            Slot::B => disk.b,
        };
        let node = node.ok_or_else(|| Failure::Refused(format!("this node has no slot {slot}")))?;
        let length = File::open(&node).and_then(|mut file| file.seek(SeekFrom::End(0)));
        length.context("measuring", &node).map(Bytes).map_err(|error| Failure::failed(&error))
    }

    /// Adds to the history, and to the journal. That it may fail stops nothing.
    pub(super) fn remember(&self, events: impl IntoIterator<Item = Event>) {
        let events: Vec<Event> = events.into_iter().collect();
        for event in &events {
            log::info!("{event}");
        }
        if let Err(error) = self.records.add(clock::now(), events) {
            log::error!("the history lacks it: {}", chain(&error));
        }
    }

    /// Shows a line on the login screens.
    pub(super) fn screen(&self, line: Option<&Sentence>) {
        if let Err(error) = screen::show(&self.tree, line) {
            log::warn!("the screen does not show it: {}", chain(&error));
        }
    }

    /// The last words of the kernel that crashed last, if systemd-pstore has them.
    pub(super) fn crash(&self) -> Option<Sentence> {
        let mut files = Vec::new();
        list(&self.tree.crashes(), 2, &mut files);
        files.sort();
        files.iter().rev().find_map(|path| {
            let short = fs::metadata(path).ok()?.len() <= LONGEST_CRASH;
            let bytes = short.then(|| fs::read(path).ok()).flatten()?;
            last_words(&String::from_utf8_lossy(&bytes))
        })
    }
}

/// The files of kernel logs below a folder, so many folders deep.
fn list(folder: &std::path::Path, depth: u32, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 0 => list(&entry.path(), depth - 1, files),
            Ok(kind) if kind.is_file() && entry.file_name().to_string_lossy().starts_with("dmesg") => {
                files.push(entry.path());
            }
            _ => {}
        }
    }
}

impl Turn {
    /// Changes what the properties say, and tells those that listen.
    pub(super) async fn show(&self, connection: &Connection, change: impl FnOnce(&mut Activity)) {
        {
            let mut activity = self.node.locked();
            change(&mut activity);
        }
        let Ok(interface) = connection.object_server().interface::<_, Updater>(PATH).await else { return };
        let (updater, emitter) = (interface.get().await, interface.signal_emitter());
        let told = [
            updater.operation_changed(emitter).await,
            updater.progress_changed(emitter).await,
            updater.last_error_changed(emitter).await,
        ];
        // A bus that is gone ends the daemon.
        drop(told);
    }

    /// Gives the turn back, with what went wrong.
    pub(super) async fn end(self, connection: &Connection, error: Option<String>) {
        self.show(connection, |activity| {
            activity.operation = Operation::Idle;
            activity.last_error = error.unwrap_or_default();
        })
        .await;
    }
}
