//! Tools that we did not write read what we made.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use formats::layout::Role;
use formats::slot::Slot;
use qemu_tests::esp::Esp;
use qemu_tests::{Disk, Inputs, Story, inputs, tool};

/// The artefact with this ending.
fn artefact(suffix: &str) -> anyhow::Result<PathBuf> {
    let folder = inputs::artefacts()?;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(suffix) {
            return Ok(path);
        }
    }
    anyhow::bail!("{} has no *{suffix}", folder.display())
}

fn agrees(story: &Story, program: &str, args: &[&str]) -> anyhow::Result<()> {
    let verdict = tool::verdict(program, args)?;
    let last = verdict.said.trim().lines().last().unwrap_or_default().to_owned();
    story.said(program, &last);
    ensure!(verdict.good, "{program} {args:?} ended with {}: {}", verdict.status, verdict.said);
    Ok(())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

#[test]
fn agree() -> anyhow::Result<()> {
    let story = Story::begin("peers");
    let inputs = Inputs::of_environment()?;
    let folder = tempfile::tempdir_in(&inputs.scratch)?;
    let file = |name: &str| folder.path().join(name);
    let disk = Disk::at(&inputs.image);

    let checked = String::from_utf8(tool::run("sgdisk", ["-v", &text(&inputs.image)])?)?;
    ensure!(checked.contains("No problems found"), "{checked}");
    story.said("sgdisk -v", checked.trim());

    let esp = file("esp.fat");
    disk.extract(disk.partition(Role::Esp)?, &esp)?;
    agrees(&story, "fsck.vfat", &["-n", &text(&esp)])?;

    let slot = disk.slot_image(Slot::A)?;
    let root = file("root");
    disk.extract(disk.partition(Role::Root(Slot::A))?, &root)?;
    agrees(&story, "fsck.erofs", &[&text(&root)])?;
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(artefact("manifest.json")?)?)?;
    let hash = manifest["root"]["root-hash"].as_str().context("the manifest names no root hash")?;
    let offset = format!("--hash-offset={}", slot.tree().0);
    agrees(&story, "veritysetup", &["verify", &offset, &text(&root), &text(&root), hash])?;

    let kernel = file("kernel.efi");
    let opened = Esp::of(&disk)?;
    std::fs::write(&kernel, opened.read(&opened.kernel_image()?)?)?;
    let loader = file("loader.efi");
    std::fs::write(&loader, opened.read("EFI/BOOT/BOOTX64.EFI")?)?;
    let certificate = text(&inputs.keys.secure_boot_certificate());
    agrees(&story, "sbverify", &["--cert", &certificate, &text(&kernel)])?;
    agrees(&story, "sbverify", &["--cert", &certificate, &text(&loader)])?;

    let flashed = file("flashed.img");
    let (compressed, bmap) = (artefact(".img.xz")?, artefact(".bmap")?);
    agrees(&story, "bmaptool", &["copy", "--bmap", &text(&bmap), &text(&compressed), &text(&flashed)])?;
    agrees(&story, "cmp", &[&text(&flashed), &text(&inputs.image)])?;

    let public = file("release.pem");
    let out = tool::run("openssl", ["x509", "-pubkey", "-noout", "-in", &text(&inputs.keys.release_certificate())])?;
    std::fs::write(&public, out)?;
    let (sums, signature) = (artefact("SHA256SUMS")?, artefact("SHA256SUMS.sig")?);
    agrees(
        &story,
        "openssl",
        &["dgst", "-sha256", "-verify", &text(&public), "-signature", &text(&signature), &text(&sums)],
    )
}
