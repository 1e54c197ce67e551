//! What people say about disks, and about who may open them.

use serde::{Deserialize, Serialize};

use super::values::{Password, shown, text};

text!(
    /// A disk, as it is called in /dev/disk/by-id: a name that stays the same wherever it is plugged in.
    DiskName, NotADiskName, "not a disk's name: one of those in /dev/disk/by-id is expected, without the folder",
    |text| (1..=200).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|c| c.is_ascii_alphanumeric() || b"._:+-@=#".contains(&c))
);
text!(
    /// The address of a neighbour that helps to open the disk: `http://[200:…]:7364`, or a name.
    Helper, NotAHelper, "not a neighbour's address: one such as http://ilanga-0a1b2c.local:7364 is expected",
    |text| text.len() <= 200
        && text.strip_prefix("http://").is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_alphanumeric() || b".-_:[]".contains(&c))
        })
);
shown!(DiskName, Helper);

/// Where the node lives, and where its data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Disks {
    /// The disk of this computer that it moves to from the stick which it was started from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub install_to: Option<DiskName>,
    /// Disks for data; without any, the rest of the disk that the node lives on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<DiskName>,
    /// Disks whose content may go: each disk that is named above and is not empty has to be named here too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub erase: Vec<DiskName>,
}

/// What opens the data at each start. There is a recovery key besides, always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Unlock {
    /// The computer's TPM, as long as it starts what was signed.
    Tpm,
    /// So many of these neighbours.
    Neighbours {
        /// How many of them have to be there.
        need: u8,
        /// Which they are.
        helpers: Vec<Helper>,
    },
    /// A USB stick that is plugged in at the start.
    UsbKey,
    /// Somebody who types a passphrase.
    Passphrase {
        /// It. Whoever fills in a file may leave it out: then it is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passphrase: Option<Password>,
    },
}
