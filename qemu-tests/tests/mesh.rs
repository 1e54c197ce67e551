//! Nodes in one network, without anybody else in it, are a mesh by themselves; nodes in different ones by an invitation.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::nmap::{self, Port};
use qemu_tests::nodes;
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// What the nodes are called.
const NAMES: [&str; 4] = ["clinic-1", "clinic-2", "clinic-3", "clinic-4"];

/// Ports of UDP that something on a node knows.
const UDP: &str = "-sU --max-retries 1 -p 53,67,68,69,111,123,137,161,500,546,1900,4500,5353,5355,9001,51820";

/// What tells why there is no mesh.
const MESH: &str = "ip -br address; journalctl -b -o cat --no-pager -u ilanga-mesh | tail -20; nmcli -t device; \
    systemctl status --no-pager ilanga-mesh ilanga-open.target; nft list ruleset | grep -n 'mesh0\\|7365\\|9001'";

/// The address of a node in the mesh.
fn address(node: &mut Running<'_>) -> Result<String> {
    let found = node.wait("an address in the mesh", |node| {
        let said = node.try_run("ip -6 -o address show dev mesh0 scope global")?.output;
        Ok(said.split_whitespace().skip_while(|word| *word != "inet6").nth(1).map(str::to_owned))
    });
    match found {
        Ok(found) => Ok(found.split('/').next().unwrap_or_default().to_owned()),
        Err(late) => Err(late).context(node.try_run(MESH)?.output),
    }
}

/// The ports that answer at an address, and that they are no others than these.
fn only(node: &mut Running<'_>, address: &str, allowed: &[u16], story: &Story) -> Result<()> {
    let mut found = nmap::scan(node, "-sS -p- -T4 --min-rate 2000 --max-retries 2", address)?;
    found.extend(nmap::scan(node, UDP, address)?);
    story.found(&format!("at {address} answer: {found:?}"));
    let foreign: Vec<&Port> =
        found.iter().filter(|port| port.protocol != "tcp" || !allowed.contains(&port.number)).collect();
    ensure!(foreign.is_empty(), "at {address} answer also {foreign:?}");
    Ok(())
}

#[test]
#[ignore = "long"]
fn four_nodes_find_each_other_and_nothing_else_is_open() -> Result<()> {
    let story = Story::begin("mesh");
    let mut machines = nodes::machines(&NAMES, Duration::from_secs(1200))?;
    let mut nodes = Vec::new();
    let mut ports = Vec::new();
    for (machine, port) in &mut machines {
        nodes.push(machine.start()?);
        ports.push(*port);
    }
    let mut owners = Vec::new();
    for ((node, port), name) in nodes.iter_mut().zip(ports).zip(NAMES) {
        let answers = owner::in_a_mesh(name, vec![("mesh", "yggdrasil")]);
        owners.push(Owner::answers(node, port, &answers, &story)?);
    }
    let mut addresses = Vec::new();
    for ((node, owner), name) in nodes.iter_mut().zip(&owners).zip(NAMES) {
        owner.waits(node, &story)?;
        let state = node.wait_until_started()?;
        ensure!(state == "running", "{name} is {state}: {}", node.run(WHY)?);
        addresses.push(address(node)?);
        story.found(&format!("{name} is {} in the mesh", addresses.last().map_or("", String::as_str)));
    }
    for (from, node) in nodes.iter_mut().enumerate() {
        for (to, address) in addresses.iter().enumerate().filter(|(to, _)| *to != from) {
            let line = nodes::reaches(node, address, MESH)?;
            story.found(&format!("{} -> {}: {line}", NAMES[from], NAMES[to]));
        }
    }
    let (first, others) = nodes.split_first_mut().context("no node")?;
    story.said(
        "the mesh's unit",
        &first.run("systemd-analyze security ilanga-mesh --no-pager | tail -1; nmcli -t device")?,
    );
    only(first, &addresses[1], &[7363], &story)?;
    // Addresses in the network without a server are there for longer than somebody looks for one.
    ensure!(first.try_run(&format!("ping -n -c 3 -W 5 {}", addresses[1]))?.status == 0, "{}", first.run(MESH)?);
    let second = others.first_mut().context("no second node")?;
    let link = second.run(
        "ip -6 -br address show scope link | grep -v mesh0 | grep -v '^lo'; ip -br link | grep 52:54:00:69:6c:02",
    )?;
    story.said("the second node's own addresses", &link);
    let device = second.run("ip -br link | awk '/52:54:00:69:6c:02/ {print $1}'")?;
    let own = second
        .run(&format!("ip -6 -o address show dev {} scope link | awk '{{print $4}}' | cut -d/ -f1", device.trim()))?;
    ensure!(!own.trim().is_empty(), "it has no address in the network without a server: {link}");
    let here = first.run("ip -br link | awk '/52:54:00:69:6c:01/ {print $1}'")?;
    // Both pages, neighbours fetch updates, and the mesh itself.
    only(first, &format!("{}%{}", own.trim(), here.trim()), &[80, 443, 7363, 7365], &story)?;
    for node in nodes {
        node.power_off()?;
    }
    Ok(())
}

