//! A USB stick that opens the data: a file on it, beside whatever its owner keeps there.
//!
//! ```text
//!   ilanga-key-UUID     32 random bytes; UUID is the header's that they open
//! ```
//!
//! The bytes are a keyslot's passphrase as they are, so that `cryptsetup open --key-file` of any Linux opens the data with them. A token
//! of the header (`ilanga-usb-key`) says that there is such a file somewhere; nothing else of the stick is known to the node, and a copy of
//! the file on another stick is as good.
//!
//! Whoever plugs a stick in has made what is on it. So FAT is read here, by `fatfs` in safe code, with so many reads and no more, in a
//! thread whose end by a panic is the end of nothing else: no kernel driver reads it before the data are open. FAT12, FAT16 and FAT32
//! are what sticks have; exFAT and others are not read.
//!
//! Invariants: a stick is written to only where a person has chosen it as the key, or has put an order on it ([`crate::order`]), and nothing on it is
//! changed but those files; the disk that
//! the node runs from is no stick, nor is another node's; a key is complete on the stick, flushed and read back, before its header counts.

mod fat;
mod present;
#[cfg(test)]
pub(crate) mod tests;

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::machine::Header;
use crate::node::Node;

/// Bytes of a key.
pub const LENGTH: usize = 32;

/// What a stick holds for a header.
pub type Key = Zeroizing<[u8; LENGTH]>;

/// Something was not done with a stick.
#[derive(Debug, Error)]
pub enum StickError {
    /// There is not exactly one.
    #[error("there are {0} sticks, and one is needed")]
    NotOne(usize),
    /// The device, or the file system on it.
    #[error("{doing} {path}")]
    Device {
        /// What was tried.
        doing: &'static str,
        /// With which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What was written is not what is there.
    #[error("{0} does not keep what is written to it")]
    Forgets(PathBuf),
}

/// A stick with a FAT file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stick {
    /// The partition, or the whole stick.
    pub device: PathBuf,
    /// What its maker calls it, and how long it is: `SanDisk Ultra, 14.9 GiB`.
    pub name: String,
}

impl Stick {
    /// A file in its root folder, if there is one that is no longer than `longest` bytes.
    pub fn read(&self, file: &str, longest: usize) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        fat::read(&self.device, file, longest)
    }

    /// Makes a file in its root folder; when this returns, it is on the stick.
    pub fn write(&self, file: &str, bytes: &[u8]) -> io::Result<()> {
        fat::write(&self.device, file, bytes)
    }

    /// Clears a file in its root folder, and removes it, if it is there.
    pub fn remove(&self, file: &str) -> io::Result<()> {
        fat::remove(&self.device, file)
    }
}

/// The sticks of a node.
#[derive(Clone, Debug)]
pub struct Sticks(Node);

impl Sticks {
    /// Those that are plugged into this one.
    pub fn of(node: &Node) -> Self {
        Self(node.clone())
    }

    /// All that may hold a key.
    pub fn present(&self) -> Vec<Stick> {
        present::sticks(&self.0)
    }

    /// What a stick holds for this header, if one does. One that can't be read is none.
    pub fn key(&self, header: Header) -> Option<Key> {
        self.present().into_iter().find_map(|stick| match stick.read(&name(header), LENGTH) {
            Ok(bytes) => bytes.and_then(|bytes| Some(Zeroizing::new(<[u8; LENGTH]>::try_from(&bytes[..]).ok()?))),
            Err(trouble) => {
                eprintln!("reading the stick {}: {trouble}", stick.device.display());
                None
            }
        })
    }

    /// Keeps a key on the one stick that there is.
    pub fn keep(&self, header: Header, key: &Key) -> Result<(), StickError> {
        let present = self.present();
        let [stick] = present.as_slice() else { return Err(StickError::NotOne(present.len())) };
        let failed = |doing| {
            let path = stick.device.clone();
            move |source| StickError::Device { doing, path, source }
        };
        stick.write(&name(header), &key[..]).map_err(failed("writing to"))?;
        match stick.read(&name(header), LENGTH).map_err(failed("reading"))? {
            Some(there) if there[..] == key[..] => Ok(()),
            _ => Err(StickError::Forgets(stick.device.clone())),
        }
    }

    /// Takes the key of a header off all sticks that have it.
    pub fn forget(&self, header: Header) {
        for stick in self.present() {
            if let Err(trouble) = stick.remove(&name(header)) {
                eprintln!("removing a key from {}: {trouble}", stick.device.display());
            }
        }
    }
}

/// The name of the file that has the key of a header.
pub fn name(header: Header) -> String {
    format!("ilanga-key-{}", header.0)
}
