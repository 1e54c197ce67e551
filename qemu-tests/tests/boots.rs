//! The shipped image starts from a disk larger than itself, and what runs is what was signed.

use anyhow::ensure;
use formats::size::Bytes;
use qemu_tests::{Firmware, Inputs, Machine, Story, tool};

/// What idle memory may be, in binary megabytes: as `free` counts what is used.
const IDLE: u64 = 200;

#[test]
fn to_multi_user_and_again() -> anyhow::Result<()> {
    let story = Story::begin("boots");
    let inputs = Inputs::of_environment()?;
    let mut machine = Machine::new("boots", &inputs)?.firmware(Firmware::OwnKeys).tpm().watchdog();
    machine = machine.disk_size(Bytes(16 << 30))?.look_in()?;
    let mut node = machine.start()?;
    let state = node.wait_until_started()?;
    let failed = node.run("systemctl --failed --no-legend --plain")?;
    ensure!(state == "running" && failed.is_empty(), "the node is {state}: {failed}");
    story.found("running, no failed unit");
    story.said("init", &node.run("journalctl -b -o cat | grep ilanga-init || dmesg | grep ilanga-init")?);

    let root = node.run("findmnt -no FSTYPE,OPTIONS /")?;
    ensure!(root.starts_with("erofs") && root.contains("ro,"), "the root is {root}");
    let device = node.run("cat /sys/dev/block/$(mountpoint -d /)/dm/uuid")?;
    ensure!(device.to_lowercase().contains("verity") || device.contains("ilanga"), "the root's device is {device}");
    ensure!(node.try_run("touch /usr/new")?.status != 0, "the root can be written");
    let mounted = node.run("findmnt -no OPTIONS /state")?;
    ensure!(["nosuid", "nodev", "noexec"].iter().all(|flag| mounted.contains(flag)), "/state is mounted {mounted}");
    ensure!(node.run("findmnt -no FSTYPE /etc")? == "overlay", "/etc is no overlay");
    ensure!(node.run("findmnt -no FSTYPE /var")? == "tmpfs", "/var is no tmpfs");

    let open = node.run("awk -F: '$2 !~ /^[!*]/ {print $1}' /etc/shadow; ls /etc/ssh/ssh_host_* 2>/dev/null; true")?;
    ensure!(open.is_empty(), "passwords or host keys in the image: {open}");
    ensure!(
        node.run("systemctl is-enabled ssh.service yggdrasil.service; true")?.lines().all(|line| line == "disabled")
    );
    let lockdown = node.run("cat /sys/kernel/security/lockdown")?;
    ensure!(lockdown.contains("[integrity]"), "lockdown is {lockdown}");
    let listening = node.run("nft list ruleset | grep -c 'policy drop'")?;
    ensure!(listening.trim() != "0", "no default deny");

    // A secret for the signed PCR 11 policy opens in this phase: so the values that were signed are those measured.
    let sealed = "echo secret | systemd-creds encrypt --with-key=tpm2-with-public-key --tpm2-public-key-pcrs=11 \
                  --tpm2-public-key=/run/systemd/tpm2-pcr-public-key.pem --name=s - /run/s && \
                  systemd-creds decrypt --name=s /run/s -";
    ensure!(node.run(sealed)?.ends_with("secret"), "the signed PCR 11 policy does not fit");
    story.found("a secret sealed to the signed PCR 11 policy opens");

    let used: u64 = node.run("sleep 15; free -m | awk '/^Mem:/ {print $3}'")?.trim().parse()?;
    story.said("idle memory, MB, and what takes it", &node.run("free -m; ps -eo rss,comm --sort=-rss | head -12")?);
    ensure!(used <= IDLE, "{used} MB are used, {IDLE} may be");

    let before = node
        .run("cat /etc/machine-id && ilanga-settings set host-name thandi && sync -f /state; lsblk -bno NAME,SIZE")?;
    story.said("the machine id, and the disk after the first start", &before);
    let state =
        "cd /state && cat good && sha256sum settings.toml v2/settings.toml v3/settings.toml; cat v2/origin; ls -A";
    story.said("the state", &node.run(state)?);
    ensure!(node.run("cat /state/good")?.starts_with("version = 2\n"), "a good release does not keep its state");
    // As a release leaves it that knows of no versions; and what a newer one has is not for this one.
    let old = "cd /state && rm -r v2 good && mkdir v3 && echo newer > v3/settings.toml && \
               printf 'version = 1\\nmachine-id = \"%s\"\\nhost-name = \"thandi\"\\n' $(cat /etc/machine-id) > settings.toml && \
               sync -f . && stat -c '%Y %i %s' settings.toml v3 v3/settings.toml && sha256sum settings.toml v3/settings.toml";
    let left = node.run(old)?;
    node.power_off()?;
    let mut node = machine.start()?;
    let after = node.wait_until_started()?;
    ensure!(after == "running", "after a restart the node is {after}");
    let id = node.run("cat /etc/machine-id")?;
    ensure!(before.starts_with(&id) && id.len() == 32, "the machine id changed: {id}");
    ensure!(node.run("cat /etc/hostname")? == "thandi", "the host name that was set is lost");
    story.said("the state that was an older release's", &node.run(state)?);
    let now =
        "cd /state && stat -c '%Y %i %s' settings.toml v3 v3/settings.toml && sha256sum settings.toml v3/settings.toml";
    ensure!(node.run(now)? == left, "what other releases have was changed: {left}");
    ensure!(
        node.run("cmp /state/settings.toml /state/v2/settings.toml && cat /state/good")?.starts_with("version = 2\n")
    );
    node.power_off()?;

    let disk = machine.disk().path().display().to_string();
    let checked = String::from_utf8(tool::run("sgdisk", ["-v", &disk])?)?;
    ensure!(checked.contains("No problems found"), "{checked}");
    story.said("sgdisk -v", &checked);
    Ok(())
}
