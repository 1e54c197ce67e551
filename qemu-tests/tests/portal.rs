//! A person with a phone sets the shipped image up; after the next start the TPM opens the data by itself.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::keyboard::{self, screen};
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone::{self, Phone};
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// What is known of a node, by its own programs and by others.
const FACTS: &str = "findmnt -no SOURCE,FSTYPE,OPTIONS /data; findmnt -no SOURCE /var/log; hostname; readlink /etc/localtime; \
    getent passwd thandi; id thandi; stat -c '%U %a %n' /data/home/thandi; ls /state/setup; \
    cryptsetup luksDump /run/ilanga/disk/ilanga-data | grep -E 'systemd|PBKDF|cipher:'; cat /data/ilanga/chosen.json; echo; \
    journalctl --header | grep 'File path'";

/// What must be there.
const EXPECTED: [&str; 8] = [
    "/dev/mapper/ilanga-data",
    "clinic-1",
    "Africa/Johannesburg",
    "thandi:x:1000",
    "27(sudo)",
    "systemd-tpm2",
    "\"preset\":\"clinic\"",
    "/var/log/journal",
];

/// Looks whether a node has become what was answered.
fn is_set_up(node: &mut Running<'_>, story: &Story) -> Result<()> {
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run(WHY)?);
    let found = node.run(FACTS)?;
    story.said("what it is", &found);
    for expected in EXPECTED {
        ensure!(found.contains(expected), "'{expected}' lacks: {found}\n{}", node.run(WHY)?);
    }
    let secrets = "getent shadow thandi | cut -c1-12; grep -r '\\$y\\$' /state; ls /state/setup; true";
    let found = node.run(secrets)?;
    story.said("what it keeps", &found);
    ensure!(found.contains("thandi:$y$") && found.matches("$y$").count() == 1, "{found}");
    ensure!(!found.contains("header-"), "a header is left: {found}");
    Ok(())
}

#[test]
fn a_phone_sets_it_up_and_the_tpm_opens_it() -> Result<()> {
    let story = Story::begin("portal");
    let port = phone::free_port()?;
    let machine = Machine::new("portal", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.network(Network::User(vec![(port, 80)]));
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));

    let mut node = machine.start()?;
    let owner = Owner::answers(&mut node, port, &owner::answers("tpm"), &story)?;
    owner.waits(&mut node, &story)?;
    is_set_up(&mut node, &story)?;
    let cost = "systemctl show ilanga-setup ilanga-portal -p Id -p MemoryPeak; \
        systemd-analyze security ilanga-portal --no-pager | tail -1; journalctl -b -o cat --no-pager -u ilanga-setup";
    story.said("what it took", &node.run(cost)?);
    node.power_off()?;

    let mut node = machine.start()?;
    is_set_up(&mut node, &story)?;
    story.said("the next start", &node.run(WHY)?);
    ensure!(node.try_run("systemctl is-active --quiet ilanga-setup")?.status != 0, "it wants to be set up again");
    ensure!(Phone::connect(port).is_none(), "the set-up's page is still there");
    shows_how_it_is(&mut node, &story)?;
    gets_a_new_password(&mut node, &owner.key, &story)?;
    is_erased_at_the_keyboard(&mut node, port, &story)?;
    Ok(node.power_off()?)
}

/// Whoever is at the screen sees how it is, and a code for whoever helps.
fn shows_how_it_is(node: &mut Running<'_>, story: &Story) -> Result<()> {
    keyboard::press(node, &["alt", "f8"])?;
    let shown = node.wait("the eighth screen", |node| {
        let shown = screen(node, 8)?;
        Ok((shown.contains("clinic-1") && !shown.contains(BACK)).then_some(shown))
    })?;
    story.said("the eighth screen", &shown);
    keyboard::press(node, &["ret"])?;
    // The console's memory has glyphs, not letters: a line of the code is what is left of them, and its last line is a text.
    let code = node.wait("the code", |node| {
        let shown = screen(node, 8)?;
        Ok((shown.contains(BACK) && shown.lines().count() >= 15).then_some(shown))
    })?;
    story.said("the code", &code);
    keyboard::press(node, &["ret"])?;
    let again = node.wait("how it is now", |node| {
        let shown = screen(node, 8)?;
        Ok((shown.contains("clinic-1") && shown.contains("10.0.2.15")).then_some(shown))
    })?;
    story.said("the eighth screen again", &again);
    Ok(())
}

