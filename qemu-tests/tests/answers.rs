//! A file of answers on the FAT partition sets the shipped image up, without anybody there.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::answers::FILE;
use formats::layout::Role;
use formats::size::Bytes;
use qemu_tests::esp::Esp;
use qemu_tests::owner::{self, Owner, PASSWORD, WHY};
use qemu_tests::phone;
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, tool};

/// The same answers as [`owner::answers`].
fn file(recipient: &str) -> String {
    format!(
        "format = 1\nunanswered = \"usual\"\nrecovery-key-to = [\"{recipient}\"]\nlanguage = \"zu\"\nkeyboard = \"za\"\n\
         time-zone = \"Africa/Johannesburg\"\npreset = \"clinic\"\nname = \"clinic-1\"\ncountry = \"ZA\"\n\n\
         [administrator]\nname = \"thandi\"\npassword = \"{PASSWORD}\"\n\n[mesh]\nkind = \"none\"\n\n[unlock]\nby = \"tpm\"\n"
    )
}

/// A node with a TPM, and a disk with room for data.
fn machine(name: &str) -> Result<Machine> {
    let machine = Machine::new(name, &Inputs::of_environment()?)?.firmware(Firmware::OwnKeys).tpm();
    Ok(machine.disk_size(Bytes(16 << 30))?.look_in()?.patience(Duration::from_secs(600)))
}

/// A key of age's: the secret, and the public half.
fn key() -> Result<(String, String)> {
    let made = String::from_utf8(tool::run("age-keygen", [""; 0])?)?;
    let public = made.lines().find_map(|line| line.strip_prefix("# public key: ")).context("a public key")?;
    Ok((made.clone(), public.to_owned()))
}

/// Waits until a set-up is over.
fn is_over(node: &mut Running<'_>, story: &Story) -> Result<()> {
    owner::waits_until_over(node, story)?;
    story.found(&format!("set up {:.1} s after power-on", node.on_for().as_secs_f64()));
    let state = node.wait_until_started()?;
    ensure!(state == "running", "the node is {state}: {}", node.run(WHY)?);
    Ok(())
}

/// Each file that a set-up may have written, with its digest, but those that no two nodes share; settings without the machine id, and
/// not the digests of settings, as that is in them, nor what NetworkManager makes of it by itself.
fn files(node: &mut Running<'_>) -> Result<Vec<String>> {
    let said = node.run(
        "find /data /state /run/userdb /run/ilanga /etc /run/NetworkManager/system-connections -xdev -type f \
         ! -path '*/journal/*' ! -path '/run/ilanga/disk/*' ! -path '/run/ilanga/setup/*' ! -name lo.nmconnection ! -name 'Wired connection*' \
         ! -path '/state/*settings.toml' ! -path /state/good ! -name origin -exec sha256sum {} + | sort -k 2; \
         grep -v '^machine-id = ' /state/settings.toml /state/v*/settings.toml; \
         readlink -f /etc/localtime; cat /proc/sys/kernel/hostname",
    )?;
    Ok(said.lines().map(str::to_owned).collect())
}

#[test]
fn a_file_sets_it_up_without_anybody() -> Result<()> {
    let story = Story::begin("answers");
    let (secret, public) = key()?;
    let mut machine = machine("answers")?;
    Esp::of(machine.disk())?.write(FILE, file(&public).as_bytes())?;
    let identity = machine.folder().join("identity");
    std::fs::write(&identity, secret)?;

    let mut node = machine.start()?;
    is_over(&mut node, &story)?;
    story.said(
        "what it did",
        &node.run("journalctl -b -o cat --no-pager -u ilanga-setup; getent passwd thandi; hostname")?,
    );
    node.power_off()?;

    let disk = machine.disk();
    let esp = Esp::of(disk)?;
    let names = esp.list("")?;
    story.found(&format!("on the FAT partition: {}", names.join(" ")));
    ensure!(!names.iter().any(|name| name == FILE), "the file of answers is still there");
    let encrypted = esp.read("ilanga-recovery-clinic-1.age")?;
    let extent = disk.partition(Role::Esp)?;
    let raw = disk.read(extent.start, usize::try_from(extent.length.0)?)?;
    ensure!(
        !raw.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes()),
        "the password is still on the disk"
    );
    let sealed = machine.folder().join("recovery.age");
    std::fs::write(&sealed, encrypted)?;
    let arguments = ["--decrypt", "--identity", &identity.display().to_string(), &sealed.display().to_string()];
    let key = String::from_utf8(tool::run("age", arguments)?)?;

    let mut node = machine.start()?;
    ensure!(
        node.wait_until_started()? == "running" && node.try_run("mountpoint -q /data")?.status == 0,
        "{}",
        node.run(WHY)?
    );
    let opens = format!(
        "printf %s '{}' | cryptsetup open --test-passphrase --key-file=- /run/ilanga/disk/ilanga-data",
        key.trim()
    );
    ensure!(node.try_run(&opens)?.status == 0, "the recovery key that was handed over opens nothing");
    Ok(node.power_off()?)
}

#[test]
#[ignore = "long"]
fn the_same_answers_by_phone_make_the_same_node() -> Result<()> {
    let story = Story::begin("answers_same");
    let (_, public) = key()?;
    let mut by_file = machine("answers-file")?.network(Network::User(vec![(phone::free_port()?, 80)]));
    Esp::of(by_file.disk())?.write(FILE, file(&public).as_bytes())?;
    let port = phone::free_port()?;
    let mut by_phone = machine("answers-phone")?.network(Network::User(vec![(port, 80)]));
    let (mut one, mut other) = (by_file.start()?, by_phone.start()?);
    let owner = Owner::answers(&mut other, port, &owner::answers("tpm"), &story)?;
    owner.waits(&mut other, &story)?;
    for node in [&mut one, &mut other] {
        is_over(node, &story)?;
    }
    let (ours, theirs) = (files(&mut one)?, files(&mut other)?);
    let different: Vec<&String> = ours.iter().filter(|line| !theirs.contains(line)).collect();
    let missing: Vec<&String> = theirs.iter().filter(|line| !ours.contains(line)).collect();
    story.found(&format!("{} files by file, {} by phone", ours.len(), theirs.len()));
    story.said("by file only", &format!("{different:#?}"));
    story.said("by phone only", &format!("{missing:#?}"));
    // Salts, keys, and what a node is called by itself.
    let own = [
        "administrator.json",
        "user-privileged",
        "set-up.json",
        "machine-id",
        "ssh_host_",
        "random-seed",
        "chrony",
        "timesync",
    ];
    let foreign: Vec<&&String> =
        different.iter().chain(&missing).filter(|line| !own.iter().any(|own| line.contains(own))).collect();
    ensure!(foreign.is_empty(), "{foreign:#?}");
    one.power_off()?;
    Ok(other.power_off()?)
}
