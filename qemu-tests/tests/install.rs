//! Started from a stick, the shipped image moves to the computer's own disk; the set-up goes on there, and ends, without the stick.
//!
//! QEMU's disks have the length that they claim: counterfeits are played in `firstboot/src/capacity/tests.rs`.

use std::fs::File;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::owner::{self, Answers, Owner, WHY};
use qemu_tests::phone::{self, Phone};
use qemu_tests::qemu::{Bus, Network};
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, tool};

/// What the disk is called.
const DISK: &str = "virtio-other";

/// What a person is told then.
const MOVED: &str = "Isistimu isikudiski yale khompyutha uqobo";

/// How long it takes at most until it restarts.
const RESTARTS: Duration = Duration::from_secs(40);

/// What is answered: that of every clinic, but the system moves; with `erase`, whatever is on the disk may go.
fn answers(erase: Option<&'static str>) -> Answers {
    let mut answers = owner::answers("tpm");
    let mut storage = vec![("install", "disk:virtio-other"), ("data", "rest"), ("unlock", "tpm")];
    storage.extend(erase.map(|name| ("erase:virtio-other", name)));
    answers.insert("storage", storage);
    answers
}

/// A mini PC that is started from a stick. Its own disk has a file system with somebody's photos on it.
fn machine(name: &str, port: u16) -> Result<Machine> {
    let machine = Machine::new(name, &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm().bus(Bus::Usb);
    let own = machine.folder().join("own.img");
    File::create(&own)?.set_len(16 << 30)?;
    tool::run("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "photos", &own.display().to_string(), "64M"])?;
    let machine = machine.other_disk(&own).network(Network::User(vec![(port, 80)]));
    Ok(machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(900)))
}

/// Waits until the system has moved, and the stick is only a stick. The computer restarts by itself then, unless it had moved at an
/// earlier start.
fn moves(node: &mut Running<'_>, port: u16, story: &Story) -> Result<()> {
    let moved = node.wait("it has moved", |node| {
        let is_told = |phone: Phone| phone.look().is_ok_and(|page| page.title() == MOVED);
        Ok((node.resets()? > 0 || Phone::connect(port).is_some_and(is_told)).then_some(()))
    });
    if moved.is_err() {
        story.said("why", &node.try_run(WHY)?.output);
    }
    moved?;
    story.found(&format!("moved {:.1} s after power-on", node.on_for().as_secs_f64()));
    let until = Instant::now() + RESTARTS;
    node.wait("it restarts", |node| Ok((node.resets()? > 0 || Instant::now() > until).then_some(())))?;
    if node.resets()? > 0 {
        node.attach()?;
    }
    let left = node.run("ls -A /state/setup; cat /state/setup/record.json")?;
    story.said("what the stick keeps", &left);
    ensure!(left.contains("\"moved\""), "the stick does not know that it has moved: {left}");
    ensure!(!left.contains("header-") && !left.contains("thandi"), "the stick keeps answers: {left}");
    Ok(())
}

/// Starts from the disk alone, and waits until the set-up is over there.
fn goes_on(machine: &mut Machine, story: &Story) -> Result<()> {
    let mut node = machine.start()?;
    owner::waits_until_over(&mut node, story)?;
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run(WHY)?);
    let found = node.run(
        "findmnt -no SOURCE /data; hostname; getent passwd thandi; readlink -f /run/ilanga/disk/ilanga-data; ls /state/setup; \
         ilanga-update status; for tool in 'sgdisk -v'; do command -v ${tool% *} >/dev/null && $tool /dev/vda; done; true",
    )?;
    story.said("what it is", &found);
    for expected in ["/dev/mapper/ilanga-data", "clinic-1", "thandi:x:1000", "/dev/vda5", "Release 2026.11.0 runs."] {
        ensure!(found.contains(expected), "'{expected}' lacks: {found}\n{}", node.run(WHY)?);
    }
    node.power_off()?;
    let mut node = machine.start()?;
    ensure!(
        node.wait_until_started()? == "running" && node.try_run("mountpoint -q /data")?.status == 0,
        "{}",
        node.run(WHY)?
    );
    Ok(node.power_off()?)
}

/// Answers up to the disk, whose name nobody has typed; the computer needs a while until it knows all of its disks.
fn is_refused(node: &mut Running<'_>, port: u16, story: &Story) -> Result<Phone> {
    let phone = Owner::phone(node, port)?;
    story.found(&format!("the page is there {:.1} s after power-on", node.on_for().as_secs_f64()));
    let refused = node.wait("the disk is known", |_| {
        let refused = phone.answer_all(&answers(None), |_, _| ());
        let known = phone.look()?.html.contains(DISK);
        Ok((known || refused.is_ok()).then_some(refused))
    })?;
    ensure!(refused.is_err(), "a disk with photos on it was taken");
    story.said("without its name", &format!("{refused:?}"));
    Ok(phone)
}

#[test]
#[ignore = "long"]
fn a_stick_moves_to_the_computers_disk() -> Result<()> {
    let story = Story::begin("install");
    let port = phone::free_port()?;
    let mut machine = machine("install", port)?;
    let mut node = machine.start()?;
    let phone = is_refused(&mut node, port, &story)?;
    Owner::goes_on(phone, &node, &answers(Some(DISK)), &story)?;
    moves(&mut node, port, &story)?;
    node.cut_power();
    let mut machine = machine.without_first_disk().look_in().context("looking in on the disk that it moved to")?;
    goes_on(&mut machine, &story)
}

#[test]
#[ignore = "long"]
fn a_power_cut_while_it_moves_costs_nothing() -> Result<()> {
    let story = Story::begin("install_cut");
    let port = phone::free_port()?;
    let mut machine = machine("install_cut", port)?;
    let mut node = machine.start()?;
    let phone = is_refused(&mut node, port, &story)?;
    Owner::goes_on(phone, &node, &answers(Some(DISK)), &story)?;
    for seconds in [1, 3, 7] {
        node.watch(Duration::from_secs(seconds))?;
        node.cut_power();
        story.found(&format!("the power goes {seconds} s after it began"));
        node = machine.start()?;
        // It goes on by itself as soon as there is a page.
        Owner::phone(&mut node, port)?;
    }
    moves(&mut node, port, &story)?;
    node.cut_power();
    let mut machine = machine.without_first_disk().look_in()?;
    goes_on(&mut machine, &story)
}
