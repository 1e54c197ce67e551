//! How the node is: what its page shows, and a support report tells. What can't be read is not known.
//!
//! The updater is asked over D-Bus, by `busctl`, and what it says is read as anybody's words: of its history what happened to which
//! release, and no more.

use std::ffi::OsStr;
use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use formats::size::Bytes;
use formats::slot::Slot;
use power::readings::{self, Readings};
use power::sentence;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ssh_keys;
use crate::disks;
use crate::mesh;
use crate::networks;
use crate::node::Node;
use crate::store;
use crate::tool::{Program, run};

/// The most events.
const MOST_EVENTS: usize = 8;

/// Room on a file system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// What is left.
    pub free: Bytes,
    /// All of it.
    pub of: Bytes,
}

/// Something that happened to a release: an event of the updater's history, as far as it is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    /// When, by the node's clock, in seconds since 1970.
    pub time: u64,
    /// What: `installed`, `judged-good`, …
    pub event: String,
    /// Which release.
    #[serde(default, alias = "to")]
    pub version: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A slot, as the updater tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SlotState {
    /// Which.
    pub slot: Slot,
    /// The release in it.
    #[serde(default)]
    pub version: Option<String>,
    /// How it stands, in a word.
    #[serde(default)]
    pub state: Option<String>,
    /// How often it was started on trial.
    #[serde(default)]
    pub starts: Option<u32>,
}

/// What the updater tells.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Boot {
    /// The slot that runs.
    pub running: Option<Slot>,
    /// Both.
    pub slots: Vec<SlotState>,
}

/// A device, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Who it is.
    pub name: String,
    /// What it says.
    pub says: String,
}

/// How the node is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Overview {
    /// What it is called.
    pub name: String,
    /// The release that runs.
    pub release: Option<String>,
    /// What the updater says.
    pub boot: Boot,
    /// What solar devices and batteries say.
    pub devices: Vec<Device>,
    /// Room for data.
    pub room: Option<Room>,
    /// Whether a disk says that it is about to fail.
    pub failing: bool,
    /// Its address in the mesh.
    pub mesh: Option<IpAddr>,
    /// What happened to releases, the newest first.
    pub events: Vec<Event>,
    /// The Wi-Fi networks that it joins.
    pub wifi: Vec<String>,
    /// The administrator's keys.
    pub keys: Vec<ssh_keys::Shown>,
}

/// Looks at all of it; `up` is the time since power-on.
pub fn look(node: &Node, up: Duration) -> Overview {
    let power = readings(node);
    let heard = power.iter().flat_map(|readings| &readings.devices).filter(|device| device.reading.is_some());
    Overview {
        name: host(node),
        release: release(node),
        boot: boot(),
        devices: heard
            .map(|device| Device { name: sentence::name(device), says: sentence::device(device, up) })
            .collect(),
        room: room(node),
        failing: disks::found(node).iter().any(|disk| disk.failing),
        mesh: addresses().into_iter().find_map(|(interface, address)| {
            let link_local = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
            (interface == mesh::INTERFACE && !link_local).then_some(address)
        }),
        events: events(),
        wifi: networks::known(),
        keys: Vec::new(),
    }
}

/// What this computer is called.
pub fn host(node: &Node) -> String {
    let name = fs::read_to_string(node.path("/proc/sys/kernel/hostname")).unwrap_or_default();
    name.trim().to_owned()
}

/// A line of `os-release`.
fn os_release(node: &Node, field: &str) -> Option<String> {
    let text = fs::read_to_string(node.path("/usr/lib/os-release")).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix('='))?;
    Some(value.trim_matches('"').to_owned())
}

/// The release that runs.
pub fn release(node: &Node) -> Option<String> {
    os_release(node, "IMAGE_VERSION")
}

/// The date of the release that runs, in seconds since 1970: what systemd sets a clock to that is before it.
pub fn release_date(node: &Node) -> u64 {
    let changed =
        fs::metadata(node.path("/usr/lib/clock-epoch")).map(|file| std::os::unix::fs::MetadataExt::mtime(&file));
    changed.ok().and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0)
}

/// Interfaces and their addresses.
pub fn addresses() -> Vec<(String, IpAddr)> {
    let found = nix::ifaddrs::getifaddrs().into_iter().flatten();
    let address = |interface: nix::ifaddrs::InterfaceAddress| {
        let address = interface.address?;
        let four = address.as_sockaddr_in().map(|four| IpAddr::V4(four.ip()));
        let any = four.or_else(|| address.as_sockaddr_in6().map(|six| IpAddr::V6(six.ip())))?;
        Some((interface.interface_name, any))
    };
    found.filter_map(address).collect()
}

