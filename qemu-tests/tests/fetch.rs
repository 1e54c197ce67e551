//! Releases that nodes fetch: by themselves from a web server, from a neighbour, and from an address that a person names.
//!
//! The nodes' data partition is a second disk. The neighbour is reached through a port of the host, as a node of another network
//! would be: finding neighbours by mDNS is `updater/tests/neighbours.rs`'s.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::http::HOST;
use qemu_tests::qemu::Network;
use qemu_tests::web::Web;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, data, inputs, updates};

/// The port at which nodes serve neighbours.
const NEIGHBOUR: u16 = 7363;

/// More than the lists of a repository weigh, and less than anything of a release.
const LISTS: u64 = 64 << 10;

/// How much of a bundle is asked for, and kept, at once.
const PART: u64 = 256 << 10;

/// Follows how much memory is in use, but for caches of files, so that the most of it is known.
const WATCH_MEMORY: &str = "(while sleep 0.2; do \
    awk '/^(AnonPages|Shmem|SUnreclaim|KernelStack|PageTables|Percpu|VmallocUsed):/{used += $2} END {print used}' \
    /proc/meminfo; done >/run/memory) &";

/// What of it is the most so far.
const MOST_MEMORY: &str = "sort -n /run/memory | tail -1";

/// How much more of it fetching and installing may take, in KiB.
const MOST: u64 = 64 << 10;

/// A node with a network and a disk for data.
fn node(name: &str, settings: &str, ports: Vec<(u16, u16)>) -> Result<Machine> {
    let machine = Machine::new(name, &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    let disk = data::disk(machine.folder(), settings)?;
    let machine = machine.network(Network::User(ports)).disk_size(Bytes(16 << 30))?.other_disk(&disk);
    Ok(machine.look_in()?.patience(Duration::from_secs(900)))
}

/// Waits until the node runs, has its data, and an address.
fn begin(node: &mut Running<'_>) -> Result<()> {
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run("systemctl --failed --no-legend --plain")?);
    data::mount(node)?;
    node.wait("an address", |node| {
        let state = node.run("nmcli -t -f STATE general")?;
        Ok(state.starts_with("connected").then_some(()))
    })?;
    Ok(())
}

/// Has a node look for releases, and waits until what it finds is installed.
fn fetches(story: &Story, node: &mut Running<'_>) -> Result<()> {
    node.run(WATCH_MEMORY)?;
    let before: u64 = node.run("sleep 2; head -1 /run/memory")?.trim().parse().context("reading the memory")?;
    let ended = node.try_run("systemctl start ilanga-fetch")?;
    story.said("how it ended", &ended.output);
    story.said("the journal", &node.run("journalctl -b -o cat -u ilanga-fetch | tail -20")?);
    ensure!(ended.status == 0, "{ended:?}");
    let installed = node.wait("the release is installed", |node| {
        let status = node.run("ilanga-update status")?;
        Ok(status.contains("2026.11.1 starts at the next restart").then_some(status))
    });
    story.said("the updater", &node.run("journalctl -b -o cat -u ilanga-updater | tail -20; ls -l /data/updates/*")?);
    story.said("the status", &installed?);
    let most: u64 = node.run(MOST_MEMORY)?.trim().parse().context("reading the memory")?;
    let more = most.saturating_sub(before);
    story.found(&format!("fetching and installing took {more} KiB of memory at most"));
    ensure!(more <= MOST, "{more} KiB");
    Ok(())
}

/// A port of the host that nobody listens at.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|port| port.local_addr()).context("a port")?.port())
}

