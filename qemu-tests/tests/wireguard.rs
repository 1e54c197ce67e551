//! Two nodes in a network of WireGuard's, each by the file that it was given.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::nmap;
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::{Lan, Network};
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// What the nodes are called.
const NAMES: [&str; 2] = ["clinic-1", "clinic-2"];

/// The port of WireGuard.
const PORT: u16 = 51820;

/// Makes a key, and says its secret and its public half.
const KEY: &str = "openssl genpkey -algorithm X25519 -out /run/key.pem && for half in '' -pubout; do \
    openssl pkey -in /run/key.pem $half -outform DER | tail -c 32 | base64; done; rm /run/key.pem";

/// What tells why there is no network.
const NETWORK: &str = "ip -br address; ip route; nmcli -t device; journalctl -b -o cat --no-pager -u ilanga-wireguard -u NetworkManager | tail -40; \
    systemctl status --no-pager ilanga-wireguard; nft list chain inet ilanga mesh; nft list chain inet ilanga mesh-links";

/// The network's file for this node: 0 or 1.
fn file(node: usize, keys: &[[String; 2]; 2]) -> String {
    let other = 1 - node;
    format!(
        "[Interface]\nPrivateKey = {}\nAddress = 10.7.0.{}/24\nListenPort = {PORT}\n[Peer]\nPublicKey = {}\nAllowedIPs = 10.7.0.{}/32\n\
         Endpoint = 192.168.77.{}:{PORT}\n",
        keys[node][0],
        node + 1,
        keys[other][1],
        other + 1,
        other + 1
    )
}

fn set_up(node: &mut Running<'_>, port: u16, name: &'static str, file: &'static str, story: &Story) -> Result<()> {
    let mut answers = owner::answers("tpm");
    answers.insert("mesh", vec![("mesh", "wireguard"), ("wireguard", file)]);
    let identity = answers.entry("identity").or_default();
    identity.iter_mut().filter(|(field, _)| *field == "name").for_each(|field| field.1 = name);
    Owner::answers(node, port, &answers, story)?.waits(node, story)?;
    ensure!(node.wait_until_started()? == "running", "{name}: {}", node.run(WHY)?);
    Ok(())
}

#[test]
#[ignore = "long"]
fn two_nodes_by_the_files_that_they_were_given() -> Result<()> {
    let story = Story::begin("wireguard");
    let lan = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let (mut machines, mut ports) = (Vec::new(), Vec::new());
    for (number, name) in (1..).zip(NAMES) {
        let port = phone::free_port()?;
        let machine = Machine::new(name, &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
        let machine = machine.network(Network::User(vec![(port, 80)])).lan(Lan { port: lan, number });
        let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(900));
        if number == 1 {
            let disk = nmap::disk(machine.folder())?;
            machine = machine.second_disk(&disk);
        }
        machines.push(machine);
        ports.push(port);
    }
    let mut nodes = Vec::new();
    for machine in &mut machines {
        nodes.push(machine.start()?);
    }
    let mut keys = [const { [const { String::new() }; 2] }; 2];
    for (node, key) in nodes.iter_mut().zip(&mut keys) {
        let made = node.run(KEY)?;
        let (secret, public) = made.split_once('\n').context("two halves of a key")?;
        *key = [secret.trim().to_owned(), public.trim().to_owned()];
    }
    for (number, node) in nodes.iter_mut().enumerate() {
        // The network between them has no server that gives out addresses.
        let mac = format!("52:54:00:69:6c:0{}", number + 1);
        let interface = node.wait("the other network", |node| {
            let said = node.try_run(&format!("ip -br link | awk '/{mac}/ {{print $1}}'"))?.output;
            Ok(Some(said.trim().to_owned()).filter(|name| !name.is_empty()))
        })?;
        let address = format!("192.168.77.{}/24", number + 1);
        node.run(&format!("ip link set {interface} up && ip address add {address} dev {interface}"))?;
        set_up(node, ports[number], NAMES[number], file(number, &keys).leak(), &story)?;
    }
    for (number, node) in nodes.iter_mut().enumerate() {
        let other = format!("10.7.0.{}", 2 - number);
        let reached = node.wait("the other one answers", |node| {
            let reply = node.try_run(&format!("ping -n -c 1 -W 5 {other}"))?;
            Ok((reply.status == 0).then_some(reply.output))
        });
        if reached.is_err() {
            story.said("why", &node.try_run(NETWORK)?.output);
        }
        let reached = reached?;
        story.found(reached.lines().find(|line| line.contains("time=")).unwrap_or_default());
    }
    let first = nodes.first_mut().context("no node")?;
    story.said(
        "the unit",
        &first.run(
            "systemd-analyze security ilanga-wireguard --no-pager | tail -1; stat -c '%U %a' /data/mesh/wireguard.conf",
        )?,
    );
    let found = nmap::scan(first, "-sS -p- -T4 --min-rate 2000 --max-retries 2", "10.7.0.2")?;
    story.found(&format!("through the network answer: {found:?}"));
    ensure!(found.iter().all(|port| port.protocol == "tcp" && port.number == 7363), "{found:?}");
    // The key is on the data partition, and nowhere else.
    let secret = &keys[0][0];
    let left = first.run("grep -rl 'PrivateKey' /state /etc 2>/dev/null; true")?;
    ensure!(left.is_empty() && !first.run("journalctl -b --no-pager")?.contains(secret), "the key is in {left}");
    // It is left, and joined again.
    first.run("systemctl restart ilanga-wireguard")?;
    let status = first.try_run("ping -n -c 3 -W 20 10.7.0.2")?.status;
    ensure!(status == 0, "{}", first.run(NETWORK)?);
    for node in nodes {
        node.power_off()?;
    }
    Ok(())
}
