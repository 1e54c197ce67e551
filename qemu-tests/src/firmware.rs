//! UEFI firmware: Debian's build of OVMF with Secure Boot in System Management Mode, and the variables that it starts
//! with, made by `virt-fw-vars`.

use std::fs;
use std::path::{Path, PathBuf};

use formats::digest::Digest;

use crate::error::{Doing, Error};
use crate::inputs::Keys;
use crate::tool;

/// The firmware's code.
pub const CODE: &str = "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd";
/// Variables of a firmware that trusts no keys yet.
pub const EMPTY: &str = "/usr/share/OVMF/OVMF_VARS_4M.fd";
const MICROSOFT: &str = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd";

/// Which keys the firmware trusts when the machine is switched on for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Firmware {
    /// Ours, enrolled by hand: Secure Boot is on.
    OwnKeys,
    /// Microsoft's, as a mini PC is sold: Secure Boot is on.
    Microsoft,
    /// Microsoft's, and ours enrolled with shim as the machine owner's: Secure Boot is on.
    MicrosoftAndOwner,
    /// None, in set-up mode: the boot loader may enrol ours.
    SetUp,
    /// Ours, but Secure Boot is switched off.
    Off,
}

impl Firmware {
    /// Writes a variable store to `path`. Stores are kept in `cache`, by what they are made from.
    pub fn variables(self, keys: &Keys, cache: &Path, path: &Path) -> Result<(), Error> {
        let made = match self {
            Self::SetUp => PathBuf::from(EMPTY),
            Self::Microsoft => PathBuf::from(MICROSOFT),
            Self::OwnKeys | Self::MicrosoftAndOwner | Self::Off => self.cached(keys, cache)?,
        };
        fs::copy(&made, path).doing(|| format!("copying {} to {}", made.display(), path.display()))?;
        Ok(())
    }

    fn cached(self, keys: &Keys, cache: &Path) -> Result<PathBuf, Error> {
        let certificates =
            [keys.platform_certificate(), keys.key_exchange_certificate(), keys.secure_boot_certificate()];
        let owner = keys.owner()?;
        let mut identity = format!("{self:?} {owner}").into_bytes();
        for path in &certificates {
            identity.extend(fs::read(path).at("reading", path)?);
        }
        let path = cache.join(format!("firmware-{}.fd", Digest::of(identity)));
        if path.exists() {
            return Ok(path);
        }
        let fresh = tempfile::NamedTempFile::new_in(cache).at("creating a file in", cache)?;
        let [platform, key_exchange, db] = certificates.map(|path| path.display().to_string());
        let output = fresh.path().display().to_string();
        let (base, options): (_, Vec<&str>) = match self {
            Self::MicrosoftAndOwner => (MICROSOFT, vec!["--add-mok", &owner, &db]),
            _ => (
                EMPTY,
                vec!["--set-pk", &owner, &platform, "--add-kek", &owner, &key_exchange, "--add-db", &owner, &db],
            ),
        };
        let enable = if self == Self::Off { ["--set-false", "SecureBootEnable"] } else { ["--loglevel", "WARNING"] };
        let mut args = vec!["--input", base, "--output", &output];
        args.extend(options);
        if self != Self::Off {
            args.push("--secure-boot");
        }
        args.extend(enable);
        tool::run("virt-fw-vars", &args)?;
        fresh.persist(&path).map_err(|error| error.error).at("creating", &path)?;
        Ok(path)
    }
}
