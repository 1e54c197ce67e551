//! What is known of this computer: files of the kernel and the node, read into [`Facts`]. What can't be read is not known.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use formats::answers::{MeshKind, TimeZone};
use formats::command_line::CommandLine;
use formats::layout::{Role, Sizes};
use formats::size::Bytes;
use power::readings::{self, Readings, State};
use power::sentence;
use uuid::Uuid;

use crate::disks;
use crate::facts::{Device, Facts, Need, Radios};
use crate::hotspot;
use crate::mesh::Kept;
use crate::neighbours;
use crate::node::Node;
use crate::stick::Sticks;
use crate::store;
use crate::volume::{self, Holds};
use crate::wifi;

/// The keyboards that people here have, by the name of their layout.
const KEYBOARDS: [&str; 12] = ["us", "gb", "za", "fr", "be", "pt", "br", "de", "es", "it", "nl", "ch"];

/// Whether the firmware starts only what is signed: a variable of the UEFI specification, four bytes of attributes and a value.
const SECURE_BOOT: &str = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// What makes a mesh.
const YGGDRASIL: &str = "/usr/sbin/yggdrasil";

/// What makes networks of WireGuard's.
const NETWORK_MANAGER: &str = "/usr/sbin/NetworkManager";

/// What makes networks of Nebula's.
const NEBULA: &str = "/usr/bin/nebula";

/// What helps neighbours.
const TANG: &str = "/usr/libexec/tangd";

/// What a header takes of the room for data.
const HEADER: u64 = 16 << 20;

/// The kinds of mesh that this release can join. NetworkManager knows WireGuard; the kernel has it or not.
fn meshes(node: &Node) -> Vec<MeshKind> {
    let kinds = [(MeshKind::Yggdrasil, YGGDRASIL), (MeshKind::Wireguard, NETWORK_MANAGER), (MeshKind::Nebula, NEBULA)];
    kinds.into_iter().filter(|(_, path)| node.path(path).exists()).map(|(kind, _)| kind).collect()
}

/// Reads all of it but the Wi-Fi networks and radios, which the hotspot's keeper has seen, and the other disks, of which
/// [`crate::disks::Disks`] tells. `waits` is the header of this set-up, which may be in its place already; `up` is the time since power-on.
pub fn facts(node: &Node, waits: Option<Uuid>, up: Duration) -> Facts {
    let rest = node.data_partition().canonicalize().ok();
    let holds = rest.as_ref().and_then(|device| volume::holds(device).ok()).and_then(|holds| match holds {
        Holds::Nothing => None,
        Holds::Volume(uuid) if Some(uuid) == waits => None,
        other => Some(other.to_string()),
    });
    let memory = memory(node);
    let length = rest.as_ref().and_then(|device| length(node, device)).unwrap_or(0).saturating_sub(HEADER);
    Facts {
        time_zones: time_zones(node),
        keyboards: KEYBOARDS.iter().filter_map(|name| name.parse().ok()).collect(),
        address: address().unwrap_or_default(),
        host: host(node),
        wired: wired(node),
        wifi: Vec::new(),
        devices: devices(node, up),
        battery: None,
        mesh: meshes(node),
        radios: Radios::default(),
        passed: Kept::of(node).floor(),
        helps: node.path(TANG).exists(),
        helpers: neighbours::found(node),
        own_disk: disks::own_name(node).map(|name| name.to_string()).unwrap_or_default(),
        secure_boot: fs::read(node.path(SECURE_BOOT)).is_ok_and(|value| value.get(4) == Some(&1)),
        from_stick: false,
        disks: Vec::new(),
        system: sizes(node).map(|sizes| sizes.start(Role::Data)).unwrap_or_default(),
        rest: Bytes(length),
        tpm: node.path("/dev/tpmrm0").exists() && node.tpm_public_key().exists(),
        sticks: Sticks::of(node).present().into_iter().map(|stick| stick.name).collect(),
        speed: None,
        rest_holds: holds,
        services: Vec::new(),
        budget: Need { memory: Bytes(memory / 2), disk: Bytes(length), milliwatts: 0 },
    }
}

/// How large a node's partitions are, as the command line of its kernel says.
pub fn sizes(node: &Node) -> Option<Sizes> {
    let line = fs::read_to_string(node.path("/proc/cmdline")).ok()?;
    line.parse::<CommandLine>().ok().map(|line| line.sizes)
}

/// What this computer is called now.
pub fn host(node: &Node) -> String {
    let name = fs::read_to_string(node.path("/proc/sys/kernel/hostname")).unwrap_or_default();
    name.trim().to_owned()
}

/// How much memory there is, in bytes.
pub fn memory(node: &Node) -> u64 {
    let text = fs::read_to_string(node.path("/proc/meminfo")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0).saturating_mul(1024)
}

