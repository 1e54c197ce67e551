//! How the node is, in sentences: the same on its page and on its screen. Pure.

use std::net::IpAddr;

use formats::slot::Slot;

use super::overview::{Event, Overview};
use crate::texts::{Id, Text, id};

/// The sentences about the node itself.
pub fn state(overview: &Overview) -> Vec<Text> {
    let mut lines = Vec::new();
    if let Some(release) = overview.release.as_deref() {
        let slot = overview.boot.running.map(|slot| if slot == Slot::A { "A" } else { "B" });
        lines.push(match slot {
            Some(slot) => id::PAGE_RELEASE.with("version", release).with("slot", slot),
            None => id::PAGE_RELEASE_ALONE.with("version", release),
        });
    }
    if let Some(room) = overview.room {
        lines.push(id::PAGE_ROOM.with("free", room.free.to_string()).with("of", room.of.to_string()));
    }
    lines.extend(overview.failing.then(|| id::STATUS_FAILING.text()));
    lines.push(match overview.mesh {
        Some(address) => id::PAGE_MESH.with("address", address.to_string()),
        None => id::PAGE_MESH_NONE.text(),
    });
    lines
}

/// What happened, in words.
pub fn happened(event: &Event) -> Text {
    let told: Id = match event.event.as_str() {
        "installed" => id::EVENT_INSTALLED,
        "failed" => id::EVENT_FAILED,
        "refused" => id::EVENT_REFUSED,
        "trial-started" => id::EVENT_TRIAL,
        "given-back" => id::EVENT_GIVEN_BACK,
        "judged-good" => id::EVENT_GOOD,
        "judged-bad" => id::EVENT_BAD,
        "rolled-back" => id::EVENT_ROLLED_BACK,
        "chosen" => id::EVENT_CHOSEN,
        "pinned" => id::EVENT_PINNED,
        "unpinned" => id::EVENT_UNPINNED,
        "restarted" => id::EVENT_RESTARTED,
        _ => id::EVENT_OTHER,
    };
    let words = |value: &Option<String>| value.as_deref().unwrap_or("?").to_owned();
    told.with("version", words(&event.version)).with("why", words(&event.reason))
}

/// Whether an address is one that people can use: not the computer's own, and not one of a single link, which needs an interface.
pub fn is_shown(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_loopback(),
        IpAddr::V6(address) => !address.is_loopback() && !address.is_unicast_link_local(),
    }
}
