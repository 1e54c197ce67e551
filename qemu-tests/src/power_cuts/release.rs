//! A release as its slot image, checked once: what a slot and a kernel image on the ESP are compared with afterwards.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use formats::command_line::CommandLine;
use formats::digest::Digest;
use formats::size::Bytes;
use formats::slot_image::{NotASlotImage, SlotImage};
use formats::verity::BLOCK;
use formats::verity_tree::Builder;
use formats::version::Version;
use formats::{boot_state, squashfs};
use object::LittleEndian;
use object::pe::IMAGE_DIRECTORY_ENTRY_SECURITY;
use object::read::pe::PeFile64;

use super::contents::{Content, Contents};
use super::log::SECTOR;
use crate::error::{Doing as _, Error};

/// How much is read at once.
const PIECE: usize = 1 << 20;

/// Where the slot image begins in an update bundle (docs/formats.md).
pub const IN_BUNDLE: u64 = squashfs::SUPERBLOCK as u64;

/// A release whose parts belong together: the tree covers the root file system, the kernel image names the tree.
#[derive(Clone, Debug)]
pub struct Release {
    /// As its kernel image names it.
    pub name: boot_state::Release,
    /// The slot image, by sectors.
    pub slot: Vec<Content>,
    /// The whole sectors of the kernel image, as in `slot`.
    pub kernel: std::ops::Range<usize>,
    /// What follows them: the last bytes of the kernel image.
    pub end: Vec<u8>,
}

impl Release {
    /// The release whose slot image begins at byte `at` of a file.
    pub fn read(path: &Path, at: u64, contents: &mut Contents) -> Result<Self, Error> {
        let file = File::open(path).at("opening", path)?;
        let room = file.metadata().at("measuring", path)?.len().saturating_sub(at);
        Self::of(&file, at, room, contents).map_err(|what| Error::Disk { disk: path.display().to_string(), what })
    }

    fn of(file: &File, at: u64, room: u64, contents: &mut Contents) -> Result<Self, String> {
        let bytes = |from: u64, length: usize| {
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, at + from).map_err(|error| format!("reading the slot image: {error}"))?;
            Ok::<_, String>(bytes)
        };
        let read = |from, length| bytes(from, length).map_err(Unread::Other);
        let (image, root) = SlotImage::read(Bytes(room), read).map_err(|error| match error {
            Unread::Other(what) => what,
            Unread::NotASlotImage(error) => error.to_string(),
        })?;
        verify(&image, root, bytes)?;
        let start = image.payload.0;
        let kernel = bytes(start, usize::try_from(kernel_length(&bytes(start, BLOCK as usize)?)?).unwrap_or(0))?;
        let name = name(&kernel)?;
        if name.root != root {
            return Err(format!("the kernel image is for {}, the tree's root hash is {root}", name.root));
        }
        let length = (start + kernel.len() as u64).next_multiple_of(BLOCK);
        let mut slot = Vec::new();
        for from in (0..length).step_by(PIECE) {
            let piece = bytes(from, usize::try_from(length - from).map_or(PIECE, |left| left.min(PIECE)))?;
            slot.extend(contents.numbers(&piece, false));
        }
        let first = usize::try_from(start / SECTOR).unwrap_or(usize::MAX);
        let whole = kernel.len() / SECTOR as usize;
        let end = kernel[whole * SECTOR as usize..].to_vec();
        Ok(Self { name, slot, kernel: first..first + whole, end })
    }

    /// The length of its kernel image.
    pub fn kernel_length(&self) -> u64 {
        self.kernel.len() as u64 * SECTOR + self.end.len() as u64
    }
}

enum Unread {
    Other(String),
    NotASlotImage(NotASlotImage),
}

impl From<NotASlotImage> for Unread {
    fn from(error: NotASlotImage) -> Self {
        Self::NotASlotImage(error)
    }
}

/// Makes the tree once more and compares every byte of it.
fn verify(
    image: &SlotImage,
    root: Digest,
    bytes: impl Fn(u64, usize) -> Result<Vec<u8>, String>,
) -> Result<(), String> {
    let mut builder = Builder::new(image.verity.salt.clone());
    for from in (0..image.erofs.size.0).step_by(PIECE) {
        let left = usize::try_from(image.erofs.size.0 - from).unwrap_or(PIECE);
        builder.update(&bytes(from, left.min(PIECE))?);
    }
    let tree = builder.finish().map_err(|error| error.to_string())?;
    let found = bytes(image.top_block().0, tree.bytes.len())?;
    if tree.root_hash == root && tree.bytes == found {
        Ok(())
    } else {
        Err("its verity tree is not that of its root file system".to_owned())
    }
}

fn pe(bytes: &[u8]) -> Result<PeFile64<'_>, String> {
    PeFile64::parse(bytes).map_err(|error| format!("the kernel image is no EFI program: {error}"))
}

/// Up to the end of the last section and of the certificates.
fn kernel_length(head: &[u8]) -> Result<u64, String> {
    let file = pe(head)?;
    let ends = file.section_table().iter().map(|section| {
        u64::from(section.pointer_to_raw_data.get(LittleEndian)) + u64::from(section.size_of_raw_data.get(LittleEndian))
    });
    let certificates = file.data_directory(IMAGE_DIRECTORY_ENTRY_SECURITY).map_or(0, |entry| {
        u64::from(entry.virtual_address.get(LittleEndian)) + u64::from(entry.size.get(LittleEndian))
    });
    Ok(ends.max().unwrap_or(0).max(certificates))
}

/// The release that a kernel image starts.
fn name(kernel: &[u8]) -> Result<boot_state::Release, String> {
    let file = pe(kernel)?;
    let section = |name: &str| {
        let section = file.section_table().iter().find(|section| section.raw_name() == name.as_bytes());
        let data = section.and_then(|section| section.pe_data(kernel).ok());
        let data = data.ok_or_else(|| format!("the kernel image has no section {name}"))?;
        Ok::<_, String>(String::from_utf8_lossy(data).trim_end_matches('\0').to_owned())
    };
    let line: CommandLine =
        section(".cmdline")?.parse().map_err(|error| format!("the kernel's command line: {error}"))?;
    let text = section(".osrel")?;
    let version = text.lines().find_map(|line| line.strip_prefix("IMAGE_VERSION=")).unwrap_or_default();
    let version: Version = version.trim_matches('"').parse().map_err(|error| format!("the kernel image: {error}"))?;
    Ok(boot_state::Release { version, root: line.root })
}
