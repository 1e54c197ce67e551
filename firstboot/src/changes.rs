//! What set-up changes about a node: a list, made of a record alone, shown before it begins. Each change can be made again after it
//! was made, or half made: a power cut costs the change that was being made, and nothing else.
//!
//! The order is part of it. A node that is to live elsewhere moves first. What can be lost comes last: before there is a data partition with
//! its header, nothing else has been taken from any disk, and what the record knows goes only when everything that was made of it is safe
//! on data.

use formats::answers::{
    Battery, Country, DiskName, Disks, Keyboard, Language, Mesh, Network, Preset, Recipe, TimeZone, Unlock,
};
use formats::settings::HostName;

use crate::machine::{Administrator, Header, Record};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Language and keyboard become the node's.
    Locale(Language, Keyboard),
    /// The time zone becomes the node's.
    TimeZone(TimeZone),
    /// The name becomes the node's.
    Name(HostName),
    /// Networks are set up.
    Network(Option<Country>, Network),
    /// The node is copied to a disk of the computer, and verified; all changes behind it are made there, after a new start.
    Install(DiskName),
    /// The data partition is made, or those of these disks, with the header that waits.
    Data(Disks, Header),
    /// What opens the data at each start is added to its header.
    Unlock(Unlock, Header),
    /// The administrator is made, on data.
    Administrator(Administrator),
    /// What is known of the battery.
    Battery(Battery),
    /// The mesh is joined.
    Mesh(Mesh),
    /// Services are enabled.
    Services(Preset, Vec<Recipe>),
    /// What is no longer needed goes: the header's file, the hash in the record, the secrets of a file of answers.
    Forget,
}

impl Change {
    /// Its name, for the journal: no value is in it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Locale(..) => "language and keyboard",
            Self::TimeZone(_) => "time zone",
            Self::Name(_) => "name",
            Self::Network(..) => "networks",
            Self::Install(_) => "install to a disk",
            Self::Data(..) => "data partition",
            Self::Unlock(..) => "what opens the data",
            Self::Administrator(_) => "administrator",
            Self::Battery(_) => "battery",
            Self::Mesh(_) => "mesh",
            Self::Services(..) => "services",
            Self::Forget => "forget what is no longer needed",
        }
    }
}

/// The changes that a record's answers make, in their order; `None` while an answer lacks.
pub fn plan(record: &Record) -> Option<Vec<Change>> {
    let (language, keyboard) = record.language.clone()?;
    let (name, administrator) = record.identity.clone()?;
    let (country, network) = record.network.clone()?;
    let (disks, unlock, header) = record.storage.clone()?;
    record.recovery_key.filter(|confirmed| *confirmed == header)?;
    // All others are made where it then lives.
    let mut changes: Vec<Change> = disks.install_to.clone().map(Change::Install).into_iter().collect();
    changes.extend([
        Change::Locale(language, keyboard),
        Change::TimeZone(record.time_zone.clone()?),
        Change::Name(name),
        Change::Network(country, network),
    ]);
    changes.extend([Change::Data(disks, header), Change::Unlock(unlock, header), Change::Administrator(administrator)]);
    changes.extend(record.solar?.battery.map(Change::Battery));
    changes.extend([
        Change::Mesh(record.mesh.clone()?),
        Change::Services(record.preset?, record.services.clone()?),
        Change::Forget,
    ]);
    Some(changes)
}
