//! The questions, and the answers that fit them.

use formats::answers::{
    Battery, Country, Disks, Keyboard, Language, Mesh, Network, Preset, Recipe, SshKey, TimeZone, Unlock, UserName,
};
use formats::settings::HostName;
use serde::{Deserialize, Serialize};

use crate::hashes::Hashes;

/// What is asked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Which language, and which keyboard.
    Language,
    /// Where it is.
    TimeZone,
    /// Whom it is for.
    Preset,
    /// What it is called, and who looks after it.
    Identity,
    /// Its networks.
    Network,
    /// The sun, and the battery.
    Solar,
    /// The mesh.
    Mesh,
    /// Where the data is, and what opens it.
    Storage,
    /// The recovery key: shown, and confirmed.
    RecoveryKey,
    /// Services and models.
    Services,
    /// All of it once more.
    Summary,
}

impl Question {
    /// All, in their order.
    pub const ALL: [Self; 11] = [
        Self::Language,
        Self::TimeZone,
        Self::Preset,
        Self::Identity,
        Self::Network,
        Self::Solar,
        Self::Mesh,
        Self::Storage,
        Self::RecoveryKey,
        Self::Services,
        Self::Summary,
    ];

    /// The one before.
    pub fn before(self) -> Option<Self> {
        Self::ALL.iter().rev().copied().find(|question| *question < self)
    }
}

/// An answer. Secrets in it have become what may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Language`].
    Language(Language, Keyboard),
    /// To [`Question::TimeZone`].
    TimeZone(TimeZone),
    /// To [`Question::Preset`].
    Preset(Preset),
    /// To [`Question::Identity`].
    Identity(HostName, Administrator),
    /// To [`Question::Network`].
    Network(Option<Country>, Network),
    /// To [`Question::Solar`]: the battery, where no device knows it.
    Solar(Option<Battery>),
    /// To [`Question::Mesh`].
    Mesh(Mesh),
    /// To [`Question::Storage`]: a passphrase is in the header that was made, and not here.
    Storage(Disks, Unlock, Header),
    /// To [`Question::RecoveryKey`]: in this header, and confirmed.
    RecoveryKey(Header),
    /// To [`Question::Services`].
    Services(Vec<Recipe>),
    /// To [`Question::Summary`]: let it begin.
    Go,
}

impl Answer {
    /// What it is an answer to.
    pub fn question(&self) -> Question {
        match self {
            Self::Language(..) => Question::Language,
            Self::TimeZone(_) => Question::TimeZone,
            Self::Preset(_) => Question::Preset,
            Self::Identity(..) => Question::Identity,
            Self::Network(..) => Question::Network,
            Self::Solar(_) => Question::Solar,
            Self::Mesh(_) => Question::Mesh,
            Self::Storage(..) => Question::Storage,
            Self::RecoveryKey(_) => Question::RecoveryKey,
            Self::Services(_) => Question::Services,
            Self::Go => Question::Summary,
        }
    }
}

/// Who looks after the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Administrator {
    /// The name for logging in.
    pub name: UserName,
    /// What is kept of the password; it goes when it has become the data partition's.
    pub password: Hashes,
    /// Keys for logging in from elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ssh_keys: Vec<SshKey>,
}

/// The LUKS2 header of the data to come, which is kept as a file until there is a partition for it. It has the only copy of
/// what was made of passphrase and recovery key; this names it, so that an answer never belongs to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Header(pub uuid::Uuid);
