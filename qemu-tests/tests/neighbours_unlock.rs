//! Three nodes help their neighbours by tang, and a fourth, which has no TPM, is opened by any two of them.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use anyhow::{Result, ensure};
use formats::size::Bytes;
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::{Lan, Network};
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// Who helps, and where they are asked.
const HELPERS: [(&str, &str); 3] = [
    ("school-1", "http://school-1.local:7364"),
    ("school-2", "http://school-2.local:7364"),
    ("school-3", "http://school-3.local:7364"),
];

/// What tells why neighbours do not help.
const TANG: &str = "systemctl status --no-pager ilanga-neighbours ilanga-help.socket ilanga-help.service; ls -lR /data/tang; \
    journalctl -b -o cat --no-pager -u ilanga-neighbours -u 'ilanga-help*' | tail -40; cat /run/ilanga-neighbours/found.json; \
    ip -br address; resolvectl query school-1.local; true";

/// How often it was tried, and not enough have helped.
const TRIED: &str = "journalctl -b -o cat --no-pager -u ilanga-neighbours | grep -c '^asking neighbours' || true";

/// Waits until it has been tried so many times more, and says that the data are still locked.
fn stays_locked(node: &mut Running<'_>, why: &str, story: &Story) -> Result<()> {
    let tried = |node: &mut Running<'_>| Ok(node.run(TRIED)?.trim().parse::<u32>().unwrap_or(0));
    let before = tried(node)?;
    node.wait(&format!("neighbours are asked twice more: {why}"), |node| {
        Ok((tried(node)? >= before + 2).then_some(()))
    })?;
    ensure!(node.try_run("test -e /dev/mapper/ilanga-data")?.status != 0, "{why}, and the data are open");
    story.found(&format!("locked: {why}"));
    Ok(())
}

#[test]
#[ignore = "long"]
fn two_of_three_open_by_tang_and_one_does_not() -> Result<()> {
    let story = Story::begin("tang");
    let lan = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let (mut machines, mut ports) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        let port = phone::free_port()?;
        let machine = Machine::new(&format!("tang-{number}"), &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys);
        let machine = if number == 4 { machine } else { machine.tpm() };
        let machine = machine.network(Network::User(vec![(port, 80)])).lan(Lan { port: lan, number });
        machines.push(machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(1200)));
        ports.push(port);
    }
    let (bound, helpers) = machines.split_last_mut().ok_or_else(|| anyhow::anyhow!("no machine"))?;
    let mut nodes = Vec::new();
    for ((machine, port), (name, _)) in helpers.iter_mut().zip(&ports).zip(HELPERS) {
        let mut node = machine.start()?;
        let mut answers = owner::answers("tpm");
        answers.insert("mesh", vec![("mesh", "yggdrasil"), ("helps", "yes")]);
        let named = answers.entry("identity").or_default().iter_mut().filter(|(field, _)| *field == "name");
        named.for_each(|field| field.1 = name);
        Owner::answers(&mut node, *port, &answers, &story)?.waits(&mut node, &story)?;
        let helps = node.wait(&format!("{name} helps"), |node| {
            let reply = node.try_run("ilanga-neighbours show")?;
            Ok((reply.status == 0).then_some(reply.output))
        });
        match helps {
            Ok(thumbprint) => story.found(&format!("{name} helps by {}", thumbprint.trim())),
            Err(late) => return Err(anyhow::Error::from(late).context(node.try_run(TANG)?.output)),
        }
        nodes.push(node);
    }
    story.said("the unit", &nodes[0].run("systemd-analyze security ilanga-help@x.service --no-pager | tail -1")?);

    let mut node = bound.start()?;
    let found = node.wait("three neighbours are found", |node| {
        let found = node.try_run("cat /run/ilanga-neighbours/found.json")?.output;
        Ok(HELPERS.iter().all(|(_, helper)| found.contains(helper)).then_some(()))
    });
    if found.is_err() {
        story.said("why", &node.try_run(TANG)?.output);
    }
    found?;
    let mut answers = owner::answers("neighbours");
    answers.insert("mesh", vec![("mesh", "yggdrasil")]);
    let storage = answers.entry("storage").or_default();
    storage.extend(HELPERS.map(|(_, helper)| ("helpers", helper)));
    storage.push(("need", "2"));
    Owner::answers(&mut node, ports[3], &answers, &story)?.waits(&mut node, &story)?;
    node.power_off()?;

    // One is there.
    for absent in &mut nodes[1..] {
        absent.run("systemctl stop ilanga-help.socket")?;
    }
    let mut node = bound.start()?;
    node.wait("neighbours are asked", |node| Ok((node.run(TRIED)?.trim() != "0").then_some(())))?;
    stays_locked(&mut node, "one of three is there", &story)?;
    // Another one, who has removed it.
    nodes[1].run("ilanga-neighbours rotate && systemctl start ilanga-help.socket")?;
    stays_locked(&mut node, "of two, one has new keys", &story)?;
    nodes[2].run("systemctl start ilanga-help.socket")?;
    let opened = node.wait("two of three open the data", |node| {
        Ok((node.try_run("findmnt -no SOURCE /data | grep -q ilanga-data")?.status == 0).then_some(()))
    });
    if opened.is_err() {
        story.said("why", &node.try_run(TANG)?.output);
    }
    opened?;
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run(WHY)?);
    let took = "journalctl -b -o short-monotonic --no-pager -u ilanga-neighbours | tail -5";
    story.said("what it took", &node.run(took)?);
    node.power_off()?;
    for node in nodes {
        node.power_off()?;
    }
    Ok(())
}
