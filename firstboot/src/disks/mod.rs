//! The disks of this computer, that of the node itself apart: what `/sys` and blkid say of them.
//!
//! Invariants: a disk is called by its name in /dev/disk/by-id, which stays the same wherever it is plugged in; one without such a name is
//! not offered, as nobody could say of it after the next start which one was meant. A disk that can't be read holds something.

mod content;
mod smart;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use formats::answers::DiskName;
use formats::layout::Role;
use formats::own_disk;
use formats::size::Bytes;
use serde::{Deserialize, Serialize};

use crate::error::chain;
use crate::facts::{Disk, Facts};
use crate::node::Node;
use crate::store;
use crate::volume::{self, VolumeError};
use content::Part;

/// Where the kernel lists disks and partitions.
const CLASS: &str = "/sys/class/block";

/// Where udev keeps names that stay.
const NAMES: &str = "/dev/disk/by-id";

/// The most bytes of what was written down.
const LONGEST: usize = 16 << 10;

/// Disks that were looked at. What is on one is looked at once, as long as it is the same.
#[derive(Debug, Default)]
pub struct Disks(BTreeMap<PathBuf, (String, Disk)>);

impl Disks {
    /// Looks which there are now, and tells the facts.
    pub fn tell(&mut self, node: &Node, facts: &mut Facts) {
        let own = own(node);
        let mut there = BTreeMap::new();
        for folder in folders(node).into_iter().filter(|folder| Some(folder) != own.as_ref()) {
            let mark = mark(&folder);
            let disk = match self.0.remove(&folder) {
                Some((before, disk)) if before == mark => Some(disk),
                _ => look(node, &folder),
            };
            there.extend(disk.map(|disk| (folder, (mark, disk))));
        }
        self.0 = there;
        facts.disks = self.0.values().map(|(_, disk)| disk.clone()).collect();
        let stick = own.is_some_and(|own| is_removable(&own));
        facts.from_stick = stick && facts.disks.iter().any(|disk| !disk.removable);
    }
}

/// The device of a disk with this name, if it is there.
pub fn device(node: &Node, name: &DiskName) -> Option<PathBuf> {
    node.path(NAMES).join(name.as_str()).canonicalize().ok()
}

/// The same, where it has to be.
pub fn find(node: &Node, name: &DiskName) -> Result<PathBuf, VolumeError> {
    device(node, name).ok_or_else(|| VolumeError::Away(node.path(NAMES).join(name.as_str())))
}

/// What is on a disk, in words; nothing if it is empty.
pub fn holds(node: &Node, device: &Path) -> Option<String> {
    let folder = node.path(CLASS).join(device.file_name()?).canonicalize().ok()?;
    content(node, &folder)
}

/// How long a disk's sectors are; nobody knows of one that is not there.
pub fn sector(node: &Node, device: &Path) -> Bytes {
    let folder = node.path(CLASS).join(device.file_name().unwrap_or_default());
    Bytes(text(&folder, "queue/logical_block_size").parse().unwrap_or(0))
}

/// The name of the disk that a partition is on, as it stands in /dev/disk/by-id; else the kernel's.
pub fn name(node: &Node, partition: &Path) -> Option<DiskName> {
    let block = node.path(CLASS).join(partition.file_name()?).canonicalize().ok()?;
    let disk = if block.join("partition").exists() { block.parent()?.to_owned() } else { block };
    stable(node, &disk).or_else(|| disk.file_name()?.to_str()?.parse().ok())
}

/// The name of the disk that the node lives on.
pub fn own_name(node: &Node) -> Option<DiskName> {
    name(node, &own_partition(node)?)
}

/// A partition of the disk that the node lives on: which it has depends on how large it is.
fn own_partition(node: &Node) -> Option<PathBuf> {
    Role::ALL.into_iter().find_map(|role| node.path(&own_disk::link(role)).canonicalize().ok())
}

/// The folder of the disk that the node lives on.
fn own(node: &Node) -> Option<PathBuf> {
    let partition = own_partition(node)?;
    let folder = node.path(CLASS).join(partition.file_name()?).canonicalize().ok()?;
    folder.parent().map(Path::to_owned)
}

/// The folders of all disks that can be written.
fn folders(node: &Node) -> Vec<PathBuf> {
    let listed = fs::read_dir(node.path(CLASS)).into_iter().flatten().flatten();
    let found = listed.filter_map(|entry| entry.path().canonicalize().ok());
    found.filter(|folder| is_disk(folder)).collect()
}

fn is_disk(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    // What the kernel makes up, drives whose disks are exchanged, and an eMMC's hardware partitions.
    let none = folder.components().any(|part| part.as_os_str() == "virtual")
        || ["sr", "fd", "mtd"].iter().any(|kind| name.starts_with(kind))
        || (name.starts_with("mmcblk") && (name.contains("boot") || name.contains("rpmb")));
    !none && !folder.join("partition").exists() && length(folder) > 0 && text(folder, "ro") != "1"
}

