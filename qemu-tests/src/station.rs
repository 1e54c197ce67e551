//! A phone in Wi-Fi range of a node, and a network of somebody else's: radios of the kernel's simulator (mac80211_hwsim), each in a
//! namespace of its own, so that whatever they send goes as frames to the node's radio. The phone joins by wpa_supplicant, which the node
//! has, and gets addresses by busybox' DHCP client; the other network is wpa_supplicant's too.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error};
use crate::ext4;
use crate::running::Running;

/// What the disk is called.
const LABEL: &str = "station";

/// Where the node has it.
const PLACE: &str = "/run/station";

/// The phone's network namespace, and its interface there.
const INSIDE: &str = "ip netns exec phone";

/// Of the three radios the second one: the node takes the first.
const INTERFACE: &str = "wlan1";

/// What the DHCP client does with an address.
const LEASE: &str = "#!/bin/sh\ncase $1 in bound | renew)\n    ip address flush dev $interface\n    \
    ip address add $ip/$mask dev $interface\n    ip route replace default via $router\n    \
    echo \"$ip by $serverid, names from $dns, router $router, more: $opt114\" ;;\nesac\n";

/// Makes the file of a disk with the phone's programs in `folder`.
pub fn disk(folder: &Path) -> Result<PathBuf, Error> {
    let (content, file) = (folder.join(LABEL), folder.join("station.ext4"));
    fs::create_dir_all(&content).at("making", &content)?;
    for program in ["/usr/sbin/iw", "/usr/bin/busybox"] {
        let name = Path::new(program).file_name().unwrap_or_default();
        fs::copy(program, content.join(name)).at("copying", Path::new(program))?;
    }
    let lease = content.join("lease");
    fs::write(&lease, LEASE).at("writing", &lease)?;
    fs::set_permissions(&lease, fs::Permissions::from_mode(0o755)).at("making executable", &lease)?;
    ext4::make(&content, &file, 16, &["-L", LABEL])?;
    Ok(file)
}

/// Gives a node a radio, a phone beside it, and this network with this key, which is there before the node looks.
pub fn arrives(node: &mut Running<'_>, network: &str, key: &str) -> Result<(), Error> {
    node.run(&format!("mkdir -p {PLACE} && mount -o ro LABEL={LABEL} {PLACE}"))?;
    node.run("modprobe mac80211_hwsim radios=3 && udevadm settle && nmcli device set wlan0 managed no")?;
    for (radio, name) in [("phy1", "phone"), ("phy2", "school")] {
        node.run(&format!("ip netns add {name} && {PLACE}/iw phy {radio} set netns name {name}"))?;
        node.run(&format!("ip netns exec {name} ip link set lo up"))?;
    }
    let lines = access_point(network, key);
    node.run(&format!("printf '%s\\n' {lines} > /run/school.conf"))?;
    node.run("ip netns exec school wpa_supplicant -B -D nl80211 -i wlan2 -c /run/school.conf -P /run/school.pid")?;
    node.wait("the other network", |node| {
        let said = node.try_run(&format!("ip netns exec school {PLACE}/iw dev wlan2 info"))?.output;
        Ok(said.contains("type AP").then_some(()))
    })?;
    node.run("nmcli device set wlan0 managed yes").map(drop)
}

/// The network that the node is in.
pub fn network_of(node: &mut Running<'_>) -> Result<Option<String>, Error> {
    let said = node.try_run(&format!("{PLACE}/iw dev wlan0 link"))?.output;
    Ok(said.lines().find_map(|line| line.trim().strip_prefix("SSID: ")).map(str::to_owned))
}

/// Joins a network, and gets an address: what the DHCP server said.
pub fn joins(node: &mut Running<'_>, network: &str, key: Option<&str>) -> Result<String, Error> {
    let how = key.map_or("key_mgmt=NONE".to_owned(), |key| format!("psk=\"{key}\""));
    node.run(&format!("printf '%s\\n' 'network={{' 'ssid=\"{network}\"' '{how}' '}}' > /run/phone.conf"))?;
    node.run(&format!("{INSIDE} wpa_supplicant -B -D nl80211 -i {INTERFACE} -c /run/phone.conf -P /run/phone.pid"))?;
    let joined = node.wait(&format!("the phone is in {network}"), |node| {
        let link = node.try_run(&format!("{INSIDE} {PLACE}/iw dev {INTERFACE} link"))?.output;
        Ok(link.contains("Connected to").then_some(()))
    });
    if joined.is_err() {
        let found = node.try_run(&format!("{INSIDE} {PLACE}/iw dev {INTERFACE} scan | grep -i ssid; nmcli device"))?;
        return Err(Error::Surprise { what: format!("the phone is in {network}"), found: found.output });
    }
    let client = format!("{PLACE}/busybox udhcpc -i {INTERFACE} -n -q -f -t 10 -O 114 -s {PLACE}/lease");
    node.run(&format!("{INSIDE} {client} 2>&1"))
}

/// Whether it is in a network.
pub fn is_in_range(node: &mut Running<'_>) -> Result<bool, Error> {
    Ok(node.try_run(&format!("{INSIDE} {PLACE}/iw dev {INTERFACE} link"))?.output.contains("Connected to"))
}

