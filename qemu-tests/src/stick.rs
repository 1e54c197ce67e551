//! Sticks for a machine: a disk on USB that a person has put files on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use formats::digest::Digest;

use crate::error::{Doing, Error};
use crate::ext4;
use crate::inputs::{self, Keys};
use crate::tool;

/// Makes a stick's file in `folder`, with these files (a path on the stick, and the file that is copied there) and an empty
/// folder for reports.
pub fn stick(folder: &Path, files: &[(&str, &Path)]) -> Result<PathBuf, Error> {
    let content = folder.join("stick");
    let reports = content.join("ilanga/reports");
    fs::create_dir_all(&reports).at("making", &reports)?;
    // As everything on a stick of a phone or a camera is everybody's.
    fs::set_permissions(&reports, fs::Permissions::from_mode(0o777)).at("opening", &reports)?;
    for (path, file) in files {
        let to = content.join(path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).at("making", parent)?;
        }
        fs::copy(file, &to).at("copying to", &to)?;
    }
    let stick = folder.join("stick.ext4");
    ext4::make(&content, &stick, 2 << 10, &["-L", "STICK"])?;
    fs::remove_dir_all(&content).at("removing", &content)?;
    Ok(stick)
}

/// A release's bundle.
pub fn bundle(release: &str) -> Result<PathBuf, Error> {
    Ok(inputs::bundles()?.join(format!("{release}.raucb")))
}

/// The same release as a bundle that Debian's `rauc bundle` makes of the slot image: compressed, with a salt of its own.
pub fn raucs_bundle(folder: &Path, release: &str, keys: &Keys) -> Result<PathBuf, Error> {
    remade(folder, &bundle(release)?, "", keys)
}

/// What a bundle has as one that Debian's `rauc bundle` makes for RAUC's adaptive mode: with the digests of its blocks.
pub fn adaptive_bundle(folder: &Path, bundle: &Path, keys: &Keys) -> Result<PathBuf, Error> {
    remade(folder, bundle, "adaptive=block-hash-index\n", keys)
}

/// Has `rauc bundle` make another one of what is in a bundle; `more` is what its manifest says of the image beside.
fn remade(folder: &Path, bundle: &Path, more: &str, keys: &Keys) -> Result<PathBuf, Error> {
    let content = folder.join("content");
    let keyring = format!("--keyring={}", keys.bundle_authority().display());
    let text = |path: &Path| path.display().to_string();
    tool::run("rauc", ["extract", "--trust-environment", &keyring, &text(bundle), &text(&content)])?;
    let manifest = content.join("manifest.raucm");
    let written = fs::read_to_string(&manifest).at("reading", &manifest)?;
    let kept = written.lines().filter(|line| !line.starts_with("sha256=") && !line.starts_with("size="));
    let named = |line: &str| if line.starts_with("filename=") { more } else { "" }.to_owned();
    let kept: String = kept.map(|line| format!("{line}\n{}", named(line))).collect();
    fs::write(&manifest, kept).at("writing", &manifest)?;
    sign(&content, folder.join("theirs.raucb"), keys)
}

/// A bundle that is signed with the same key, for another board, with next to nothing in it.
pub fn foreign_bundle(folder: &Path, board: &str, keys: &Keys) -> Result<PathBuf, Error> {
    let content = folder.join("foreign");
    fs::create_dir(&content).at("making", &content)?;
    let (manifest, image) = (content.join("manifest.raucm"), content.join("root.img"));
    let text = format!(
        "[update]\ncompatible={board}\nversion=2026.11.1\n\n[bundle]\nformat=verity\n\n\
         [image.rootfs]\nfilename=root.img\n"
    );
    fs::write(&manifest, text).at("writing", &manifest)?;
    // What squashfs can't make shorter: RAUC takes no bundle of one block.
    let noise: Vec<u8> =
        (0..1 << 12_u32).flat_map(|number: u32| *Digest::of(number.to_le_bytes()).as_bytes()).collect();
    fs::write(&image, noise).at("writing", &image)?;
    sign(&content, folder.join("foreign.raucb"), keys)
}

/// Has `rauc bundle` make a bundle of what is in a folder, which goes.
fn sign(content: &Path, bundle: PathBuf, keys: &Keys) -> Result<PathBuf, Error> {
    let (certificate, key) = keys.bundle_signer();
    let options = [format!("--cert={}", certificate.display()), format!("--key={}", key.display())];
    let paths = [content, &bundle].map(|path| path.display().to_string());
    tool::run("rauc", ["bundle".to_owned()].iter().chain(&options).chain(&paths))?;
    fs::remove_dir_all(content).at("removing", content)?;
    Ok(bundle)
}
