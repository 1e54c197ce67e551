//! What can go wrong while a disk image is made.

use std::path::{Path, PathBuf};

use formats::size::Bytes;
use thiserror::Error;

/// A disk image or a file beside it could not be made.
#[derive(Debug, Error)]
pub(crate) enum DiskError {
    /// The slot image is longer than the slot.
    #[error(
        "the slot image {} is {content} long and does not fit the slot of {capacity}: remove packages or raise `slot` in image.toml",
        .image.display()
    )]
    SlotTooSmall {
        /// The slot image.
        image: PathBuf,
        /// How long it is.
        content: Bytes,
        /// How long the slot is.
        capacity: Bytes,
    },
    /// The slot image is empty.
    #[error("the slot image {} is empty", .0.display())]
    EmptySlotImage(PathBuf),
    /// The files do not fit the ESP.
    #[error(
        "the files of the ESP need {needed}, and an ESP of {size} has room for {room}: raise `esp` in image.toml or make the kernel image smaller"
    )]
    EspFull {
        /// What its files and folders take.
        needed: Bytes,
        /// What is left for them.
        room: Bytes,
        /// The size of the ESP.
        size: Bytes,
    },
    /// The ESP cannot be a FAT32 file system.
    #[error("an ESP of {0} cannot be FAT32: at least 36M and less than 2T, a multiple of 1M, is needed")]
    EspSize(Bytes),
    /// FAT cannot express the release's date.
    #[error("the release date {0} (seconds since 1970) is outside of what FAT can express: 1980 to 2107")]
    Date(u64),
    /// A path on the ESP that FAT cannot hold, or that is there twice.
    #[error("'{path}' cannot be a file of the ESP: {reason}")]
    EspPath {
        /// The path.
        path: String,
        /// Why not.
        reason: &'static str,
    },
    /// A file could not be read.
    #[error("reading {}", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file changed its length while it was read.
    #[error("{} changed while it was read", .0.display())]
    Changed(PathBuf),
    /// A file could not be written.
    #[error("writing {}", .path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file system of the ESP could not be made.
    #[error("making the ESP's {what}")]
    Fat {
        /// What was being made.
        what: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The partition table could not be made.
    #[error("making the partition table")]
    Gpt(#[source] gpt::GptError),
    /// The protective MBR could not be made.
    #[error("making the protective MBR")]
    Mbr(#[source] gpt::mbr::MBRError),
    /// The compressor refused its settings.
    #[error("setting up the xz compressor")]
    Xz(#[source] liblzma::stream::Error),
}

impl DiskError {
    /// For `map_err` of what reads `path`.
    pub(super) fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Read { path: path.to_owned(), source }
    }

    /// For `map_err` of what writes `path`.
    pub(super) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Write { path: path.to_owned(), source }
    }

    /// The same error, where it is the disk that is full and not the ESP: then it is about the image at `path`.
    pub(super) fn in_image(self, path: &Path) -> Self {
        match self {
            Self::Fat { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                Self::Write { path: path.to_owned(), source }
            }
            error => error,
        }
    }
}
