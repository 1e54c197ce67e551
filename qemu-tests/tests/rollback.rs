//! What makes a release or the disk unusable, and how the node goes on. The stories of `update` have those that a whole
//! release brings with it.

use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use formats::layout::Role;
use formats::size::Bytes;
use formats::slot::Slot;
use qemu_tests::esp::Esp;
use qemu_tests::qemu::Bus;
use qemu_tests::{Inputs, Machine, Running, Story, updates};

const OLD: &str = "a 2026.11.0";
const NEW: &str = "2026.11.1";

/// How `init` ends a start that fails.
const ENDS: [&str; 3] = ["switches itself off in", "restarts in 30 seconds, with", "restarts in 30 seconds, and"];

fn good(node: &mut Running<'_>, expected: &str) -> Result<()> {
    match updates::judgement(node)? {
        Some(wrong) => Err(anyhow!(wrong)),
        None => {
            let now = updates::runs(node)?;
            ensure!(now == expected, "{now} runs, not {expected}");
            Ok(())
        }
    }
}

/// A machine on which the new release was installed, and has not started yet.
fn installed(name: &str) -> Result<Machine> {
    let mut machine = updates::machine(name)?.patience(Duration::from_secs(900));
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    updates::update(&mut node, NEW)?.map_err(anyhow::Error::msg)?;
    node.power_off()?;
    Ok(machine)
}

/// Damages what the mount of a slot's root file system reads.
fn damage(machine: &mut Machine, slot: Slot) -> Result<()> {
    let start = machine.disk().partition(Role::Root(slot))?.start;
    // Behind the superblock's fields, in its block.
    Ok(machine.disk().flip_bit(start + Bytes(2000))?)
}

/// Waits until the old release runs again after at least one reset; returns how many there were.
fn back(node: &mut Running<'_>) -> Result<u32> {
    node.wait("slot a again", |node| {
        let resets = node.resets()?;
        let slot = if resets == 0 { None } else { node.try_run("(. /run/ilanga/slot; echo $SLOT)").ok() };
        Ok(slot.filter(|reply| reply.output.trim() == "a").map(drop))
    })?;
    good(node, OLD)?;
    // While a shell was waited for, there may have been more.
    Ok(node.resets()?)
}

#[test]
#[ignore = "long"]
fn a_good_release_that_is_damaged_later() -> Result<()> {
    let story = Story::begin("rollback_damaged_later");
    let mut machine = installed("rollback-later")?;
    let mut node = machine.start()?;
    good(&mut node, "b 2026.11.1")?;
    node.run("echo kept > /state/kept; sync")?;
    node.power_off()?;
    damage(&mut machine, Slot::B)?;

    let mut node = machine.start()?;
    node.wait_for_any(&ENDS)?;
    story.said("the damaged release", &node.tail());
    let resets = back(&mut node)?;
    ensure!(resets == 1, "{resets} resets");
    let status = updates::status(&mut node)?;
    story.said("the other release", &format!("{status}\n{}", updates::journal(&mut node)?));
    ensure!(status.contains("failed after 1 start"), "{status}");
    let record = node.run("cat /run/ilanga/failed-start")?;
    ensure!(record.contains("2026.11.1\nthe system on the disk cannot be opened, or it is damaged"), "{record}");
    node.power_off()?;

    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    ensure!(node.resets()? == 0, "it tried the damaged release again");
    ensure!(node.try_run("test -e /run/ilanga/failed-start")?.status != 0, "the record stays for ever");
    node.power_off()?;

    damage(&mut machine, Slot::A)?;
    let mut node = machine.start()?;
    node.wait_for_any(&ENDS)?;
    story.said("both releases damaged", &node.tail());
    node.wait_off()?;
    drop(node);
    story.found("it switched itself off: no endless restart");
    rescued(&story, &mut machine)
}

/// A person starts the computer from a stick with the image of another release, and types a word.
fn rescued(story: &Story, machine: &mut Machine) -> Result<()> {
    let kept = machine.disk().partition(Role::State)?;
    let inputs = Inputs::of_environment()?;
    let image = updates::image("2026.11.2")?;
    let stick = Machine::of("rollback-stick", &image, None, &inputs.keys, &inputs.scratch)?.bus(Bus::Usb);
    let mut stick = stick.disk_size(Bytes(8 << 30))?.other_disk(machine.disk().path()).look_in()?;
    let mut node = stick.start()?;
    node.wait_for("Type 'repair'")?;
    node.type_in("repair\n")?;
    node.wait_for_any(&["This computer is repaired", "This computer is not repaired"])?;
    story.said("the stick", &node.tail());
    node.power_off()?;
    ensure!(machine.disk().partition(Role::State)?.start == kept.start, "the state partition was moved");
    let mut node = machine.start()?;
    good(&mut node, "a 2026.11.2")?;
    story.said("repaired", &updates::status(&mut node)?);
    ensure!(node.run("cat /state/kept")? == "kept", "what was on the state partition is lost");
    Ok(node.power_off()?)
}

