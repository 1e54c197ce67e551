//! A stick of its owner's, with FAT: it opens the data, and what the administrator has signed on it is obeyed.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::browser::Browser;
use qemu_tests::owner::{self, Owner, PASSWORD, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, tool};

/// What the node is called.
const NAME: &str = "clinic-1.local";

/// The password that the order brings.
const NEW: &str = "umbane omusha 7";

/// The file with what became of an order.
const ANSWER: &str = "ilanga-clinic-1.txt";

/// What became of an order, and why.
const ORDER: &str = "systemctl status --no-pager 'ilanga-order@*' 'ilanga-stick@*'; journalctl -b -o cat --no-pager -u 'ilanga-order@*' \
    -u 'ilanga-stick*' | tail -30; cat /state/orders; lsblk";

/// A stick as a file.
struct Stick(PathBuf);

impl Stick {
    fn make(folder: &Path) -> Result<Self> {
        let file = folder.join("stick.img");
        tool::run("mkfs.vfat", ["-C", "-n", "STICK", &file.display().to_string(), "65536"])?;
        Ok(Self(file))
    }

    fn mtools(&self, program: &str, words: &[&str]) -> Result<String> {
        let image = self.0.display().to_string();
        let said = tool::run(program, [&["-i", image.as_str()], words].concat())?;
        Ok(String::from_utf8_lossy(&said).into_owned())
    }

    /// The names in its root folder.
    fn list(&self) -> Result<Vec<String>> {
        let said = self.mtools("mdir", &["-b", "::"])?;
        Ok(said.lines().map(|line| line.trim_start_matches("::/").to_owned()).collect())
    }

    /// Puts these files on it, in place of what became of an order of before.
    fn put(&self, files: &[PathBuf]) -> Result<()> {
        if self.list()?.iter().any(|file| file == ANSWER) {
            self.mtools("mdel", &[&format!("::{ANSWER}")])?;
        }
        files.iter().try_for_each(|file| self.mtools("mcopy", &["-o", &file.display().to_string(), "::"]).map(drop))
    }
}

/// Has an order signed on the node, by a key that is there alone, and brings both files here.
fn order(node: &mut Running<'_>, folder: &Path, what: &str) -> Result<Vec<PathBuf>> {
    let folder = folder.join(what);
    fs::create_dir_all(&folder)?;
    let password = if what == "password" { format!("password = \"{NEW}\"\n") } else { String::new() };
    let text = format!("node = \"clinic-1\"\ndo = \"{what}\"\n{password}");
    node.run(&format!(
        "cd /run && printf '%b' '{}' > ilanga-clinic-1.toml && rm -f ilanga-clinic-1.toml.sig && \
         ssh-keygen -q -Y sign -f own -n ilanga-order ilanga-clinic-1.toml",
        text.replace('\n', "\\n")
    ))?;
    let mut files = Vec::new();
    for name in ["ilanga-clinic-1.toml", "ilanga-clinic-1.toml.sig"] {
        let content = node.run(&format!("cat /run/{name}"))?;
        let file = folder.join(name);
        fs::write(&file, format!("{}\n", content.trim_end()))?;
        files.push(file);
    }
    Ok(files)
}

/// What the node has written on the stick, at last or while its data are locked.
fn answer(node: &mut Running<'_>, locked: bool) -> Result<String> {
    let read = format!(
        "mkdir -p /run/look && mount -o ro /dev/sda /run/look && cat /run/look/{ANSWER}; ls /run/look; umount /run/look"
    );
    let said = node.wait("the stick says what became of the order", |node| {
        let said = node.try_run(&read)?.output;
        Ok((said.contains("clinic-1: ") && locked == said.contains("data are locked")).then_some(said))
    });
    said.with_context(|| node.run(ORDER).unwrap_or_default())
}

