//! Two nodes in a network that somebody else looks after, each by the files that it was given: WireGuard's, and Nebula's.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use qemu_tests::nmap;
use qemu_tests::nodes;
use qemu_tests::owner::{self, Owner};
use qemu_tests::{Running, Story, tool};

/// What the nodes are called.
const NAMES: [&str; 2] = ["clinic-1", "clinic-2"];

/// Makes a key of WireGuard's, and says its secret and its public half.
const KEY: &str = "openssl genpkey -algorithm X25519 -out /run/key.pem && for half in '' -pubout; do \
    openssl pkey -in /run/key.pem $half -outform DER | tail -c 32 | base64; done; rm /run/key.pem";

/// A kind of network.
struct Kind {
    /// Its word in the wizard, which is that of its field, too, and of its unit and file.
    word: &'static str,
    /// The addresses of the nodes in it.
    addresses: [&'static str; 2],
    /// What stands in its files besides the secret.
    mark: &'static str,
}

/// What tells why there is no network.
fn why(kind: &Kind) -> String {
    format!(
        "ip -br address; ip route; nmcli -t device; journalctl -b -o cat --no-pager -u ilanga-{0} -u NetworkManager | tail -40; \
         systemctl status --no-pager ilanga-{0}; nft list chain inet ilanga mesh; nft list chain inet ilanga mesh-links",
        kind.word
    )
}

/// Sets both up; in the network they reach each other, and nothing else is open.
fn meet(
    kind: &Kind,
    nodes: &mut [Running<'_>],
    ports: &[u16],
    files: [String; 2],
    secret: &str,
    story: &Story,
) -> Result<()> {
    for (((number, node), port), file) in (1..).zip(nodes.iter_mut()).zip(ports).zip(files) {
        nodes::by_hand(node, number)?;
        let answers = owner::in_a_mesh(NAMES[number - 1], vec![("mesh", kind.word), (kind.word, file.leak())]);
        Owner::sets_up(node, *port, &answers, story)?;
    }
    for (number, node) in nodes.iter_mut().enumerate() {
        story.found(&nodes::reaches(node, kind.addresses[1 - number], &why(kind))?);
    }
    let first = nodes.first_mut().context("no node")?;
    let Kind { word, mark, addresses: [_, other] } = kind;
    let unit = first.run(&format!(
        "systemd-analyze security ilanga-{word} --no-pager | tail -1; stat -c '%U %a' /data/mesh/{word}.conf; systemctl show ilanga-{word} \
         -P MemoryPeak"
    ))?;
    story.said("the unit", &unit);
    let found = nmap::scan(first, "-sS -p- -T4 --min-rate 2000 --max-retries 2", other)?;
    story.found(&format!("through the network answer: {found:?}"));
    ensure!(found.iter().all(|port| port.protocol == "tcp" && port.number == 7363), "{found:?}");
    // The key is on the data partition, and nowhere else.
    let left = first.run(&format!("grep -rl '{mark}' /state /etc 2>/dev/null; true"))?;
    ensure!(left.is_empty() && !first.run("journalctl -b --no-pager")?.contains(secret), "the key is in {left}");
    // It is left, and joined again.
    first.run(&format!("systemctl restart ilanga-{word}"))?;
    story.found(&nodes::reaches(first, other, &why(kind))?);
    Ok(())
}

#[test]
#[ignore = "long"]
fn two_nodes_of_wireguards() -> Result<()> {
    let story = Story::begin("wireguard");
    let kind = Kind { word: "wireguard", addresses: ["10.7.0.1", "10.7.0.2"], mark: "PrivateKey" };
    let mut machines = nodes::machines(&NAMES, Duration::from_secs(900))?;
    let ports: Vec<u16> = machines.iter().map(|(_, port)| *port).collect();
    let mut nodes = machines.iter_mut().map(|(machine, _)| machine.start()).collect::<Result<Vec<_>, _>>()?;
    let mut keys = [const { [const { String::new() }; 2] }; 2];
    for (node, key) in nodes.iter_mut().zip(&mut keys) {
        let made = node.run(KEY)?;
        let (secret, public) = made.split_once('\n').context("two halves of a key")?;
        *key = [secret.trim().to_owned(), public.trim().to_owned()];
    }
    let file = |own: usize| {
        let other = 1 - own;
        format!(
            "[Interface]\nPrivateKey = {}\nAddress = {}/24\nListenPort = 51820\n[Peer]\nPublicKey = {}\nAllowedIPs = {}/32\n\
             Endpoint = 192.168.77.{}:51820\n",
            keys[own][0],
            kind.addresses[own],
            keys[other][1],
            kind.addresses[other],
            other + 1
        )
    };
    meet(&kind, &mut nodes, &ports, [file(0), file(1)], &keys[0][0], &story)?;
    nodes.into_iter().try_for_each(|node| node.power_off().map(drop))?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn two_nodes_of_nebulas() -> Result<()> {
    let story = Story::begin("nebula");
    let kind = Kind { word: "nebula", addresses: ["10.42.0.1", "10.42.0.2"], mark: "PRIVATE KEY-----" };
    let mut machines = nodes::machines(&NAMES, Duration::from_secs(900))?;
    // As whoever looks after the network does it.
    let folder = machines.first().context("no machine")?.0.folder().join("network");
    fs::create_dir_all(&folder)?;
    let file = |name: &str| folder.join(name).display().to_string();
    let make = |words: &[&str]| tool::run("nebula-cert", words);
    make(&["ca", "-name", "Isifunda", "-out-crt", &file("ca.crt"), "-out-key", &file("ca.key")])?;
    let mut files = [String::new(), String::new()];
    let mut secret = String::new();
    let lines = ["lighthouse here\nport 4242\n", "lighthouse 10.42.0.1 192.168.77.1:4242\n"];
    for (number, name) in NAMES.iter().enumerate() {
        let address = format!("{}/24", kind.addresses[number]);
        let [certificate, key] = [file(&format!("{name}.crt")), file(&format!("{name}.key"))];
        let by = ["-ca-crt", &file("ca.crt"), "-ca-key", &file("ca.key"), "-out-crt", &certificate, "-out-key", &key];
        make(&[&["sign", "-name", name, "-ip", &address], &by[..]].concat())?;
        let all = [file("ca.crt"), certificate, key].map(fs::read_to_string);
        let [ca, certificate, key] = all.map(Result::unwrap_or_default);
        if number == 0 {
            secret = key.lines().nth(1).context("an empty key")?.to_owned();
        }
        files[number] = [&ca, &certificate, &key, lines[number]].concat();
    }
    let ports: Vec<u16> = machines.iter().map(|(_, port)| *port).collect();
    let mut nodes = machines.iter_mut().map(|(machine, _)| machine.start()).collect::<Result<Vec<_>, _>>()?;
    meet(&kind, &mut nodes, &ports, files, &secret, &story)?;
    nodes.into_iter().try_for_each(|node| node.power_off().map(drop))?;
    Ok(())
}
