//! What opens the data of a node that was set up, and what doesn't.

use std::time::Duration;

use anyhow::{Result, ensure};
use formats::size::Bytes;
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, look_in};
use serde_json::json;

/// Something that nobody else may read.
const SECRET: &str = "umthi wephepha";

/// The record of a set-up that goes on, as somebody would write it who has the disk: with an administrator of their own.
fn record(header: &str) -> String {
    let password = json!({ "login": format!("$y$j9T${}${}", "a".repeat(22), "b".repeat(43)), "page": "" });
    json!({
        "version": 1,
        "stage": { "is": "applying", "done": 6 },
        "language": ["en", "us"],
        "time-zone": "UTC",
        "preset": "school",
        "identity": ["mine", { "name": MALLORY, "password": password }],
        "network": [null, {}],
        "solar": {},
        "mesh": { "kind": "none" },
        "storage": [{}, { "by": "tpm" }, header],
        "recovery-key": header,
        "services": [],
    })
    .to_string()
}

const MALLORY: &str = "mallory";

/// Waits until the node has started, and says whether its data are open.
fn is_open(node: &mut Running<'_>, story: &Story, how: &str) -> Result<bool> {
    let state = node.wait_until_started()?;
    let open = node.try_run("mountpoint -q /data")?.status == 0;
    let said = node.run("journalctl -b -o cat --no-pager -u ilanga-data")?;
    story.said(&format!("{how}: the node is {state}, its data are {}", if open { "open" } else { "locked" }), &said);
    ensure!(state == "running", "{}", node.run(WHY)?);
    Ok(open)
}

/// Opens data by the page, and looks whether they are the owner's.
fn opens(node: &mut Running<'_>, port: u16, secret: &str, story: &Story) -> Result<()> {
    let phone = Owner::phone(node, port)?;
    let page = phone.look()?;
    story.found(&format!("the page says '{}'", page.title()));
    ensure!(page.html.contains("name=\"secret\""), "{}", page.html);
    let wrong = phone.send(&[("do", "unlock"), ("secret", "something else")])?;
    ensure!(wrong.complaint().is_some() || wrong.html.contains("f-secret-problem"), "{}", wrong.html);
    ensure!(node.try_run("mountpoint -q /data")?.status != 0, "anything opens it");
    phone.send(&[("do", "unlock"), ("secret", secret)])?;
    node.wait("the data are open", |node| Ok((node.try_run("mountpoint -q /data")?.status == 0).then_some(())))?;
    ensure!(node.run("cat /data/home/thandi/secret")?.contains(SECRET), "other data");
    node.wait("the administrator is known", |node| {
        Ok((node.try_run("getent passwd thandi")?.status == 0).then_some(()))
    })?;
    Ok(())
}

#[test]
#[ignore = "long"]
fn only_this_computer_as_it_was_opens_the_data() -> Result<()> {
    let story = Story::begin("tpm");
    let port = phone::free_port()?;
    let machine = Machine::new("tpm", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.network(Network::User(vec![(port, 80)]));
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));

    let mut node = machine.start()?;
    let owner = Owner::answers(&mut node, port, &owner::answers("tpm"), &story)?;
    owner.waits(&mut node, &story)?;
    node.run(&format!("echo '{SECRET}' >/data/home/thandi/secret; sync"))?;
    let header = node.run("cryptsetup luksUUID /run/ilanga/disk/ilanga-data")?.trim().to_owned();
    node.power_off()?;

    // A thief's record, which would make them administrator of the data that the TPM opens.
    let mut node = machine.start()?;
    ensure!(is_open(&mut node, &story, "as it was")?, "it does not open");
    ensure!(node.run("cat /data/home/thandi/secret")?.contains(SECRET), "other data");
    let late = node.try_run(
        "cryptsetup open --test-passphrase --token-only --batch-mode /run/ilanga/disk/ilanga-data </dev/null",
    )?;
    story.said("the TPM, asked later", &late.output);
    ensure!(late.status != 0, "the TPM gives the key out to whoever is root");
    node.run(&format!("cat >/state/setup/record.json <<'END'\n{}\nEND\nsync", record(&header)))?;
    node.power_off()?;
    let mut node = machine.start()?;
    ensure!(is_open(&mut node, &story, "with another record")?, "it does not open");
    let people = node.run("getent passwd mallory; getent passwd thandi; systemctl is-active ilanga-setup; true")?;
    story.said("who may log in", &people);
    ensure!(!people.contains(MALLORY) && people.contains("thandi"), "{people}");
    let kept = node.run("ls /state/setup")?;
    ensure!(kept.trim() == "record.json", "the record is no record: {kept}");
    node.run("rm /state/setup/record.json; sync")?;
    node.power_off()?;
    let mut node = machine.start()?;
    ensure!(is_open(&mut node, &story, "without a record")?, "it does not open");
    let asks = node.try_run("systemctl is-active ilanga-setup")?;
    ensure!(asks.status != 0, "it wants to be set up again");
    node.power_off()?;

    // Something that the maker has signed, and that was not there.
    let mut machine = machine.add_on(&format!("{} quiet", look_in::STORY))?;
    let mut node = machine.start()?;
    ensure!(!is_open(&mut node, &story, "with more on its command line")?, "it opens");
    opens(&mut node, port, &owner.key, &story)?;
    node.power_off()?;

    // As it was once more, and then in another computer.
    let mut machine = machine.look_in()?;
    let mut node = machine.start()?;
    ensure!(is_open(&mut node, &story, "as it was before")?, "it does not open");
    node.power_off()?;
    machine.exchange_tpm()?;
    let mut node = machine.start()?;
    ensure!(!is_open(&mut node, &story, "in another computer")?, "it opens");
    opens(&mut node, port, &owner.key.replace('-', " ").to_uppercase(), &story)?;
    Ok(node.power_off()?)
}

#[test]
#[ignore = "long"]
fn a_passphrase_is_asked_for_at_each_start() -> Result<()> {
    let story = Story::begin("passphrase");
    let port = phone::free_port()?;
    let machine = Machine::new("passphrase", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys);
    let machine = machine.network(Network::User(vec![(port, 80)]));
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));
    let mut node = machine.start()?;
    let owner = Owner::answers(&mut node, port, &owner::answers("passphrase"), &story)?;
    owner.waits(&mut node, &story)?;
    node.run(&format!("echo '{SECRET}' >/data/home/thandi/secret; sync"))?;
    node.power_off()?;
    let mut node = machine.start()?;
    ensure!(!is_open(&mut node, &story, "without anybody")?, "it opens");
    opens(&mut node, port, owner::PASSWORD, &story)?;
    Ok(node.power_off()?)
}
