//! A machine with 512 MiB of memory.

use anyhow::ensure;
use qemu_tests::{Firmware, Inputs, Machine, Story};

#[test]
fn of_512_mib() -> anyhow::Result<()> {
    let story = Story::begin("memory_512");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("memory-512", &inputs)?.firmware(Firmware::OwnKeys).memory(512).look_in()?;
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}");
    story.said("memory", &node.run("free -m")?);
    Ok(node.power_off()?)
}