#[test]
#[ignore = "long"]
fn one_node_fetches_and_another_has_it_from_there() -> Result<()> {
    let story = Story::begin("fetch");
    let web = Web::start(&inputs::repository()?)?;
    let port = free_port()?;
    let settings = format!("format = 1\nurl = \"{}\"\nneighbours = false\n", web.url());
    let mut machine = node("fetch-first", &settings, vec![(port, NEIGHBOUR)])?;
    let mut first = machine.start()?;
    begin(&mut first)?;
    fetches(&story, &mut first)?;
    let whole = inputs::bundles()?.join("2026.11.1.raucb").metadata().context("measuring the bundle")?.len();
    let (lists, targets) = (web.bytes("metadata/"), web.bytes("targets/"));
    story
        .found(&format!("asked of the server: {lists} bytes of lists, {targets} of files, and the bundle has {whole}"));
    ensure!(lists < LISTS && targets < whole / 2);
    let service = first.run("systemctl is-active ilanga-neighbour; ss -tln | grep -c 7363; true")?;
    story.said("the first node's service", &service);

    let settings = format!("format = 1\nurl = \"{}\"\naddresses = [\"{HOST}:{port}\"]\n", web.url());
    let mut machine = node("fetch-second", &settings, Vec::new())?;
    let (asked, before) = (web.asked().len(), web.bytes(""));
    let mut second = machine.start()?;
    begin(&mut second)?;
    fetches(&story, &mut second)?;
    let upstream = web.bytes("") - before;
    let paths: Vec<String> =
        web.asked()[asked..].iter().map(|asked| format!("{} {}", asked.path, asked.bytes)).collect();
    story.said(&format!("asked of the server by the second: {upstream} bytes"), &paths.join("\n"));
    ensure!(upstream < LISTS, "{upstream}");
    first.power_off()?;
    second.power_off()?;

    let mut second = machine.start()?;
    let wrong = updates::judgement(&mut second)?;
    ensure!(wrong.is_none(), "{wrong:?}");
    ensure!(updates::runs(&mut second)? == "b 2026.11.1");
    Ok(second.power_off()?)
}

#[test]
#[ignore = "long"]
fn an_address_that_a_person_names_is_fetched_in_spite_of_a_power_cut() -> Result<()> {
    let story = Story::begin("fetch_address");
    let web = Web::start(&inputs::bundles()?)?;
    let mut machine = node("fetch-address", "format = 1\nrate = \"8M\"\n", Vec::new())?;
    let mut node = machine.start()?;
    begin(&mut node)?;
    let url = format!("{}/2026.11.1.raucb", web.url());
    let asked = node.try_run(&format!("printf 'n\\n' | script -qec 'ilanga-update install {url}' /dev/null"))?.output;
    story.said("a person who says no", &asked);
    ensure!(web.bytes("2026.11.1.raucb") < 4 * PART, "it was fetched though nobody has agreed");
    let refused =
        node.try_run(&format!("setpriv --reuid=65534 --regid=65534 --clear-groups ilanga-update install --yes {url}"))?;
    story.said("an ordinary user", &refused.output);
    ensure!(refused.status == 4, "{refused:?}");
    let install = format!("ilanga-update install --yes {url}");
    node.run(&format!("{install} >/run/install.log 2>&1 &"))?;
    let status = "/usr/lib/ilanga/ilanga-fetch --json status";
    let done = node.wait("a third of it is there", |node| {
        let said: serde_json::Value = serde_json::from_str(&node.run(status)?).unwrap_or_default();
        Ok(said["done"].as_u64().filter(|done| *done > 100 << 20))
    })?;
    node.cut_power();
    let asked = web.asked().len();

    let mut node = machine.start()?;
    begin(&mut node)?;
    let installed = node.try_run(&install)?;
    story.said("after the power cut", &installed.output);
    story.said("the journal", &updates::journal(&mut node)?);
    ensure!(installed.status == 0, "{installed:?}");
    let first = web.asked()[asked..].iter().filter(|asked| asked.bytes == PART).map(|asked| asked.from).next();
    let first = first.context("nothing was fetched afterwards")?;
    story.found(&format!("{done} bytes were there when the power went; afterwards it went on at {first}"));
    ensure!(first + PART >= done);
    let status = node.run("ilanga-update status")?;
    ensure!(status.contains("2026.11.1 starts at the next restart"), "{status}");
    Ok(node.power_off()?)
}
