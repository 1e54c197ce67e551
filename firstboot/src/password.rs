//! A new password for the administrator who has forgotten theirs: for whoever is at the computer's keyboard, and has what opens the data.
//!
//! Invariant: nothing is changed before what was typed has opened the data's header; when it is done, no power cut loses it, and whoever
//! was logged in at the page by the password of before is so no more.

use formats::answers::Password;
use thiserror::Error;

use crate::hashes::{self, Unhashed};
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
    let mut administrator = people::kept(node)?.ok_or(RenewError::Nobody)?;
    let device = volume::partition(node)?;
    let key = recovery_key::typed(opener);
    let typed = [Some(opener), key.as_deref().map(String::as_str)];
    let mut opened = false;
    for secret in typed.into_iter().flatten().filter(|secret| !secret.is_empty()) {
        opened = opened || volume::opens(&device, secret.as_bytes())?;
    }
    if !opened {
        return Err(RenewError::Wrong);
    }
    administrator.password = hashes::hash(password)?;
    people::keep(node, &administrator)?;
    people::tell_of(node, &administrator)?;
    Ok(systemd::restart(&[STEWARD])?)
}
