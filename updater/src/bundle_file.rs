//! A bundle in a file that was opened once.
//!
//! Everything that is asked of the bundle is asked of this one open file, and RAUC is given it as `/proc/<pid>/fd/<n>`, so
//! another file under the same name changes nothing. Its bytes may still change, if it is on a stick that lies: see
//! [`crate::rauc`] for why nothing comes of that. So nothing is copied first.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::FileExt as _;

use formats::bundle::{BadBundle, Bundle, Parts, TRAILER, signed_content};
use formats::digest::Digest;
use formats::size::Bytes;
use formats::slot_image::{NotASlotImage, SlotImage};
use formats::squashfs::{SUPERBLOCK, Superblock};
use thiserror::Error;

/// More bytes than the tables of a bundle's squashfs have.
const LONGEST_TABLES: usize = 4 << 20;

/// The file is no bundle that RAUC may be asked about. Each sentence speaks of it as 'it'.
#[derive(Debug, Error)]
pub enum NotABundle {
    /// A folder, a pipe or a device.
    #[error("it is no plain file")]
    NoFile,
    /// It can't be read.
    #[error("it cannot be read")]
    Io(#[from] io::Error),
    /// What is in it is no bundle for a node.
    #[error(transparent)]
    Bad(#[from] BadBundle),
}

/// A bundle, as far as it can be told without checking its signature.
#[derive(Debug)]
pub struct BundleFile {
    file: File,
    /// What it says.
    pub bundle: Bundle,
    /// The digest of its signed manifest.
    pub manifest: Digest,
}

impl BundleFile {
    /// Reads the bundle's end and manifest.
    pub fn new(file: File) -> Result<Self, NotABundle> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(NotABundle::NoFile);
        }
        let length = metadata.len();
        let mut trailer = [0; TRAILER as usize];
        let end = length.checked_sub(TRAILER).ok_or(BadBundle::Short(length))?;
        file.read_exact_at(&mut trailer, end)?;
        let parts = Parts::parse(Bytes(length), trailer)?;
        // At most 64 KiB: Parts has seen to it.
        let mut message = vec![0; usize::try_from(parts.signature.0).unwrap_or(0)];
        file.read_exact_at(&mut message, parts.payload.0)?;
        let content = signed_content(&message)?;
        let bundle = Bundle::new(parts, &content)?;
        Ok(Self { file, bundle, manifest: Digest::of(&content) })
    }

    /// Whether the file is another bundle now. One that can't be read, as its stick was pulled out, is none.
    pub fn was_exchanged(&self) -> bool {
        let again = self.file.try_clone().map_err(NotABundle::from).and_then(Self::new);
        again.is_ok_and(|again| again.manifest != self.manifest)
    }

    /// How long the kernel image in its slot image is, with what fills it up to a block; none if the bundle is compressed.
    /// Nothing has checked these bytes: it is for an answer before a slot is written, and no promise.
    pub fn kernel_image(&self) -> Option<Bytes> {
        let mut head = [0; SUPERBLOCK];
        self.file.read_exact_at(&mut head, 0).ok()?;
        let squashfs = Superblock::parse(&head, self.bundle.squashfs).ok()?;
        let length = usize::try_from(squashfs.length.0.checked_sub(squashfs.tables.0)?).ok()?;
        let mut tables = vec![0; Some(length).filter(|length| *length <= LONGEST_TABLES)?];
        self.file.read_exact_at(&mut tables, squashfs.tables.0).ok()?;
        let image = &self.bundle.manifest.image;
        let files = squashfs.files(&tables, &mut |_| None).ok()?;
        let file = files.iter().find(|file| file.name == image.name.as_str().as_bytes())?;
        let (start, size) = file.contiguous().filter(|(_, size)| *size == image.size.0)?;
        let (slot, _) = SlotImage::read(Bytes(size), |at, length| {
            let mut bytes = vec![0; length];
            let end = at.checked_add(length as u64).filter(|end| *end <= size);
            let read = end.is_some() && self.file.read_exact_at(&mut bytes, start + at).is_ok();
            if read { Ok(bytes) } else { Err(NotASlotImage::Long) }
        })
        .ok()?;
        Some(Bytes(size - slot.payload.0))
    }

    /// The file.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// The path under which a program with root's rights opens this same file.
    pub fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd())
    }
}