/// The address that the network says a name has.
pub fn looks_up(node: &mut Running<'_>, name: &str, server: &str) -> Result<String, Error> {
    node.run(&format!("{INSIDE} {PLACE}/busybox nslookup {name} {server} 2>&1; true"))
}

/// What an address answers to a request for a page of a host.
pub fn fetches(node: &mut Running<'_>, address: &str, host: &str, path: &str) -> Result<String, Error> {
    let request = format!("GET {path} HTTP/1.1\\r\\nHost: {host}\\r\\nConnection: close\\r\\n\\r\\n");
    node.run(&format!("printf '{request}' | {INSIDE} {PLACE}/busybox nc -w 20 {address} 80 2>&1; true"))
}

/// Which of these ports let a connection in: `nc` ends with 1 where none was made.
pub fn knocks(node: &mut Running<'_>, address: &str, ports: &[u16]) -> Result<Vec<u16>, Error> {
    let words: Vec<String> = ports.iter().map(u16::to_string).collect();
    let said = node.run(&format!(
        "for port in {}; do {INSIDE} {PLACE}/busybox timeout 6 {PLACE}/busybox nc -w 2 {address} $port </dev/null >/dev/null 2>&1; [ $? = 1 ] || echo $port; done",
        words.join(" ")
    ))?;
    Ok(said.split_whitespace().filter_map(|port| port.parse().ok()).collect())
}

/// Gives a node a radio, and another one beside it that meets others' without an access point in between (802.11s), as a node's own would.
pub fn meets(node: &mut Running<'_>) -> Result<(), Error> {
    is_near(node)?;
    let lines = "'network={' 'ssid=\"ilanga\"' 'mode=5' 'frequency=2412' 'key_mgmt=NONE' '}'";
    node.run(&format!("printf '%s\\n' {lines} > /run/phone.conf"))?;
    node.run(&format!("{INSIDE} wpa_supplicant -B -D nl80211 -i {INTERFACE} -c /run/phone.conf -P /run/phone.pid"))
        .map(drop)
}

/// Makes the other radio part of a network over several (B.A.T.M.A.N. advanced).
pub fn batman(node: &mut Running<'_>) -> Result<(), Error> {
    let steps = [
        format!("{INSIDE} {PLACE}/iw dev {INTERFACE} set mesh_param mesh_fwding 0"),
        format!("{INSIDE} ip link add bat0 type batadv"),
        format!("{INSIDE} ip link set {INTERFACE} master bat0"),
        format!("{INSIDE} ip link set bat0 up"),
    ];
    node.run(&steps.join(" && ")).map(drop)
}

/// Has the other one run Yggdrasil, which knows of nobody: its address.
pub fn yggdrasil(node: &mut Running<'_>) -> Result<String, Error> {
    let line = r#"{"AdminListen": "none", "IfName": "mesh1", "MulticastInterfaces": [{"Regex": "bat0", "Beacon": true, "Listen": true}]}"#;
    node.run("openssl genpkey -algorithm ED25519 -out /run/peer.pem")?;
    let text = line.replacen('{', r#"{"PrivateKeyPath": "/run/peer.pem", "#, 1);
    node.run(&format!("printf '%s\\n' '{text}' > /run/peer.conf"))?;
    let begun = format!("systemd-run --quiet --unit peer {INSIDE} yggdrasil -useconffile /run/peer.conf");
    node.run(&begun)?;
    Ok(node.run("yggdrasil -useconffile /run/peer.conf -address")?.trim().to_owned())
}

/// Gives a node a radio, and a phone beside it that has nothing on.
pub fn is_near(node: &mut Running<'_>) -> Result<(), Error> {
    node.run(&format!("mkdir -p {PLACE} && mount -o ro LABEL={LABEL} {PLACE}"))?;
    node.run("modprobe mac80211_hwsim radios=2 && udevadm settle")?;
    node.run(&format!("ip netns add phone && {PLACE}/iw phy phy1 set netns name phone && {INSIDE} ip link set lo up"))
        .map(drop)
}

/// Has the phone be a hotspot, which gives out addresses in 192.168.43.0/24.
pub fn has_hotspot(node: &mut Running<'_>, network: &str, key: &str) -> Result<(), Error> {
    let lines = access_point(network, key);
    node.run(&format!("printf '%s\\n' {lines} > /run/phone.conf"))?;
    node.run(&format!("{INSIDE} wpa_supplicant -B -D nl80211 -i {INTERFACE} -c /run/phone.conf -P /run/phone.pid"))?;
    let lines = format!(
        "'start 192.168.43.20' 'end 192.168.43.99' 'interface {INTERFACE}' 'lease_file /run/leases' 'option subnet 255.255.255.0'"
    );
    node.run(&format!("printf '%s\\n' {lines} > /run/udhcpd.conf && touch /run/leases"))?;
    node.run(&format!("{INSIDE} ip address add 192.168.43.1/24 dev {INTERFACE}"))?;
    node.run(&format!("{INSIDE} {PLACE}/busybox udhcpd -S /run/udhcpd.conf")).map(drop)
}

/// The lines of wpa_supplicant's file for being an access point.
fn access_point(network: &str, key: &str) -> String {
    format!(
        "'network={{' 'ssid=\"{network}\"' 'mode=2' 'frequency=2437' 'key_mgmt=WPA-PSK' 'proto=RSN' 'pairwise=CCMP' 'psk=\"{key}\"' '}}'"
    )
}