/// A node with a TPM and room for data, in a network of its own; these ports of the host lead to it.
fn alone(name: &str, ports: &[(u16, u16)]) -> Result<Machine> {
    let machine = Machine::new(name, &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.network(Network::User(ports.to_vec())).disk_size(Bytes(16 << 30))?.look_in()?;
    Ok(machine.patience(Duration::from_secs(1200)))
}

/// Sets a node up that is in the mesh, by this invitation if there is one.
fn set_up(
    node: &mut Running<'_>,
    port: u16,
    name: &'static str,
    invitation: &'static str,
    story: &Story,
) -> Result<()> {
    let answers = owner::in_a_mesh(name, vec![("mesh", "yggdrasil"), ("invitation", invitation)]);
    Owner::sets_up(node, port, &answers, story)?;
    Ok(())
}

/// What tells why a node is not in its community.
const COMMUNITY: &str = "ilanga-mesh list; journalctl -b -o cat --no-pager -u ilanga-mesh -u ilanga-community | tail -30; \
    nft list chain inet ilanga mesh; nft list set inet ilanga members";

#[test]
#[ignore = "long"]
fn two_networks_are_joined_by_an_invitation_and_a_removed_node_is_refused() -> Result<()> {
    let story = Story::begin("mesh_invitation");
    let (page, links, other_page) = (phone::free_port()?, phone::free_port()?, phone::free_port()?);
    let mut founder = alone("mesh-founder", &[(page, 80), (links, 7367)])?;
    let mut invited = alone("mesh-invited", &[(other_page, 80)])?;
    let disk = nmap::disk(invited.folder())?;
    invited = invited.second_disk(&disk);

    let mut founder = founder.start()?;
    set_up(&mut founder, page, "clinic-1", "", &story)?;
    // QEMU's user network leads from 10.0.2.2 to ports of the host.
    founder.run(&format!("ilanga-mesh found Iklinikhi --at 10.0.2.2:{links}"))?;
    let made = founder.run("ilanga-mesh invite --for clinic-2 --json")?;
    let made: serde_json::Value = serde_json::from_str(made.trim())?;
    let text = made["invitation"].as_str().context("an invitation")?;
    story.found(&format!(
        "the invitation has {} characters, its QR code {}",
        text.len(),
        made["qr"].as_str().map_or(0, str::len)
    ));

    let mut invited = invited.start()?;
    set_up(&mut invited, other_page, "clinic-2", text.to_owned().leak(), &story)?;
    let (there, here) = (address(&mut founder)?, address(&mut invited)?);
    let joined = invited.wait("it is let in", |node| {
        let list = node.try_run("ilanga-mesh list")?;
        Ok(list.output.contains("2 members").then_some(list.output))
    });
    if joined.is_err() {
        story.said("the founder", &founder.try_run(COMMUNITY)?.output);
        story.said("the invited", &invited.try_run(COMMUNITY)?.output);
    }
    story.said("the community", &joined?);
    for (node, address) in [(&mut founder, &here), (&mut invited, &there)] {
        let reply = node.run(&format!("ping -n -c 3 -W 20 {address}"))?;
        story.found(reply.lines().find(|line| line.contains("time=")).unwrap_or_default());
    }
    story.said("its unit", &invited.run("systemd-analyze security ilanga-community --no-pager | tail -1")?);
    only(&mut invited, &there, &[7363, 7366], &story)?;

    story.found(founder.run("ilanga-mesh remove clinic-2")?.trim());
    ensure!(invited.try_run(&format!("ping -n -c 3 -W 20 {there}"))?.status != 0, "a removed node is answered");
    only(&mut invited, &there, &[7366], &story)?;
    // It asks again, by an invitation that it has redeemed.
    let list = founder.run("ilanga-mesh list")?;
    ensure!(list.contains("1 members") && !list.contains("clinic-2"), "it is back: {list}");
    invited.power_off()?;
    Ok(founder.power_off()?)
}
