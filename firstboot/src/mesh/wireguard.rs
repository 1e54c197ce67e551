//! The mesh as a network of WireGuard's, which NetworkManager makes: its profile
//! ([keyfile](https://networkmanager.dev/docs/api/latest/nm-settings-keyfile.html)).
//!
//! The network's file is on the data partition alone, so the node is in it only while those are open. Its interface is called as Yggdrasil's,
//! and the same comes in from it.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;

use formats::answers::WireGuard;
use formats::answers::wireguard::{LONGEST, Range};
use zeroize::Zeroizing;

use super::kept::at;
use super::{MeshError, firewall};
use crate::node::Node;
use crate::store;
use crate::tool::{Program, run};

/// The unit that joins it.
pub const UNIT: &str = "ilanga-wireguard.service";

/// The profile's name.
const NAME: &str = "ilanga-mesh";

/// Its file; /run is gone with the power.
const FILE: &str = "/run/NetworkManager/system-connections/ilanga-mesh.nmconnection";

/// Keeps a network.
pub fn keep(node: &Node, network: &WireGuard) -> Result<(), MeshError> {
    let path = node.wireguard();
    let folder = path.parent().unwrap_or(&path);
    fs::create_dir_all(folder).map_err(at("making", folder))?;
    let text = Zeroizing::new(network.to_string());
    store::replace(&path, text.as_bytes()).map_err(at("writing", &path))
}

/// Joins the network that is kept.
pub fn join(node: &Node) -> Result<(), MeshError> {
    let path = node.wireguard();
    let text = store::read(&path, LONGEST).map_err(at("reading", &path))?.ok_or(MeshError::NoMesh)?;
    let text = Zeroizing::new(String::from_utf8_lossy(&text).into_owned());
    let network: WireGuard = text.parse()?;
    // Who may come in is in place before anybody can.
    run(Program::Nft, &["-f", "-"].map(OsStr::new), firewall::open(network.port).as_bytes())?;
    let file = node.path(FILE);
    store::replace(&file, profile(&network).as_bytes()).map_err(at("writing", &file))?;
    run(Program::NetworkManager, &["connection".as_ref(), "load".as_ref(), file.as_os_str()], b"")?;
    run(Program::NetworkManager, &["connection", "up", NAME].map(OsStr::new), b"")?;
    Ok(())
}

/// Leaves it for now.
pub fn leave(node: &Node) -> Result<(), MeshError> {
    let file = node.path(FILE);
    run(Program::NetworkManager, &["connection", "delete", NAME].map(OsStr::new), b"")?;
    drop(fs::remove_file(&file));
    Ok(())
}

/// The profile. All of its values are addresses, numbers and keys: none means anything to the file's format.
fn profile(network: &WireGuard) -> Zeroizing<String> {
    let mut text = Zeroizing::new(format!(
        "[connection]\nid={NAME}\nuuid=6d0f3d2a-77f1-4c55-9a5c-2f4f0b8a9d13\ntype=wireguard\ninterface-name={}\n\n[wireguard]\nprivate-key={}\n",
        super::INTERFACE,
        network.private_key.text()
    ));
    if let Some(port) = network.port {
        let _ = writeln!(text, "listen-port={port}");
    }
    if let Some(mtu) = network.mtu {
        let _ = writeln!(text, "mtu={mtu}");
    }
    for peer in &network.peers {
        let _ = writeln!(text, "\n[wireguard-peer.{}]", peer.public_key.text());
        if let Some(endpoint) = &peer.endpoint {
            let _ = writeln!(text, "endpoint={endpoint}");
        }
        if let Some(key) = &peer.shared_key {
            let _ = writeln!(text, "preshared-key={}\npreshared-key-flags=0", key.text());
        }
        if let Some(seconds) = peer.keepalive {
            let _ = writeln!(text, "persistent-keepalive={seconds}");
        }
        let allowed: Vec<String> = peer.allowed.iter().map(Range::to_string).collect();
        if !allowed.is_empty() {
            let _ = writeln!(text, "allowed-ips={};", allowed.join(";"));
        }
    }
    for (family, is) in [("ipv4", true), ("ipv6", false)] {
        let addresses = network.addresses.iter().filter(|address| address.address.is_ipv4() == is);
        let names: Vec<String> =
            network.dns.iter().filter(|dns| dns.is_ipv4() == is).map(ToString::to_string).collect();
        let mut method = "disabled";
        let mut lines = String::new();
        for (number, address) in (1..).zip(addresses) {
            method = "manual";
            let _ = writeln!(lines, "address{number}={address}");
        }
        let _ = write!(text, "\n[{family}]\nmethod={method}\n{lines}");
        if method == "manual" && !names.is_empty() {
            let _ = writeln!(text, "dns={};", names.join(";"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_of_a_network() {
        let network: WireGuard = "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nAddress = 10.7.0.2/24, fd00::2/64\n\
            ListenPort = 51820\nDNS = 10.7.0.1\n[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n\
            AllowedIPs = 10.7.0.0/24, fd00::/64\nEndpoint = 192.0.2.1:51820\nPersistentKeepalive = 25\n"
            .parse()
            .unwrap();
        let expected = "[connection]\nid=ilanga-mesh\nuuid=6d0f3d2a-77f1-4c55-9a5c-2f4f0b8a9d13\ntype=wireguard\ninterface-name=mesh0\n\n\
            [wireguard]\nprivate-key=yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nlisten-port=51820\n\n\
            [wireguard-peer.xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=]\nendpoint=192.0.2.1:51820\npersistent-keepalive=25\n\
            allowed-ips=10.7.0.0/24;fd00::/64;\n\n[ipv4]\nmethod=manual\naddress1=10.7.0.2/24\ndns=10.7.0.1;\n\n\
            [ipv6]\nmethod=manual\naddress1=fd00::2/64\n";
        assert_eq!(profile(&network).as_str(), expected);
    }
}
