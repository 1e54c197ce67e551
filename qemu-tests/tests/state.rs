//! The state partition is data: damaged, full, or planted with things, a node starts and runs what was signed.

use anyhow::ensure;
use formats::layout::Role;
use formats::size::Bytes;
use qemu_tests::{Firmware, Inputs, Machine, Story, tool};

/// A machine after a good first start, so that it has a state partition.
fn started_once(name: &str, inputs: &Inputs) -> anyhow::Result<Machine> {
    let mut machine = Machine::new(name, inputs)?.firmware(Firmware::OwnKeys);
    machine = machine.disk_size(Bytes(16 << 30))?.look_in()?;
    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    node.run("ilanga-settings set host-name before")?;
    // As a release leaves it that knows of no versions of the state.
    node.run("cd /state && mv v2/settings.toml . && rm -r v2 good && sync -f .")?;
    node.power_off()?;
    Ok(machine)
}

#[test]
fn full_planted_then_damaged() -> anyhow::Result<()> {
    let story = Story::begin("state");
    let inputs = Inputs::of_environment()?;
    let mut machine = started_once("state", &inputs)?;
    let extent = machine.disk().partition(Role::State)?;
    let file = machine.folder().join("state.ext4");

    // A thief plants what would run or give rights if anything read it.
    machine.disk().extract(extent, &file)?;
    let planted = machine.folder().join("planted");
    std::fs::write(&planted, "[Service]\nExecStart=/bin/touch /run/evil\n")?;
    let mut commands = String::new();
    for folder in ["/etc", "/etc/systemd", "/etc/systemd/system", "/root", "/root/.ssh", "/lib"] {
        commands.push_str(&format!("mkdir {folder}\n"));
    }
    for path in [
        "/etc/systemd/system/evil.service",
        "/etc/ld.so.preload",
        "/etc/passwd",
        "/etc/shadow",
        "/root/.ssh/authorized_keys",
        "/authorized_keys",
        "/evil.service",
        "/ld.so.preload",
    ] {
        commands.push_str(&format!("write {} {path}\n", planted.display()));
    }
    // And fills the rest.
    let filler = machine.folder().join("filler");
    std::fs::write(&filler, vec![1; 600 << 20])?;
    commands.push_str(&format!("write {} /filler\n", filler.display()));
    let script = machine.folder().join("plant");
    std::fs::write(&script, commands)?;
    // debugfs ends with 0 though the filler does not fit: that is what it is for.
    tool::verdict("debugfs", ["-w".as_ref(), "-f".as_ref(), script.as_os_str(), file.as_os_str()])?;
    machine.disk().insert(extent, &file)?;
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    story.said("planted and full", &node.run("df -h /state; ls -la /state; hostname")?);
    ensure!(state == "running", "with a full and planted state the node is {state}");
    ensure!(node.run("hostname")? == "before", "the setting is lost");
    ensure!(node.try_run("test -e /state/v2 -o -e /state/.v2.new -o -e /state/good")?.status != 0, "what is half-made");
    ensure!(
        node.try_run("test -e /run/evil -o -e /etc/ld.so.preload -o -e /etc/systemd/system/evil.service")?.status != 0
    );
    ensure!(!node.run("cat /etc/passwd /etc/shadow")?.contains("ExecStart"));
    ensure!(node.try_run("systemctl cat evil.service")?.status != 0);
    let refused = node.try_run("ilanga-settings set host-name after")?;
    story.said("setting something on a full state", &refused.output);
    ensure!(refused.status != 0, "it was kept, it says");
    node.power_off()?;

    // Then it is overwritten from its start: nothing can be repaired.
    machine.disk().write(extent.start, &vec![0xA5; 64 << 20])?;
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    story.said(
        "damaged beyond repair",
        &node.run("journalctl -b -o cat | grep -i 'ilanga-init.*state' ; dmesg | grep -i 'init.*state'; true")?,
    );
    ensure!(state == "running", "with a damaged state the node is {state}");
    // Made anew, or a tmpfs where what e2fsck left can't be mounted: docs/boot.md.
    let kind = node.run("findmnt -no FSTYPE /state")?;
    ensure!(kind == "ext4" || kind == "tmpfs", "/state is {kind}");
    story.said("setting something then", &node.try_run("ilanga-settings set host-name again; findmnt /state")?.output);
    Ok(node.power_off()?)
}
