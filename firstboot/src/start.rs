//! What each start does with the data, before anything else is started: what opens without a person is opened.
//!
//! ```text
//!   no partition for data ─► nothing
//!   data on a disk that is not there ─► it is waited for; then somebody is told
//!   header in its place ───► the TPM, or a stick ─► /data, people
//!   set-up is at work ─────► the same, by the header that waits; the change goes on by itself
//! ```
//!
//! Then it says what this start is: [`NEEDED`] where a set-up is to be made or goes on, or somebody has to open the data. Open data
//! know whether theirs is over, and by which answers they were made: whoever edits the record on the state partition, which is in the
//! clear, brings questions back for a computer whose data are locked, and changes nothing about data.
//!
//! Invariant: nothing that is on the state partition, and no trouble with people or the journal, keeps data closed that could be open.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use thiserror::Error;

use crate::apply::{self, Belongs, ChangeError};
use crate::clock;
use crate::disks;
use crate::error::chain;
use crate::header::Headers;
use crate::journal;
use crate::machine::{Header, Record, Stage};
use crate::node::Node;
use crate::people;
use crate::seal;
use crate::stick::Sticks;
use crate::store::Store;
use crate::systemd;
use crate::tokens::{self, Ways};
use crate::volume::{self, Holds, VolumeError};

/// The file that is there while a set-up is to be made, or goes on.
pub const NEEDED: &str = "/run/ilanga/set-up-needed";

/// How long a stick that is plugged in may need until it is there.
const PLUGGED: Duration = Duration::from_secs(10);

/// How long another disk with the data may need until it is there.
const APPEARS: Duration = Duration::from_secs(30);

/// The data were not opened.
#[derive(Debug, Error)]
pub enum StartError {
    /// The data partition.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// To whom they belong.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// The file that says what this start is.
    #[error("writing {NEEDED}")]
    Told(#[source] std::io::Error),
}

/// What a start found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The data are open.
    Open,
    /// They are locked.
    Locked,
    /// There are none.
    Nothing,
}

/// Opens the data by what this computer has, if that does, and tells of people.
pub fn open(node: &Node, headers: &Headers) -> Result<Found, StartError> {
    // A state partition that is full or damaged is no reason to leave the data locked.
    let record = match Store::at(&node.setup()).load() {
        Ok(found) => {
            if let Some(bad) = &found.aside {
                eprintln!("the set-up that was kept: {}", chain(bad));
            }
            found.record
        }
        Err(trouble) => {
            eprintln!("the set-up that was kept: {}", chain(&trouble));
            Record::default()
        }
    };
    let found = unlock(node, headers, &record);
    let over = match found {
        Ok(Found::Open) => matches!(apply::ask(node, &record)?, Belongs::Over),
        Ok(Found::Nothing) => record.stage == Stage::Ready,
        // Somebody is asked to open them.
        Ok(Found::Locked) | Err(_) => false,
    };
    if !over {
        fs::write(node.path(NEEDED), "").map_err(StartError::Told)?;
    }
    found
}

/// Where the data are, or will be as soon as their change is made.
pub fn device(node: &Node, record: &Record) -> Result<PathBuf, VolumeError> {
    let applying = matches!(record.stage, Stage::Applying { .. });
    match record.storage.as_ref().and_then(|(disks, ..)| disks.data.first()).filter(|_| applying) {
        Some(name) => disks::find(node, name),
        None => volume::partition(node),
    }
}

fn unlock(node: &Node, headers: &Headers, record: &Record) -> Result<Found, StartError> {
    let until = clock::up() + APPEARS;
    let there = loop {
        match device(node, record) {
            Err(VolumeError::Away(_)) if clock::up() < until => thread::sleep(Duration::from_millis(300)),
            there => break there,
        }
    };
    let device = match there {
        Ok(device) => device,
        Err(VolumeError::NoPartition) => return Ok(Found::Nothing),
        Err(error) => return Err(error.into()),
    };
    let waiting = record.storage.as_ref().map(|(_, _, header)| headers.path(*header)).filter(|path| path.is_file());
    let applying = matches!(record.stage, Stage::Applying { .. });
    let header: Option<&Path> = match (volume::holds(&device)?, &waiting) {
        (_, Some(path)) if applying => Some(path),
        (Holds::Volume(_), _) => None,
        _ => return Ok(Found::Nothing),
    };
    if !volume::is_open(node)
        && let Err(trouble) = by_itself(node, &device, header)
    {
        eprintln!("nothing that this computer has opens the data: {}", chain(&trouble));
        return Ok(Found::Locked);
    }
    // What can't be sealed now is at the next start; until then the data open as they did.
    if header.is_none()
        && let Err(trouble) = seal::follow(node, &device)
    {
        eprintln!("sealing the data to a new key: {}", chain(&trouble));
    }
    Ok(match enter(node, record)? {
        Some(Belongs::Over | Belongs::This) => Found::Open,
        Some(Belongs::Another) | None => Found::Locked,
    })
}

/// Opens it by a stick, if its header says that one may have the key; else by the TPM.
fn by_itself(node: &Node, device: &Path, header: Option<&Path>) -> Result<(), VolumeError> {
    let place = header.unwrap_or(device);
    let (Ways { stick: true, .. }, Holds::Volume(uuid)) = (tokens::of(place)?, volume::holds(place)?) else {
        return volume::open_by_tpm(device, header);
    };
    let sticks = Sticks::of(node);
    let until = clock::up() + PLUGGED;
    loop {
        match sticks.key(Header(uuid)) {
            Some(key) => return volume::open_by_secret(device, header, &key[..]),
            None if clock::up() >= until => return Err(VolumeError::NoStick),
            None => thread::sleep(Duration::from_millis(300)),
        }
    }
}

/// Mounts what is open, tells systemd of people, moves the journal there; says to whom the data belong. Data of another set-up, that was
/// never finished, are closed again: nobody has put anything there yet. `None` where there is no file system: its change makes it.
pub fn enter(node: &Node, record: &Record) -> Result<Option<Belongs>, StartError> {
    if !volume::is_open(node) || !matches!(volume::holds(&node.volume())?, Holds::Other { kind, .. } if kind == "ext4")
    {
        return Ok(None);
    }
    volume::mount(node)?;
    let belongs = apply::ask(node, record)?;
    if belongs == Belongs::Another {
        volume::close(node)?;
        return Ok(Some(belongs));
    }
    if let Err(trouble) = people::tell(node) {
        eprintln!("telling who may log in: {}", chain(&trouble));
    }
    if let Err(trouble) = journal::move_to_data(node) {
        eprintln!("keeping the journal: {}", chain(&trouble));
    }
    if let Err(trouble) = systemd::data_are_open() {
        eprintln!("starting what needs data: {}", chain(&trouble));
    }
    Ok(Some(belongs))
}
