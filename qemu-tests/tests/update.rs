//! A node takes releases to its other slot, keeps the good ones and leaves the others. Every state that a power cut in that could
//! have left is looked into: `ilanga test every_power_cut` plays these.

use std::time::Duration;

use anyhow::{Error, Result, ensure};
use qemu_tests::power_cuts::enumerate::Candidate;
use qemu_tests::power_cuts::{Outcome, Recording, enumerate};
use qemu_tests::updates::{self, runs};
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// How many of the states that a power cut could have left are started, and of how many one is looked into to choose them.
const STARTED: usize = 40;
const ONE_IN: u64 = 10;

/// A node with a second disk that has the bundles; its disk's writes are recorded.
fn node(name: &str) -> Result<Machine> {
    Ok(updates::machine(name)?.recorded()?)
}

fn install(node: &mut Running<'_>, release: &str) -> Result<String> {
    updates::install(node, release)?.map_err(|said| Error::msg(format!("rauc install: {said}")))
}

fn update(node: &mut Running<'_>, release: &str) -> Result<String> {
    updates::update(node, release)?.map_err(|said| Error::msg(format!("ilanga-update install: {said}")))
}

/// Waits until the release that runs was judged good.
fn judged_good(node: &mut Running<'_>) -> Result<()> {
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run("systemctl --failed --no-legend --plain")?);
    let judge = node.run("systemctl is-active ilanga-judge-good.service; true")?;
    ensure!(judge == "active", "the judgement is {judge}: {}", node.run("journalctl -u 'ilanga-judge*' -o cat")?);
    Ok(())
}

/// Looks into the states that power cuts could have left.
fn power_cuts(story: &Story, machine: &mut Machine, releases: &[&str], one_in: u64) -> Result<(Recording, Outcome)> {
    let recording = machine.recording(releases)?;
    story.found("the record of writes is read");
    let outcome = enumerate(&recording, one_in, machine.folder()).map_err(Error::msg)?;
    story.said("power cuts", &outcome.counts.to_string());
    for bad in &outcome.bad {
        story.said("a bad state", &format!("{bad:#?}"));
    }
    for (problem, states) in &outcome.problems {
        story.found(&format!("{states} states: {problem}"));
    }
    ensure!(outcome.counts.bad == 0, "{} states are bad", outcome.counts.bad);
    Ok((recording, outcome))
}

/// Two updates, one after the other: by `rauc install`, and by the updater. (The updater goes from a to b in all other stories.)
fn two_updates(story: &Story) -> Result<Machine> {
    let mut machine = node("update")?;
    let mut node = machine.start()?;
    judged_good(&mut node)?;
    ensure!(runs(&mut node)? == "a 2026.11.0");
    story.said("rauc install", &install(&mut node, "2026.11.1")?);
    let status = node.run("ilanga-update status; /usr/lib/ilanga/ilanga-boot-state status")?;
    story.said("before the restart", &status);
    ensure!(status.starts_with("Release 2026.11.0 runs; 2026.11.1 starts at the next restart."), "{status}");
    node.power_off()?;

    let mut node = machine.start()?;
    judged_good(&mut node)?;
    let now = runs(&mut node)?;
    ensure!(now == "b 2026.11.1", "after the update it runs {now}");
    let history = node.run("ilanga-update history")?;
    story.said("b runs", &history);
    ensure!(history.contains("Release 2026.11.1 works and is kept."), "{history}");
    let installed = update(&mut node, "2026.11.2")?;
    story.said("ilanga-update install", &installed);
    ensure!(installed.contains("100 %") && installed.contains("Release 2026.11.2 is installed"), "{installed}");
    node.power_off()?;

    let mut node = machine.start()?;
    judged_good(&mut node)?;
    let now = runs(&mut node)?;
    ensure!(now == "a 2026.11.2", "after the second update it runs {now}");
    story.said("a runs", &node.run("/usr/lib/ilanga/ilanga-boot-state status; rauc status")?);
    node.power_off()?;
    Ok(machine)
}

/// The releases of [`two_updates`].
const TWO: [&str; 2] = ["2026.11.1", "2026.11.2"];

#[test]
fn to_the_other_slot_and_back_with_every_power_cut() -> Result<()> {
    let story = Story::begin("update");
    power_cuts(&story, &mut two_updates(&story)?, &TWO, 1)?;
    Ok(())
}

