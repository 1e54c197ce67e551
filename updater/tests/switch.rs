//! Nodes on a network: four of them on a switch, and one at the end of a slow line that loses packets. Each node is `ilanga-fetch`
//! itself, in a network namespace of its own.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod maker;
mod network;
mod web;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use formats::repository::Followed;
use maker::{day, release};
use network::{Place, Switch};
use serde_json::Value;
use updater::fetch::paths::Paths;
use web::{Manner, Web};

/// A node: its files, its place on the network, and the program that serves its neighbours.
struct Node {
    folder: tempfile::TempDir,
    place: Place,
    server: Option<Child>,
}

impl Node {
    fn new(place: Place, id: u8, trust: &[u8], settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for path in ["usr/share/ilanga/update", "etc", "data/updates", "run/ilanga-fetch"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let paths = Paths::below(folder.path());
        let version = "2026.10.0".parse().unwrap();
        let followed = Followed::new("mini-pc", "ilanga-mini-pc", "stable", &version, day("2026-10-05"), None);
        fs::write(paths.trust(), trust).unwrap();
        fs::write(paths.followed(), followed.text()).unwrap();
        fs::write(paths.machine_id(), format!("{id:032x}\n")).unwrap();
        fs::write(paths.owner_settings(), format!("format = 1\n{settings}\n")).unwrap();
        paths.make().unwrap();
        symlink(env!("CARGO_BIN_EXE_updater-programs"), folder.path().join("ilanga-fetch")).unwrap();
        Self { folder, place, server: None }
    }

    fn fetch(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(&self.folder.path().join("ilanga-fetch").display().to_string());
        command.arg("--root").arg(self.folder.path()).args(arguments).stdin(Stdio::null());
        command
    }

    fn serve(&mut self) {
        self.server = Some(self.fetch(&["serve", "--listen", "0.0.0.0:7363"]).stderr(Stdio::null()).spawn().unwrap());
    }

    /// Begins to download.
    fn download(&self) -> Child {
        let mut command = self.fetch(&["download", "--now", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    fn bundle(&self) -> PathBuf {
        self.folder.path().join("data/updates/bundles/ilanga-mini-pc_2026.12.0.raucb")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// What a download ended with.
fn ended(child: Child) -> Value {
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn four_nodes_on_a_switch() {
    let Some(mut switch) = Switch::new() else {
        println!("skipped: no network namespaces can be made here");
        return;
    };
    let (files, trust, bundle, _) = release(true, 4 << 20);
    let (publisher, address) = switch.computer();
    let web = publisher.within(|| Web::start_at(&format!("{address}:0"), &files.0, Manner::Honest));
    let settings = format!("url = \"{}\"", web.url);
    let mut nodes: Vec<Node> = (0..4).map(|id| Node::new(switch.computer().0, id, &trust, &settings)).collect();
    nodes.iter_mut().for_each(Node::serve);

    let first = ended(nodes[0].download());
    println!("the first: {first}");
    // What is counted of neighbours are the questions to which they have no answer.
    let asked_in_vain = first["neighbours"].as_u64().unwrap();
    assert!(first["upstream"].as_u64().unwrap() > 4 << 20 && asked_in_vain < 200_000, "{first}");
    assert!(fs::read(nodes[0].bundle()).unwrap() == bundle);

    let (sent, asked) = (web.sent(), web.requests().len());
    let others: Vec<Child> = nodes[1..].iter().map(Node::download).collect();
    for (node, child) in nodes[1..].iter().zip(others) {
        let other = ended(child);
        println!("another: {other}");
        assert!(other["upstream"] == 0 && other["neighbours"].as_u64().unwrap() > 4 << 20, "{other}");
        assert!(fs::read(node.bundle()).unwrap() == bundle);
    }
    let asked = web.requests().split_off(asked);
    println!("the three asked the publisher for {} bytes: {asked:?}", web.sent() - sent);
    let metadata = |path: &String| path.starts_with("metadata/") || path.starts_with("targets/channels/");
    assert!(asked.iter().all(metadata), "{asked:?}");
    assert!(web.sent() - sent < 60_000);
}

#[test]
fn a_slow_line_that_loses_packets() {
    let (Some(home), Some(publisher)) = (Place::new(), Place::new()) else {
        println!("skipped: no network namespaces can be made here");
        return;
    };
    home.plug("192.168.77.1/24", &publisher, "eth0");
    publisher.run("ip addr add 192.168.77.2/24 dev eth0");
    home.lose_one_in_a_hundred();
    publisher.lose_one_in_a_hundred();
    publisher.slow_down(20_000);
    let (files, trust, bundle, _) = release(true, 400_000);
    let web = publisher.within(|| Web::start_at("192.168.77.2:0", &files.0, Manner::Honest));
    let node = Node::new(home, 1, &trust, &format!("url = \"{}\"", web.url));
    let began = Instant::now();
    let told = ended(node.download());
    let took = began.elapsed();
    println!("{took:?}, {} + {} packets lost: {told}", node.place.lost(), publisher.lost());
    assert!(fs::read(node.bundle()).unwrap() == bundle);
    assert!(node.place.lost() > 0 && took > Duration::from_secs(10), "{took:?}");
}