/// What is heard of solar devices.
pub(super) fn readings(node: &Node) -> Option<Readings> {
    let bytes = store::read(&node.path(readings::PATH), readings::LARGEST).ok()??;
    Readings::parse(&bytes).ok()
}

/// Room for data.
pub(super) fn room(node: &Node) -> Option<Room> {
    let found = nix::sys::statvfs::statvfs(&node.data()).ok()?;
    let bytes = |blocks: u64| Bytes(blocks.saturating_mul(found.fragment_size()));
    Some(Room { free: bytes(found.blocks_available()), of: bytes(found.blocks()) })
}

/// Asks the updater.
fn updater(method: &str) -> Option<String> {
    let words = ["--system", "--json=short", "--timeout=10", "call", "org.ilanga.Updater1", "/org/ilanga/Updater1"];
    let words = [&words[..], &["org.ilanga.Updater1", method]].concat();
    let said = run(Program::Busctl, &words.into_iter().map(OsStr::new).collect::<Vec<_>>(), b"").ok()?;
    answered(&said)
}

/// The string in an answer of `busctl --json`.
fn answered(said: &[u8]) -> Option<String> {
    let said: Value = serde_json::from_slice(said).ok()?;
    Some(said.get("data")?.get(0)?.as_str()?.to_owned())
}

/// How the slots stand.
pub(super) fn boot() -> Boot {
    updater("Status").and_then(|text| read_boot(&text)).unwrap_or_default()
}

fn read_boot(text: &str) -> Option<Boot> {
    #[derive(Deserialize)]
    struct Status {
        boot: Boot,
    }
    serde_json::from_str::<Status>(text).ok().map(|status| status.boot)
}

/// What happened to releases, the newest first.
pub(super) fn events() -> Vec<Event> {
    updater("History").map(|text| read_events(&text)).unwrap_or_default()
}

fn read_events(text: &str) -> Vec<Event> {
    #[derive(Deserialize)]
    struct Told {
        events: Vec<Value>,
    }
    let Ok(told) = serde_json::from_str::<Told>(text) else { return Vec::new() };
    let known = told.events.into_iter().rev().filter_map(|event| serde_json::from_value(event).ok());
    known.take(MOST_EVENTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_updater_says() {
        let said = br#"{"type":"s","data":["{\"format\":1,\"events\":[
            {\"format\":1,\"time\":1795219200,\"event\":\"installed\",\"version\":\"2026.11.1\",\"from\":\"stick\"},
            {\"nothing\":7},
            {\"format\":1,\"time\":1795220000,\"event\":\"rolled-back\",\"from\":\"2\",\"to\":\"1\",\"reason\":\"it does not start\"}]}"]}"#;
        let said = String::from_utf8(said.to_vec()).unwrap().replace("\n            ", "");
        let events = read_events(&answered(said.as_bytes()).unwrap());
        assert_eq!(events.len(), 2);
        assert_eq!((events[0].event.as_str(), events[0].version.as_deref()), ("rolled-back", Some("1")));
        assert_eq!(events[0].reason.as_deref(), Some("it does not start"));
        assert_eq!(events[1].version.as_deref(), Some("2026.11.1"));
        let boot = r#"{"format":1,"says":"x","boot":{"format":1,"running":"a","next":"a","slots":[
            {"slot":"a","version":"2026.11.1","state":"good","says":"good"}],"entries":[],"problems":[]}}"#;
        let boot = read_boot(boot).unwrap();
        assert_eq!((boot.running, boot.slots[0].state.as_deref()), (Some(Slot::A), Some("good")));
        for nonsense in ["", "{}", "[]", r#"{"data":[7]}"#] {
            assert!(answered(nonsense.as_bytes()).is_none() && read_boot(nonsense).is_none());
            assert!(read_events(nonsense).is_empty());
        }
    }

    #[test]
    fn a_computer_of_which_nothing_is_known() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        let overview = look(&node, Duration::ZERO);
        assert_eq!((overview.release, overview.room, overview.name.as_str()), (None, None, ""));
        fs::create_dir_all(root.path().join("usr/lib")).unwrap();
        fs::create_dir_all(root.path().join("data")).unwrap();
        fs::write(root.path().join("usr/lib/os-release"), "ID=debian\nIMAGE_VERSION=\"2026.11.1\"\n").unwrap();
        let overview = look(&node, Duration::ZERO);
        assert_eq!(overview.release.as_deref(), Some("2026.11.1"));
        assert!(overview.room.is_some_and(|room| room.of >= room.free && room.of > Bytes(0)));
    }
}
