//! Secure Boot is on: with our keys, enrolled by the boot loader itself, and with shim and an owner key.

use anyhow::ensure;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

fn is_on(node: &mut Running<'_>) -> anyhow::Result<()> {
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}");
    let on = node.run("od -An -tu1 -j4 /sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c")?;
    ensure!(on.trim() == "1", "Secure Boot is {on}");
    ensure!(node.run("cat /sys/kernel/security/lockdown")?.contains("[integrity]"), "no lockdown");
    Ok(())
}

#[test]
#[ignore = "long"]
fn own_keys_enrol_themselves_in_set_up_mode() -> anyhow::Result<()> {
    let story = Story::begin("secure_boot_own");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("secure-boot-own", &inputs)?.firmware(Firmware::SetUp).look_in()?;
    let mut node = machine.start()?;
    node.wait_for_resets(1)?;
    story.found("the boot loader enrolled the keys and restarted");
    is_on(&mut node)?;
    Ok(node.power_off()?)
}

#[test]
fn shim_starts_what_the_owner_key_signed() -> anyhow::Result<()> {
    let story = Story::begin("secure_boot_shim");
    let inputs = Inputs::with_shim()?;
    let mut machine = Machine::new("secure-boot-shim", &inputs)?.firmware(Firmware::MicrosoftAndOwner).look_in()?;
    let mut node = machine.start()?;
    is_on(&mut node)?;
    story.found("running behind shim");
    Ok(node.power_off()?)
}

#[test]
fn shim_refuses_before_the_key_is_enrolled() -> anyhow::Result<()> {
    let story = Story::begin("secure_boot_shim_refuses");
    let inputs = Inputs::with_shim()?;
    let mut machine = Machine::new("shim-refuses", &inputs)?.firmware(Firmware::Microsoft).look_in()?;
    let mut node = machine.start()?;
    node.wait_for_any(&["Security Violation", "Verification failed", "Shim UEFI key management"])?;
    story.said("without the owner's key", &node.tail());
    Ok(())
}
