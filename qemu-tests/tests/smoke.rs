//! smoke
use qemu_tests::{Firmware, Inputs, Machine, Story};

#[test]
fn smoke() -> anyhow::Result<()> {
    let story = Story::begin("smoke");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("smoke", &inputs)?.firmware(Firmware::OwnKeys).tpm().look_in()?;
    let mut node = machine.start()?;
    node.attach()?;
    story.found("attached");
    story.said("started", &node.wait_until_started()?);
    for c in [
        "cat /proc/cmdline",
        "uname -a; id",
        "ls /sys/class/tpm",
        "dmesg | grep -i -e secure -e tpm",
        "ls -la /run/systemd /.extra; mokutil --sb-state",
        "systemctl --failed",
        "free -m",
    ] {
        story.said(c, &node.try_run(c)?.output);
    }
    story.said("seq", &node.run("seq 1 100000 | md5sum; seq 1 30000")?.len().to_string());
    node.reset()?;
    node.attach()?;
    story.found(&format!("attached again, resets {}", node.resets()?));
    story.said("uptime", &node.run("uptime")?);
    story.said("tail", &node.tail());
    node.power_off()?;
    story.found("off");
    Ok(())
}
