//! A new password for the administrator who has forgotten theirs: for whoever is at the computer's keyboard, and has what opens the data; or whose
//! order was found good ([`crate::order`]).
//!
//! Invariant: at the keyboard nothing is changed before what was typed has opened the data's header; when it is done, no power cut loses it, and whoever
//! was logged in at the page by the password of before is so no more.

use formats::answers::Password;
use thiserror::Error;

use crate::hashes::{self, Unhashed};
use crate::header;
use crate::machine::Administrator;
use crate::node::Node;
use crate::people::{self, PeopleError};
use crate::recovery_key;
use crate::systemd;
use crate::tool::ToolError;
use crate::volume::{self, VolumeError};

/// Who knows who is logged in.
const STEWARD: &str = "ilanga-steward.service";

/// The password is the one of before.
#[derive(Debug, Error)]
pub enum RenewError {
    /// What was typed is neither a passphrase nor the recovery key of this computer.
    #[error("this opens nothing")]
    Wrong,
    /// There is no administrator.
    #[error("nobody has set this computer up")]
    Nobody,
    /// The header.
    #[error(transparent)]
    Volume(#[from] VolumeError),
    /// The administrator.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// The password.
    #[error(transparent)]
    Hash(#[from] Unhashed),
    /// A program.
    #[error(transparent)]
    Tool(#[from] ToolError),
}

/// Exchanges the administrator's password. `opener` is a passphrase, or the text of the recovery key in any way of typing it.
pub fn renew(node: &Node, opener: &str, password: &Password) -> Result<(), RenewError> {
    exchange(node, opener, password)?;
    Ok(systemd::restart(&[STEWARD])?)
}

fn exchange(node: &Node, opener: &str, password: &Password) -> Result<(), RenewError> {
    let administrator = people::kept(node)?.ok_or(RenewError::Nobody)?;
    let device = volume::partition(node)?;
    let key = recovery_key::typed(opener);
    let typed = [Some(opener), key.as_deref().map(String::as_str)];
    let mut opened = false;
    for secret in typed.into_iter().flatten().filter(|secret| !secret.is_empty()) {
        opened = opened || header::opens(&device, secret.as_bytes())?;
    }
    if !opened {
        return Err(RenewError::Wrong);
    }
    keep(node, administrator, password)
}

/// Exchanges it for whoever was found to be the administrator.
pub(crate) fn replace(node: &Node, administrator: Administrator, password: &Password) -> Result<(), RenewError> {
    keep(node, administrator, password)?;
    Ok(systemd::restart(&[STEWARD])?)
}

fn keep(node: &Node, mut administrator: Administrator, password: &Password) -> Result<(), RenewError> {
    administrator.password = hashes::hash(password)?;
    people::keep(node, &administrator)?;
    Ok(people::tell_of(node, &administrator)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::{Besides, Cost, Headers};
    use crate::recovery_key::RecoveryKey;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    #[test]
    fn only_what_opens_the_data_changes_the_password() {
        if !Path::new("/usr/sbin/cryptsetup").exists() {
            return println!("skipped: no cryptsetup");
        }
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        fs::create_dir_all(node.administrator().parent().unwrap()).unwrap();
        let (before, after): (Password, Password) =
            ("umbane namanzi 7".parse().unwrap(), "elinye igama 12".parse().unwrap());
        let key = RecoveryKey::of_bits(&[7; 32]);
        assert!(matches!(exchange(&node, key.text(), &after), Err(RenewError::Nobody)));
        let name = "thandi".parse().unwrap();
        people::keep(&node, &Administrator { name, password: hashes::hash(&before).unwrap(), ssh_keys: Vec::new() })
            .unwrap();
        assert!(matches!(exchange(&node, key.text(), &after), Err(RenewError::Volume(VolumeError::NoPartition))));

        let headers = Headers::new(root.path().to_owned(), Cost { memory: 32, milliseconds: 1 });
        let header = headers.make(&key, Besides::Passphrase(&"ilanga liyaphuma".parse().unwrap())).unwrap();
        fs::create_dir_all(node.data_partition().parent().unwrap()).unwrap();
        symlink(headers.path(header), node.data_partition()).unwrap();
        let is = |typed: &str| hashes::is(typed, &people::kept(&node).unwrap().unwrap().password.page);
        for wrong in ["", "cccccccc", RecoveryKey::of_bits(&[8; 32]).text(), before.as_str()] {
            assert!(matches!(exchange(&node, wrong, &after), Err(RenewError::Wrong)), "{wrong}");
        }
        assert!(is(before.as_str()));
        // As a person types it.
        exchange(&node, &key.text().to_uppercase().replace('-', " "), &after).unwrap();
        assert!(is(after.as_str()) && !is(before.as_str()));
        exchange(&node, "ilanga liyaphuma", &before).unwrap();
        assert!(is(before.as_str()));
    }
}
