//! Signatures of OpenSSH's ([PROTOCOL.sshsig](https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig)), which its own program checks.

use std::fs;
use std::path::Path;

use formats::answers::SshKey;

use super::{OrderError, Text, at};
use crate::store;
use crate::tool::{Program, ToolError, run};

/// What a signature is for, so that none that was made for something else is one.
pub(super) const NAMESPACE: &str = "ilanga-order";

/// What the administrator is called there.
const WHO: &str = "administrator";

/// Checks that one of these keys has signed the text.
pub(super) fn check(keys: &[SshKey], text: &Text, signature: &Text, folder: &Path) -> Result<(), OrderError> {
    let [allowed, signed] = ["allowed", "signature"].map(|name| folder.join(name));
    let lines: String = keys.iter().map(|key| format!("{WHO} namespaces=\"{NAMESPACE}\" {}\n", key.as_str())).collect();
    store::replace(&allowed, lines.as_bytes()).map_err(at("writing", &allowed))?;
    store::replace(&signed, signature).map_err(at("writing", &signed))?;
    let words = ["-Y", "verify", "-I", WHO, "-n", NAMESPACE, "-f"].map(std::ffi::OsStr::new);
    let words = [words.as_slice(), &[allowed.as_os_str(), "-s".as_ref(), signed.as_os_str()]].concat();
    let checked = match run(Program::SshKeygen, &words, text) {
        Ok(_) => Ok(()),
        Err(ToolError::Failed { said, .. }) => Err(OrderError::Foreign(said)),
        Err(other) => Err(other.into()),
    };
    for file in [allowed, signed] {
        fs::remove_file(&file).map_err(at("removing", &file))?;
    }
    checked
}
