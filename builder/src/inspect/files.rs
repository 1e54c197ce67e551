//! `inspect IMAGE ls` and `cat`: files of the ESP and of state.

use formats::layout::Role;

use super::InspectError;
use super::fat::{self, Found};
use super::source::Part;
use super::{ext4, program, table};

/// A file system that can be looked into.
enum FileSystem {
    Fat(Part),
    Ext4(Part),
}

/// What is in the folder `PARTITION:/PATH`.
pub(super) fn list(all: &Part, path: &str) -> Result<Vec<Found>, InspectError> {
    let (file_system, inside) = find(all, path)?;
    let found = match file_system {
        FileSystem::Fat(part) => fat::folder(&part, inside),
        FileSystem::Ext4(part) => ext4::folder(&part, inside),
    };
    found.map_err(|problem| InspectError::File { path: path.to_owned(), problem })
}

/// The content of the file `PARTITION:/PATH`.
pub(super) fn read(all: &Part, path: &str) -> Result<Vec<u8>, InspectError> {
    let (file_system, inside) = find(all, path)?;
    let read = match file_system {
        FileSystem::Fat(part) => fat::read(&part, inside, program::LONGEST),
        FileSystem::Ext4(part) => ext4::read(&part, inside),
    };
    read.map_err(|problem| InspectError::File { path: path.to_owned(), problem })
}

fn find<'a>(all: &Part, path: &'a str) -> Result<(FileSystem, &'a str), InspectError> {
    let error = |problem: &str| InspectError::File { path: path.to_owned(), problem: problem.to_owned() };
    let Some((name, inside)) = path.split_once(':').filter(|(_, inside)| inside.starts_with('/')) else {
        return Err(error("a partition and a path are expected, as in esp:/EFI/Linux or state:/settings.toml"));
    };
    let role = Role::of(&format!("ilanga-{name}")).or_else(|| Role::of(name));
    let Some(role) = role else {
        return Err(error("the partitions with files are esp and state"));
    };
    let table = table::read(all).map_err(|problem| error(&format!("as for a partition table, {problem}")))?;
    let Some(entry) = table.partitions.iter().find(|entry| entry.role() == Some(role)) else {
        return Err(error("there is no such partition; an image's state is made by the node's first start"));
    };
    let part = all.part(entry.start, entry.size);
    match role {
        Role::Esp => Ok((FileSystem::Fat(part), inside)),
        Role::State => Ok((FileSystem::Ext4(part), inside)),
        Role::Root(_) => {
            Err(error("files of a root file system (EROFS) cannot be shown yet, only those of esp and state"))
        }
        Role::Data => Err(error("data is encrypted; only files of esp and state can be shown")),
    }
}
