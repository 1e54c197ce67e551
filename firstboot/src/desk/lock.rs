//! Data that are there and not open: somebody opens them, by what they know or have.

use std::path::PathBuf;

use super::{Desk, DeskError};
use crate::machine::Header;
use crate::stick;
use crate::volume;

/// Data that nobody has opened yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The data partition.
    pub device: PathBuf,
    /// Whether a person may set the computer up anew instead.
    pub may_begin: bool,
    /// Somebody has unlocked them, and they are being opened.
    pub opening: bool,
    /// Why data that were unlocked are locked again.
    pub trouble: Option<String>,
    /// The header of which a stick may have the key.
    pub stick: Option<Header>,
}

impl Lock {
    /// That of this partition.
    pub fn new(device: PathBuf, may_begin: bool) -> Self {
        Self { device, may_begin, opening: false, trouble: None, stick: None }
    }
}

impl Desk {
    /// The data are locked, or are no longer.
    pub fn locked(&mut self, lock: Option<Lock>) {
        self.lock = lock;
    }

    /// Whether somebody is asked to open the data.
    pub fn is_locked(&self) -> bool {
        self.lock.as_ref().is_some_and(|lock| !lock.opening)
    }

    /// The header of which a stick may have the key, where data are locked.
    pub fn stick(&self) -> Option<Header> {
        self.lock.as_ref().and_then(|lock| lock.stick)
    }

    /// Opens the data that are locked, if this key of a stick does; else nothing happens.
    pub fn unlock_by_stick(&mut self, key: &stick::Key) -> Result<(), DeskError> {
        let Some(lock) = self.lock.as_mut().filter(|lock| !lock.opening) else { return Ok(()) };
        volume::open_by_secret(&lock.device, None, &key[..])?;
        lock.opening = true;
        Ok(())
    }
}
