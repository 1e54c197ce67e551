//! What people answer during set-up: `ilanga.toml` on the FAT partition, for who sets up many nodes, and what the wizard keeps.
//!
//! ```toml
//! format = 1
//! unanswered = "usual"
//! recovery-key-to = ["ssh-ed25519 AAAA… maker"]
//! language = "zu"
//! keyboard = "za"
//! time-zone = "Africa/Johannesburg"
//! preset = "school"
//! name = "school-1"
//! country = "ZA"
//! services = ["kiwix"]
//!
//! [administrator]
//! name = "thandi"
//! password = "…"
//! ssh-keys = ["ssh-ed25519 AAAA… thandi"]
//!
//! [network]
//! [[network.wifi]]
//! name = "Staff"
//! key = "…"
//!
//! [battery]
//! chemistry = "lifepo4"
//! ampere-hours = 100
//! volts = 24
//!
//! [mesh]
//! kind = "yggdrasil"
//!
//! [disks]
//! data = []
//!
//! [unlock]
//! by = "tpm"
//! ```
//!
//! All keys but `format` may be left out: what is not answered is asked. Unknown ones are refused, with what may have been meant.
//! Each value has a type that holds nothing but what is harmless wherever it is rendered. docs/answers.md describes the file for
//! people. Invariants: no text makes the parser panic; an error names line, column and key; secrets are in no error and no `Debug`.
//!
//! The values are there without the feature `answers`, for who keeps and uses them; with it, the file that they stand in.

#[cfg(feature = "answers")]
mod file;
#[cfg(feature = "answers")]
mod mesh;
#[cfg(feature = "answers")]
pub mod nebula;
mod network;
#[cfg(feature = "answers")]
mod ssh_key;
mod storage;
#[cfg(test)]
#[cfg(feature = "answers")]
mod tests;
mod values;
#[cfg(feature = "answers")]
pub mod wireguard;

#[cfg(feature = "answers")]
pub use file::{Administrator, Answers, BadAnswers, FILE, FORMAT, LONGEST, NotARecipe, Recipe, Recipient, Unanswered};
#[cfg(feature = "answers")]
pub use mesh::{Coordinator, Mesh, MeshKind, NotACoordinator};
#[cfg(feature = "answers")]
pub use nebula::Nebula;
pub use network::{AccessPoint, Interface, Mobile, MobileWord, Network, Pin, Ssid, Wifi, WifiKey, Wired};
#[cfg(feature = "answers")]
pub use ssh_key::SshKey;
pub use storage::{DiskName, Disks, Helper, Unlock};
pub use values::{
    AmpereHours, Battery, Chemistry, Country, Keyboard, Language, Password, Preset, TimeZone, UserName, Volts,
};
#[cfg(feature = "answers")]
pub use wireguard::WireGuard;
