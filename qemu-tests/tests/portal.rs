//! A person with a phone sets the shipped image up; after the next start the TPM opens the data by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::phone::{self, Phone};
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

const PASSWORD: &str = "isikhathi sinye";

/// What the person answers.
fn answers() -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    BTreeMap::from([
        ("language", vec![("language", "zu"), ("keyboard", "za")]),
        ("time-zone", vec![("time-zone", "Africa/Johannesburg")]),
        ("preset", vec![("preset", "clinic")]),
        (
            "identity",
            vec![("name", "clinic-1"), ("user", "thandi"), ("password", PASSWORD), ("password-again", PASSWORD)],
        ),
        ("network", vec![("country", "ZA"), ("wifi", "none")]),
        ("solar", vec![("chemistry", "none")]),
        ("mesh", vec![("mesh", "none")]),
        ("storage", vec![("data", "rest"), ("unlock", "tpm")]),
    ])
}

/// What tells why something is not as it should be.
const WHY: &str = "journalctl -b -o cat --no-pager -u ilanga-data -u ilanga-setup -u ilanga-portal -u 'systemd-pcr*'; \
    ls -l /state/setup /run/ilanga /run/ilanga/disk /dev/mapper /run/systemd/tpm2*; lsblk; systemctl --failed --no-legend";

fn ready(node: &mut Running<'_>) -> Result<()> {
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run(WHY)?);
    Ok(())
}

/// What a node is that has been set up.
fn is_set_up(node: &mut Running<'_>, story: &Story) -> Result<()> {
    let facts = "findmnt -no SOURCE,FSTYPE,OPTIONS /data; findmnt -no SOURCE /var/log; hostname; readlink /etc/localtime; \
        getent passwd thandi; id thandi; stat -c '%U %a %n' /data/home/thandi; ls /state/setup; \
        cryptsetup luksDump /run/ilanga/disk/data | grep -E 'systemd|pbkdf|cipher:|Cipher:'; cat /data/ilanga/chosen.json; \
        journalctl --header | grep 'File path'";
    let found = node.run(facts)?;
    story.said("what it is", &found);
    for expected in
        ["/dev/mapper/ilanga-data", "clinic-1", "Africa/Johannesburg", "thandi:x:1000", "27(sudo)", "systemd-tpm2"]
    {
        ensure!(found.contains(expected), "'{expected}' lacks: {found}\n{}", node.run(WHY)?);
    }
    let secrets = "getent shadow thandi | cut -c1-15; grep -c '\\$y\\$' /state/setup/* ; ls /state/setup/header* 2>/dev/null; true";
    let found = node.run(secrets)?;
    story.said("what it keeps", &found);
    ensure!(found.contains("thandi:$y$") && !found.contains("header-"), "{found}");
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

    let found = node.wait("the page", |_| Ok(Phone::connect(port)));
    let phone = match found {
        Ok(phone) => phone,
        Err(error) => return Err(error).context(node.run(WHY)?),
    };
    story.found(&format!("the page is there {:.1} s after power-on", node.on_for().as_secs_f64()));
    let summary = |page: &phone::Page| {
        page.html.split("<ul>").nth(1).map(|list| list.split("</ul>").next().unwrap_or("").to_owned())
    };
    let page = phone.answer_all(&answers(), |question, page| {
        story.found(&format!("asked: {question}: {}", page.title()));
        if let Some(list) = summary(page).filter(|_| question == "summary") {
            story.said("what it will do", &list.replace("<li>", "").replace("</li>", "\n"));
        }
    });
    let page = match page {
        Ok(page) => page,
        Err(error) => return Err(error).context(node.run(WHY)?),
    };
    ensure!(page.is_applying(), "nothing begins: {}", page.html);
    story.found(&format!("all questions are answered {:.1} s after power-on", node.on_for().as_secs_f64()));
    let done = node.wait("all changes are made", |_| {
        let page = phone.look()?;
        Ok((!page.is_applying() || page.complaint().is_some() || page.html.contains("class=\"problem\""))
            .then_some(page))
    })?;
    ensure!(done.complaint().is_none() && !done.html.contains("problem\">"), "{}\n{}", done.html, node.run(WHY)?);
    story.found(&format!("'{}' {:.1} s after power-on", done.title(), node.on_for().as_secs_f64()));
    ready(&mut node)?;
    is_set_up(&mut node, &story)?;
    story.said("what it took", &node.run("systemctl show ilanga-setup ilanga-portal -p Id -p MemoryPeak; systemd-analyze security ilanga-portal --no-pager | tail -1")?);
    node.power_off()?;

    let mut node = machine.start()?;
    ready(&mut node)?;
    is_set_up(&mut node, &story)?;
    story.said("the next start", &node.run(WHY)?);
    ensure!(node.try_run("systemctl is-active --quiet ilanga-setup")?.status != 0, "it wants to be set up again");
    ensure!(Phone::connect(port).is_none(), "the page is still there");
    Ok(node.power_off()?)
}
