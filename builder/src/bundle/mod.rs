//! Update bundles: a release's slot image as a file that RAUC installs. `formats::bundle` draws it.
//!
//! ```text
//! slot image ─▶ manifest ─▶ mksquashfs ─▶ squashfs ─▶ dm-verity tree ─▶ signed manifest ─▶ .raucb ─▶ .chunks, .pack, .hints, .patches, .delta
//! ```
//!
//! `rauc bundle` would do the same, but puts the clock and a random salt in. Invariants: the same slot image, plan and keys
//! give the same bits; the squashfs is not compressed, and holds the slot image in one piece from byte 96 on, so that a
//! delta between two bundles is one between two slot images.

pub(crate) mod by_pieces;
pub(crate) mod delta;
pub(crate) mod hints;
mod message;
mod opened;
pub(crate) mod pieces;
mod steps;
mod trees;

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use der::{DecodePem as _, Encode as _};
use formats::bundle::{self, Bundle, Image, ImageName, LONGEST_SIGNATURE, Manifest, Parts, Release, TRAILER, Verity};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::slot_image::SlotImage;
use formats::{erofs, verity, verity_tree};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;

use crate::disk::{Output, Progress};
use crate::kernel::sign;
use crate::keys::KeySet;
use crate::plan::Plan;
use crate::tool::Command;

/// The slot image's name in a bundle. Files are written in the order of their names: this one is in front of the
/// manifest. RAUC writes what ends with `.img` to a slot as it is.
const IMAGE: &str = "ilanga.img";

/// Where the slot image begins in a bundle: behind the squashfs superblock.
const IMAGE_OFFSET: u64 = 96;

/// How much is read at once.
const PIECE: usize = 1 << 20;

/// What a bundle is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// The tools tree.
    pub(crate) tools: &'a Path,
    /// What was decided about the release.
    pub(crate) plan: &'a Plan,
    /// Who signs it.
    pub(crate) keys: &'a KeySet,
    /// The slot image.
    pub(crate) slot: &'a Path,
}

/// A bundle that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    /// Its length.
    pub(crate) size: Bytes,
    /// Its digest.
    pub(crate) sha256: Digest,
    /// The slot image's digest.
    pub(crate) image: Digest,
}

/// Makes the bundle at `target`; `work` is a folder for what is in between.
pub(crate) fn make(source: &Source<'_>, work: &Path, target: &Path, progress: Progress<'_>) -> Result<Made> {
    let image = image(source.slot).with_context(|| format!("reading the slot image {}", source.slot.display()))?;
    let manifest = manifest(source.plan, source.keys, image)?;
    let output = Output::create(target)?;
    squashfs(source, &manifest, work, output.partial())?;

    let writing = || format!("writing {}", target.display());
    let squashfs = Bytes(output.file().metadata().with_context(writing)?.len());
    if !squashfs.0.is_multiple_of(verity::BLOCK) {
        bail!("mksquashfs made {} bytes, no multiple of 4096", squashfs.0);
    }
    check_place(output.file(), source.slot)?;
    let salt = *source.plan.ids.bundle_salt.as_bytes();
    let mut tree = verity_tree::Builder::new(salt);
    let mut hasher = Sha256::new();
    read_all(output.file(), squashfs, progress, |piece| {
        tree.update(piece);
        hasher.update(piece);
    })
    .with_context(|| format!("reading {}", target.display()))?;
    let tree = tree.finish().context("making the bundle's dm-verity tree")?;
    let size = Bytes(tree.bytes.len() as u64);
    let verity = Verity { root_hash: tree.root_hash, salt, size };

    let message = signed(source, manifest.text(Some(&verity)).as_bytes())?;
    let length = message.len() as u64;
    if length > LONGEST_SIGNATURE {
        bail!("the bundle's signature has {length} bytes, and RAUC takes {LONGEST_SIGNATURE}: shorten the changelog");
    }
    let mut file = output.file();
    file.seek(SeekFrom::End(0)).with_context(writing)?;
    for bytes in [tree.bytes.as_slice(), &message, &length.to_be_bytes()] {
        file.write_all(bytes).with_context(writing)?;
        hasher.update(bytes);
    }
    read_back(file, squashfs + size, &message, &manifest, source.plan)?;
    output.finish()?;
    let total = squashfs + size + Bytes(length + TRAILER);
    Ok(Made { size: total, sha256: Digest::new(hasher.finalize().into()), image: manifest.image.sha256 })
}

/// A slot image, as far as a manifest describes it.
struct Slot {
    size: Bytes,
    sha256: Digest,
    root_hash: Digest,
}

fn image(path: &Path) -> Result<Slot> {
    let file = File::open(path)?;
    let size = Bytes(file.metadata()?.len());
    let mut head = [0; erofs::HEAD];
    file.read_exact_at(&mut head, 0)?;
    let erofs = erofs::Superblock::parse(&head)?;
    let mut block = [0; verity::BLOCK as usize];
    file.read_exact_at(&mut block, erofs.size.0)?;
    let image = SlotImage::new(erofs, verity::Superblock::parse(&block)?)?;
    file.read_exact_at(&mut block, image.top_block().0)?;
    let mut hasher = Sha256::new();
    read_all(&file, size, &mut |_, _| (), |piece| hasher.update(piece))?;
    Ok(Slot { size, sha256: Digest::new(hasher.finalize().into()), root_hash: image.root_hash(&block) })
}

