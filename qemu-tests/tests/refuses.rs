//! What nobody signed does not start, and what comes from outside changes nothing.

use anyhow::ensure;
use qemu_tests::esp::Esp;
use qemu_tests::{Firmware, Inputs, Machine, Story};

/// What systemd-boot and the firmware say of a program that is not signed.
const DENIED: [&str; 3] = ["Access denied", "Security Violation", "Access Denied"];

/// Replaces `from` by `to`, of the same length, in the kernel image on a disk; returns how often.
fn change(machine: &mut Machine, from: &[u8], to: &[u8]) -> anyhow::Result<usize> {
    let esp = Esp::of(machine.disk())?;
    let path = esp.kernel_image()?;
    let mut image = esp.read(&path)?;
    let places: Vec<usize> =
        image.windows(from.len()).enumerate().filter(|(_, window)| *window == from).map(|(at, _)| at).collect();
    for &at in &places {
        image[at..at + to.len()].copy_from_slice(to);
    }
    esp.write(&path, &image)?;
    Ok(places.len())
}

#[test]
fn a_changed_command_line() -> anyhow::Result<()> {
    let story = Story::begin("refuses_changed_command_line");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("changed-line", &inputs)?.firmware(Firmware::OwnKeys);
    ensure!(change(&mut machine, b"systemd.import_credentials=no", b"systemd.import_credentials=1 ")? > 0);
    let mut node = machine.start()?;
    node.wait_for_any(&DENIED)?;
    story.said("a changed command line", &node.tail());
    Ok(())
}

#[test]
fn a_kernel_image_without_a_signature() -> anyhow::Result<()> {
    let story = Story::begin("refuses_unsigned_kernel");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("unsigned", &inputs)?.firmware(Firmware::OwnKeys);
    let folder = machine.folder().to_owned();
    let esp = Esp::of(machine.disk())?;
    let path = esp.kernel_image()?;
    let file = folder.join("kernel.efi");
    std::fs::write(&file, esp.read(&path)?)?;
    qemu_tests::tool::run("sbattach", ["--remove".as_ref(), file.as_os_str()])?;
    esp.write(&path, &std::fs::read(&file)?)?;
    drop(esp);
    let mut node = machine.start()?;
    node.wait_for_any(&DENIED)?;
    story.said("a kernel image without its signature", &node.tail());
    Ok(())
}

#[test]
fn a_command_line_from_the_firmware() -> anyhow::Result<()> {
    let story = Story::begin("refuses_smbios_command_line");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("smbios-line", &inputs)?
        .firmware(Firmware::OwnKeys)
        .oem_string("io.systemd.stub.kernel-cmdline-extra=systemd.unit=emergency.target")
        .look_in()?;
    let mut node = machine.start()?;
    node.wait_for("the firmware adds to the command line")?;
    story.said("a command line from SMBIOS", &node.tail());
    Ok(())
}

#[test]
fn entries_and_credentials_from_outside() -> anyhow::Result<()> {
    let story = Story::begin("outside");
    let inputs = Inputs::of_environment()?;
    let password = "io.systemd.credential:passwd.plaintext-password.root=hello";
    let unit = "io.systemd.credential:systemd.extra-unit.evil.service=[Service]";
    let mut machine = Machine::new("outside", &inputs)?
        .firmware(Firmware::OwnKeys)
        .oem_string(password)
        .oem_string(unit)
        .oem_string("io.systemd.boot.kernel-cmdline-extra=evil.boot=1")
        .look_in()?;
    let esp = Esp::of(machine.disk())?;
    let kernel = esp.kernel_image()?;
    // A person who holds the stick writes an entry that sorts first, and credentials beside the kernel image.
    let entry = format!("title Evil\nsort-key 000\nversion 9999\nefi /{kernel}\noptions evil.entry=1 init=/bin/sh\n");
    esp.write("loader/entries/evil.conf", entry.as_bytes())?;
    esp.write("loader/credentials/passwd.plaintext-password.root.cred", b"hello")?;
    esp.write(&format!("{kernel}.extra.d/passwd.plaintext-password.root.cred"), b"hello")?;
    drop(esp);
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    let line = node.run("cat /proc/cmdline")?;
    story.said("the command line with an entry, SMBIOS strings and credentials from outside", &line);
    ensure!(
        !line.contains("evil") && !line.contains("emergency") && !line.contains("init=/bin/sh"),
        "it was changed: {line}"
    );
    ensure!(state == "running", "the node is {state}");
    let locked = node.run("awk -F: '$1 == \"root\" {print $2}' /etc/shadow")?;
    ensure!(locked.starts_with(['!', '*']), "root's password is {locked}");
    ensure!(node.try_run("systemctl cat evil.service")?.status != 0, "a unit came from outside");
    let given = node.run("ls /run/credentials/@system /run/credentials/@encrypted 2>/dev/null; true")?;
    ensure!(given.is_empty(), "credentials came in: {given}");
    Ok(node.power_off()?)
}
