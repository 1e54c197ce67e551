//! One flipped bit: at the mount, in a file that is read later, in the verity tree.

use std::time::Duration;

use anyhow::ensure;
use formats::layout::Role;
use formats::size::Bytes;
use formats::slot::Slot;
use qemu_tests::{Firmware, Inputs, Machine, Story};

/// What `init` says of a system that it will not start.
const ENDS: [&str; 2] = ["switches itself off", "This computer restarts"];

/// A machine with one bit of slot a flipped.
fn flipped(
    name: &str,
    inputs: &Inputs,
    place: impl Fn(&mut Machine) -> anyhow::Result<Bytes>,
) -> anyhow::Result<Machine> {
    let mut machine = Machine::new(name, inputs)?.firmware(Firmware::OwnKeys).look_in()?;
    let at = place(&mut machine)?;
    let start = machine.disk().partition(Role::Root(Slot::A))?.start;
    machine.disk().flip_bit(start + at)?;
    Ok(machine)
}

#[test]
fn at_the_mount() -> anyhow::Result<()> {
    let story = Story::begin("bit_flipped_at_mount");
    let inputs = Inputs::of_environment()?;
    // Behind the superblock's fields, in its block: the mount reads it through dm-verity.
    let mut machine = flipped("flip-mount", &inputs, |_| Ok(Bytes(2000)))?;
    let mut node = machine.start()?;
    node.wait_for_any(&ENDS)?;
    story.said("a flipped bit in the superblock's block", &node.tail());
    node.wait_off()?;
    story.found("the node switched itself off: no endless restart");
    Ok(())
}

#[test]
fn in_the_tree() -> anyhow::Result<()> {
    let story = Story::begin("bit_flipped_in_tree");
    let inputs = Inputs::of_environment()?;
    let mut machine = flipped("flip-tree", &inputs, |machine| Ok(machine.disk().slot_image(Slot::A)?.top_block()))?;
    let mut node = machine.start()?;
    node.wait_for_any(&ENDS)?;
    story.said("a flipped bit in the verity tree", &node.tail());
    Ok(())
}

#[test]
fn in_a_file_that_is_read_later() -> anyhow::Result<()> {
    let story = Story::begin("bit_flipped_in_file_read_later");
    let inputs = Inputs::of_environment()?;
    // First a look where a large file that nobody reads at a start has its blocks: the loader of Windows partitions.
    let mut machine = Machine::new("flip-file", &inputs)?.firmware(Firmware::OwnKeys).look_in()?;
    let file = "/usr/bin/podman";
    let place = format!("filefrag -b4096 -e {file} | awk '$1 == \"0:\" {{print $4}}'");
    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running");
    let block: u64 = node.run(&place)?.trim().trim_end_matches("..").parse()?;
    node.power_off()?;
    let start = machine.disk().partition(Role::Root(Slot::A))?.start;
    machine.disk().flip_bit(start + Bytes(block * 4096 + 100))?;
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    let read = node.try_run(&format!("cat {file} > /dev/null"))?;
    story.said("reading a file with a flipped bit", &read.output);
    ensure!(read.status != 0 && read.output.contains("Input/output error"), "it was read: {}", read.output);
    story.said("the kernel", &node.run("dmesg | grep -i verity | tail -3")?);
    ensure!(state == "running", "the node is {state}");
    node.watch(Duration::from_secs(10))?;
    ensure!(node.resets()? == 0, "the node restarted");
    Ok(node.power_off()?)
}
