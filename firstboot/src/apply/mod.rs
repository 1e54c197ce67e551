//! Makes the changes that were decided, one by one.
//!
//! Invariant: each change can be made again after it was made, or half made, as a power cut leaves it; none of them knows of another.

mod battery;
mod belongs;
mod mesh;
mod settings;

use std::io;
use std::path::{Path, PathBuf};

use formats::answers::{Battery, DiskName, Disks, Mesh, Preset, Recipe, Unlock};
use formats::digest::Digest;
use formats::size::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::capacity::{self, NotWhole};
use crate::changes::Change;
use crate::disks;
use crate::error::chain;
use crate::file::{Place, PlaceError};
use crate::header::{HeaderError, Headers};
use crate::install::{self, InstallError};
use crate::journal;
use crate::machine::{Header, Record};
use crate::medium::{Device, Medium as _};
use crate::mesh::MeshError;
use crate::neighbours::{NeighbourError, help};
use crate::node::Node;
use crate::people::{self, PeopleError};
use crate::random::{self, NotRandom};
use crate::recovery_key::RecoveryKey;
use crate::store;
use crate::systemd;
use crate::tool::ToolError;
use crate::volume::{self, Holds, VolumeError, elsewhere};

pub use belongs::{Belongs, answers, ask};
pub(crate) use settings::networks as change_networks;

