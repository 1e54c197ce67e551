//! Wi-Fi networks, as somebody types them at the page.

use formats::answers::Wifi;
use serde::{Deserialize, Serialize};

use crate::apply::ChangeError;
use crate::networks::{self, Asked};
use crate::node::Node;

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is done.
    Done,
    /// It has no such name.
    NoName,
    /// It has no such key.
    NoKey,
}

/// Joins a network from now on; whether it takes the key, nobody waits for.
pub(super) fn join(node: &Node, name: &str, key: &str, metered: bool) -> Result<Outcome, ChangeError> {
    let Ok(name) = name.trim().parse() else { return Ok(Outcome::NoName) };
    let key = match key {
        "" => None,
        key => match key.parse() {
            Ok(key) => Some(key),
            Err(_) => return Ok(Outcome::NoKey),
        },
    };
    networks::ask(node, &Asked::Join(Wifi { name, key, hidden: false, metered }))?;
    println!("a Wi-Fi network was added");
    Ok(Outcome::Done)
}

/// Forgets one.
pub(super) fn forget(node: &Node, name: &str) -> Result<Outcome, ChangeError> {
    let Ok(name) = name.parse() else { return Ok(Outcome::NoName) };
    networks::ask(node, &Asked::Forget { name })?;
    println!("a Wi-Fi network was forgotten");
    Ok(Outcome::Done)
}
