//! All of a maker's keys change in three updates, and the data that is sealed to the TPM stays open.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use formats::size::Bytes;
use qemu_tests::esp::Esp;
use qemu_tests::inputs::{self, Keys};
use qemu_tests::{Firmware, Inputs, Machine, Running, Story, bundles, look_in, tool, updates};

/// The volume: a file of the second disk that is written to, made into LUKS2, and sealed as the node would seal its data.
const VOLUME: &str = "/dev/vdc";

/// What systemd-boot and the firmware say of a program that nobody they trust has signed.
const DENIED: [&str; 3] = ["Access denied", "Security Violation", "Access Denied"];

/// The folder with the releases by which keys change, and their keys.
fn change() -> Result<PathBuf> {
    let folder =
        std::env::var_os("ILANGA_KEY_CHANGE").context("ILANGA_KEY_CHANGE is not set: `ilanga test` sets it")?;
    Ok(PathBuf::from(folder))
}

/// Makes a volume that the TPM opens, with something in it.
const SEAL: &str = "set -e
udevadm settle
head -c 32 /dev/urandom >/run/volume.key
cryptsetup luksFormat --batch-mode --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vdc /run/volume.key
systemd-cryptenroll --unlock-key-file=/run/volume.key --tpm2-device=auto --tpm2-public-key-pcrs=11 --tpm2-pcrs=12 \
    --tpm2-public-key=/run/systemd/tpm2-pcr-public-key.pem /dev/vdc
systemd-cryptenroll --wipe-slot=0 /dev/vdc
";

/// Opens it with nothing but the TPM.
const OPEN: &str = "set -e
[ ! -e /dev/mapper/data ] || /usr/lib/systemd/systemd-cryptsetup detach data
/usr/lib/systemd/systemd-cryptsetup attach data /dev/vdc none tpm2-device=auto,headless=1
";

/// What tells why it does not open.
const WHY: &str = "systemd-analyze pcrs 11 12; sha256sum /run/systemd/tpm2-pcr-*; \
    cryptsetup luksDump /dev/vdc --dump-json-metadata; cat /run/systemd/tpm2-pcr-signature.json; \
    journalctl -b -o cat -u 'systemd-pcr*'; tr -d '\\0' </proc/cmdline; true";

/// Waits until the release that runs is judged good, and has taken the steps that it can take.
fn good(node: &mut Running<'_>, story: &Story, expected: &str) -> Result<()> {
    if let Some(wrong) = updates::judgement(node)? {
        anyhow::bail!(wrong);
    }
    let now = updates::runs(node)?;
    ensure!(now == expected, "{now} runs, not {expected}");
    story.found(&format!("{expected} runs and is judged good"));
    Ok(())
}

/// Opens the volume, reads what is in it, and lets the node look at it once more.
fn data_is_kept(node: &mut Running<'_>, story: &Story) -> Result<String> {
    let opened = node.try_run(OPEN)?;
    if opened.status != 0 {
        story.said("why it does not open", &format!("{}\n{}", opened.output, node.run(WHY)?));
        anyhow::bail!("the TPM does not open the volume");
    }
    let kept = node.run("head -c 9 /dev/mapper/data")?;
    ensure!(kept == "kept data", "the volume has '{kept}'");
    node.run("systemctl restart ilanga-keys.service; true")?;
    let said = node.run("journalctl -b -o cat -u ilanga-keys.service --no-pager")?;
    story.said("what the node did about keys", &said);
    Ok(said)
}

/// How many keys of the TPM open the volume.
fn tokens(node: &mut Running<'_>) -> Result<String> {
    Ok(node.run("cryptsetup luksDump /dev/vdc | grep -c systemd-tpm2")?.trim().to_owned())
}

fn install(node: &mut Running<'_>, release: &str) -> Result<std::result::Result<String, String>> {
    Ok(updates::install(node, release)?)
}