fn text(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_default().trim().to_owned()
}

fn length(folder: &Path) -> u64 {
    text(folder, "size").parse::<u64>().ok().and_then(|sectors| sectors.checked_mul(512)).unwrap_or(0)
}

/// Whether it hangs on USB, is a memory card, or says itself that it can be taken out.
fn is_removable(folder: &Path) -> bool {
    text(folder, "removable") == "1"
        || text(folder, "device/type") == "SD"
        || folder.components().any(|part| part.as_os_str().to_string_lossy().starts_with("usb"))
}

/// What changes when a disk is another one, or has other partitions.
fn mark(folder: &Path) -> String {
    let partitions: Vec<String> =
        partitions(folder).iter().map(|part| format!("{}={}", part.display(), text(part, "size"))).collect();
    format!("{} {} {}", text(folder, "diskseq"), text(folder, "size"), partitions.join(" "))
}

fn partitions(folder: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<PathBuf> = listed.filter(|path| path.join("partition").exists()).collect();
    found.sort_unstable();
    found
}

/// What a disk says of its health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Health {
    /// What the kernel calls it: `sda`.
    pub name: String,
    /// Whether it says that it is about to fail.
    pub failing: bool,
    /// How much of its life it has behind it, at most, in per cent.
    pub worn: Option<u8>,
}

fn health(node: &Node, folder: &Path) -> Health {
    let said = smart::ask(&block(node, folder));
    Health {
        name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        failing: said.failing,
        worn: said.worn.or_else(|| worn(&text(folder, "device/life_time"))),
    }
}

/// Asks all disks how they are, and writes it down for those who may not ask them.
pub fn ask_all(node: &Node) -> io::Result<Vec<Health>> {
    let mut folders = folders(node);
    folders.sort_unstable();
    let found: Vec<Health> = folders.iter().map(|folder| health(node, folder)).collect();
    store::replace_for(&node.disks_found(), &serde_json::to_vec(&found)?, 0o644)?;
    Ok(found)
}

/// What was written down, if anybody has asked since power-on.
pub fn found(node: &Node) -> Vec<Health> {
    let read = store::read(&node.disks_found(), LONGEST).ok().flatten();
    read.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn look(node: &Node, folder: &Path) -> Option<Disk> {
    let name = stable(node, folder)?;
    let health = health(node, folder);
    Some(Disk {
        name,
        length: Bytes(length(folder)),
        holds: content(node, folder),
        removable: is_removable(folder),
        failing: health.failing,
        worn: health.worn,
    })
}

/// The device of a disk or a partition with this folder.
fn block(node: &Node, folder: &Path) -> PathBuf {
    // The kernel writes `!` for a `/` in a name.
    node.path("/dev").join(folder.file_name().unwrap_or_default().to_string_lossy().replace('!', "/"))
}

/// The name in /dev/disk/by-id of the disk with this folder.
fn stable(node: &Node, folder: &Path) -> Option<DiskName> {
    let disk = folder.file_name()?;
    let names = fs::read_dir(node.path(NAMES)).into_iter().flatten().flatten();
    let mut names: Vec<String> = names
        .filter(|link| link.path().canonicalize().is_ok_and(|target| target.file_name() == Some(disk)))
        .filter_map(|link| link.file_name().into_string().ok())
        .collect();
    // Names of the maker and the model say more than numbers.
    names.sort_by_key(|name| (name.starts_with("wwn-") || name.contains("-eui."), name.clone()));
    names.into_iter().find_map(|name| name.parse().ok())
}

fn content(node: &Node, folder: &Path) -> Option<String> {
    let probe = |folder: &Path| {
        volume::holds(&block(node, folder)).map_err(|trouble| eprintln!("what is on a disk: {}", chain(&trouble))).ok()
    };
    let parts = partitions(folder).into_iter().map(|part| {
        let uevent = text(&part, "uevent");
        let label = uevent.lines().find_map(|line| line.strip_prefix("PARTNAME=")).unwrap_or_default();
        Part { label: label.to_owned(), holds: probe(&part) }
    });
    let parts: Vec<Part> = parts.collect();
    content::said(probe(folder).as_ref(), &parts)
}

/// How much of its life an eMMC has behind it, at most, in per cent: two estimates in steps of ten, one for each kind of its memory
/// (JEDEC JESD84-B51, `DEVICE_LIFE_TIME_EST_TYP_A` and `_B`; [Linux shows them](https://docs.kernel.org/driver-api/mmc/mmc-dev-attrs.html)).
fn worn(life_time: &str) -> Option<u8> {
    let steps = life_time.split_whitespace().filter_map(|step| u8::from_str_radix(step.strip_prefix("0x")?, 16).ok());
    // 0 stands for 'not defined', 11 for more than all of it.
    steps.filter(|step| (1..=11).contains(step)).max().map(|step| step * 10)
}

#[cfg(test)]
mod tests;
