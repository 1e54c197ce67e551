//! The keys of a maker: one folder with everything that signs an image.
//!
//! ```text
//! secure-boot.key/.crt    db, and the owner key behind shim: signs systemd-boot, kernel images and add-ons
//! platform.key/.crt       PK        key-exchange.key/.crt  KEK
//! pcr.key/pcr.pub         signs the PCR 11 policies of kernel images
//! rauc-ca.key/.crt        what nodes trust for update bundles; rauc.key/.crt, signed by it, signs them
//! service.key/.crt        signs service images
//! release.key/.crt        signs SHA256SUMS
//! tuf-*.key               the roles root (and a spare one), targets, snapshot and timestamp of The Update Framework (Ed25519)
//! tuf-root.json           which keys these are: what nodes trust for lists of releases
//! guid.txt                the owner of the entries in Secure Boot's variables
//! change.toml, previous/  while these keys follow others: `change`
//! ```
//!
//! Keys are PKCS #8 in PEM, certificates X.509 in PEM. All but the TUF roles are RSA with 2048 bits: what all firmware
//! knows, and PKCS #1 v1.5 signatures repeat. docs/keys.md tells people what each is for.
//!
//! Invariants: a [`KeySet`] was loaded and checked, so each of its files is there (but for the private keys of the two
//! authorities, `rauc-ca.key`, `tuf-root.key` and `tuf-root-spare.key`, which may be kept elsewhere), is of its kind, and fits the file
//! beside it; nobody but its owner can read a private one; in a folder with files in it only `tuf-root.json` is ever replaced, when a
//! repository's keys change.

pub(crate) mod change;
mod check;
mod create;
mod error;
#[cfg(test)]
pub(crate) mod test_keys;
pub(crate) mod tuf;

use std::path::{Path, PathBuf};

use uuid::Uuid;

use change::Change;
pub(crate) use create::{create, development};
pub(crate) use error::KeyError;

/// What begins the common names of certificates that nobody may trust.
pub(crate) const DEVELOPMENT: &str = "Ilanga development";

/// A private key and its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The private key.
    pub(crate) key: PathBuf,
    /// The certificate.
    pub(crate) certificate: PathBuf,
}

/// The private keys of The Update Framework's roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TufKeys {
    /// Names the other roles' keys.
    pub(crate) root: PathBuf,
    /// Does the same, if that one is lost.
    pub(crate) root_spare: PathBuf,
    /// What they have named: no secret.
    pub(crate) root_file: PathBuf,
    /// Says what may be installed.
    pub(crate) targets: PathBuf,
    /// Says which metadata belong together.
    pub(crate) snapshot: PathBuf,
    /// Says that this is the latest.
    pub(crate) timestamp: PathBuf,
}

/// A whole set of keys, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySet {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// Whether these are development keys, which nobody may trust.
    pub(crate) development: bool,
    /// Signs what firmware or shim starts.
    pub(crate) secure_boot: Pair,
    /// Owns the platform.
    pub(crate) platform: Pair,
    /// Signs changes of db.
    pub(crate) key_exchange: Pair,
    /// Signs PCR 11 policies.
    pub(crate) pcr: PathBuf,
    /// Its public half.
    pub(crate) pcr_public: PathBuf,
    /// What nodes trust for update bundles.
    pub(crate) rauc_ca: Pair,
    /// Signs update bundles.
    pub(crate) rauc: Pair,
    /// Signs service images.
    pub(crate) service: Pair,
    /// Signs `SHA256SUMS`.
    pub(crate) release: Pair,
    /// Sign the update metadata.
    pub(crate) tuf: TufKeys,
    /// The file with the owner's GUID.
    pub(crate) owner_file: PathBuf,
    /// Who owns the entries in Secure Boot's variables.
    pub(crate) owner: Uuid,
    /// The change that makes these keys follow others, if it is going on.
    pub(crate) change: Option<Change>,
}

impl KeySet {
    /// The keys in `folder`, each checked.
    pub(crate) fn load(folder: &Path) -> Result<Self, KeyError> {
        let folder = std::path::absolute(folder).map_err(KeyError::reading(folder))?;
        let mut keys = Self::paths(&folder);
        let checked = check::check(&keys)?;
        (keys.owner, keys.development) = (checked.owner, checked.development);
        keys.change = Change::load(&keys.folder)?;
        Ok(keys)
    }

    /// Where everything is in `folder`; nothing is read.
    fn paths(folder: &Path) -> Self {
        let pair = |name: &str| Pair {
            key: folder.join(format!("{name}.key")),
            certificate: folder.join(format!("{name}.crt")),
        };
        Self {
            folder: folder.to_owned(),
            development: false,
            secure_boot: pair("secure-boot"),
            platform: pair("platform"),
            key_exchange: pair("key-exchange"),
            pcr: folder.join("pcr.key"),
            pcr_public: folder.join("pcr.pub"),
            rauc_ca: pair("rauc-ca"),
            rauc: pair("rauc"),
            service: pair("service"),
            release: pair("release"),
            tuf: TufKeys::paths(folder),
            owner_file: folder.join("guid.txt"),
            owner: Uuid::nil(),
            change: None,
        }
    }

    fn pairs(&self) -> [&Pair; 7] {
        [&self.secure_boot, &self.platform, &self.key_exchange, &self.rauc_ca, &self.rauc, &self.service, &self.release]
    }
}

impl TufKeys {
    /// Where everything is in `folder`; nothing is read.
    fn paths(folder: &Path) -> Self {
        let key = |name: &str| folder.join(format!("tuf-{name}.key"));
        Self {
            root: key("root"),
            root_spare: key("root-spare"),
            root_file: folder.join("tuf-root.json"),
            targets: key("targets"),
            snapshot: key("snapshot"),
            timestamp: key("timestamp"),
        }
    }

    /// The private keys.
    fn all(&self) -> [&PathBuf; 5] {
        [&self.root, &self.root_spare, &self.targets, &self.snapshot, &self.timestamp]
    }
}
