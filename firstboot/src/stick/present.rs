//! Which block devices are sticks with a FAT file system, by the kernel's own files: this runs before udev knows of any.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use formats::own_disk;
use formats::size::Bytes;

use super::Stick;
use crate::node::Node;

/// Bytes that have all marks of FAT.
const HEAD: usize = 512;

/// The most devices that are looked at.
const MOST: usize = 16;

/// All sticks, by the names of their devices.
pub(super) fn sticks(node: &Node) -> Vec<Stick> {
    let own = own_disks(node);
    let mut found: Vec<Stick> = listed(&node.path("/sys/class/block"))
        .into_iter()
        .filter_map(|entry| stick(node, &entry, &own))
        .take(MOST)
        .collect();
    found.sort_by(|a, b| a.device.cmp(&b.device));
    found
}

fn listed(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The disks that the node runs from.
fn own_disks(node: &Node) -> BTreeSet<PathBuf> {
    let partitions = listed(&node.path(own_disk::FOLDER)).into_iter().filter_map(|link| fs::read_link(link).ok());
    partitions.filter_map(|device| disk(&node.path("/sys/class/block").join(device.file_name()?))).collect()
}

/// The disk that a partition is on; what is none is a disk itself.
fn disk(block: &Path) -> Option<PathBuf> {
    let place = block.canonicalize().ok()?;
    if place.join("partition").exists() { Some(place.parent()?.to_owned()) } else { Some(place) }
}

fn says(path: PathBuf) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}

fn stick(node: &Node, block: &Path, own: &BTreeSet<PathBuf>) -> Option<Stick> {
    let name = block.file_name()?.to_str()?;
    let disk = disk(block).filter(|disk| !own.contains(disk))?;
    let usb = disk.components().any(|part| part.as_os_str().to_string_lossy().starts_with("usb"));
    if !usb && says(disk.join("removable")).as_deref() != Some("1") {
        return None;
    }
    // Another node's disk, or an image of Ilanga's.
    if says(block.join("uevent")).is_some_and(|text| text.lines().any(|line| line.starts_with("PARTNAME=ilanga-"))) {
        return None;
    }
    let device = node.path("/dev").join(name);
    let mut head = [0; HEAD];
    File::open(&device).and_then(|mut file| file.read_exact(&mut head)).ok()?;
    if !is_fat(&head) {
        return None;
    }
    let called: Vec<String> =
        ["device/vendor", "device/model"].iter().filter_map(|file| says(disk.join(file))).collect();
    let called = if called.is_empty() { name.to_owned() } else { called.join(" ") };
    let sectors = says(block.join("size")).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    // What is plugged in may call itself anything.
    let called: String = called.chars().filter(|c| !c.is_control()).take(60).collect();
    Some(Stick { device, name: format!("{called}, {}", Bytes(sectors.saturating_mul(512))) })
}

/// Whether a device that begins so has a FAT file system.
fn is_fat(head: &[u8; HEAD]) -> bool {
    let at = |place: usize, mark: &[u8]| head.get(place..place + mark.len()) == Some(mark);
    at(510, &[0x55, 0xAA]) && (at(82, b"FAT32   ") || at(54, b"FAT16   ") || at(54, b"FAT12   "))
}
