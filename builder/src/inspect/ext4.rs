//! Reads the state partition through crate `ext4-view`, its journal included.

use ext4_view::{Ext4, Ext4Error};
use serde::Serialize;

use super::certificate::printable;
use super::fat::Found;
use super::source::{Device, Part};

/// The most that is read of a file: state holds small ones.
pub(super) const LONGEST: u64 = 64 << 20;

/// More files than a folder of state has.
const MOST_FILES: usize = 10_000;

/// What the superblock says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Volume {
    /// Its label.
    pub(super) label: String,
    /// Its UUID.
    pub(super) uuid: String,
}

fn load(part: &Part) -> Result<Ext4, Ext4Error> {
    let budget = (part.length() / 128).clamp(100_000, 50_000_000);
    Ext4::load(Box::new(Device::new(part.clone(), budget)))
}

fn text(error: Ext4Error) -> String {
    printable(&error.to_string())
}

/// Reads the superblock.
pub(super) fn volume(part: &Part) -> Result<Volume, String> {
    let ext4 = load(part).map_err(text)?;
    Ok(Volume { label: printable(&ext4.label().display().to_string()), uuid: ext4.uuid().to_string() })
}

/// What is in a folder, sorted.
pub(super) fn folder(part: &Part, path: &str) -> Result<Vec<Found>, String> {
    let read = || {
        let ext4 = load(part)?;
        let mut found = Vec::new();
        for entry in ext4.read_dir(path)?.take(MOST_FILES) {
            let entry = entry?;
            let name = printable(&entry.file_name().display().to_string());
            if name != "." && name != ".." {
                let metadata = entry.metadata()?;
                let size = if metadata.is_dir() { 0 } else { metadata.len() };
                found.push(Found { path: name, size, folder: metadata.is_dir() });
            }
        }
        found.sort_by(|a: &Found, b| a.path.cmp(&b.path));
        Ok(found)
    };
    read().map_err(text)
}

/// The content of a file.
pub(super) fn read(part: &Part, path: &str) -> Result<Vec<u8>, String> {
    let ext4 = load(part).map_err(text)?;
    let mut file = ext4.open(path).map_err(text)?;
    let length = file.metadata().len();
    if length > LONGEST {
        return Err(format!("it is {length} bytes long, and files of state are small"));
    }
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        match file.read_bytes(&mut buffer).map_err(text)? {
            0 => return Ok(bytes),
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}
