//! A slot image's read-only root: EROFS and its dm-verity tree, in one file (`formats::slot_image`).

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::{erofs, slot_image::SlotImage, verity};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::{Compression, RootFormat};
use crate::tool::Command;

/// What the plan decides about a root file system.
#[derive(Clone, Debug)]
pub(crate) struct RootSpec {
    /// The EROFS's UUID.
    pub(crate) uuid: Uuid,
    /// The verity tree's UUID.
    pub(crate) verity_uuid: Uuid,
    /// What each digest of the tree starts from.
    pub(crate) salt: [u8; 32],
    /// The time of every file, in seconds since 1970.
    pub(crate) date: u64,
    /// How it is packed.
    pub(crate) format: RootFormat,
}

/// A root that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Root {
    /// The root hash.
    pub(crate) root_hash: Digest,
    /// Length of the EROFS.
    pub(crate) erofs: Bytes,
    /// Length of EROFS and tree.
    pub(crate) length: Bytes,
}

/// mkfs.erofs's options for a format.
fn compression(format: RootFormat) -> Vec<String> {
    let name = match format.compression {
        Compression::None => return Vec::new(),
        Compression::Lz4 => "lz4",
        Compression::Lz4hc => "lz4hc",
        Compression::Zstd => "zstd",
    };
    let level = format.level.map(|level| format!(",level={level}")).unwrap_or_default();
    let mut options = vec![format!("-z{name}{level}")];
    options.extend(format.cluster.map(|cluster| format!("-C{}", cluster.0)));
    options
}

/// Makes the EROFS of `tree` and its verity tree at `output`, which must not exist.
pub(crate) fn make(tools: &Path, spec: &RootSpec, tree: &Path, output: &Path) -> Result<Root> {
    let Some(folder) = output.parent() else { bail!("{} is in no folder", output.display()) };
    let mut command = Command::new(tools, "mkfs.erofs")
        .args(["--quiet", "--all-time", "--ovlfs-strip=1"])
        .arg(format!("-T{}", spec.date))
        .arg(format!("-U{}", spec.uuid))
        // The tolerance below which no xattr is shared: shared ones would need one more read.
        .arg("-x1");
    command = command.args(compression(spec.format));
    command
        .arg(output)
        .arg("/mnt")
        .bind(tree, Path::new("/mnt"), false)
        .write(folder)
        .run()
        .context("making the root file system")?;

    let length = Bytes(fs::metadata(output).context("measuring the root file system")?.len());
    let length = length.align_up(Bytes(verity::BLOCK));
    let file = File::options().read(true).write(true).open(output).context("opening the root file system")?;
    file.set_len(length.0).context("aligning the root file system")?;
    let mut head = [0; erofs::HEAD];
    file.read_exact_at(&mut head, 0).context("reading the root file system")?;
    let superblock = erofs::Superblock::parse(&head).context("reading the root file system")?;
    if superblock.size != length {
        bail!("mkfs.erofs made {} bytes and its superblock says {}", length.0, superblock.size.0);
    }

    let said = Command::new(tools, "veritysetup")
        .args(["format", "--hash=sha256", "--data-block-size=4096", "--hash-block-size=4096"])
        .arg(format!("--data-blocks={}", length.0 / verity::BLOCK))
        .arg(format!("--hash-offset={}", length.0))
        .arg(format!("--uuid={}", spec.verity_uuid))
        .arg(format!("--salt={}", hex::encode(spec.salt)))
        .arg(output)
        .arg(output)
        .write(folder)
        .output()
        .context("making the verity tree")?;
    let said = String::from_utf8_lossy(&said);
    let Some(said) = said.lines().find_map(|line| line.strip_prefix("Root hash:")) else {
        bail!("veritysetup named no root hash: {said}");
    };

    let mut block = [0; verity::BLOCK as usize];
    file.read_exact_at(&mut block, length.0).context("reading the verity tree")?;
    let tree = verity::Superblock::parse(&block).context("reading the verity tree")?;
    let image = SlotImage::new(superblock, tree).context("reading the verity tree")?;
    file.read_exact_at(&mut block, image.top_block().0).context("reading the verity tree")?;
    let root_hash = image.root_hash(&block);
    if root_hash.to_string() != said.trim() {
        bail!("veritysetup says that the root hash is {}, its tree says {root_hash}", said.trim());
    }
    file.set_len(image.payload.0).context("aligning the verity tree")?;
    Ok(Root { root_hash, erofs: length, length: image.payload })
}
