//! Asks the part that may talk to the network for something, in a person's name: it starts `ilanga-fetch-asked.service`, whose
//! credential says what. What that says at the end is passed on; the bundle is installed as any file.

use zbus::Connection;

use super::node::Node;
use super::{Failure, answers};
use crate::error::{Context as _, chain};
use crate::fetch::address::Address;
use crate::fetch::asked::Asked;
use crate::fetched;
use crate::records::replace;
use crate::systemd;

/// The unit that fetches.
const UNIT: &str = "ilanga-fetch-asked.service";

/// The longest address.
const LONGEST: usize = 2048;

/// Fetches what is at an address, or what tells its cost.
pub(super) async fn fetch(
    node: &Node,
    connection: &Connection,
    address: &str,
    only_cost: bool,
) -> Result<String, Failure> {
    if address.len() > LONGEST {
        return Err(Failure::Refused("the address is too long".to_owned()));
    }
    Address::parse(address).map_err(|error| Failure::Refused(chain(&error)))?;
    // One at a time: what is asked for is in one place.
    let Ok(_asking) = node.asking.try_lock() else {
        return Err(Failure::Busy(
            "something else is being fetched for somebody: `ilanga-update status` says what".to_owned(),
        ));
    };
    let path = node.tree.asked();
    let written = replace(&path, Asked::new(address, only_cost).to_text().as_bytes()).context("writing", &path);
    written.map_err(|error| Failure::failed(&error))?;
    log::info!("asking for {address}");
    let result = systemd::run(connection, UNIT).await.map_err(|error| Failure::failed(&error))?;
    let said = fetched::said(&node.tree.fetch_status()).unwrap_or_default();
    match result.as_str() {
        "done" => answers::json(&said),
        "skipped" => {
            Err(Failure::Refused("this node has no data partition to fetch to: bring the bundle on a stick".to_owned()))
        }
        _ => Err(Failure::Failed(match said.notes.last() {
            Some(note) => note.to_string(),
            None => format!("it was not fetched ({result}): `journalctl -u {UNIT}` says why"),
        })),
    }
}
