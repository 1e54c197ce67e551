//! A node that is set up has a page of its own: who installs its certificate is not warned, and who has the password gets in.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::browser::Browser;
use qemu_tests::owner::{self, Owner, PASSWORD, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story};

/// What the node is called.
const NAME: &str = "clinic-1.local";

/// What tells why there is no page.
const PAGE: &str = "systemctl status --no-pager ilanga-page ilanga-steward; journalctl -b -o cat --no-pager -u ilanga-page \
    -u ilanga-steward; ls -l /data/ilanga /data/ilanga/page /run/ilanga/steward /run/userdb; ss -tlnp; ip -br address";

/// What it costs, and what it may do.
const COST: &str = "systemctl show ilanga-page ilanga-steward -p Id -p MemoryPeak; \
    systemd-analyze security --no-pager ilanga-page | tail -1; systemd-analyze security --no-pager ilanga-steward | tail -1";

/// Goes to the page, in and out again; `http` and `https` are the ports of this computer that lead there.
fn visit(node: &mut Running<'_>, http: u16, https: u16, story: &Story) -> Result<()> {
    let found = node.wait("the page", |_| Ok(Browser::install(http, https, NAME).ok()));
    let mut browser = match found {
        Ok(browser) => browser,
        Err(late) => return Err(late).context(node.try_run(PAGE)?.output),
    };
    story.found(&format!("its certificate is offered {:.1} s after power-on", node.on_for().as_secs_f64()));
    let page = browser.get("/")?;
    ensure!(page.status == 200 && page.said.contains("name=\"password\""), "{}\n{}", page.said, node.run(PAGE)?);
    ensure!(!browser.takes_for("school-1.local")?, "the certificate is taken for another name");

    let wrong = browser.send("/login", &[("password", "isikhathi sibi")])?;
    ensure!(wrong.status == 403 && browser.cookie.is_none(), "{}", wrong.said);
    let right = browser.send("/login", &[("password", PASSWORD)])?;
    ensure!(right.status == 303 && browser.cookie.is_some(), "{}\n{}", right.said, node.run(PAGE)?);
    let page = browser.get("/")?.said;
    story.said("the page", &page);
    for expected in ["lang=\"zu\"", "clinic-1", "value=\"report\"", "value=\"log-out\""] {
        ensure!(page.contains(expected), "'{expected}' lacks: {page}");
    }
    let release = node.run("sed -n 's/^IMAGE_VERSION=//p' /usr/lib/os-release")?;
    let release = release.trim().trim_matches('"');
    // Which release runs, and in which slot: the updater was asked.
    ensure!(
        page.contains(release) && page.contains(" A."),
        "'{release}' and its slot lack: {page}\n{}",
        node.run(PAGE)?
    );

    let form = page.split("name=\"form\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = form.context("the page has no form")?.to_owned();
    let report = browser.send("/do", &[("form", &form), ("do", "report")])?.said;
    story.said("the report", &report);
    ensure!(report.contains("\"kernel\"") && report.contains("\"slots\""), "{report}");
    ensure!(!report.contains("thandi") && !report.contains("clinic-1"), "somebody is in the report: {report}");
    comes_in_by_ssh(node, &mut browser, &form, story)?;
    knows_a_network(node, &mut browser, &form, story)?;
    browser.send("/do", &[("form", &form), ("do", "log-out")])?;
    ensure!(browser.get("/")?.said.contains("name=\"password\""), "nobody has logged out");
    Ok(())
}

/// Another Wi-Fi network is known from now on, and forgotten again.
fn knows_a_network(node: &mut Running<'_>, browser: &mut Browser, form: &str, story: &Story) -> Result<()> {
    const WHY: &str =
        "ls -l /data/ilanga; journalctl -b -o cat --no-pager -u ilanga-network -u ilanga-steward | tail -20";
    let wish =
        [("form", form), ("do", "join-wifi"), ("name", "Library"), ("key", "books-and-books"), ("metered", "yes")];
    let bad = browser.send("/do", &[&wish[..3], &[("key", "short")]].concat())?;
    ensure!(bad.status == 200 && bad.said.contains("role=\"alert\""), "{}", bad.said);
    let added = browser.send("/do", &wish)?;
    ensure!(added.status == 303, "{}\n{}", added.said, node.run(WHY)?);
    let known = node.run("ilanga-settings get networks; nmcli -t -f NAME,TYPE connection; ls /data/ilanga")?;
    story.said("the networks that it knows", &known);
    ensure!(
        known.contains("books-and-books") && known.contains(":802-11-wireless") && !known.contains("asked-network"),
        "{known}\n{}",
        node.run(WHY)?
    );
    let page = browser.get("/")?.said;
    ensure!(page.contains("Library") && !page.contains("books-and-books"), "{page}");
    browser.send("/do", &[("form", form), ("do", "forget-wifi"), ("name", "Library")])?;
    ensure!(node.try_run("ilanga-settings get networks")?.status == 3, "{}", node.run(WHY)?);
    Ok(())
}

/// With a key, and not without it.
const COME_IN: &str =
    "ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";

/// Adds a key, by which its owner is let in, and nobody by another one; removes it.
fn comes_in_by_ssh(node: &mut Running<'_>, browser: &mut Browser, form: &str, story: &Story) -> Result<()> {
    let listens = |node: &mut Running<'_>| Ok((node.try_run("ss -tln | grep -q ':22 '")?.status == 0).then_some(()));
    ensure!(listens(node)?.is_none(), "somebody listens at port 22 although nobody has a key");
    let public =
        node.run("cd /run; for key in own other; do ssh-keygen -q -t ed25519 -N '' -f $key; done; cat own.pub")?;
    let added = browser.send("/do", &[("form", form), ("do", "add-key"), ("line", public.trim())])?;
    ensure!(added.status == 303, "{}\n{}", added.said, node.run(PAGE)?);
    if let Err(late) = node.wait("sshd", listens) {
        return Err(late).context(node.run("journalctl -b -o cat --no-pager -u ilanga-ssh -u ilanga-ssh.path")?);
    }
    let is = node.run(&format!("{COME_IN} -i /run/own thandi@127.0.0.1 'id -un; id -Gn; pwd' 2>&1; true"))?;
    ensure!(
        is.starts_with("thandi\n") && is.contains("sudo") && is.contains("/data/home/thandi"),
        "{is}\n{}",
        node.run("journalctl -b -o cat --no-pager -u ilanga-ssh | tail -20")?
    );
    story.said("by SSH", &is);
    for (key, who) in [("other", "thandi"), ("own", "root")] {
        let refused = node.try_run(&format!("{COME_IN} -i /run/{key} {who}@127.0.0.1 true"))?;
        ensure!(refused.status != 0, "{who} was let in by {key}");
    }
    let page = browser.get("/")?.said;
    let id = page.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let id = id.context("the page does not show the key")?.to_owned();
    browser.send("/do", &[("form", form), ("do", "remove-key"), ("id", &id)])?;
    let refused = node.try_run(&format!("{COME_IN} -i /run/own thandi@127.0.0.1 true"))?;
    ensure!(refused.status != 0, "a key that was removed still opens");
    Ok(())
}

#[test]
fn a_node_has_a_page_of_its_own() -> Result<()> {
    let story = Story::begin("page");
    let (http, https) = (phone::free_port()?, phone::free_port()?);
    let machine = Machine::new("page", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let machine = machine.network(Network::User(vec![(http, 80), (https, 443)]));
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(300));

    let mut node = machine.start()?;
    let owner = Owner::answers(&mut node, http, &owner::answers("tpm"), &story)?;
    owner.waits(&mut node, &story)?;
    // Set-up has port 80 for ten minutes more; the page is encrypted from now on.
    let listens = node.wait("https", |node| Ok((node.try_run("ss -tln | grep -q ':443 '")?.status == 0).then_some(())));
    ensure!(listens.is_ok(), "nothing listens at port 443 after set-up: {}\n{}", node.run(WHY)?, node.run(PAGE)?);
    node.power_off()?;

    let mut node = machine.start()?;
    visit(&mut node, http, https, &story)?;
    story.said("what it costs", &node.run(COST)?);
    Ok(node.power_off()?)
}
