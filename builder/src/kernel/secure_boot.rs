//! The contents of Secure Boot's variables, as systemd-boot enrols them from `loader/keys/auto/` while the firmware is
//! in set-up mode.
//!
//! ```text
//! PK.auth    our platform key                                        signed by itself
//! KEK.auth   our key exchange key, Microsoft's of 2011 and 2023      signed by the platform key
//! db.auth    our Secure Boot key, Microsoft's CAs                    signed by our key exchange key
//! ```
//!
//! Each is an `EFI_VARIABLE_AUTHENTICATION_2` with a list of certificates behind it, see [UEFI 2.10, 8.2 and
//! 32.4](https://uefi.org/specs/UEFI/2.10/32_Secure_Boot_and_Driver_Signing.html). Microsoft's certificates are in db
//! for the firmware of cards (option ROMs), without which some machines show no picture or do not start; in KEK, so that
//! their updates of dbx, the list of what is revoked, are still taken. microsoft/README.md says where they come from.

use std::fs;
use std::path::{Path, PathBuf};

use formats::key_change::Variable::{Db, Kek, Pk};
use formats::key_change::files::{append, replace};
use uuid::{Uuid, uuid};

use super::KernelError;
use super::sign::stopped_clock;
use crate::keys::{KeySet, Pair};
use crate::tool::Command;

/// The owner of Microsoft's entries, as Windows writes it.
const MICROSOFT: Uuid = uuid!("77fa9abd-0359-4d32-bd60-28f4e78f784b");

const MICROSOFT_KEK: [(&str, &str); 2] = [
    ("ms-kek-2011", include_str!("microsoft/ms-kek-2011.pem")),
    ("ms-kek-2023", include_str!("microsoft/ms-kek-2023.pem")),
];

const MICROSOFT_DB: [(&str, &str); 5] = [
    ("windows-2011", include_str!("microsoft/windows-2011.pem")),
    ("windows-2023", include_str!("microsoft/windows-2023.pem")),
    ("ms-uefi-2011", include_str!("microsoft/ms-uefi-2011.pem")),
    ("ms-uefi-2023", include_str!("microsoft/ms-uefi-2023.pem")),
    ("ms-uefi-rom-2023", include_str!("microsoft/ms-uefi-rom-2023.pem")),
];

/// A signed variable, ready for the ESP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    /// `PK`, `KEK` or `db`.
    pub(crate) name: &'static str,
    /// The content of its `.auth` file.
    pub(crate) content: Vec<u8>,
}

/// Makes the variables. `date` is the release's, in seconds since 1970: firmware refuses a variable that is older than
/// what it has. Files in between are made in the folder `work`.
pub(crate) fn variables(tools: &Path, keys: &KeySet, date: u64, work: &Path) -> Result<Vec<Variable>, KernelError> {
    let signer = Signer { tools, owner: keys.owner, date, work };
    Ok(vec![
        signer.variable("PK", &keys.platform, &[], &keys.platform)?,
        signer.variable("KEK", &keys.key_exchange, &MICROSOFT_KEK, &keys.platform)?,
        signer.variable("db", &keys.secure_boot, &MICROSOFT_DB, &keys.key_exchange)?,
    ])
}

/// What nodes need for a change of keys: `formats::key_change` says what each file is. `date` is the release's.
pub(crate) fn changes(
    tools: &Path,
    [old, new]: [&KeySet; 2],
    date: u64,
    work: &Path,
) -> Result<Vec<(&'static str, Vec<u8>)>, KernelError> {
    // Firmware takes a replacement only if it is younger than what is there: what was enrolled, and what was added to it by a
    // release before, both perhaps of the same day.
    let [adder, replacer] = [1, 2].map(|later| Signer { tools, owner: new.owner, date: date + later, work });
    let kinds = [
        (Db, &new.secure_boot, MICROSOFT_DB.as_slice(), &old.key_exchange, &new.key_exchange),
        (Kek, &new.key_exchange, MICROSOFT_KEK.as_slice(), &old.platform, &old.platform),
    ];
    let mut files = Vec::new();
    for (variable, own, others, adds, replaces) in kinds {
        let name = variable.name();
        files.push((append(variable), adder.change(name, own, &[], adds, true)?));
        let [with, alone] = replace(variable);
        files.push((with, replacer.change(name, own, others, replaces, false)?));
        files.push((alone, replacer.change(name, own, &[], replaces, false)?));
    }
    let [only, _] = replace(Pk);
    files.push((only, replacer.change(Pk.name(), &new.platform, &[], &old.platform, false)?));
    Ok(files)
}

struct Signer<'a> {
    tools: &'a Path,
    owner: Uuid,
    date: u64,
    work: &'a Path,
}

impl Signer<'_> {
    fn variable(
        &self,
        name: &'static str,
        own: &Pair,
        others: &[(&str, &str)],
        signer: &Pair,
    ) -> Result<Variable, KernelError> {
        Ok(Variable { name, content: self.change(name, own, others, signer, false)? })
    }

    fn change(
        &self,
        name: &str,
        own: &Pair,
        others: &[(&str, &str)],
        signer: &Pair,
        append: bool,
    ) -> Result<Vec<u8>, KernelError> {
        let mut list = self.signature_list(&own.certificate, self.owner)?;
        for (other, pem) in others {
            let certificate = self.work.join(format!("{other}.pem"));
            fs::write(&certificate, pem).map_err(KernelError::writing(&certificate))?;
            list.extend(self.signature_list(&certificate, MICROSOFT)?);
        }
        let path = self.work.join(format!("{name}.esl"));
        fs::write(&path, list).map_err(KernelError::writing(&path))?;
        self.output(&format!("{name}.auth"), |output| {
            stopped_clock(self.tools, self.date)
                .arg("sign-efi-sig-list")
                .args(append.then_some("-a"))
                .arg("-t")
                .arg(super::sign::utc(self.date))
                .arg("-g")
                .arg(self.owner.to_string())
                .arg("-k")
                .arg(&signer.key)
                .arg("-c")
                .arg(&signer.certificate)
                .arg(name)
                .arg(&path)
                .arg(output)
                .read(&signer.key)
                .read(&signer.certificate)
                .read(&path)
        })
    }

    /// One certificate as an `EFI_SIGNATURE_LIST`.
    fn signature_list(&self, certificate: &Path, owner: Uuid) -> Result<Vec<u8>, KernelError> {
        self.output("certificate.esl", |output| {
            Command::new(self.tools, "cert-to-efi-sig-list")
                .arg("-g")
                .arg(owner.to_string())
                .arg(certificate)
                .arg(output)
                .read(certificate)
        })
    }

    /// What a program writes to a file, which `command` is told.
    fn output(&self, name: &str, command: impl FnOnce(&PathBuf) -> Command) -> Result<Vec<u8>, KernelError> {
        let output = self.work.join(name);
        super::sign::make_empty(&output)?;
        command(&output).write(&output).run().map_err(KernelError::tool("making", &output))?;
        fs::read(&output).map_err(KernelError::reading(&output))
    }
}
