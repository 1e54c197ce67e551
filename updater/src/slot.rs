//! What a slot holds: a slot image whose kernel image belongs to its root file system, or not.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use formats::boot_state::{Content, Release};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::slot_image::{NotASlotImage, SlotImage};
use thiserror::Error;

use crate::error::{Context as _, IoError, chain};
use crate::kernel_image::{self, Layout, NotAKernelImage};

/// A kernel image in a file or a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// The file or device.
    pub path: PathBuf,
    /// Where it begins there.
    pub start: u64,
    /// How long it is.
    pub length: u64,
}

/// What was found in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it holds.
    pub content: Content,
    /// Its kernel image, if it holds a release.
    pub payload: Option<Payload>,
    /// Why it holds none.
    pub problem: Option<String>,
}

/// Something holds no release.
#[derive(Debug, Error)]
pub enum NoRelease {
    /// It can't be read.
    #[error(transparent)]
    Io(#[from] IoError),
    /// No slot image.
    #[error(transparent)]
    SlotImage(#[from] NotASlotImage),
    /// No kernel image of Ilanga's.
    #[error("the kernel image: {0}")]
    KernelImage(#[from] NotAKernelImage),
    /// The kernel image ends behind what holds it.
    #[error("the kernel image is cut off")]
    CutOff,
    /// The kernel image would not find this root file system.
    #[error("the kernel image is for the root hash {image}, the verity tree's is {tree}")]
    OtherRoot {
        /// What is on its command line.
        image: Digest,
        /// What the tree has.
        tree: Digest,
    },
}

/// Looks into a slot. There may be no partition for it.
pub fn look(node: Option<&Path>) -> Found {
    let none = |content, problem| Found { content, payload: None, problem: Some(problem) };
    let Some(node) = node else { return none(Content::Nothing, "there is no partition".to_owned()) };
    match read(node) {
        Ok((release, payload)) => Found { content: Content::Release(release), payload: Some(payload), problem: None },
        Err(error @ NoRelease::Io(_)) => none(Content::Unreadable, chain(&error)),
        Err(error) => none(Content::Nothing, chain(&error)),
    }
}

fn read(node: &Path) -> Result<(Release, Payload), NoRelease> {
    let mut file = File::open(node).context("opening", node)?;
    let length = file.seek(SeekFrom::End(0)).context("reading the length of", node)?;
    let (image, tree) =
        SlotImage::read(Bytes(length), |at, length| Ok::<_, NoRelease>(bytes(&file, node, at, length)?))?;
    let (release, payload) = kernel_image(&file, node, image.payload.0, length)?;
    if release.root == tree { Ok((release, payload)) } else { Err(NoRelease::OtherRoot { image: release.root, tree }) }
}

/// The kernel image that begins there, in a file of this length, and the release that it starts.
pub(crate) fn kernel_image(file: &File, path: &Path, start: u64, end: u64) -> Result<(Release, Payload), NoRelease> {
    let room = end.saturating_sub(start);
    let head = usize::try_from(room).map_or(kernel_image::HEAD, |room| room.min(kernel_image::HEAD));
    let layout = Layout::parse(&bytes(file, path, start, head)?)?;
    if layout.length > room {
        return Err(NoRelease::CutOff);
    }
    let section = |range: &std::ops::Range<u64>| {
        let length = usize::try_from(range.end - range.start).unwrap_or(0);
        bytes(file, path, start + range.start, length)
    };
    let release = kernel_image::release(&section(&layout.command_line)?, &section(&layout.os_release)?)?;
    Ok((release, Payload { path: path.to_owned(), start, length: layout.length }))
}

fn bytes(file: &File, path: &Path, at: u64, length: usize) -> Result<Vec<u8>, IoError> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).context("reading", path)?;
    Ok(bytes)
}
