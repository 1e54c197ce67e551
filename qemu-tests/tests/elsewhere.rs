//! Data on another disk of the computer than the system's: the TPM opens them at the next start, and whoever takes the disk out is told.

use std::fs::File;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, tool};

/// What the disk is called.
const DISK: &str = "virtio-other";

/// Where the data are, and what of the disk could be taken for something else.
const FACTS: &str = "findmnt -no SOURCE /data; cryptsetup status ilanga-data | grep device; blkid --probe /dev/vdb; cat /state/data-disk; \
    blkid --probe --match-tag TYPE --output value /dev/vda5 | sed 's/^/on its own disk: /'; systemctl is-system-running";

/// Looks whether the data are there.
fn is_there(node: &mut Running<'_>, story: &Story) -> Result<()> {
    ensure!(node.wait_until_started()? == "running", "{}", node.run(WHY)?);
    let found = node.try_run(FACTS)?.output;
    story.said("where the data are", &found);
    for expected in ["/dev/mapper/ilanga-data", "device:  /dev/vdb\n", "TYPE=\"crypto_LUKS\"", "running"] {
        ensure!(found.contains(expected), "'{expected}' lacks: {found}\n{}", node.run(WHY)?);
    }
    ensure!(!found.contains("on its own disk"), "something came to the system's own disk: {found}");
    Ok(())
}

#[test]
#[ignore = "long"]
fn data_are_on_the_disk_that_was_chosen() -> Result<()> {
    let story = Story::begin("elsewhere");
    let port = phone::free_port()?;
    let machine = Machine::new("elsewhere", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let other = machine.folder().join("other.img");
    File::create(&other)?.set_len(8 << 30)?;
    // A disk with partitions, of which both tables are whole.
    tool::run("sgdisk", ["-n", "1:0:0", "-c", "1:photos", &other.display().to_string()])?;
    let machine = machine.other_disk(&other).network(Network::User(vec![(port, 80)]));
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));

    let mut node = machine.start()?;
    let mut answers = owner::answers("tpm");
    let storage = |erase| vec![("data", "disk:virtio-other"), ("unlock", "tpm"), ("erase:virtio-other", erase)];
    answers.insert("storage", storage("photos"));
    let phone = Owner::phone(&mut node, port)?;
    // The computer needs a while until it knows all of its disks.
    let refused = node.wait("the disk is known", |_| {
        let refused = phone.answer_all(&answers, |_, _| ());
        let known = phone.look()?.html.contains(DISK);
        Ok((known || refused.is_ok()).then_some(refused))
    })?;
    ensure!(refused.is_err(), "a disk with photos on it was taken");
    answers.insert("storage", storage(DISK));
    let owner = Owner::goes_on(phone, &node, &answers, &story)?;
    owner.waits(&mut node, &story)?;
    is_there(&mut node, &story)?;
    node.power_off()?;

    let mut node = machine.start()?;
    is_there(&mut node, &story)?;
    story.found("the TPM opened them by itself");
    node.power_off()?;

    let mut machine = machine.without_other_disk();
    let mut node = machine.start()?;
    let phone = Owner::phone(&mut node, port)?;
    let page = node.wait("somebody is told", |_| {
        let page = phone.look()?;
        Ok(page.html.contains("is not there").then_some(page))
    });
    let page = page.with_context(|| phone.look().map(|page| page.html).unwrap_or_default())?;
    story.said("without the disk", &page.html);
    ensure!(page.question().is_none(), "it wants to be set up again: {}", page.html);
    Ok(node.power_off()?)
}