#[test]
#[ignore = "long"]
fn a_new_release_whose_root_is_damaged() -> Result<()> {
    let story = Story::begin("rollback_damaged_root");
    let mut machine = installed("rollback-root")?;
    damage(&mut machine, Slot::B)?;
    let mut node = machine.start()?;
    node.wait_for_any(&ENDS)?;
    story.said("the damaged release", &node.tail());
    let resets = back(&mut node)?;
    ensure!(resets == 3, "{resets} resets");
    story.said("the other release", &format!("{}\n{}", updates::status(&mut node)?, updates::journal(&mut node)?));
    node.power_off()?;
    Ok(())
}

/// The power goes in each start of the new release, as soon as `init` has handed over to systemd. That is no fault of the
/// release: the old one runs once, and the new one starts again.
#[test]
#[ignore = "long"]
fn a_new_release_that_loses_its_power_comes_back() -> Result<()> {
    let story = Story::begin("rollback_power");
    let mut machine = installed("rollback-power")?;
    for cut in 1..=3 {
        let mut node = machine.start()?;
        node.wait_for("Welcome to")?;
        story.found(&format!("cut {cut}, {:.0} s after it was switched on", node.on_for().as_secs_f64()));
        node.cut_power();
    }
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    let told = node.run("ilanga-update status; ilanga-update history; cat /run/issue.d/ilanga-update.issue")?;
    story
        .said("the old release", &format!("{}\n{told}\n{}", updates::status(&mut node)?, updates::journal(&mut node)?));
    ensure!(updates::status(&mut node)?.contains("on trial, 3 starts left [starts next]"), "it has no starts");
    ensure!(told.contains("lost 3 starts with the power; they are not counted. It starts again"), "{told}");
    node.power_off()?;

    let mut node = machine.start()?;
    good(&mut node, "b 2026.11.1")?;
    story.said("the new release", &node.run("ilanga-update history")?);
    Ok(node.power_off()?)
}

/// Power cuts and panics in turn: the one lost start is given back, the panics are not, and the release is left.
#[test]
#[ignore = "long"]
fn a_new_release_that_panics_is_left_whatever_the_power_does() -> Result<()> {
    let story = Story::begin("rollback_panics_and_power");
    let mut machine = installed("rollback-both")?;
    let mut node = machine.start()?;
    node.wait_for("Welcome to")?;
    node.cut_power();
    let mut node = machine.start()?;
    for panic in 1..=3 {
        // What the start before has lost is given back by then; the release is not judged yet.
        node.run("until systemctl is-active -q ilanga-boot-state; do sleep 0.2; done")?;
        story.said(&format!("before panic {panic}"), &updates::status(&mut node)?);
        // It comes once the answer to this command is read.
        node.run("setsid sh -c 'sleep 2; echo c >/proc/sysrq-trigger' >/dev/null 2>&1 &")?;
        node.wait_for_resets(panic)?;
    }
    good(&mut node, OLD)?;
    let history = node.run("ilanga-update history")?;
    story.said("the old release", &format!("{}\n{history}", updates::status(&mut node)?));
    ensure!(history.contains("lost a start with the power") && history.contains("Kernel panic"), "{history}");
    Ok(node.power_off()?)
}

/// A stick with the very same release as the computer's: what starts is the stick's, and it repairs the computer's.
#[test]
#[ignore = "long"]
fn a_stick_with_the_same_release() -> Result<()> {
    let story = Story::begin("rollback_same_stick");
    let inputs = Inputs::of_environment()?;
    let mut machine = updates::machine("rollback-same")?.patience(Duration::from_secs(900));
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    node.run("echo kept > /state/kept; sync")?;
    node.power_off()?;
    damage(&mut machine, Slot::A)?;
    let stick = Machine::new("rollback-same-stick", &inputs)?.bus(Bus::Usb);
    let mut stick = stick.disk_size(Bytes(8 << 30))?.other_disk(machine.disk().path()).look_in()?;
    let mut node = stick.start()?;
    node.wait_for("Type 'repair'")?;
    let disks = node.run("readlink /run/ilanga/disk/*; lsblk -o NAME,PTUUID,PARTLABEL,PARTUUID")?;
    story.said("the stick's partitions, and all", &disks);
    ensure!(disks.contains("/dev/sda2") && !disks.contains("/dev/vd"), "the computer's slot runs: {disks}");
    node.type_in("repair\n")?;
    node.wait_for_any(&["This computer is repaired", "This computer is not repaired"])?;
    story.said("the stick", &node.tail());
    node.power_off()?;
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    story.said("repaired", &updates::status(&mut node)?);
    ensure!(node.run("cat /state/kept")? == "kept", "what was on the state partition is lost");
    Ok(node.power_off()?)
}

