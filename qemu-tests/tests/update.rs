//! A node takes releases to its other slot, keeps the good ones and leaves the others.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use formats::size::Bytes;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, bundles};

/// A node with a second disk that has the bundles.
fn node(name: &str) -> Result<Machine> {
    let inputs = Inputs::of_environment()?;
    let machine = Machine::new(name, &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    let bundles = bundles::disk(machine.folder())?;
    Ok(machine.disk_size(Bytes(16 << 30))?.second_disk(&bundles).look_in()?)
}

/// What runs: the slot and the release.
fn runs(node: &mut Running<'_>) -> Result<String> {
    Ok(node.run("(. /run/ilanga/slot; . /usr/lib/os-release; echo $SLOT $IMAGE_VERSION)")?)
}

/// What was said about updates.
fn journal(node: &mut Running<'_>) -> Result<String> {
    Ok(node.run("journalctl -b -o cat -u rauc.service -u 'ilanga-*' | tail -40")?)
}

fn install(node: &mut Running<'_>, release: &str) -> Result<String> {
    let command = format!("{} && rauc install {}/{release}.raucb", bundles::MOUNT, bundles::FOLDER);
    let reply = node.try_run(&command)?;
    if reply.status != 0 {
        bail!("rauc install: {}\n{}", reply.output, journal(node)?);
    }
    Ok(reply.output)
}

/// Waits until the release that runs was judged good.
fn judged_good(node: &mut Running<'_>) -> Result<()> {
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run("systemctl --failed --no-legend --plain")?);
    let judge = node.run("systemctl is-active ilanga-judge-good.service; true")?;
    ensure!(judge == "active", "the judgement is {judge}: {}", node.run("journalctl -u 'ilanga-judge*' -o cat")?);
    Ok(())
}

#[test]
fn to_the_other_slot_and_back() -> Result<()> {
    let story = Story::begin("update");
    let mut machine = node("update")?;
    let mut node = machine.start()?;
    judged_good(&mut node)?;
    ensure!(runs(&mut node)? == "a 2026.11.0");
    story.said("rauc install", &install(&mut node, "2026.11.1")?);
    story.said("before the restart", &node.run("/usr/lib/ilanga/ilanga-boot-state status")?);
    node.power_off()?;

    let mut node = machine.start()?;
    judged_good(&mut node)?;
    let now = runs(&mut node)?;
    ensure!(now == "b 2026.11.1", "after the update it runs {now}");
    story.said("b runs", &node.run("/usr/lib/ilanga/ilanga-boot-state status")?);
    install(&mut node, "2026.11.2")?;
    node.power_off()?;

    let mut node = machine.start()?;
    judged_good(&mut node)?;
    let now = runs(&mut node)?;
    ensure!(now == "a 2026.11.2", "after the second update it runs {now}");
    story.said("a runs", &node.run("/usr/lib/ilanga/ilanga-boot-state status; rauc status")?);
    node.power_off()?;
    Ok(())
}

/// Installs a release that is no good and waits for the node to be back on its own.
fn back_from(name: &'static str, release: &str) -> Result<()> {
    let story = Story::begin(name);
    let mut machine = node(name)?.patience(Duration::from_secs(900));
    let mut node = machine.start()?;
    judged_good(&mut node)?;
    install(&mut node, release)?;
    node.power_off()?;

    let mut node = machine.start()?;
    let back = node.wait("a 2026.11.0 again", |node| {
        let resets = node.resets()?;
        let slot = if resets == 0 { None } else { node.try_run("(. /run/ilanga/slot; echo $SLOT)").ok() };
        Ok(slot.filter(|reply| reply.output.trim() == "a").map(|_| resets))
    })?;
    story.found(&format!("back after {back} resets"));
    judged_good(&mut node)?;
    let now = runs(&mut node)?;
    ensure!(now == "a 2026.11.0", "after the rollback it runs {now}");
    story.said("what a person reads", &node.run("/usr/lib/ilanga/ilanga-boot-state status")?);
    node.power_off()?;
    Ok(())
}

#[test]
fn rollback_from_a_failing_health_check() -> Result<()> {
    back_from("rollback_unhealthy", "2026.12.0~unhealthy")
}

#[test]
#[ignore = "long"]
fn rollback_from_a_kernel_panic() -> Result<()> {
    back_from("rollback_panics", "2026.12.0~panics")
}

#[test]
#[ignore = "long"]
fn rollback_from_a_hang_in_userspace() -> Result<()> {
    back_from("rollback_hangs", "2026.12.0~hangs")
}
