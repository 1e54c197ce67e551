//! The power goes in the first start, at several points; then it stays, and the node starts well.

use std::thread::sleep;
use std::time::Duration;

use anyhow::ensure;
use formats::layout::Role;
use formats::size::Bytes;
use qemu_tests::{Firmware, Inputs, Machine, Story, tool};

/// What the console says in the first start, in order: the power goes a moment after each.
const POINTS: [&str; 4] =
    ["stage mounts", "the copy of the partition table is at the disk's end now", "stage partitions", "stage state"];

#[test]
fn in_the_first_start() -> anyhow::Result<()> {
    let story = Story::begin("power_cut_first_boot");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("power-cut", &inputs)?.firmware(Firmware::OwnKeys);
    machine = machine.disk_size(Bytes(16 << 30))?.add_on("console=ttyS0 systemd.debug_shell=ttyS1 loglevel=7")?;
    for (number, point) in (0..).zip(POINTS) {
        let mut node = machine.start()?;
        node.wait_for(point)?;
        sleep(Duration::from_millis(37 * number));
        node.cut_power();
        story.found(&format!("the power went after '{point}'"));
    }
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    ensure!(state == "running", "after the cuts the node is {state}");
    node.run("ilanga-settings get machine-id && findmnt /state")?;
    node.power_off()?;
    let disk = machine.disk().path().display().to_string();
    let checked = String::from_utf8(tool::run("sgdisk", ["-v", &disk])?)?;
    ensure!(checked.contains("No problems found"), "{checked}");
    let file = machine.folder().join("state.ext4");
    let extent = machine.disk().partition(Role::State)?;
    machine.disk().extract(extent, &file)?;
    let checked = tool::verdict("e2fsck", ["-fn".as_ref(), file.as_os_str()])?;
    ensure!(checked.good, "{}", checked.said);
    Ok(())
}

#[test]
#[ignore = "long"]
fn fifty_kills_lose_nothing_that_was_stored() -> anyhow::Result<()> {
    let story = Story::begin("fifty_kills");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("fifty-kills", &inputs)?.firmware(Firmware::OwnKeys);
    machine = machine.disk_size(Bytes(16 << 30))?.look_in()?;
    let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut stored = None;
    for kill in 0..50_u32 {
        let mut node = machine.start()?;
        node.attach()?;
        if let Some(name) = &stored {
            let found = node.run("ilanga-settings get host-name")?;
            ensure!(found == *name, "kill {kill}: '{name}' was stored, '{found}' is there");
        }
        let name = format!("node-{kill}");
        node.run(&format!("ilanga-settings set host-name {name}"))?;
        stored = Some(name);
        // Writes go on while the power goes.
        node.try_run("(while :; do echo x > /state/.noise; sync -f /state; done) > /dev/null 2>&1 &")?;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        sleep(Duration::from_millis(random % 3000));
        node.cut_power();
        story.found(&format!("kill {} done", kill + 1));
    }
    let mut node = machine.start()?;
    node.attach()?;
    ensure!(Some(node.run("ilanga-settings get host-name")?) == stored, "the last setting is lost");
    Ok(())
}