/// systemd-boot finds out before it starts anything; what the firmware does then is the firmware's. A person presses
/// the reset button.
#[test]
#[ignore = "long"]
fn a_new_release_whose_kernel_image_is_damaged() -> Result<()> {
    let story = Story::begin("rollback_damaged_kernel");
    let mut machine = installed("rollback-kernel")?;
    let path = format!("EFI/Linux/ilanga_{NEW}+3.efi");
    let esp = Esp::of(machine.disk())?;
    let mut image = esp.read(&path)?;
    let middle = image.len() / 2;
    image[middle] ^= 1;
    esp.write(&path, &image)?;
    drop(esp);
    let mut node = machine.start()?;
    let mut pressed = 0;
    for _ in 0..4 {
        node.watch(Duration::from_secs(40))?;
        let tail = node.tail();
        if !tail.contains("Error") && !tail.contains("BdsDxe") {
            break;
        }
        story.said("the firmware", &tail);
        node.reset()?;
        pressed += 1;
    }
    story.found(&format!("{pressed} presses of the reset button"));
    back(&mut node)?;
    story.said("the other release", &updates::status(&mut node)?);
    node.power_off()?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn a_release_that_hangs_before_systemd() -> Result<()> {
    let story = Story::begin("rollback_stuck");
    let mut machine = updates::machine("rollback-stuck")?.patience(Duration::from_secs(1500));
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    updates::install(&mut node, "2026.12.0~stuck")?.map_err(anyhow::Error::msg)?;
    node.power_off()?;
    let mut node = machine.start()?;
    let resets = back(&mut node)?;
    story.said(&format!("after {resets} resets by the watchdog"), &updates::status(&mut node)?);
    node.power_off()?;
    Ok(())
}

const ESP: &str = "mkdir -p /run/esp && mount -t vfat /run/ilanga/disk/ilanga-esp /run/esp";

#[test]
#[ignore = "long"]
fn an_esp_that_is_emptied_or_full() -> Result<()> {
    let story = Story::begin("rollback_esp");
    let mut machine = updates::machine("rollback-esp")?;
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    // All but the add-on through which the story looks in.
    let empty = "cd /run/esp && rm -rf EFI loader/loader.conf loader/keys && ls -R";
    story.said("an emptied ESP", &node.run(&format!("{ESP} && {empty}; cd /; umount /run/esp"))?);
    node.power_off()?;
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    story.said("rebuilt", &node.run(&format!("{ESP} && cd /run/esp && find . -type f; cd /; umount /run/esp"))?);

    let fill = format!("{ESP} && dd if=/dev/zero of=/run/esp/fill bs=1M; umount /run/esp");
    node.run(&fill)?;
    let Err(refused) = updates::install(&mut node, NEW)? else { return Err(anyhow!("it was installed on a full ESP")) };
    story.said("a full ESP", &refused);
    ensure!(refused.contains("the ESP is full"), "{refused}");
    node.power_off()?;
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    node.run(&format!("{ESP} && rm /run/esp/fill; umount /run/esp"))?;
    updates::install(&mut node, NEW)?.map_err(anyhow::Error::msg)?;
    node.power_off()?;
    let mut node = machine.start()?;
    good(&mut node, "b 2026.11.1")?;
    node.power_off()?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn a_state_partition_that_is_full() -> Result<()> {
    let story = Story::begin("rollback_full_state");
    let mut machine = updates::machine("rollback-state")?;
    let mut node = machine.start()?;
    good(&mut node, OLD)?;
    node.try_run("dd if=/dev/zero of=/state/fill bs=64k; sync; df /state")?;
    let refused = node.try_run("ilanga-settings set host-name full; true")?;
    story.said("a full state partition", &refused.output);
    updates::install(&mut node, NEW)?.map_err(anyhow::Error::msg)?;
    node.power_off()?;
    let mut node = machine.start()?;
    good(&mut node, "b 2026.11.1")?;
    node.power_off()?;
    Ok(())
}
