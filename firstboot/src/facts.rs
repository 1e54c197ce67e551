//! What the wizard knows of the computer: found out by others, so that the machine decides by values alone.

use formats::answers::{DiskName, Keyboard, MeshKind, Recipe, Ssid, TimeZone};
use formats::date::Date;
use formats::size::Bytes;
use serde::{Deserialize, Serialize};

use crate::neighbours::Neighbour;
use crate::speed::Speed;

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Facts {
    /// Time zones that this release knows.
    pub time_zones: Vec<TimeZone>,
    /// Keyboards that this release knows.
    pub keyboards: Vec<Keyboard>,
    /// What the node is called now.
    pub host: String,
    /// An address of the node, as people type it.
    pub address: String,
    /// Whether a cable is plugged in, and there is a network at its other end.
    pub wired: bool,
    /// The Wi-Fi networks that were there before this computer opened its own, the strongest first.
    pub wifi: Vec<WifiNetwork>,
    /// The solar devices, each with what it says, in words.
    pub devices: Vec<Device>,
    /// What is known of the battery without anybody's help, in words.
    pub battery: Option<String>,
    /// The kinds of mesh that this release can join.
    pub mesh: Vec<MeshKind>,
    /// The radios for Wi-Fi.
    pub radios: Radios,
    /// A day that has passed for certain, whatever the clock says: that of the release.
    pub passed: Option<Date>,
    /// Whether this node can help its neighbours to open their disks.
    pub helps: bool,
    /// Neighbours that help to open disks.
    pub helpers: Vec<Neighbour>,
    /// What the disk is called on which the node lives now.
    pub own_disk: String,
    /// Whether the firmware starts only what is signed.
    pub secure_boot: bool,
    /// Whether it was started from a stick, so that it can move to a disk of the computer.
    pub from_stick: bool,
    /// The disks, that of the node itself apart.
    pub disks: Vec<Disk>,
    /// What the system takes of a disk that it is installed to, without the data.
    pub system: Bytes,
    /// How much room the node's own disk has for data.
    pub rest: Bytes,
    /// Whether there is a TPM that can keep the key.
    pub tpm: bool,
    /// The sticks that can take a key.
    pub sticks: Vec<String>,
    /// How fast this computer encrypts, once it was measured.
    pub speed: Option<Speed>,
    /// What the room for data has on it, in words, if it is not empty.
    pub rest_holds: Option<String>,
    /// Services and models that there are, and what each needs.
    pub services: Vec<Service>,
    /// What services may take together.
    pub budget: Need,
}

/// Radios for Wi-Fi: how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Radios {
    /// All of them.
    pub all: usize,
    /// Those that can meet others' without anything in between (802.11s).
    pub mesh: usize,
}

impl Radios {
    /// Whether one can be for the mesh, where so many others are needed for networks.
    pub fn spare(self, networks: usize) -> bool {
        self.mesh > 0 && self.all > networks.min(1)
    }
}

/// A Wi-Fi network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct WifiNetwork {
    /// Its name.
    pub name: Ssid,
    /// How strong it is, in per cent.
    pub signal: u8,
    /// Whether it has no key.
    pub open: bool,
}

/// A solar device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Device {
    /// What it is: `Victron SmartSolar MPPT 100|20`.
    pub name: String,
    /// What it says right now: `412 W from the panels, battery 76 %`.
    pub says: String,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Disk {
    /// Its name.
    pub name: DiskName,
    /// Its length.
    pub length: Bytes,
    /// What is on it, in words that its owner knows it by: `Windows`, `ext4 'photos'`. Nothing if it is empty.
    pub holds: Option<String>,
    /// Whether it can be pulled out.
    pub removable: bool,
    /// Whether it says of itself that it is about to fail.
    #[serde(default)]
    pub failing: bool,
    /// How much of its life it has behind it, at most, in per cent; more than 100 if it is over. Not every disk says it.
    #[serde(default)]
    pub worn: Option<u8>,
}

/// A service or a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Service {
    /// Its name.
    pub name: Recipe,
    /// What it takes.
    pub need: Need,
}

/// What something takes, or what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Need {
    /// Memory.
    pub memory: Bytes,
    /// Room on the data partition.
    pub disk: Bytes,
    /// Power, in thousandths of a watt.
    pub milliwatts: u64,
}

impl Need {
    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            memory: Bytes(self.memory.0.saturating_add(other.memory.0)),
            disk: Bytes(self.disk.0.saturating_add(other.disk.0)),
            milliwatts: self.milliwatts.saturating_add(other.milliwatts),
        }
    }

    /// Whether this is not more than `there`.
    pub fn fits(self, there: Self) -> bool {
        self.memory <= there.memory && self.disk <= there.disk && self.milliwatts <= there.milliwatts
    }
}