/// What stands below the code.
const BACK: &str = "Eyomuntu okusizayo";

/// Whoever is at the keyboard and has the recovery key chooses a new password.
fn gets_a_new_password(node: &mut Running<'_>, key: &str, story: &Story) -> Result<()> {
    const KEPT: &str = "sha256sum /data/ilanga/administrator.json; getent shadow thandi";
    let before = node.run(KEPT)?;
    keyboard::press(node, &["alt", "f9"])?;
    node.wait("what there is to choose", |node| Ok(screen(node, 9)?.contains("thandi").then_some(())))?;
    keyboard::press(node, &["ret"])?;
    for opener in ["cccccccc-cccccccc", key] {
        node.wait("what opens the data is asked for", |node| {
            let shown = screen(node, 9)?;
            Ok(shown.lines().last().is_some_and(|last| last.contains("ukhiye wokutakula")).then_some(()))
        })?;
        for typed in [opener, "umbane-omusha-7", "umbane-omusha-7"] {
            keyboard::types(node, typed)?;
        }
    }
    let shown = node.wait("it counts", |node| {
        let shown = screen(node, 9)?;
        Ok(shown.contains("isebenza kusukela manje").then_some(shown))
    });
    let shown = shown.with_context(|| screen(node, 9).unwrap_or_default())?;
    story.said("the ninth screen", &shown);
    let after = node.run(KEPT)?;
    ensure!(before != after && after.contains("thandi:$y$"), "the password is the one of before: {after}");
    keyboard::press(node, &["ret"])?;
    Ok(())
}

/// Whoever is at the keyboard can make the computer nobody's again.
fn is_erased_at_the_keyboard(node: &mut Running<'_>, port: u16, story: &Story) -> Result<()> {
    let header = node.run("head -c 1M /run/ilanga/disk/ilanga-data | sha256sum")?;
    node.wait("what there is to choose", |node| Ok(screen(node, 9)?.contains("thandi").then_some(())))?;
    keyboard::press(node, &["down"])?;
    keyboard::press(node, &["ret"])?;
    let asked = node.wait("the question is on the ninth screen", |node| {
        let screen = screen(node, 9)?;
        Ok(screen.contains("clinic-1").then_some(screen))
    })?;
    story.said("the ninth screen", &asked);
    keyboard::types(node, "clinic-2")?;
    ensure!(node.run("head -c 1M /run/ilanga/disk/ilanga-data | sha256sum")? == header, "another name erased it");
    node.wait("it asks once more", |node| Ok((!screen(node, 9)?.contains("clinic-2")).then_some(())))?;
    keyboard::types(node, "clinic-1")?;
    if let Err(late) = node.wait_for_resets(1) {
        return Err(late).context(screen(node, 9)?);
    }
    let phone = Owner::phone(node, port)?;
    let first = phone.look()?;
    ensure!(first.question() == Some("language"), "{}", first.html);
    node.attach()?;
    let left = node.run(
        "head -c 16M /run/ilanga/disk/ilanga-data | tr -d '\\0' | wc -c; hostname; ls /data; \
         cat /state/settings.toml /state/v*/settings.toml | grep -v machine-id; ls /state",
    )?;
    story.said("what is left", &left);
    ensure!(left.starts_with("0\n") && !left.contains("clinic-1") && !left.contains("Johannesburg"), "{left}");
    Ok(())
}
