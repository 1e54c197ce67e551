//! The power goes after each answer, and while the changes are made: the node goes on where it was, asks nothing twice, and loses nothing.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::owner::{self, Owner, WHY};
use qemu_tests::phone::{self, Phone};
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// What is asked, in this order.
const QUESTIONS: [&str; 11] = [
    "language",
    "time-zone",
    "preset",
    "identity",
    "network",
    "solar",
    "mesh",
    "storage",
    "recovery-key",
    "services",
    "summary",
];

/// After how many milliseconds of changes the power goes. Together they take less than ten seconds.
const CUTS: [u64; 14] = [0, 200, 400, 700, 1000, 1400, 1800, 2300, 2800, 3400, 4000, 5000, 6500, 8000];

/// What must be true of a node that is set up, whatever happened before; the recovery key is `$KEY`.
const WHOLE: &str = "findmnt -no SOURCE /data && getent passwd thandi && \
    printf %s \"$KEY\" | cryptsetup open --test-passphrase --key-file=- /run/ilanga/disk/ilanga-data && \
    cryptsetup luksDump /run/ilanga/disk/ilanga-data | grep -q systemd-tpm2 && grep '\"over\":true' /data/ilanga/set-up.json && \
    test \"$(cat /proc/sys/kernel/hostname)\" = clinic-1 && ! ls /state/setup/header-* 2>/dev/null && \
    grep -c '\"preset\":\"clinic\"' /data/ilanga/chosen.json";

/// Answers what the page asks, and nothing else; returns what it asked, and the key that it showed.
fn answers_one(phone: &Phone, answers: &owner::Answers) -> Result<(String, String)> {
    let page = phone.look()?;
    let question = page.question().context("it asks nothing")?.to_owned();
    let (key, groups) = (page.key(), page.groups());
    let mut fields = vec![("question", question.as_str()), ("do", "next")];
    fields.extend(groups.iter().map(|(name, number)| (name.as_str(), key[number - 1].as_str())));
    fields.extend(answers.get(question.as_str()).into_iter().flatten());
    let next = phone.send(&fields)?;
    ensure!(next.complaint().is_none(), "'{question}': {}", next.html);
    Ok((question.clone(), key.join("-")))
}

/// Waits until the node is set up, without anybody, and looks whether all of it is there.
fn is_whole(node: &mut Running<'_>, key: &str, story: &Story) -> Result<()> {
    owner::waits_until_over(node, story)?;
    let whole = node.try_run(&format!("KEY='{key}'; {WHOLE}"))?;
    ensure!(whole.status == 0, "{}\n{}", whole.output, node.try_run(WHY)?.output);
    Ok(())
}

#[test]
#[ignore = "long"]
fn every_answer_and_every_change_may_be_the_last() -> Result<()> {
    let story = Story::begin("resume");
    let port = phone::free_port()?;
    let machine = Machine::new("resume", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.network(Network::User(vec![(port, 80)]));
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(600));
    let answers = owner::answers("tpm");

    let mut key = String::new();
    for expected in QUESTIONS {
        let mut node = machine.start()?;
        let phone = Owner::phone(&mut node, port)?;
        let (question, shown) = answers_one(&phone, &answers)?;
        story.found(&format!("asked '{question}', answered, and the power goes"));
        ensure!(question == expected, "'{expected}' was to be asked");
        if question == "recovery-key" {
            key = shown;
        }
        node.cut_power();
    }
    let answered = machine.folder().join("answered.img");
    fs::copy(machine.disk().path(), &answered).context("keeping the disk")?;

    for cut in CUTS {
        fs::copy(&answered, machine.disk().path()).context("bringing the disk back")?;
        let mut node = machine.start()?;
        node.wait("the changes begin", |node| {
            Ok((node.try_run("journalctl -b -o cat -u ilanga-setup | grep -q '^change 1:'")?.status == 0).then_some(()))
        })?;
        sleep(Duration::from_millis(cut));
        node.cut_power();

        let mut node = machine.start()?;
        // Nobody answers anything any more.
        is_whole(&mut node, &key, &story)?;
        let said =
            node.run("journalctl -o cat --no-pager -u ilanga-setup | grep '^change' | tail -14 | tr '\\n' ';'")?;
        story.found(&format!("cut {cut} ms after the changes began: it goes on, and all is there: {}", said.trim()));
        node.power_off()?;
    }
    Ok(())
}
