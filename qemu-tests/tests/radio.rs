//! A node's radio meets another's without an access point in between, and Yggdrasil its neighbour there; strangers near it reach nothing else.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::Network;
use qemu_tests::station;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// What tells why nobody is met.
const RADIO: &str = "nmcli device; nmcli connection; ip -d link show bat0; nft list chain inet ilanga radio; ip netns exec phone ip -br address; \
    journalctl -b -o cat --no-pager -u ilanga-radio -u NetworkManager -u wpa_supplicant -u ilanga-mesh | tail -60";

/// The address of an interface's own link, in this network namespace.
fn link_local(node: &mut Running<'_>, inside: &str, interface: &str) -> Result<String> {
    let said = node.run(&format!("{inside} ip -6 -o address show dev {interface} scope link"))?;
    let address = said.split_whitespace().skip_while(|word| *word != "inet6").nth(1);
    let (address, _) = address.and_then(|word| word.split_once('/')).context(said.clone())?;
    Ok(address.to_owned())
}

/// Waits, and says why it was in vain.
fn waits<T>(
    node: &mut Running<'_>,
    what: &str,
    mut is: impl FnMut(&mut Running<'_>) -> Result<Option<T>, qemu_tests::Error>,
) -> Result<T> {
    match node.wait(what, |node| is(node)) {
        Ok(value) => Ok(value),
        Err(late) => Err(late).context(node.run(RADIO)?).context(node.run(WHY)?),
    }
}

#[test]
#[ignore = "long"]
fn a_radio_meets_another() -> Result<()> {
    let story = Story::begin("radio");
    let port = phone::free_port()?;
    let machine = Machine::new("radio", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.network(Network::User(vec![(port, 80)]));
    let machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));
    let disk = station::disk(machine.folder())?;
    let mut machine = machine.second_disk(&disk);

    let mut node = machine.start()?;
    drop(Owner::phone(&mut node, port)?);
    station::meets(&mut node)?;
    // The question is there once the radio is known.
    waits(&mut node, "the radio", |node| {
        let said = node.try_run("nmcli --terse --fields DEVICE,TYPE,STATE device")?.output;
        Ok(said.lines().any(|line| line.starts_with("wlan0:wifi:")).then_some(()))
    })?;
    let mut answers = owner::answers("tpm");
    answers.insert("mesh", vec![("mesh", "yggdrasil"), ("radio", "yes")]);
    Owner::answers(&mut node, port, &answers, &story)?.waits(&mut node, &story)?;
    let met = waits(&mut node, "the other radio is met", |node| {
        let said = node.try_run("ilanga-mesh radio")?.output;
        Ok(said.contains("meets 1 others").then_some(said))
    })?;
    story.found(&format!("{} {:.1} s after power-on", met.trim(), node.on_for().as_secs_f64()));
    story.said("as JSON", &node.run("ilanga-mesh --json radio")?);

    // Whoever is near: what answers.
    let address = link_local(&mut node, "", "bat0")?;
    station::batman(&mut node)?;
    let open = waits(&mut node, "Yggdrasil answers the other one", |node| {
        let open = station::knocks(
            node,
            &format!("{address}%bat0"),
            &[22, 53, 80, 111, 443, 5355, 7363, 7364, 7365, 7366, 7367, 9001],
        )?;
        Ok((!open.is_empty()).then_some(open))
    })?;
    ensure!(open == [7365], "whoever is near is answered at {open:?}");
    story.found(&format!("whoever is near is answered at {open:?}"));

    // Another Yggdrasil, which knows of this node nothing but that radio.
    let peer = station::yggdrasil(&mut node)?;
    let reached = waits(&mut node, "the other node answers over the mesh", |node| {
        let reply = node.try_run(&format!("ping -n -6 -c 1 -W 5 {peer}"))?;
        Ok((reply.status == 0).then_some(reply.output))
    })?;
    story.found(reached.lines().find(|line| line.contains("time=")).unwrap_or_default());
    story.said(
        "the unit",
        &node.run("systemd-analyze security ilanga-radio --no-pager | tail -1; systemctl --failed --no-legend")?,
    );

    // It is switched off and on.
    node.run("ilanga-mesh radio off")?;
    ensure!(node.try_run("ip link show bat0")?.status != 0, "bat0 is still there: {}", node.run(RADIO)?);
    node.run("ilanga-mesh radio on")?;
    waits(&mut node, "the other radio is met again", |node| {
        Ok(node.try_run("ilanga-mesh radio")?.output.contains("meets 1 others").then_some(()))
    })?;
    Ok(node.power_off()?)
}
