//! What people ask the updater for, and what it refuses: the shipped image, its daemon, RAUC, polkit and systemd.

use std::time::Duration;

use anyhow::{Result, ensure};
use formats::size::Bytes;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, bundles};

/// A node with a second disk that has the bundles.
fn node(name: &str) -> Result<Machine> {
    let inputs = Inputs::of_environment()?;
    let machine = Machine::new(name, &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    let bundles = bundles::disk(machine.folder())?;
    Ok(machine.disk_size(Bytes(16 << 30))?.second_disk(&bundles).look_in()?.patience(Duration::from_secs(900)))
}

/// Waits until the release that runs is judged good; returns its slot and version.
fn started(node: &mut Running<'_>) -> Result<String> {
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run("systemctl --failed --no-legend --plain")?);
    Ok(node.run("(. /run/ilanga/slot; . /usr/lib/os-release; echo $SLOT $IMAGE_VERSION)")?)
}

/// Makes `/run/<name>.raucb`, which ends as the bundle of a release but for what `sed` changes, and has zeros before that.
fn forge(node: &mut Running<'_>, release: &str, name: &str, sed: &str) -> Result<()> {
    let (from, to) = (format!("{}/{release}.raucb", bundles::FOLDER), format!("/run/{name}.raucb"));
    node.run(&format!(
        "truncate -s $(($(stat -c %s {from}) - 70000)) {to} && tail -c 70000 {from} | LC_ALL=C sed '{sed}' >>{to}"
    ))?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn installs_and_goes_back_when_asked() -> Result<()> {
    let story = Story::begin("updater");
    let mut machine = node("updater")?;
    let mut node = machine.start()?;
    ensure!(started(&mut node)? == "a 2026.11.0");
    node.run(bundles::MOUNT)?;
    let bundle = format!("{}/2026.11.1.raucb", bundles::FOLDER);
    story.said("before", &node.run("ilanga-update status; ilanga-update history")?);
    story.said("check", &node.run(&format!("ilanga-update check {bundle}"))?);

    let installed = node.run(&format!("ilanga-update install {bundle}"))?;
    story.said("install", &installed);
    ensure!(installed.contains("100 %") && installed.contains("Release 2026.11.1 is installed"), "{installed}");
    let status = node.run("ilanga-update status")?;
    ensure!(status.starts_with("Release 2026.11.0 runs; 2026.11.1 starts at the next restart."), "{status}");
    let again = node.try_run(&format!("ilanga-update install {bundle}"))?;
    ensure!(again.status == 3 && again.output.contains("is installed already"), "{again:?}");
    node.power_off()?;

    let mut node = machine.start()?;
    ensure!(started(&mut node)? == "b 2026.11.1");
    let history = node.run("ilanga-update history")?;
    story.said("the new release runs", &history);
    ensure!(history.contains("Release 2026.11.1 works and is kept."), "{history}");
    let back = node.run("ilanga-update rollback")?;
    ensure!(back == "Release 2026.11.0 starts at the next restart.", "{back}");
    node.power_off()?;

    let mut node = machine.start()?;
    ensure!(started(&mut node)? == "a 2026.11.0");
    story.said("back", &node.run("ilanga-update status --json; ilanga-update history")?);
    Ok(node.power_off()?)
}

#[test]
fn refuses_with_a_reason() -> Result<()> {
    let story = Story::begin("updater_refuses");
    let mut machine = node("updater_refuses")?;
    let mut node = machine.start()?;
    ensure!(started(&mut node)? == "a 2026.11.0");
    node.run(bundles::MOUNT)?;
    let bundle = format!("{}/2026.11.1.raucb", bundles::FOLDER);
    forge(&mut node, "2026.11.1", "board", "s/=ilanga-mini-pc/=ilanga-rockpro/")?;
    forge(&mut node, "2026.11.1", "older", "s/=2026\\.11\\.1/=2026.10.1/")?;
    forge(&mut node, "2026.11.1", "same", "s/=2026\\.11\\.1/=2026.11.0/")?;
    forge(&mut node, "2026.11.1", "forged", "s/=2026\\.11\\.1/=2026.11.9/")?;
    node.run(&format!("head -c 1000000 {bundle} >/run/short.raucb"))?;
    let slot = "sha256sum /run/ilanga/disk/ilanga-root-b | head -c 64";
    let untouched = node.run(slot)?;
    let user = "setpriv --reuid=65534 --regid=65534 --clear-groups";
    for (what, command, status, expected) in [
        ("another board", "ilanga-update install /run/board.raucb".to_owned(), 3, "it is for 'ilanga-rockpro'"),
        ("an older release", "ilanga-update install /run/older.raucb".to_owned(), 3, "which is older than 2026.11.0"),
        ("the same release", "ilanga-update install /run/same.raucb".to_owned(), 3, "which runs already"),
        ("a changed manifest", "ilanga-update install /run/forged.raucb".to_owned(), 3, "RAUC does not take it: "),
        ("a bundle without its end", "ilanga-update install /run/short.raucb".to_owned(), 3, "it is no update bundle"),
        ("an ordinary user", format!("{user} ilanga-update install {bundle}"), 4, "you may not do that"),
        ("an ordinary user, going back", format!("{user} ilanga-update rollback"), 4, "you may not do that"),
        ("an ordinary user who looks", format!("{user} ilanga-update status"), 0, "Release 2026.11.0 runs."),
        ("an ordinary user at RAUC", format!("{user} rauc install {bundle}"), 2, "Rejected send message"),
        ("going back to nothing", "ilanga-update rollback".to_owned(), 3, "there is nothing to go back to"),
        (
            "an address",
            "ilanga-update install https://example.org/x.raucb".to_owned(),
            3,
            "this node has no data partition",
        ),
    ] {
        let reply = node.try_run(&command)?;
        story.said(what, &reply.output);
        ensure!(reply.status == status && reply.output.contains(expected), "{what}: {reply:?}");
    }
    ensure!(node.run(slot)? == untouched, "a slot was written");

    // The signature holds, the content does not: RAUC finds out while it writes, and nothing starts from the slot.
    forge(&mut node, "2026.11.1", "zeros", "")?;
    let reply = node.try_run("ilanga-update install /run/zeros.raucb")?;
    story.said("zeros in the place of content", &reply.output);
    ensure!(reply.status == 1 && reply.output.contains("could not be installed"), "{reply:?}");
    let status = node.run("ilanga-update status")?;
    ensure!(status.starts_with("Release 2026.11.0 runs."), "{status}");
    story.said(
        "what stays of it",
        &node.run("ilanga-update history; systemd-analyze security ilanga-updater --no-pager | tail -1")?,
    );
    Ok(node.power_off()?)
}

/// A benchmark: the seconds that an install takes through the updater, and through RAUC alone, in turn, on one node. The page
/// cache is emptied before each, and the bundles differ in no more than their version.
#[test]
#[ignore = "long"]
fn beside_rauc_alone() -> Result<()> {
    let story = Story::begin("updater_time");
    let mut machine = node("updater_time")?;
    let mut node = machine.start()?;
    ensure!(started(&mut node)? == "a 2026.11.0");
    node.run(bundles::MOUNT)?;
    let (mut alone, mut ours) = (Vec::new(), Vec::new());
    for round in 0..5 {
        for (seconds, command, release) in
            [(&mut alone, "rauc", "2026.11.1"), (&mut ours, "ilanga-update", "2026.11.2")]
        {
            let bundle = format!("{}/{release}.raucb", bundles::FOLDER);
            let clock = "cut -d' ' -f1 /proc/uptime";
            let took = node.run(&format!(
                "sync; echo 3 >/proc/sys/vm/drop_caches; a=$({clock}); {command} install {bundle} >/run/said 2>&1 || \
                 {{ cat /run/said; exit 1; }}; b=$({clock}); echo $a $b"
            ))?;
            let (before, after) = took.split_once(' ').unwrap_or_default();
            let took = after.parse::<f64>()? - before.parse::<f64>()?;
            story.found(&format!("round {round}: {command} install: {took:.1} s"));
            seconds.push(took);
        }
    }
    let median = |seconds: &mut Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    let (alone, ours) = (median(&mut alone), median(&mut ours));
    story.found(&format!("medians: rauc {alone:.1} s, ilanga-update {ours:.1} s, ratio {:.3}", ours / alone));
    Ok(node.power_off()?)
}