#[test]
#[ignore = "long"]
fn all_change_in_three_updates() -> Result<()> {
    let story = Story::begin("keys");
    let (inputs, change) = (Inputs::of_environment()?, change()?);
    let machine = Machine::new("keys", &inputs)?.firmware(Firmware::SetUp).tpm().watchdog();
    let folder = machine.folder().to_owned();
    let bundles = bundles::disk_of(&change.join("bundles"), &folder)?;
    let volume = folder.join("volume.img");
    std::fs::File::create(&volume)?.set_len(64 << 20)?;
    let machine = machine.disk_size(Bytes(16 << 30))?.second_disk(&bundles).other_disk(&volume).look_in()?;
    let mut machine = machine.patience(Duration::from_secs(1200));

    let mut node = machine.start()?;
    node.wait_for_resets(1)?;
    story.found("the boot loader enrolled the old keys and restarted");
    good(&mut node, &story, "a 2026.11.0")?;
    let disks = node.run("lsblk -bno NAME,SIZE")?;
    ensure!(disks.contains("vdc"), "there is no {VOLUME}: {disks}");
    node.run(SEAL)?;
    node.run(OPEN)?;
    node.run("printf 'kept data' | dd of=/dev/mapper/data conv=fsync status=none")?;
    // A release that needs what the first one brings.
    let skipped =
        node.try_run(&format!("{} && ilanga-update install {}/2026.12.2.raucb", bundles::MOUNT, bundles::FOLDER))?;
    story.said("a node that skipped the first release", &skipped.output);
    ensure!(skipped.status == 3 && skipped.output.contains("install 2026.12.1 first"), "{skipped:?}");
    node.run(&format!("umount {}", bundles::FOLDER))?;
    install(&mut node, "2026.12.1")?.map_err(anyhow::Error::msg)?;
    node.power_off()?;

    let mut node = machine.start()?;
    good(&mut node, &story, "b 2026.12.1")?;
    data_is_kept(&mut node, &story)?;
    ensure!(tokens(&mut node)? == "2", "the volume is not sealed to both keys");
    install(&mut node, "2026.12.2")?.map_err(anyhow::Error::msg)?;
    node.power_off()?;

    let mut node = machine.start()?;
    good(&mut node, &story, "a 2026.12.2")?;
    let said = data_is_kept(&mut node, &story)?;
    ensure!(said.contains("the boot loader is signed by the old and the new key"), "{said}");
    // From here on the data opens with the new key alone.
    ensure!(tokens(&mut node)? == "1", "the volume is still sealed to the old key");
    data_is_kept(&mut node, &story)?;
    install(&mut node, "2026.12.3")?.map_err(anyhow::Error::msg)?;
    node.power_off()?;

    // From here on only the new key opens the way in.
    let keys = Keys::new(&change.join("keys"));
    look_in::install(machine.disk(), look_in::STORY, &keys, &inputs.scratch)?;
    let mut node = machine.start()?;
    good(&mut node, &story, "b 2026.12.3")?;
    let said = data_is_kept(&mut node, &story)?;
    ensure!(
        said.contains("the firmware trusts the new key; the boot loader is signed by the old and the new key"),
        "{said}"
    );
    ensure!(said.contains("a volume is sealed to the new key"), "{said}");
    ensure!(tokens(&mut node)? == "1", "the volume is still sealed to the old key");
    node.power_off()?;

    // It starts once more, with nothing of the old keys, and refuses what they sign.
    let old = inputs::artefacts()?;
    let file = |end: &str| -> Result<PathBuf> {
        let mut names = std::fs::read_dir(&old)?.flatten().map(|entry| entry.path());
        names.find(|path| path.extension().is_some_and(|is| is == end)).with_context(|| format!("no .{end}"))
    };
    let stick = folder.join("old.ext4");
    let bundle = file("raucb")?;
    let only = folder.join("old");
    std::fs::create_dir(&only)?;
    std::fs::copy(&bundle, only.join("2026.11.0.raucb"))?;
    tool::run(
        "mke2fs",
        [
            "-q".as_ref(),
            "-t".as_ref(),
            "ext4".as_ref(),
            "-d".as_ref(),
            only.as_os_str(),
            stick.as_os_str(),
            "2G".as_ref(),
        ],
    )?;
    let mut machine = machine.second_disk(&stick);
    let mut node = machine.start()?;
    good(&mut node, &story, "b 2026.12.3")?;
    data_is_kept(&mut node, &story)?;
    let refused = install(&mut node, "2026.11.0")?;
    story.said("a bundle that the old keys signed", &format!("{refused:?}"));
    ensure!(refused.is_err_and(|said| said.contains("signature verification failed")), "RAUC took an old bundle");
    node.power_off()?;

    let esp = Esp::of(machine.disk())?;
    for path in esp.kernel_images()? {
        esp.remove(&path)?;
    }
    esp.write("EFI/Linux/ilanga_2026.11.0.efi", &std::fs::read(file("efi")?)?)?;
    drop(esp);
    let mut node = machine.start()?;
    node.wait_for_any(&DENIED)?;
    story.said("a kernel image that the old keys signed", &node.tail());
    Ok(())
}