#[test]
#[ignore = "long"]
fn a_stick_opens_the_data_and_brings_orders() -> Result<()> {
    let story = Story::begin("fat_stick");
    let (http, https) = (phone::free_port()?, phone::free_port()?);
    let machine = Machine::new("fat-stick", &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    let folder = machine.folder().to_owned();
    let stick = Stick::make(&folder)?;
    let machine = machine.stick(&stick.0).network(Network::User(vec![(http, 80), (https, 443)]));
    let mut machine = machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(600));

    let mut node = machine.start()?;
    node.wait("the node knows the stick", |node| {
        let said = node.try_run("udevadm info --query=property --property=ID_FS_TYPE --value /dev/sda")?.output;
        Ok((said.trim() == "vfat").then_some(()))
    })?;
    story.found(&format!("it knows the stick {:.1} s after power-on", node.on_for().as_secs_f64()));
    let public = node.run("cd /run && ssh-keygen -q -t ed25519 -N '' -f own && cat own.pub")?;
    let mut answers = owner::answers("usb-key");
    answers.entry("identity").or_default().push(("ssh-keys", public.trim().to_owned().leak()));
    let phone = Owner::phone(&mut node, http)?;
    let owner = Owner::goes_on(phone.clone(), &node, &answers, &story).or_else(|refused| {
        // What is plugged in is looked at every few seconds, on a slow machine later: who is told that there is no stick tries again.
        story.said("not at once", &refused.to_string());
        sleep(Duration::from_secs(30));
        Owner::goes_on(phone, &node, &answers, &story)
    })?;
    owner.waits(&mut node, &story)?;
    ensure!(node.wait_until_started()? == "running", "{}", node.run(WHY)?);
    let (renew, erase) = (order(&mut node, &folder, "password")?, order(&mut node, &folder, "erase")?);
    node.power_off()?;
    let there = stick.list()?;
    story.found(&format!("on the stick: {there:?}"));
    let [key] = there.as_slice() else { anyhow::bail!("not one file: {there:?}") };
    ensure!(key.starts_with("ilanga-key-"), "{key}");

    // Without the key on it nobody gets in.
    let kept = folder.join("kept.img");
    fs::copy(&stick.0, &kept)?;
    stick.mtools("mdel", &[&format!("::{key}")])?;
    stick.put(&renew)?;
    let mut node = machine.start()?;
    let asked = Owner::phone(&mut node, http)?.look()?;
    ensure!(asked.question().is_none() && asked.html.contains("name=\"secret\""), "{}", asked.html);
    ensure!(node.try_run("test -e /dev/mapper/ilanga-data")?.status != 0, "the data are open without a key");
    let refused = answer(&mut node, true)?;
    story.said("an order, while the data are locked", &refused);
    ensure!(refused.contains("nothing was done") && refused.contains(".toml"), "{refused}");
    node.power_off()?;

    // With it they open by themselves, and the order is obeyed.
    fs::copy(&kept, &stick.0)?;
    stick.put(&renew)?;
    let mut node = machine.start()?;
    ensure!(node.wait_until_started()? == "running", "{}", node.run(WHY)?);
    node.run("test -e /data/ilanga/administrator.json")?;
    let obeyed = answer(&mut node, false)?;
    story.said("the order", &obeyed);
    ensure!(obeyed.contains("has the new password") && !obeyed.contains(".toml"), "{obeyed}\n{}", node.run(ORDER)?);
    let mut browser = node.wait("the page", |_| Ok(Browser::install(http, https, NAME).ok()))?;
    ensure!(browser.send("/login", &[("password", PASSWORD)])?.status == 403, "the old password counts");
    let right = browser.send("/login", &[("password", NEW)])?;
    ensure!(right.status == 303, "{}\n{}", right.said, node.run(ORDER)?);
    let security = "systemd-analyze security --no-pager ilanga-order@sda | tail -1; \
        journalctl -b -o cat --no-pager -u ilanga-order@sda | grep -i 'mem\\|consumed'; true";
    story.said("the unit", &node.run(security)?);
    node.power_off()?;

    // The same stick again, with the order of before and one that erases.
    stick.put(&renew)?;
    let mut node = machine.start()?;
    let again = answer(&mut node, false)?;
    ensure!(again.contains("it was obeyed before"), "{again}\n{}", node.run(ORDER)?);
    node.power_off()?;
    stick.put(&erase)?;
    let mut node = machine.start()?;
    if let Err(late) = node.wait_for_resets(1) {
        return Err(late).context(node.run(ORDER).unwrap_or_default());
    }
    let first = node.wait("it asks to be set up", |_| {
        let page = phone::Phone::connect(http).and_then(|phone| phone.look().ok());
        Ok(page.filter(|page| page.question() == Some("language")))
    })?;
    story.found(&format!("'{}' {:.1} s after power-on", first.title(), node.on_for().as_secs_f64()));
    node.attach()?;
    let left = node.run("head -c 16M /run/ilanga/disk/ilanga-data | tr -d '\\0' | wc -c; hostname; ls /data /state")?;
    story.said("what is left", &left);
    ensure!(left.starts_with("0\n") && !left.contains("clinic-1"), "{left}");
    Ok(node.power_off()?)
}