/// A change was not made. It can be tried again.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The data partition.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The administrator.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// What helps neighbours.
    #[error(transparent)]
    Neighbour(#[from] NeighbourError),
    /// The mesh.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// The file of answers.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A file.
    #[error("writing {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is to be written has something that its format has no word for.
    #[error("writing what was chosen: {0}")]
    Words(String),
    /// The same, for reading.
    #[error("reading {path}")]
    Reading {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data are another set-up's, or of one that is over.
    #[error("these data belong to another set-up")]
    OtherData,
    /// The disk is a counterfeit, or broken.
    #[error(transparent)]
    NotWhole(#[from] NotWhole),
    /// Random numbers.
    #[error(transparent)]
    Random(#[from] NotRandom),
    /// The node was not moved.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// It is not there in this release.
    #[error("this release can't do that yet: {0}")]
    NotYet(&'static str),
}

/// What changes are made with.
#[derive(Debug)]
pub struct Work<'a> {
    /// The node.
    pub node: &'a Node,
    /// The headers that wait.
    pub headers: &'a Headers,
    /// What opens the header that was made in this start; none after a power cut.
    pub key: Option<RecoveryKey>,
    /// The answers, and how far it is.
    pub record: Record,
    /// The digest of all answers.
    pub answers: Digest,
    /// The disk that the node lives on.
    pub own_disk: Option<DiskName>,
}

/// The longest file of what was chosen.
const LONGEST: usize = 256 << 10;

/// What was chosen that nothing else keeps: `/data/ilanga/chosen.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Chosen {
    /// The format's version.
    pub version: u32,
    /// The preset.
    pub preset: Option<Preset>,
    /// Services and models.
    pub services: Vec<Recipe>,
    /// The battery, where no device knows it.
    pub battery: Option<Battery>,
    /// The mesh.
    pub mesh: Option<Mesh>,
}

impl Work<'_> {
    /// Makes a change.
    pub fn make(&self, change: &Change) -> Result<(), ChangeError> {
        match change {
            Change::Administrator(_) | Change::Battery(_) | Change::Mesh(_) | Change::Services(..) => {
                belongs::check(self.node, self.answers)?;
            }
            _ => {}
        }
        match change {
            Change::Locale(language, keyboard) => {
                settings::set(&[("language", language.tag()), ("keyboard", keyboard.as_str())])
            }
            Change::TimeZone(zone) => settings::set(&[("time-zone", zone.as_str())]),
            Change::Name(name) => settings::name(name),
            Change::Network(country, network) => settings::networks(country.as_ref(), network),
            Change::Install(disk) => self.install(disk),
            Change::Data(disks, header) => self.data(disks, *header),
            Change::Unlock(unlock, _) => match unlock {
                // All are in the header since it was made.
                Unlock::Tpm | Unlock::Passphrase { .. } | Unlock::UsbKey | Unlock::Neighbours { .. } => Ok(()),
            },
            Change::Administrator(administrator) => {
                people::keep(self.node, administrator)?;
                people::tell(self.node)?;
                Ok(())
            }
            Change::Battery(told) => {
                let path = self.node.power_settings();
                battery::tell(self.node, told).map_err(|source| ChangeError::File { path, source })?;
                self.choose(|chosen| chosen.battery = Some(*told))
            }
            Change::Mesh(mesh) => {
                self.choose(|chosen| chosen.mesh = Some(mesh.clone()))?;
                mesh::join(self.node, mesh)?;
                if mesh.helps {
                    help::begin(&self.node.tang())?;
                    systemd::start("ilanga-help.service")?;
                    systemd::start("ilanga-help.socket")?;
                }
                Ok(())
            }
            Change::Services(preset, services) => self.choose(|chosen| {
                chosen.preset = Some(*preset);
                chosen.services.clone_from(services);
            }),
            Change::Forget => {
                belongs::end(self.node, self.answers)?;
                // From the next start on it comes with the data. A page that does not start is no reason to ask everything again.
                if let Err(trouble) = systemd::start(systemd::PAGE) {
                    eprintln!("starting the node's page: {}", chain(&trouble));
                }
                // The answers go with the record, once this is made.
                self.headers.keep_only(None)?;
                match Place::open(self.node) {
                    Ok(place) => Ok(place.forget()?),
                    // Where nothing can be read, there is nothing to clear.
                    Err(trouble) => {
                        eprintln!("looking for a file of answers: {}", chain(&trouble));
                        Ok(())
                    }
                }
            }
        }
    }

    /// Moves to a disk; nothing where the node lives on it by now.
    fn install(&self, disk: &DiskName) -> Result<(), ChangeError> {
        let Some((disks, _, header)) = &self.record.storage else { return Ok(()) };
        if self.own_disk.as_ref() == Some(disk) {
            return Ok(());
        }
        let there = self.record.done(usize::MAX);
        let erase = disks.erase.contains(disk);
        install::install(self.node, disk, erase, &self.node.setup(), (&there, *header))?;
        // Its secrets have no place here any more. Where nothing can be read, there is nothing to clear.
        match Place::open(self.node) {
            Ok(place) => place.forget()?,
            Err(trouble) => eprintln!("looking for a file of answers: {}", chain(&trouble)),
        }
        Ok(())
    }

    fn data(&self, disks: &Disks, header: Header) -> Result<(), ChangeError> {
        let other = disks.data.first();
        let device = match other {
            Some(name) => disks::find(self.node, name)?,
            None => elsewhere::own(self.node)?,
        };
        let erase = other.or(self.own_disk.as_ref()).is_some_and(|disk| disks.erase.contains(disk));
        match volume::opened(self.node)? {
            // Data that the TPM opened, of a set-up that nothing is known of any more. Where others come to another disk, they stay.
            Some(there) if there != header.0 && (erase || other.is_some()) => {
                journal::leave_data()?;
                volume::close(self.node)?;
            }
            Some(there) if there != header.0 => return Err(VolumeError::Another(there).into()),
            _ => {}
        }
        if !volume::is_open(self.node) {
            // What is refused below is not written to, and where the header is, it was checked.
            match volume::holds(&device)? {
                Holds::Volume(there) if there == header.0 => {}
                Holds::Nothing => check(&device)?,
                _ if erase => check(&device)?,
                _ => {}
            }
        }
        volume::place(header.0, &self.headers.path(header), &device, erase)?;
        elsewhere::remember(self.node, other.map(|_| header.0))?;
        if !volume::is_open(self.node) {
            let key = self.key.as_ref().ok_or(VolumeError::Locked)?;
            volume::open_by_key(&device, key)?;
        }
        volume::prepare(self.node, header.0)?;
        volume::mount(self.node)?;
        belongs::begin(self.node, self.answers)?;
        journal::move_to_data(self.node)?;
        systemd::data_are_open()?;
        Ok(())
    }

    /// Changes what was chosen; when this returns, no power cut loses it.
    fn choose(&self, change: impl FnOnce(&mut Chosen)) -> Result<(), ChangeError> {
        let path = self.node.chosen();
        let mut chosen: Chosen = read(&path, LONGEST)?.unwrap_or_default();
        chosen.version = 1;
        change(&mut chosen);
        let bytes = serde_json::to_vec(&chosen).map_err(|error| ChangeError::Words(error.to_string()))?;
        store::replace(&path, &bytes).map_err(|source| ChangeError::File { path, source })
    }
}

/// Whether a partition has the room that its disk claims. What is there stays.
fn check(device: &Path) -> Result<(), ChangeError> {
    let opening = |source| ChangeError::Reading { path: device.to_owned(), source };
    let medium = Device::open(device).map_err(opening)?;
    Ok(capacity::check(&medium, Bytes(0), medium.length(), random::bytes()?)?)
}

/// A file of JSON on data, if it is there.
fn read<T: DeserializeOwned>(path: &Path, longest: usize) -> Result<Option<T>, ChangeError> {
    let reading = |source| ChangeError::Reading { path: path.to_owned(), source };
    let Some(bytes) = store::read(path, longest).map_err(reading)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| reading(io::Error::other(error)))
}