/// What the bundle says of itself.
fn manifest(plan: &Plan, keys: &KeySet, slot: Slot) -> Result<Manifest> {
    let name = ImageName::new(IMAGE).with_context(|| format!("naming the image '{IMAGE}'"))?;
    let headline = plan.changelog.as_ref().map(|changelog| changelog.headline().chars().take(120).collect());
    Ok(Manifest {
        compatible: plan.compatible.clone(),
        version: plan.version.clone(),
        description: headline.unwrap_or_else(|| format!("Ilanga {} for {}", plan.version, plan.board)),
        build: slot.root_hash.to_string(),
        image: Image { name, sha256: slot.sha256, size: slot.size, block_hash_index: false },
        release: Some(Release {
            board: plan.board.clone(),
            channel: plan.channel.clone(),
            date: plan.date,
            needs: keys.needs().cloned(),
            changelog: plan.changelog.clone(),
        }),
    })
}

/// The squashfs of the slot image and the manifest, at `output`, which is an empty file.
fn squashfs(source: &Source<'_>, manifest: &Manifest, work: &Path, output: &Path) -> Result<()> {
    let inner = work.join(bundle::MANIFEST);
    fs::write(&inner, manifest.text(None)).with_context(|| format!("writing {}", inner.display()))?;
    let folder = Path::new("/mnt/bundle");
    let mut command = Command::new(source.tools, "mksquashfs")
        .arg(folder)
        .arg(output)
        .args(["-noappend", "-no-progress", "-quiet", "-exit-on-error"])
        .args(["-no-compression", "-b", "128K", "-no-fragments", "-no-sparse", "-no-duplicates", "-no-exports"])
        .args(["-all-root", "-no-xattrs", "-root-mode", "755"])
        .args(["-all-time", &source.plan.time.to_string(), "-mkfs-time", &source.plan.time.to_string()]);
    for (name, file) in [(IMAGE, source.slot), (bundle::MANIFEST, inner.as_path())] {
        command = command.arg("-p").arg(format!("{name} m 644 0 0")).bind(file, &folder.join(name), false);
    }
    command.write(output).run().context("making the bundle's squashfs")
}

/// Whether the slot image lies where deltas look for it.
fn check_place(squashfs: &File, slot: &Path) -> Result<()> {
    let reading = || format!("comparing {} with the bundle", slot.display());
    let slot = File::open(slot).with_context(reading)?;
    let last = slot.metadata().with_context(reading)?.len().saturating_sub(verity::BLOCK);
    for at in [0, last] {
        let mut blocks = [[0; verity::BLOCK as usize]; 2];
        slot.read_exact_at(&mut blocks[0], at).with_context(reading)?;
        squashfs.read_exact_at(&mut blocks[1], IMAGE_OFFSET + at).with_context(reading)?;
        if blocks[0] != blocks[1] {
            bail!("mksquashfs did not put the slot image at byte {IMAGE_OFFSET} in one piece");
        }
    }
    Ok(())
}

/// The signed message with `content` in it.
fn signed(source: &Source<'_>, content: &[u8]) -> Result<Vec<u8>> {
    let path = &source.keys.speaking().rauc.certificate;
    let reading = || format!("reading the certificate {}", path.display());
    let certificate = Certificate::from_pem(fs::read(path).with_context(reading)?).with_context(reading)?;
    let attributes = message::attributes(content, source.plan.time).context("describing the bundle's signature")?;
    let text = attributes.to_der().context("describing the bundle's signature")?;
    let signature = sign::sign_text(source.tools, &source.keys.speaking().rauc, &text)?;
    message::message(content, certificate, attributes, signature).context("writing the bundle's signature")
}

/// Whether a node would take the bundle, as far as it can tell.
fn read_back(mut file: &File, payload: Bytes, message: &[u8], manifest: &Manifest, plan: &Plan) -> Result<()> {
    let refused = || "reading the bundle back as a node would".to_owned();
    let length = Bytes(file.metadata().with_context(refused)?.len());
    let mut trailer = [0; TRAILER as usize];
    file.seek(SeekFrom::End(-(TRAILER as i64))).with_context(refused)?;
    file.read_exact(&mut trailer).with_context(refused)?;
    let parts = Parts::parse(length, trailer).with_context(refused)?;
    let bundle = Bundle::new(parts, &bundle::signed_content(message).with_context(refused)?).with_context(refused)?;
    bundle.fits(&plan.compatible, plan.sizes.slot).with_context(refused)?;
    if parts.payload != payload || bundle.manifest != *manifest {
        bail!("the bundle says something else than what it was made from");
    }
    Ok(())
}

/// Reads the first `length` bytes of a file, piece by piece.
fn read_all(file: &File, length: Bytes, progress: Progress<'_>, mut take: impl FnMut(&[u8])) -> std::io::Result<()> {
    let mut buffer = vec![0; PIECE];
    let mut at = 0;
    while at < length.0 {
        let piece = usize::try_from(length.0 - at).map_or(PIECE, |left| left.min(PIECE));
        file.read_exact_at(&mut buffer[..piece], at)?;
        take(&buffer[..piece]);
        at += piece as u64;
        progress(Bytes(at), length);
    }
    Ok(())
}
