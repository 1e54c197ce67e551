//! What is on a partition, as blkid finds it.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use uuid::Uuid;

use super::VolumeError;
use crate::tool::{Program, run};

/// The exit code of blkid where it finds nothing.
const NOTHING: i32 = 2;

/// The exit code of blkid where it finds several things at once.
const SEVERAL: i32 = 8;

/// What is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Nothing that is known.
    Nothing,
    /// A LUKS volume of this UUID.
    Volume(Uuid),
    /// A file system or the like: its type, its name, and its UUID if that is one.
    Other {
        /// `ext4`
        kind: String,
        /// What its owner called it.
        name: Option<String>,
        /// Its UUID.
        uuid: Option<Uuid>,
    },
}

impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Volume(_) => f.write_str("encrypted data"),
            Self::Other { kind, name: None, .. } => f.write_str(kind),
            Self::Other { kind, name: Some(name), .. } => write!(f, "{kind} '{name}'"),
        }
    }
}

/// Looks at a partition, or a disk.
pub fn holds(device: &Path) -> Result<Holds, VolumeError> {
    let arguments = [OsStr::new("--probe"), OsStr::new("--output"), OsStr::new("export"), device.as_os_str()];
    match run(Program::Blkid, &arguments, b"") {
        Ok(said) => Ok(read(&String::from_utf8_lossy(&said))),
        Err(error) if error.code() == Some(NOTHING) => Ok(Holds::Nothing),
        Err(error) if error.code() == Some(SEVERAL) => {
            Ok(Holds::Other { kind: "several file systems".into(), name: None, uuid: None })
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads lines of `NAME=value`.
fn read(said: &str) -> Holds {
    let value = |name: &str| said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let uuid = value("UUID").and_then(|uuid| Uuid::try_parse(uuid).ok());
    match (value("TYPE").or(value("PTTYPE")), uuid) {
        (None, _) => Holds::Nothing,
        (Some("crypto_LUKS"), Some(uuid)) => Holds::Volume(uuid),
        (Some(kind), uuid) => {
            Holds::Other { kind: kind.to_owned(), name: value("LABEL").map(|name| name.replace('\\', "")), uuid }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blkid_says() {
        let luks =
            "DEVNAME=/dev/vda5\nVERSION=2\nUUID=0f6c2d1a-5b8e-4c7f-9a3b-2c1d0e9f8a7b\nTYPE=crypto_LUKS\nUSAGE=crypto\n";
        let uuid = Uuid::from_u128(0x0f6c2d1a_5b8e_4c7f_9a3b_2c1d0e9f8a7b);
        assert_eq!(read(luks), Holds::Volume(uuid));
        let ext4 = "DEVNAME=/dev/sdb1\nLABEL=my\\ photos\nUUID=0f6c2d1a-5b8e-4c7f-9a3b-2c1d0e9f8a7b\nTYPE=ext4\n";
        let found = read(ext4);
        assert_eq!(found, Holds::Other { kind: "ext4".into(), name: Some("my photos".into()), uuid: Some(uuid) });
        assert_eq!(found.to_string(), "ext4 'my photos'");
        assert_eq!(read("DEVNAME=/dev/sdb\nPTTYPE=gpt\n").to_string(), "gpt");
        assert_eq!(read("UUID=1234-ABCD\nTYPE=vfat\n").to_string(), "vfat");
        assert_eq!(read("DEVNAME=/dev/sdb\n"), Holds::Nothing);
    }
}
