//! A stick is put into a node that runs: what a node does by itself, and what it leaves on the stick.

use std::time::Duration;

use anyhow::{Result, ensure};
use qemu_tests::{Firmware, Inputs, Machine, Story, bundles, stick, updates};

/// What a person sees on the screen.
const SCREEN: &str = "cat /run/issue.d/ilanga-update.issue; true";

/// The unit that looked at the stick.
const UNIT: &str = "systemctl show -P Result -P ActiveState 'ilanga-stick@sda.service'";

#[test]
#[ignore = "long"]
fn installs_what_a_stick_has_and_leaves_a_report() -> Result<()> {
    let story = Story::begin("sticks");
    let inputs = Inputs::of_environment()?;
    let machine = Machine::new("sticks", &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    // Made by Debian's rauc, from the slot image of our bundle.
    let theirs = stick::raucs_bundle(machine.folder(), "2026.11.1", &inputs.keys)?;
    let image = stick::stick(machine.folder(), &[("ilanga/school.raucb", &theirs), ("holiday.jpg", &theirs)])?;
    let machine = machine.disk_size(formats::size::Bytes(16 << 30))?.stick(&image).look_in()?;
    let mut machine = machine.patience(Duration::from_secs(900));

    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    ensure!(updates::runs(&mut node)? == "a 2026.11.0");
    let mut seen = Vec::new();
    let installed = node.wait("what the stick has is installed", |node| {
        let screen = node.run(SCREEN)?;
        if seen.last() != Some(&screen) {
            seen.push(screen.clone());
        }
        Ok(screen.contains("pulled out").then_some(screen))
    });
    let journal =
        "journalctl -b -o cat -u ilanga-sticks -u 'ilanga-stick@*' -u ilanga-updater -u rauc -u polkit | tail -60";
    story.said("the journal", &node.run(journal)?);
    story.said("the screen, one after the other", &seen.join("\n"));
    let screen = installed?;
    ensure!(screen.contains("Release 2026.11.1 is installed, and starts at the next restart."), "{screen}");
    node.wait("the report is written", |node| {
        let state = node.run(UNIT)?;
        Ok((state.contains("inactive") || state.contains("failed")).then_some(()))
    })?;
    let report = node.run("mkdir -p /run/look && mount -o ro,noload /dev/sda /run/look && cat /run/look/ilanga/reports/*.json; umount /run/look; true")?;
    story.said("the report", &report);
    ensure!(
        report.contains("\"board\": \"mini-pc\"") && report.contains("Release 2026.11.1 was installed."),
        "{report}"
    );
    story.said(
        "how much the units may do",
        &node.run("for u in ilanga-sticks ilanga-stick@sda ilanga-updater; do systemd-analyze security $u --no-pager | tail -1; done")?,
    );
    node.power_off()?;

    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    ensure!(updates::runs(&mut node)? == "b 2026.11.1");
    Ok(node.power_off()?)
}

#[test]
#[ignore = "long"]
fn a_bundle_that_changes_after_it_was_judged_is_not_started() -> Result<()> {
    let story = Story::begin("sticks_change");
    let inputs = Inputs::of_environment()?;
    let machine = Machine::new("sticks_change", &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog().memory(4096);
    let bundles = bundles::disk(machine.folder())?;
    let machine = machine.disk_size(formats::size::Bytes(16 << 30))?.second_disk(&bundles).look_in()?;
    let mut machine = machine.patience(Duration::from_secs(900));
    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    node.run(&format!("{} && cp {}/2026.11.1.raucb /run/x.raucb", bundles::MOUNT, bundles::FOLDER))?;
    // As soon as RAUC writes, all that comes after the first megabytes is other content, on the same file.
    let change = "(for i in $(seq 600); do \
                    busctl get-property de.pengutronix.rauc / de.pengutronix.rauc.Installer Progress | grep -q Copying && break; \
                    sleep 0.2; done; \
                    s=$(stat -c %s /run/x.raucb); \
                    dd if=/dev/urandom of=/run/x.raucb bs=1M seek=8 count=$(((s >> 20) - 16)) conv=notrunc) \
                  >/run/change.log 2>&1 &";
    node.run(&format!("{change} true"))?;
    let reply = node.try_run("ilanga-update install /run/x.raucb")?;
    story.said("the answer", &reply.output);
    story.said("when it was changed", &node.run("cat /run/change.log; journalctl -b -o cat -u rauc | tail -5")?);
    ensure!(reply.status == 1 && reply.output.contains("could not be installed"), "{reply:?}");
    let status = node.run("ilanga-update status")?;
    ensure!(status.starts_with("Release 2026.11.0 runs."), "{status}");
    node.power_off()?;
    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    ensure!(updates::runs(&mut node)? == "a 2026.11.0");
    Ok(node.power_off()?)
}
