//! Which devices are sticks, as udev tells of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use futures_util::StreamExt as _;
use thiserror::Error;
use tokio_udev::{AsyncMonitorSocket, Device, Enumerator, EventType, MonitorBuilder};

use crate::error::IoError;

/// The file systems that are mounted.
pub const FILE_SYSTEMS: [&str; 3] = ["vfat", "exfat", "ext4"];

/// The longest name of a device.
const LONGEST_NAME: usize = 24;

/// What udev knows of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its name, such as `sdb1`.
    pub name: String,
    /// The file system on it.
    pub file_system: String,
    /// How its disk is attached.
    pub bus: String,
    /// Whether its disk's medium can be taken out.
    pub removable: bool,
    /// The name of the partition.
    pub label: String,
    /// The disk that it is on, or is.
    pub disk: String,
}

/// Devices can't be watched.
#[derive(Debug, Error)]
pub enum WatchError {
    /// udev.
    #[error("asking udev")]
    Udev(#[from] std::io::Error),
    /// The own disk can't be told.
    #[error(transparent)]
    Io(#[from] IoError),
}

/// Whether a device is a partition or a disk of a stick that may be mounted. `own` are the disks that the node runs from.
pub fn is_stick(seen: &Seen, own: &BTreeSet<String>) -> bool {
    is_name(&seen.name)
        && FILE_SYSTEMS.contains(&seen.file_system.as_str())
        && (seen.bus == "usb" || seen.removable)
        && !own.contains(&seen.disk)
        // Another node's disk, or an image of Ilanga's: nothing for this node is there.
        && !seen.label.starts_with("ilanga-")
}

/// Whether a text can be the name of a device and of a unit's instance.
pub fn is_name(text: &str) -> bool {
    (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// The disks that the node runs from, by `/run/ilanga/disk` and `/sys/class/block`.
pub fn own_disks(links: &Path, class: &Path) -> BTreeSet<String> {
    let links = fs::read_dir(links).into_iter().flatten().flatten();
    let partitions = links.filter_map(|link| fs::read_link(link.path()).ok());
    partitions.filter_map(|node| disk(class, &node.file_name()?.to_string_lossy())).collect()
}

/// The disk that a partition is on; what is none is a disk itself.
fn disk(class: &Path, name: &str) -> Option<String> {
    let place = fs::canonicalize(class.join(name)).ok()?;
    let disk = if place.join("partition").exists() { place.parent()? } else { &place };
    Some(disk.file_name()?.to_string_lossy().into_owned())
}

fn seen(device: &Device) -> Option<Seen> {
    let text =
        |name: &str| device.property_value(name).map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    let name = device.sysname().to_string_lossy().into_owned();
    let parent = device.parent_with_subsystem_devtype("block", "disk").ok().flatten();
    let disk = parent.as_ref().unwrap_or(device);
    Some(Seen {
        disk: disk.sysname().to_string_lossy().into_owned(),
        removable: disk.attribute_value("removable").is_some_and(|value| value == "1"),
        file_system: text("ID_FS_TYPE"),
        bus: text("ID_BUS"),
        label: text("ID_PART_ENTRY_NAME"),
        name,
    })
}

/// Tells of each stick that is there, and of each that comes, for ever.
pub async fn watch(own: &BTreeSet<String>, mut found: impl AsyncFnMut(&str)) -> Result<(), WatchError> {
    // Listening first: what comes in between is told twice rather than not at all.
    let socket = MonitorBuilder::new()?.match_subsystem("block")?.listen()?;
    let mut events = AsyncMonitorSocket::new(socket)?;
    let there: Vec<Seen> = {
        let mut enumerator = Enumerator::new()?;
        enumerator.match_subsystem("block")?;
        enumerator.scan_devices()?.filter_map(|device| seen(&device)).collect()
    };
    for stick in there.iter().filter(|stick| is_stick(stick, own)) {
        found(&stick.name).await;
    }
    while let Some(event) = events.next().await {
        let event = event?;
        // A card that is put into a reader changes it.
        let come = matches!(event.event_type(), EventType::Add | EventType::Change);
        let stick = Some(event.device()).filter(|_| come).and_then(|device| seen(&device));
        drop(event);
        if let Some(stick) = stick.filter(|stick| is_stick(stick, own)) {
            found(&stick.name).await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn sticks_and_what_is_none() {
        let own = BTreeSet::from(["sda".to_owned()]);
        let stick = Seen {
            name: "sdb1".to_owned(),
            file_system: "vfat".to_owned(),
            bus: "usb".to_owned(),
            disk: "sdb".to_owned(),
            ..Seen::default()
        };
        let with = |change: fn(&mut Seen)| {
            let mut seen = stick.clone();
            change(&mut seen);
            seen
        };
        for (seen, expected) in [
            (stick.clone(), true),
            (with(|seen| (seen.bus = "mmc".to_owned(), seen.removable = true).0), true),
            (with(|seen| seen.bus = "ata".to_owned()), false),
            (with(|seen| seen.file_system = "ntfs".to_owned()), false),
            (with(|seen| seen.file_system.clear()), false),
            (with(|seen| seen.disk = "sda".to_owned()), false),
            (with(|seen| seen.label = "ilanga-esp".to_owned()), false),
            (with(|seen| seen.name = "sdb1/../sda".to_owned()), false),
            (with(|seen| seen.name = "a@b".to_owned()), false),
        ] {
            assert_eq!(is_stick(&seen, &own), expected, "{seen:?}");
        }
    }

    #[test]
    fn own_disks_by_their_links() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        for path in ["links", "class", "devices/sda/sda1", "devices/sda/sda2"] {
            fs::create_dir_all(at(path)).unwrap();
        }
        for partition in ["sda1", "sda2"] {
            fs::write(at(&format!("devices/sda/{partition}/partition")), "").unwrap();
            symlink(at(&format!("devices/sda/{partition}")), at(&format!("class/{partition}"))).unwrap();
            symlink(Path::new("/dev").join(partition), at(&format!("links/ilanga-{partition}"))).unwrap();
        }
        assert_eq!(own_disks(&at("links"), &at("class")), BTreeSet::from(["sda".to_owned()]));
        assert!(own_disks(&at("none"), &at("class")).is_empty());
    }
}
