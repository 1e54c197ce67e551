//! A radio that meets other nodes' without an access point in between: a mesh of 802.11s, in which
//! [B.A.T.M.A.N. advanced](https://www.kernel.org/doc/html/latest/networking/batman-adv.html) finds the ways over several radios.
//! To programs it is one cable, `bat0`, with everybody in range at its other ends; Yggdrasil finds its neighbours there as on any other.
//!
//! ```text
//!   a radio that is spare ──► in the mesh (NetworkManager) ──► part of bat0 ──► gone: pulled out, or lost
//!            ▲                                                                      │
//!            └──────────────────────────────────────────────────────────────────────┘
//! ```
//!
//! Invariants: the radio's mesh is open, so from `bat0` nothing comes in but what Yggdrasil needs (`nftables.conf`), which knows by keys whom it
//! talks to; a radio is taken only if another one is left for the Wi-Fi networks that the node knows, if there are such; all of it is in
//! /run, so that a start without data has none of it.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use super::MeshError;
use super::kept::at;
use crate::error::chain;
use crate::node::Node;
use crate::store;
use crate::tool::{Program, ToolError, run};
use crate::wifi::{self, MEETING as NAME, Radio, State};

/// The unit that sees to it.
pub const UNIT: &str = "ilanga-radio.service";

/// The interface that programs see: `nftables.conf` has it too.
const INTERFACE: &str = "bat0";

/// Its file; /run is gone with the power.
const FILE: &str = "/run/NetworkManager/system-connections/ilanga-radio.nmconnection";

/// How often it is looked at.
const PULSE: Duration = Duration::from_secs(30);

/// How it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether a radio is to meet others'.
    pub wanted: bool,
    /// The one that does.
    pub radio: Option<String>,
    /// How many others it meets now.
    pub met: usize,
}

/// Keeps whether a radio is to meet others'.
pub fn keep(node: &Node, wanted: bool) -> Result<(), MeshError> {
    let path = node.radio();
    match wanted {
        true => store::replace(&path, b"").map_err(at("writing", &path)),
        false => match fs::remove_file(&path) {
            Err(trouble) if trouble.kind() != ErrorKind::NotFound => Err(at("removing", &path)(trouble)),
            _ => Ok(()),
        },
    }
}

/// How it is now.
pub fn status(node: &Node) -> Status {
    let radio = member(node);
    let met = radio.as_deref().and_then(|radio| iw(&["dev", radio, "station", "dump"]).ok());
    Status {
        wanted: node.radio().exists(),
        met: met.map_or(0, |said| said.lines().filter(|line| line.starts_with("Station ")).count()),
        radio,
    }
}

/// Sees to it, without an end.
pub fn follow(node: &Node) -> ! {
    let mut said = String::new();
    loop {
        match step(node) {
            Ok(()) => said.clear(),
            // Again and again; said once.
            Err(trouble) => {
                let why = chain(&trouble);
                if why != said {
                    eprintln!("{why}");
                    said = why;
                }
            }
        }
        thread::sleep(PULSE);
    }
}

/// Leaves it for now.
pub fn leave(node: &Node) -> Result<(), MeshError> {
    if node.interfaces().join(INTERFACE).exists() {
        ip(&["link", "delete", INTERFACE])?;
    }
    if fs::remove_file(node.path(FILE)).is_ok() {
        wifi::down(NAME).and_then(|()| wifi::reload())?;
    }
    Ok(())
}

/// The radio that is part of it.
fn member(node: &Node) -> Option<String> {
    let parts = fs::read_dir(node.interfaces().join(INTERFACE)).into_iter().flatten().flatten();
    let names = parts.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix("lower_").map(str::to_owned)).min()
}

