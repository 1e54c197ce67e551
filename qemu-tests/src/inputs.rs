//! What the stories are given, through the environment.
//!
//! | variable | what |
//! |---|---|
//! | `ILANGA_IMAGE` | the `.img` of the board, signed with our own keys |
//! | `ILANGA_IMAGE_SHIM` | the same board's `.img` with Debian's shim |
//! | `ILANGA_KEYS` | the folder of keys that both are signed with (`ilanga keys new`) |
//! | `ILANGA_OUT` | the folder of artefacts that `ILANGA_IMAGE` is in |
//! | `ILANGA_PAIR` | `old.raucb` and `new.raucb`, for the benchmark `adaptive` alone |
//! | `ILANGA_PEER` | an image of mkosi's, for the benchmark `first_start` alone |
//! | `ILANGA_BUNDLES` | a folder of update bundles, `<release>.raucb` |
//! | `ILANGA_REPOSITORY` | a repository that has the release 2026.11.1, with pieces, and a delta from the image's release |
//! | `ILANGA_SERIES` | a folder of update bundles of releases that follow one another, for a long story |
//! | `ILANGA_HAWKBIT_CLIENT` | the files of Debian's package of hawkBit's client |
//! | `ILANGA_SCRATCH` | a folder for disks; sparse files of some gigabytes |
//!
//! Optional: `ILANGA_ACCEL=kvm` or `tcg` skips the trial whether KVM works; `ILANGA_PROCESSORS=2` gives a machine two processors,
//! unless others are in its network; `ILANGA_KEEP=1` leaves the disks and console logs in `ILANGA_SCRATCH`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error};

/// How many processors a machine has that nobody gives another number: one, unless `ILANGA_PROCESSORS` says more.
pub(crate) fn processors() -> u32 {
    env::var("ILANGA_PROCESSORS").ok().and_then(|number| number.parse().ok()).unwrap_or(1).max(1)
}

/// Where the things are that stories work on.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The shipped image. Never written to.
    pub image: PathBuf,
    /// The keys' folder.
    pub keys: Keys,
    /// Where disks are made.
    pub scratch: PathBuf,
}

/// The keys that stories sign with and enrol.
#[derive(Clone, Debug)]
pub struct Keys(PathBuf);

impl Keys {
    /// The keys of this folder.
    pub fn new(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// What kernel images, boot loader and add-ons are signed with.
    pub fn secure_boot_key(&self) -> PathBuf {
        self.0.join("secure-boot.key")
    }

    /// Its certificate: what db or the list of machine owner keys holds.
    pub fn secure_boot_certificate(&self) -> PathBuf {
        self.0.join("secure-boot.crt")
    }

    /// The certificate of the key exchange key.
    pub fn key_exchange_certificate(&self) -> PathBuf {
        self.0.join("key-exchange.crt")
    }

    /// The certificate of the platform key.
    pub fn platform_certificate(&self) -> PathBuf {
        self.0.join("platform.crt")
    }

    /// The certificate that signs SHA256SUMS.
    pub fn release_certificate(&self) -> PathBuf {
        self.0.join("release.crt")
    }

    /// The certificate of the authority of update bundles.
    pub fn bundle_authority(&self) -> PathBuf {
        self.0.join("rauc-ca.crt")
    }

    /// The certificate that update bundles are signed with, and its key.
    pub fn bundle_signer(&self) -> (PathBuf, PathBuf) {
        (self.0.join("rauc.crt"), self.0.join("rauc.key"))
    }

    /// The GUID that owns the keys in the firmware.
    pub fn owner(&self) -> Result<String, Error> {
        let path = self.0.join("guid.txt");
        Ok(fs::read_to_string(&path).at("reading", &path)?.trim().to_owned())
    }
}

impl Inputs {
    /// The image with our own keys; an error names the variable that is not set.
    pub fn of_environment() -> Result<Self, Error> {
        Self::with("ILANGA_IMAGE", "the image to play on")
    }

    /// The image with shim.
    pub fn with_shim() -> Result<Self, Error> {
        Self::with("ILANGA_IMAGE_SHIM", "the image with shim to play on")
    }

    fn with(image: &'static str, what: &'static str) -> Result<Self, Error> {
        Ok(Self {
            image: path(image, what)?,
            keys: Keys(path("ILANGA_KEYS", "the folder of keys that the image is signed with")?),
            scratch: path("ILANGA_SCRATCH", "a folder for disks")?,
        })
    }
}

/// The folder of artefacts.
pub fn artefacts() -> Result<PathBuf, Error> {
    path("ILANGA_OUT", "the folder of artefacts")
}

/// The folder of update bundles.
pub fn bundles() -> Result<PathBuf, Error> {
    path("ILANGA_BUNDLES", "the folder of update bundles")
}

/// The folder of update bundles of releases that follow one another.
pub fn series() -> Result<PathBuf, Error> {
    path("ILANGA_SERIES", "the folder of a series of update bundles")
}

/// The folder of a repository.
pub fn repository() -> Result<PathBuf, Error> {
    path("ILANGA_REPOSITORY", "the folder of a repository")
}

/// The folder with the files of hawkBit's client.
pub fn hawkbit_client() -> Result<PathBuf, Error> {
    path("ILANGA_HAWKBIT_CLIENT", "the files of hawkBit's client")
}

/// The folder of two bundles, `old.raucb` and `new.raucb`, of a benchmark; nothing if a person has named none.
pub fn pair() -> Option<PathBuf> {
    env::var_os("ILANGA_PAIR").map(PathBuf::from)
}

/// An image of another builder's, of a benchmark; nothing if a person has named none.
pub fn peer() -> Option<PathBuf> {
    env::var_os("ILANGA_PEER").map(PathBuf::from)
}

/// Whether disks and logs are left for a person to look at.
pub fn keep() -> bool {
    env::var_os("ILANGA_KEEP").is_some_and(|value| value == "1")
}

fn path(name: &'static str, what: &'static str) -> Result<PathBuf, Error> {
    match env::var_os(name) {
        Some(value) if !value.is_empty() => Ok(PathBuf::from(value)),
        _ => Err(Error::Environment { name, what }),
    }
}