/// Whether a screen is plugged in, on which the code of a claim can be read. Where the graphics' driver does not know its sockets, the
/// firmware has found a screen, or there would be no picture.
pub fn has_screen(node: &Node) -> bool {
    let cards = fs::read_dir(node.path("/sys/class/drm")).into_iter().flatten().flatten();
    let sockets: Vec<String> = cards.filter_map(|card| fs::read_to_string(card.path().join("status")).ok()).collect();
    match sockets.is_empty() {
        true => node.path("/sys/class/graphics/fb0").exists(),
        false => sockets.iter().any(|status| status.trim() == "connected"),
    }
}

fn length(node: &Node, device: &Path) -> Option<u64> {
    let size = node.path("/sys/class/block").join(device.file_name()?).join("size");
    fs::read_to_string(size).ok()?.trim().parse::<u64>().ok()?.checked_mul(512)
}

fn time_zones(node: &Node) -> Vec<TimeZone> {
    let text = fs::read_to_string(node.path("/usr/share/zoneinfo/zone.tab")).unwrap_or_default();
    let names = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split('\t').nth(2));
    let mut zones: Vec<TimeZone> = names.chain(["UTC"]).filter_map(|name| name.parse().ok()).collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// The interfaces of the kernel, each with its folder.
fn interfaces(node: &Node) -> Vec<PathBuf> {
    let folder = fs::read_dir(node.interfaces()).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = folder.map(|entry| entry.path()).collect();
    found.sort_unstable();
    found
}

/// Whether a cable leads somewhere: an interface of Ethernet's (type 1) that has a device and a carrier, and is no radio.
fn wired(node: &Node) -> bool {
    let reads = |path: PathBuf, value: &str| fs::read_to_string(path).is_ok_and(|text| text.trim() == value);
    interfaces(node).into_iter().any(|interface| {
        interface.join("device").exists()
            && !wifi::is_radio(&interface)
            && reads(interface.join("type"), "1")
            && reads(interface.join("carrier"), "1")
    })
}

/// An address by which others in the same network reach this computer. At the hotspot there is another one.
fn address() -> Option<String> {
    let addresses = nix::ifaddrs::getifaddrs().ok()?;
    addresses
        .filter(|interface| !interface.flags.contains(nix::net::if_::InterfaceFlags::IFF_LOOPBACK))
        .filter_map(|interface| Some(interface.address?.as_sockaddr_in()?.ip()))
        .find(|address| *address != hotspot::ADDRESS)
        .map(|address| address.to_string())
}

/// The solar devices that were heard.
fn devices(node: &Node, up: Duration) -> Vec<Device> {
    let path = node.path(readings::PATH);
    let Ok(Some(bytes)) = store::read(&path, readings::LARGEST) else { return Vec::new() };
    let Ok(readings) = serde_json::from_slice::<Readings>(&bytes) else { return Vec::new() };
    let heard = readings.devices.iter().filter(|device| matches!(device.state, State::Heard | State::Missed));
    heard.map(|device| Device { name: sentence::name(device), says: sentence::device(device, up) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_computer() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        let nothing = facts(&node, None, Duration::ZERO);
        assert!(!nothing.wired && !nothing.tpm && nothing.rest == Bytes(0) && nothing.own_disk.is_empty());
        write(
            root.path(),
            "usr/share/zoneinfo/zone.tab",
            "# x\nZA\t-2615+02800\tAfrica/Johannesburg\nLS\t-2928+02730\tAfrica/Maseru\tx\n",
        );
        write(root.path(), "proc/meminfo", "MemTotal:        4026532 kB\nMemFree: 1 kB\n");
        write(root.path(), "sys/class/net/eth0/type", "1\n");
        write(root.path(), "sys/class/net/eth0/carrier", "1\n");
        write(root.path(), "sys/class/net/eth0/device/x", "");
        let found = facts(&node, None, Duration::ZERO);
        let zones: Vec<&str> = found.time_zones.iter().map(TimeZone::as_str).collect();
        assert_eq!(zones, ["Africa/Johannesburg", "Africa/Maseru", "UTC"]);
        assert!(found.wired && found.budget.memory == Bytes(4_026_532 * 512));
        write(root.path(), "sys/class/net/eth0/wireless/x", "");
        assert!(!facts(&node, None, Duration::ZERO).wired);
    }

    #[test]
    fn a_screen() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        assert!(!has_screen(&node));
        write(root.path(), "sys/class/graphics/fb0/x", "");
        assert!(has_screen(&node));
        write(root.path(), "sys/class/drm/card0-HDMI-A-1/status", "disconnected\n");
        write(root.path(), "sys/class/drm/version", "");
        assert!(!has_screen(&node));
        write(root.path(), "sys/class/drm/card0-DP-1/status", "connected\n");
        assert!(has_screen(&node));
    }
}