fn step(node: &Node) -> Result<(), MeshError> {
    if member(node).is_some() || !wifi::has_radio(&node.interfaces()) {
        return Ok(());
    }
    let radios = wifi::radios()?;
    let Some(radio) = chosen(&radios, wifi::known()?) else { return Ok(()) };
    if radio.state == State::Free {
        let file = node.path(FILE);
        store::replace(&file, profile(&radio.name).as_bytes()).map_err(at("writing", &file))?;
        wifi::reload()?;
        wifi::up(NAME)?;
    }
    // B.A.T.M.A.N. finds the ways, and the radios below it pass nothing on by themselves.
    iw(&["dev", &radio.name, "set", "mesh_param", "mesh_fwding", "0"])?;
    if !node.interfaces().join(INTERFACE).exists() {
        ip(&["link", "add", INTERFACE, "type", "batadv"])?;
    }
    ip(&["link", "set", &radio.name, "master", INTERFACE])?;
    ip(&["link", "set", INTERFACE, "up"])?;
    println!("{} meets other nodes' radios.", radio.name);
    Ok(())
}

/// The radio that is in the mesh, or is to be: the last one that is free and can, if another one is left for networks. Pure.
fn chosen(radios: &[Radio], networks: usize) -> Option<&Radio> {
    let there = radios.iter().find(|radio| radio.state == State::Busy && radio.connection == NAME);
    let spare = radios.len() > networks.min(1);
    let free = || radios.iter().rev().find(|radio| radio.state == State::Free && radio.can_mesh);
    there.or_else(|| free().filter(|_| spare))
}

/// The profile. Everybody has to be on the same channel: the first one is allowed everywhere. Its packets have room for what is put before each.
fn profile(interface: &str) -> String {
    format!(
        "[connection]\nid={NAME}\nuuid=0c3a52c2-40ce-4d2e-9a53-7f6c4b0e7a51\ntype=wifi\ninterface-name={interface}\n\n\
        [wifi]\nmode=mesh\nssid=ilanga\nband=bg\nchannel=1\nmtu=1532\n\n[ipv4]\nmethod=disabled\n\n[ipv6]\nmethod=disabled\n"
    )
}

fn iw(arguments: &[&str]) -> Result<String, ToolError> {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    Ok(String::from_utf8_lossy(&run(Program::Iw, &arguments, b"")?).into_owned())
}

fn ip(arguments: &[&str]) -> Result<(), ToolError> {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    run(Program::Ip, &arguments, b"").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_radio_is_for_the_mesh() {
        let radio = |name: &str, state, connection: &str, can_mesh| Radio {
            name: name.into(),
            state,
            connection: connection.into(),
            can_be_hotspot: true,
            can_mesh,
        };
        let name = |radios: &[Radio], networks| chosen(radios, networks).map(|radio| radio.name.clone());
        let free = radio("wlan0", State::Free, "", true);
        assert_eq!(name(&[], 0), None);
        assert_eq!(name(std::slice::from_ref(&free), 0).as_deref(), Some("wlan0"));
        // The only one is for the networks that the node knows.
        assert_eq!(name(std::slice::from_ref(&free), 2), None);
        assert_eq!(name(&[radio("wlan0", State::Free, "", false)], 0), None);
        let other = radio("wlan1", State::Free, "", true);
        assert_eq!(name(&[free.clone(), other.clone()], 1).as_deref(), Some("wlan1"));
        let busy = radio("wlan1", State::Busy, "Staff", true);
        assert_eq!(name(&[free.clone(), busy], 1).as_deref(), Some("wlan0"));
        // The one that is there stays, whatever else there is.
        let there = radio("wlan0", State::Busy, NAME, true);
        assert_eq!(name(&[there, other], 1).as_deref(), Some("wlan0"));
    }

    #[test]
    fn it_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let node = Node::new(root.path());
        fs::create_dir_all(root.path().join("data/mesh")).unwrap();
        fs::create_dir_all(root.path().join("sys/class/net/bat0/lower_wlan7")).unwrap();
        keep(&node, false).unwrap();
        assert!(!status(&node).wanted);
        keep(&node, true).unwrap();
        keep(&node, true).unwrap();
        assert!(node.radio().exists() && member(&node).as_deref() == Some("wlan7"));
        keep(&node, false).unwrap();
        assert!(!node.radio().exists());
    }
}