/// Installs a release that is no good, waits for the node to be back on its own, and finds the reason where people look.
fn back_from(story: &Story, name: &str, release: &str, reason: &str) -> Result<Machine> {
    let mut machine = node(name)?.patience(Duration::from_secs(900));
    let mut node = machine.start()?;
    judged_good(&mut node)?;
    let before =
        node.run("ilanga-settings set host-name clinic-2 && cat /etc/machine-id && sha256sum /state/v2/settings.toml")?;
    update(&mut node, release)?;
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
    let state = node.run("hostname && cat /etc/machine-id && sha256sum /state/v2/settings.toml")?;
    ensure!(state == format!("clinic-2\n{before}"), "the state before the update was {before}, and now {state}");
    let sentence = format!("Release {release} was left: {reason}");
    for (place, text) in updates::told(&mut node)? {
        story.said(place, &text);
        ensure!(text.contains(&sentence), "{place} does not say '{sentence}'");
    }
    node.power_off()?;
    Ok(machine)
}

/// A release that fails its health check, and what is said of it.
const UNHEALTHY: &str = "2026.12.0~unhealthy";
const WHY_UNHEALTHY: &str = "the health check 'a check that fails' failed: its program ended with status 1";

#[test]
#[ignore = "long"]
fn rollback_from_a_failing_health_check_with_every_power_cut() -> Result<()> {
    let story = Story::begin("rollback_unhealthy");
    let mut machine = back_from(&story, "rollback_unhealthy", UNHEALTHY, WHY_UNHEALTHY)?;
    power_cuts(&story, &mut machine, &[UNHEALTHY], 1)?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn rollback_from_a_kernel_panic() -> Result<()> {
    let reason = "it did not come up in 3 starts, and the kernel's last words were: Kernel panic - ";
    back_from(&Story::begin("rollback_panics"), "rollback_panics", "2026.12.0~panics", reason)?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn rollback_from_a_hang_in_userspace() -> Result<()> {
    let reason = "the health check 'a check that never ends' had not ended in time";
    back_from(&Story::begin("rollback_hangs"), "rollback_hangs", "2026.12.0~hangs", reason)?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn power_cuts_boot() -> Result<()> {
    let story = Story::begin("power_cuts_boot");
    let mut machine = two_updates(&story)?;
    let (recording, outcome) = power_cuts(&story, &mut machine, &TWO, ONE_IN)?;
    let mut started = start(&story, &recording, spread(&outcome.candidates, STARTED * 3 / 5))?;
    let mut machine = back_from(&story, "power_cuts_boot", UNHEALTHY, WHY_UNHEALTHY)?;
    let (recording, outcome) = power_cuts(&story, &mut machine, &[UNHEALTHY], ONE_IN)?;
    started += start(&story, &recording, spread(&outcome.candidates, STARTED * 2 / 5))?;
    ensure!(started >= STARTED, "only {started} states were started");
    Ok(())
}

/// So many, from the first to the last.
fn spread(candidates: &[Candidate], count: usize) -> Vec<&Candidate> {
    let count = count.min(candidates.len());
    (0..count).filter_map(|number| candidates.get(number * candidates.len() / count)).collect()
}

/// Starts states: what runs must be what was foreseen.
fn start(story: &Story, recording: &Recording, candidates: Vec<&Candidate>) -> Result<usize> {
    let inputs = Inputs::of_environment()?;
    for (number, candidate) in candidates.iter().enumerate() {
        let name = format!("cut-{number}");
        let folder = tempfile::Builder::new().prefix(&name).tempdir_in(&inputs.scratch)?;
        let path = folder.path().join("disk.img");
        recording.replay(&candidate.cut, &path)?;
        let machine = Machine::of(&name, &inputs.image, Some(&path), &inputs.keys, &inputs.scratch)?;
        let mut machine = machine.firmware(Firmware::OwnKeys).tpm().watchdog();
        let mut node = machine.start()?;
        let (release, slot) = candidate.starts;
        let version = recording.start().releases().get(release).map(|release| release.name.version.to_string());
        let expected = format!("{slot} {}", version.unwrap_or_default());
        let now = runs(&mut node)?;
        let parts = candidate.cut.parts.len();
        story.found(&format!("write {} and {parts} more: {now} runs", candidate.cut.whole));
        ensure!(now == expected, "{:?}: {now} runs, not {expected}", candidate.cut);
        // What no health check passes restarts into the other slot.
        if !expected.contains("unhealthy") {
            judged_good(&mut node)?;
        }
        node.cut_power();
    }
    Ok(candidates.len())
}
