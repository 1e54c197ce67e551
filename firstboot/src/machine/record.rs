//! What is known of a set-up: the answers so far, and how far the changes are. Kept on the state partition, as a file that
//! is written under another name, flushed and renamed before the next question is asked.

use formats::answers::{
    Battery, Country, DiskName, Disks, Keyboard, Language, Mesh, Network, Preset, Recipe, TimeZone, Unlock,
};
use formats::settings::HostName;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::question::{Administrator, Header, Question};

/// The format's version.
pub const VERSION: u32 = 1;

/// Longer records are broken.
pub const LONGEST: usize = 256 << 10;

/// How far it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Stage {
    /// Questions are asked.
    #[default]
    Asking,
    /// Changes are made.
    Applying {
        /// How many are.
        done: usize,
    },
    /// The node has moved to another disk, where the changes go on: nothing is done here any more.
    Moved,
    /// All changes are made.
    Ready,
}

/// A set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Record {
    pub(super) version: u32,
    /// How far it is.
    #[serde(default)]
    pub stage: Stage,
    /// The question that a person went back to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Question>,
    /// The disk that the node has moved to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_to: Option<DiskName>,
    /// Each answer, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<(Language, Keyboard)>,
    /// See above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// See above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// See above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<(HostName, Administrator)>,
    /// See above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<(Option<Country>, Network)>,
    /// See above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solar: Option<Solar>,
    /// See above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mesh: Option<Mesh>,
    /// See above. The passphrase of `unlock` is never in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage: Option<(Disks, Unlock, Header)>,
    /// The header whose recovery key was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_key: Option<Header>,
    /// See above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Recipe>>,
}

/// What is known of the sun and the battery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Solar {
    /// The battery, if a person had to describe it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery: Option<Battery>,
}

/// The file has no record that this release understands.
#[derive(Debug, Error)]
pub enum BadRecord {
    /// It was written by a newer release.
    #[error("version {0} of the record is newer than this release")]
    Newer(u32),
    /// It is damaged.
    #[error("the record is not readable")]
    Broken(#[from] serde_json::Error),
    /// The file itself can't be read: the disk is damaged, or it is no file.
    #[error("the record can't be read")]
    Unreadable(#[source] std::io::Error),
    /// It is longer than any record is.
    #[error("the record is longer than {LONGEST} bytes")]
    Long,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            version: VERSION,
            stage: Stage::Asking,
            at: None,
            moved_to: None,
            language: None,
            time_zone: None,
            preset: None,
            identity: None,
            network: None,
            solar: None,
            mesh: None,
            storage: None,
            recovery_key: None,
            services: None,
        }
    }
}

impl Record {
    /// The record in the bytes of a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadRecord> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        if bytes.len() > LONGEST {
            return Err(BadRecord::Long);
        }
        let head: Head = serde_json::from_slice(bytes)?;
        if head.version > VERSION {
            return Err(BadRecord::Newer(head.version));
        }
        let record: Self = serde_json::from_slice(bytes)?;
        match record.version {
            VERSION => Ok(record),
            _ => Err(BadRecord::Broken(serde::de::Error::custom("there is no such version"))),
        }
    }

    /// The answers alone, however far the changes are.
    pub fn answers(&self) -> Self {
        Self { stage: Stage::Asking, at: None, ..self.clone() }
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec_pretty(self)
    }
}
